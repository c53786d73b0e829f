/* RESP requests to one marshal image.
 *
 * cffi code cannot make Python objects one by one, but marshal.loads makes any number of them in
 * one call. So a whole read of pipelined requests becomes one image, a list of lists of bytes:
 *
 *     image    = '[' count:u32le request*      count is written when the feed ends
 *     request  = '[' count:u32le argument*
 *     argument = 's' size:u32le byte*
 *              | 's'|0x80 size:u32le byte*     the same, and numbered from 0 on in the image
 *              | 'r' number:u32le              the same object once more
 *
 * Rules. An argument's bytes go to the image as they arrive; an incomplete ("open") request is the
 * image's tail and stays for the next feed. So each byte is copied once however it was cut into
 * pieces, and an announced size reserves nothing. Only an incomplete line (of a length or of an
 * inline request, at most inline_max bytes) is kept apart. What is accepted and how it fails is
 * what Redis's networking.c does; ferrite/protocol/parser.py is the readable twin of this file.
 */
#include "transcoder.h"

#include "image.h"
#include "inline_words.h"
#include "requests.h"

enum {
    CAPACITY_KEPT = 1 << 16, /* above it an image is given back once it was read */
    SHORT_COPY = 16,         /* an argument of so many bytes is copied in one go */
    NAMES = 8                /* names of requests that an image shares at a time */
};

struct transcoder {
    size_t inline_max;
    int64_t bulk_max, arguments_max, early_bulk_max, early_arguments_max;

    image image;
    size_t open_start; /* where the open request begins; the image's size when there is none */
    int64_t count;     /* complete requests in the image */

    int64_t missing;   /* arguments the open request still lacks */
    size_t bulk_left;  /* bytes of the open argument still to come, its end included; 0: none */
    size_t open_bytes; /* bytes taken for the open request */

    char *line; /* an incomplete line */
    size_t line_size, line_capacity;

    size_t position;
    const char *reason;
    int culprit;
};

typedef struct {
    const char *at, *end;
} cursor;

typedef struct {
    const char *at;
    size_t size;
} span;

static size_t left(const cursor *input) { return (size_t)(input->end - input->at); }

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

static int fail(transcoder *self, const char *reason) {
    self->reason = reason;
    return 0;
}

static void close_request(transcoder *self) {
    self->open_start = self->image.size;
    self->open_bytes = 0;
    self->count++;
}

/* Drop the requests that were read; the open one moves to the front. 0: no memory. */
static int restart_image(transcoder *self) {
    if (self->image.bytes == NULL) {
        if (!image_append_header(&self->image, '[', 0)) return 0;
        self->open_start = self->image.size;
    }
    if (self->open_start > HEADER_SIZE) {
        memmove(self->image.bytes + HEADER_SIZE, self->image.bytes + self->open_start,
                self->image.size - self->open_start);
        self->image.size -= self->open_start - HEADER_SIZE;
        self->open_start = HEADER_SIZE;
    }
    self->count = 0;
    return 1;
}

/* ---- lines ---- */

enum line_status { LINE_MISSING, LINE_FOUND, LINE_TOO_BIG };

/* Redis looks for the end with strchr, so a NUL before it hides it for ever. */
static int find_line_end(const char *text, size_t size, char terminator, size_t *length) {
    const char *end = memchr(text, terminator, size);
    *length = end != NULL ? (size_t)(end - text) : size;
    if (end != NULL && memchr(text, '\0', *length) == NULL) return 1;
    *length = size;
    return 0;
}

static int stash(transcoder *self, cursor *input, size_t size) {
    if (self->line_size + size > self->line_capacity &&
        !grow_buffer(&self->line, &self->line_capacity, self->line_size + size)) {
        self->image.no_memory = 1;
        return 0;
    }
    memcpy(self->line + self->line_size, input->at, size);
    self->line_size += size;
    input->at += size;
    return 1;
}

/* Go on with a line whose beginning came in an earlier feed. Looks at the whole of it again: its
 * length is bounded by inline_max. */
static enum line_status continue_line(transcoder *self, cursor *input, char terminator,
                                      size_t end_size, span *line) {
    size_t length, before = self->line_size;
    const char *start = input->at;
    if (!stash(self, input, smaller(left(input), self->inline_max + end_size + 1 - before)))
        return LINE_MISSING;
    int found = find_line_end(self->line, self->line_size, terminator, &length);
    if (length > self->inline_max) return LINE_TOO_BIG;
    if (!found || length + end_size > self->line_size) return LINE_MISSING;
    input->at = start + (length + end_size - before); /* what lies behind the line goes back */
    line->at = self->line;
    line->size = length;
    self->line_size = 0;
    return LINE_FOUND;
}

/* The bytes before `terminator`, and move behind its `end_size` bytes, of which only the first is
 * looked at. The line found stays valid until the next one is taken. */
