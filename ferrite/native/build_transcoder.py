"""Declares the C transcoder to cffi (API mode); setup.py builds `ferrite.native._transcoder`.

Rule: this file only declares. What the functions do is said once, in the .h and .c files.
"""

from __future__ import annotations

from cffi import FFI

DECLARATIONS = """
    #define TRANSCODER_MOVED ...
    #define TRANSCODER_FAILED ...
    #define TRANSCODER_REST ...
    #define TRANSCODER_LARGE ...
    #define TRANSCODER_NO_MEMORY ...

    typedef struct transcoder transcoder;

    transcoder *transcoder_new(int64_t inline_max, int64_t bulk_max, int64_t arguments_max,
                               int64_t early_bulk_max, int64_t early_arguments_max);
    void transcoder_free(transcoder *self);
    int64_t transcoder_feed(transcoder *self, const char *data, size_t start, size_t end,
                            int authenticated, int64_t requests_max);
    int64_t transcoder_feed_all(transcoder *self, const char *data, size_t size);
    char *transcoder_image(transcoder *self);
    size_t transcoder_capacity(transcoder *self);
    void transcoder_trim(transcoder *self);
    size_t transcoder_position(transcoder *self);
    size_t transcoder_held(transcoder *self);
    const char *transcoder_reason(transcoder *self);
    int transcoder_culprit(transcoder *self);

    #define REPLIES_FOREIGN ...
    #define REPLIES_NO_MEMORY ...

    typedef struct reply_encoder reply_encoder;

    reply_encoder *reply_encoder_new(void);
    void reply_encoder_free(reply_encoder *self);
    int64_t reply_encoder_encode(reply_encoder *self, const char *source, size_t size,
                                 int protocol);
    char *reply_encoder_bytes(reply_encoder *self);

    #define BURST_ROOM ...
    #define BURST_WRITES ...
    #define BURST_LOGS ...
    #define BURST_FIGURES ...
    #define BURST_COMMANDS ...

    typedef struct {
        int64_t calls, nanoseconds, buckets[...];
    } burst_usage;
    typedef struct burst burst;

    burst *burst_new(void);
    void burst_free(burst *self);
    size_t burst_serve(burst *self, const transcoder *parser, uintptr_t values,
                       uintptr_t deadlines, int rights, int protocol, int64_t requests_max,
                       const char *data, size_t size);
    char *burst_replies(burst *self);
    char *burst_log(burst *self);
    int64_t *burst_figures(burst *self);
    burst_usage *burst_usages(burst *self);
    void burst_forget_usages(burst *self);
"""

SOURCES = ("transcoder", "inline_words", "reply_encoder", "burst")
HEADERS = (*SOURCES, "image", "requests")

builder = FFI()
builder.cdef(DECLARATIONS)
builder.set_source(
    "ferrite.native._transcoder",
    "\n".join(f'#include "{name}.h"' for name in ("transcoder", "reply_encoder", "burst")),
    sources=[f"ferrite/native/{name}.c" for name in SOURCES],
    include_dirs=["ferrite/native"],
    depends=[f"ferrite/native/{name}.h" for name in HEADERS],
)
