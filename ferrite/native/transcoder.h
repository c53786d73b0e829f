/* RESP requests to one marshal image: see transcoder.c. */
#ifndef FERRITE_TRANSCODER_H
#define FERRITE_TRANSCODER_H

#include <stddef.h>
#include <stdint.h>

/* What transcoder_feed may have to say besides how many requests are complete. */
#define TRANSCODER_MOVED ((int64_t)1 << 32)     /* the image has another address or capacity */
#define TRANSCODER_FAILED ((int64_t)1 << 33)    /* the stream is broken: transcoder_reason() */
#define TRANSCODER_REST ((int64_t)1 << 34)      /* stopped early: see transcoder_position() */
#define TRANSCODER_LARGE ((int64_t)1 << 35)     /* worth a transcoder_trim() once it was read */
#define TRANSCODER_NO_MEMORY ((int64_t)1 << 36) /* nothing was parsed any further */

typedef struct transcoder transcoder;

/* Limits in bytes and arguments; bulk_max and arguments_max at most 2^31 - 1. NULL: no memory. */
transcoder *transcoder_new(int64_t inline_max, int64_t bulk_max, int64_t arguments_max,
                           int64_t early_bulk_max, int64_t early_arguments_max);
void transcoder_free(transcoder *self);

/* Parse data[start..end) until `requests_max` requests are complete. `authenticated` selects the
 * limits. Answers the number of complete requests; if there is anything else to say, that number
 * or-ed with the bits above, and negated. */
int64_t transcoder_feed(transcoder *self, const char *data, size_t start, size_t end,
                        int authenticated, int64_t requests_max);

/* The same for an authenticated client, to the end of `data`. */
int64_t transcoder_feed_all(transcoder *self, const char *data, size_t size);

/* The image of the last feed: a marshalled list of lists of bytes, and more bytes behind it. */
char *transcoder_image(transcoder *self);
size_t transcoder_capacity(transcoder *self);

/* Give a large image back, all but the open request at its tail. */
void transcoder_trim(transcoder *self);

/* Whether the next byte begins a request: nothing is held back, and the stream is not broken. */
int transcoder_is_idle(const transcoder *self);

size_t transcoder_position(transcoder *self); /* where in its data the last feed stopped */
size_t transcoder_held(transcoder *self);     /* bytes taken that belong to no complete request */
const char *transcoder_reason(transcoder *self); /* why the stream is broken; "" when it is not */
int transcoder_culprit(transcoder *self);        /* the byte found where '$' was expected, or -1 */

#endif
