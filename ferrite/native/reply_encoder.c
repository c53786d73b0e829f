/* A marshal image of replies to RESP: the way back of transcoder.c.
 *
 * marshal.dumps writes any number of replies in one call, version 2 of its format without back
 * references. Here come the ones that make up nearly all replies:
 *
 *     value = 'N' | 'T' | 'F'                      null, true, false
 *           | 'i' i32le                            integer
 *           | 'l' count:i32le digit:u16le*         integer in base 2^15, sign of the count
 *           | 's' size:u32le byte*                 bulk string
 *           | 'u' size:u32le byte*                 simple string, UTF-8 with surrogates
 *           | ('[' | '(') count:u32le value*       array
 *
 * Rule: what is anything else, or would need care (a line end in a simple string, an integer
 * beyond 64 bits), is left to ferrite/protocol/encoder.py, the readable twin of this file. No byte
 * of the source is trusted: every read is checked against its end.
 */
#include "reply_encoder.h"

#include "image.h"

enum {
    DEPTH_MAX = 32,          /* of nested arrays */
    LINE_MAX = 24,           /* "$<20 digits>\r\n" */
    KEPT_MAX = 1 << 18,      /* an output buffer above this is given back at the next call */
    LONG_DIGITS_MAX = 5,     /* base 2^15 digits of an integer that may fit in 64 bits */
    LONG_DIGIT_BITS = 15
};

struct reply_encoder {
    image output;
};

typedef struct {
    const unsigned char *at, *end;
} reader;

static size_t left(const reader *source) { return (size_t)(source->end - source->at); }

static int read_u32(reader *source, uint32_t *value) {
    if (left(source) < 4) return 0;
    const unsigned char *at = source->at;
    *value = (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
    source->at += 4;
    return 1;
}

/* "<mark><number>\r\n"; room for LINE_MAX bytes is reserved. */
static void put_line(image *output, char mark, uint64_t number, int negative) {
    char digits[20];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    char *at = output->bytes + output->size;
    *at++ = mark;
    if (negative) *at++ = '-';
    while (count > 0) *at++ = digits[--count];
    *at++ = '\r';
    *at++ = '\n';
    output->size = (size_t)(at - output->bytes);
}

static int append_line(image *output, char mark, uint64_t number, int negative) {
    if (!image_reserve(output, LINE_MAX)) return 0;
    put_line(output, mark, number, negative);
    return 1;
}

static int append_text(image *output, const char *text) {
    return image_append(output, text, strlen(text));
}

static int encode_short_integer(image *output, reader *source) {
    uint32_t bits;
    if (!read_u32(source, &bits)) return 0;
    int negative = bits >> 31;
    return append_line(output, ':', negative ? (uint64_t)(uint32_t)(0 - bits) : bits, negative);
}

static int encode_long_integer(image *output, reader *source) {
    uint32_t bits;
    if (!read_u32(source, &bits)) return 0;
    int negative = bits >> 31;
    uint32_t count = negative ? 0 - bits : bits;
    if (count > LONG_DIGITS_MAX || left(source) < 2 * (size_t)count) return 0;
    uint64_t magnitude = 0;
    for (uint32_t number = count; number-- > 0;) {
        const unsigned char *digit = source->at + 2 * number;
        if (magnitude >> (64 - LONG_DIGIT_BITS)) return 0;
        magnitude = magnitude << LONG_DIGIT_BITS | ((uint64_t)digit[0] | (uint64_t)digit[1] << 8);
    }
    if (magnitude > (uint64_t)INT64_MAX + (negative ? 1 : 0)) return 0;
    source->at += 2 * (size_t)count;
    return append_line(output, ':', magnitude, negative);
}

static int encode_bulk(image *output, reader *source) {
    uint32_t size;
    if (!read_u32(source, &size) || left(source) < size) return 0;
    if (!image_reserve(output, LINE_MAX + (size_t)size + 2)) return 0;
    put_line(output, '$', size, 0);
    char *at = output->bytes + output->size;
    memcpy(at, source->at, size);
    memcpy(at + size, "\r\n", 2);
    output->size += (size_t)size + 2;
    source->at += size;
    return 1;
}

/* A surrogate (0xED, then 0xA0 or more) stands for a byte that was no UTF-8. */
static int is_plain_text(const unsigned char *text, size_t size) {
    for (size_t at = 0; at < size; at++)
        if (text[at] == '\r' || text[at] == '\n' || text[at] == 0xED) return 0;
    return 1;
}

static int encode_simple_string(image *output, reader *source) {
    uint32_t size;
    if (!read_u32(source, &size) || left(source) < size || !is_plain_text(source->at, size))
        return 0;
    const char *text = (const char *)source->at;
    source->at += size;
    return append_text(output, "+") && image_append(output, text, size) &&
           append_text(output, "\r\n");
}

/* One value. 0: foreign, or no memory. */
static int encode_value(image *output, reader *source, int resp3, int depth) {
    if (source->at == source->end) return 0;
    uint32_t count;
    switch (*source->at++) {
    case 's': return encode_bulk(output, source);
    case 'u': return encode_simple_string(output, source);
    case 'i': return encode_short_integer(output, source);
    case 'l': return encode_long_integer(output, source);
    case 'N': return append_text(output, resp3 ? "_\r\n" : "$-1\r\n");
    case 'T': return append_text(output, resp3 ? "#t\r\n" : ":1\r\n");
    case 'F': return append_text(output, resp3 ? "#f\r\n" : ":0\r\n");
    case '[':
    case '(':
        if (depth == DEPTH_MAX || !read_u32(source, &count)) return 0;
        if (!append_line(output, '*', count, 0)) return 0;
        while (count-- > 0)
            if (!encode_value(output, source, resp3, depth + 1)) return 0;
        return 1;
    default: return 0;
    }
}

int64_t reply_encoder_encode(reply_encoder *self, const char *source, size_t size, int protocol) {
    image *output = &self->output;
    reader input = {(const unsigned char *)source, (const unsigned char *)source + size};
    uint32_t count;
    output->size = 0;
    output->no_memory = 0;
    if (output->capacity > KEPT_MAX) {
        free(output->bytes);
        *output = (image){0};
    }
    if (left(&input) == 0 || *input.at++ != '[' || !read_u32(&input, &count)) return REPLIES_FOREIGN;
    while (count-- > 0)
        if (!encode_value(output, &input, protocol == 3, 0))
            return output->no_memory ? REPLIES_NO_MEMORY : REPLIES_FOREIGN;
    return (int64_t)output->size;
}

reply_encoder *reply_encoder_new(void) { return calloc(1, sizeof(reply_encoder)); }

void reply_encoder_free(reply_encoder *self) {
    if (self == NULL) return;
    free(self->output.bytes);
    free(self);
}

char *reply_encoder_bytes(reply_encoder *self) { return self->output.bytes; }
