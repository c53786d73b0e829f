/* The words of an inline request: ferrite/protocol/inline.py is the readable twin of this file. */
#include "inline_words.h"

static int is_blank(char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

static int is_quote(char byte) { return byte == '"' || byte == '\''; }

/* A vertical tab or form feed separates words only where none has begun. */
static int ends_plain_word(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r' || is_quote(byte);
}

static int hex_digit(char byte) {
    if (byte >= '0' && byte <= '9') return byte - '0';
    if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
    if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
    return -1;
}

static char control(char letter) {
    switch (letter) {
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'b': return '\b';
    case 'a': return '\a';
    default: return letter;
    }
}

/* The byte that an escape stands for, from behind its backslash; moves to its last byte. */
static char unescape(const char **at, const char *end) {
    const char *text = *at;
    if (text[0] == 'x' && end - text > 2 && hex_digit(text[1]) >= 0 && hex_digit(text[2]) >= 0) {
        *at += 2;
        return (char)(hex_digit(text[1]) * 16 + hex_digit(text[2]));
    }
    return control(text[0]);
}

/* A quoted part from its opening quote on; room for it is reserved. 0: unbalanced. */
static int take_quoted(image *target, const char **at, const char *end) {
    const char quote = *(*at)++;
    for (; *at < end; (*at)++) {
        char byte = **at;
        if (byte == quote) {
            (*at)++;
            return *at == end || is_blank(**at);
        }
        if (byte == '\\' && end - *at > 1 && (quote == '"' || (*at)[1] == '\'')) {
            (*at)++;
            byte = quote == '"' ? unescape(at, end) : '\'';
        }
        target->bytes[target->size++] = byte;
    }
    return 0;
}

/* One word from its first byte on. 0: unbalanced quotes, or no memory. */
static int take_word(image *target, const char **at, const char *end) {
    /* A word is never longer than what is left of its line. */
    if (!image_reserve(target, HEADER_SIZE + (size_t)(end - *at))) return 0;
    size_t header = target->size;
    target->size += HEADER_SIZE;
    while (*at < end && !ends_plain_word(**at)) target->bytes[target->size++] = *(*at)++;
    if (*at < end && is_quote(**at) && !take_quoted(target, at, end)) return 0;
    put_header(target->bytes + header, 's', (uint32_t)(target->size - header - HEADER_SIZE));
    return 1;
}

int64_t append_inline_words(image *target, const char *at, const char *end) {
    int64_t words = 0;
    for (;;) {
        while (at < end && is_blank(*at)) at++;
        if (at == end) return words;
        if (!take_word(target, &at, end)) return -1;
        words++;
    }
}