static enum line_status take_line(transcoder *self, cursor *input, char terminator,
                                  size_t end_size, span *line) {
    if (self->line_size > 0) return continue_line(self, input, terminator, end_size, line);
    size_t length;
    int found = find_line_end(input->at, left(input), terminator, &length);
    if (length > self->inline_max) return LINE_TOO_BIG;
    if (!found || length + end_size > left(input)) {
        stash(self, input, left(input));
        return LINE_MISSING;
    }
    line->at = input->at;
    line->size = length;
    input->at += length + end_size;
    return LINE_FOUND;
}

/* ---- one step of the parser; 0: no further (bytes are missing, the stream broke, no memory) ---- */

static int take_inline(transcoder *self, cursor *input) {
    span line;
    enum line_status status = take_line(self, input, '\n', 1, &line);
    if (status == LINE_TOO_BIG) return fail(self, "too big inline request");
    if (status == LINE_MISSING) return 0;
    if (line.size > 0 && line.at[line.size - 1] == '\r') line.size--;
    if (!image_append_header(&self->image, '[', 0)) return 0;
    int64_t words = append_inline_words(&self->image, line.at, line.at + line.size);
    if (words <= 0) {
        self->image.size = self->open_start;
        if (words == 0) return 1;
        return self->image.no_memory ? 0 : fail(self, "unbalanced quotes in request");
    }
    put_u32(self->image.bytes + self->open_start + 1, (uint32_t)words);
    close_request(self);
    return 1;
}

static int take_count(transcoder *self, cursor *input, int authenticated) {
    span line;
    int64_t count;
    enum line_status status = take_line(self, input, '\r', 2, &line);
    if (status == LINE_TOO_BIG) return fail(self, "too big mbulk count string");
    if (status == LINE_MISSING) return 0;
    if (!parse_integer(line.at + 1, line.size - 1, &count) || count > self->arguments_max)
        return fail(self, "invalid multibulk length");
    if (!authenticated && count > self->early_arguments_max)
        return fail(self, "unauthenticated multibulk length");
    if (count <= 0) return 1;
    self->missing = count;
    self->open_bytes = line.size + 2;
    return image_append_header(&self->image, '[', (uint32_t)count);
}

static int take_bulk_size(transcoder *self, cursor *input, int authenticated) {
    span line;
    int64_t size;
    enum line_status status = take_line(self, input, '\r', 2, &line);
    if (status == LINE_TOO_BIG) return fail(self, "too big bulk count string");
    if (status == LINE_MISSING) return 0;
    if (line.size == 0 || line.at[0] != '$') {
        self->culprit = line.size == 0 ? '\r' : (unsigned char)line.at[0];
        return fail(self, "expected '$'");
    }
    if (!parse_integer(line.at + 1, line.size - 1, &size) || size < 0 || size > self->bulk_max)
        return fail(self, "invalid bulk length");
    if (!authenticated && size > self->early_bulk_max)
        return fail(self, "unauthenticated bulk length");
    self->bulk_left = (size_t)size + BULK_END_SIZE;
    self->open_bytes += line.size + 2;
    return image_append_header(&self->image, 's', (uint32_t)size);
}

static int take_bulk(transcoder *self, cursor *input) {
    size_t available = smaller(left(input), self->bulk_left);
    if (self->bulk_left > BULK_END_SIZE) {
        size_t wanted = self->bulk_left - BULK_END_SIZE;
        if (!image_append(&self->image, input->at, smaller(available, wanted))) return 0;
    }
    input->at += available;
    self->bulk_left -= available;
    self->open_bytes += available;
    if (self->bulk_left > 0) return 0;
    if (--self->missing == 0) close_request(self);
    return 1;
}

static int take_step(transcoder *self, cursor *input, int authenticated) {
    if (self->bulk_left > 0) return take_bulk(self, input);
    if (self->missing > 0) return take_bulk_size(self, input, authenticated);
    char first = self->line_size > 0 ? self->line[0] : *input->at;
    return first == '*' ? take_count(self, input, authenticated) : take_inline(self, input);
}

/* ---- whole requests at full speed ---- */

typedef struct {
    const char *at;
    uint32_t size, number;
} name;

/* What the image of one feed shares; marshal numbers objects through the whole of it. */
typedef struct {
    name names[NAMES];
    uint32_t numbered;
} sharing;

/* A request's name as one object for all requests of the image that have it: cheaper to make, and
 * its hash is computed once. Names that fall on one place of the table displace each other. */
static char *put_name(char *out, const char *at, size_t size, sharing *shared) {
    unsigned char mix = (unsigned char)(size * 5 + (unsigned char)at[0]);
    name *known = &shared->names[mix % NAMES];
    if (known->size == size && memcmp(known->at, at, size) == 0)
        return put_header(out, 'r', known->number);
    *known = (name){at, (uint32_t)size, shared->numbered++};
    out = put_header(out, 's' | 0x80, (uint32_t)size);
    memcpy(out, at, size);
    return out + size;
}

static char *put_argument(char *out, const char *at, size_t size, const char *end) {
    out = put_header(out, 's', (uint32_t)size);
    if (size <= SHORT_COPY && end - at >= SHORT_COPY)
        memcpy(out, at, SHORT_COPY); /* a fixed size is a move or two; room for it is reserved */
    else
        memcpy(out, at, size);
    return out + size;
}

/* Take requests while they are whole and plain; what is not is left to take_step. An image is never
 * twice as long as such requests: "*1\r\n" makes 5 bytes of 4, "$0\r\n\r\n" 5 of 6. */
static void take_whole_requests(transcoder *self, cursor *input, sharing *shared) {
    if (left(input) > SIZE_MAX / 2 - SHORT_COPY) return;
    if (!image_reserve(&self->image, 2 * left(input) + SHORT_COPY)) return;
    const char *end = input->end;
    char *out = self->image.bytes + self->image.size;
    while (self->count < INT32_MAX) {
        size_t count, size;
        const char *at = read_short_length(input->at, end, '*', &count);
        if (at == NULL || count == 0 || count > (uint64_t)self->arguments_max) break;
        char *next = put_header(out, '[', (uint32_t)count);
        for (size_t number = 0; number < count; number++) {
            at = read_short_length(at, end, '$', &size);
            if (at == NULL || size > (uint64_t)self->bulk_max) goto stop;
            if ((size_t)(end - at) < size + BULK_END_SIZE) goto stop;
            if (number == 0 && size > 0)
                next = put_name(next, at, size, shared);
            else
                next = put_argument(next, at, size, end);
            at += size + BULK_END_SIZE;
        }
        input->at = at;
        out = next;
        self->count++;
    }
stop:
    self->image.size = self->open_start = (size_t)(out - self->image.bytes);
}

static int between_requests(const transcoder *self) {
    return self->missing == 0 && self->line_size == 0;
}

/* ---- the interface ---- */

static int64_t feed(transcoder *self, const char *data, size_t start, size_t end,
                    int authenticated, int64_t requests_max) {
    cursor input = {data + start, data + end};
    int unlimited = authenticated && requests_max == INT32_MAX;
    sharing shared = {0};
    self->position = start;
    self->image.moved = 0;
    if (self->reason[0] != '\0') return -TRANSCODER_FAILED;
    if (self->image.no_memory || !restart_image(self)) return -TRANSCODER_NO_MEMORY;
    while (input.at < input.end && self->count < requests_max) {
        if (unlimited && between_requests(self) && *input.at == '*') {
            take_whole_requests(self, &input, &shared);
            if (input.at == input.end) break;
        }
        if (!take_step(self, &input, authenticated)) break;
    }
    self->position = (size_t)(input.at - data);
    put_header(self->image.bytes, '[', (uint32_t)self->count);
    int64_t news = 0;
    if (self->image.moved) news |= TRANSCODER_MOVED;
    if (self->reason[0] != '\0') news |= TRANSCODER_FAILED;
    if (input.at < input.end) news |= TRANSCODER_REST;
    if (self->image.capacity > CAPACITY_KEPT && self->count > 0) news |= TRANSCODER_LARGE;
    if (self->image.no_memory) news |= TRANSCODER_NO_MEMORY;
    return news ? -(news | self->count) : self->count;
}

int64_t transcoder_feed(transcoder *self, const char *data, size_t start, size_t end,
                        int authenticated, int64_t requests_max) {
    return feed(self, data, start, end, authenticated, requests_max);
}

int64_t transcoder_feed_all(transcoder *self, const char *data, size_t size) {
    return feed(self, data, 0, size, 1, INT32_MAX);
}

transcoder *transcoder_new(int64_t inline_max, int64_t bulk_max, int64_t arguments_max,
                           int64_t early_bulk_max, int64_t early_arguments_max) {
    transcoder *self = calloc(1, sizeof *self);
    if (self == NULL) return NULL;
    self->inline_max = (size_t)inline_max;
    self->bulk_max = bulk_max;
    self->arguments_max = arguments_max;
    self->early_bulk_max = early_bulk_max;
    self->early_arguments_max = early_arguments_max;
    self->reason = "";
    self->culprit = -1;
    return self;
}

void transcoder_free(transcoder *self) {
    if (self == NULL) return;
    free(self->image.bytes);
    free(self->line);
    free(self);
}

void transcoder_trim(transcoder *self) {
    if (!restart_image(self)) return;
    size_t target = CAPACITY_FIRST;
    while (target < self->image.size) target *= 2;
    char *moved = realloc(self->image.bytes, target);
    if (moved == NULL) return;
    self->image.bytes = moved;
    self->image.capacity = target;
}

char *transcoder_image(transcoder *self) { return self->image.bytes; }

size_t transcoder_capacity(transcoder *self) { return self->image.capacity; }

int transcoder_is_idle(const transcoder *self) {
    return between_requests(self) && self->reason[0] == '\0';
}

size_t transcoder_position(transcoder *self) { return self->position; }

size_t transcoder_held(transcoder *self) { return self->open_bytes + self->line_size; }

const char *transcoder_reason(transcoder *self) { return self->reason; }

int transcoder_culprit(transcoder *self) { return self->culprit; }
