/* The small pieces that every reader of RESP requests here shares. */
#ifndef FERRITE_REQUESTS_H
#define FERRITE_REQUESTS_H

#include <stddef.h>
#include <stdint.h>

enum {
    BULK_END_SIZE = 2, /* "\r\n" behind an argument: skipped unread, as Redis does */
    SHORT_DIGITS = 9   /* lengths of so many digits cannot overflow */
};

/* "<mark><digits>\r\n" of 1 to SHORT_DIGITS digits. NULL: anything else. */
static inline const char *read_short_length(const char *at, const char *end, char mark,
                                            size_t *value) {
    if (end - at < 4 || *at++ != mark) return NULL;
    unsigned digit = (unsigned)(*at++ - '0');
    if (digit > 9 || (digit == 0 && *at != '\r')) return NULL;
    size_t number = digit;
    const char *last = end - at > SHORT_DIGITS ? at + SHORT_DIGITS - 1 : end - 2;
    while (at <= last && (digit = (unsigned)(*at - '0')) <= 9) {
        number = number * 10 + digit;
        at++;
    }
    if (at > last || *at != '\r') return NULL;
    *value = number;
    return at + 2;
}

/* A 64-bit decimal in the one spelling that Redis's string2ll accepts. */
static inline int parse_integer(const char *text, size_t size, int64_t *value) {
    if (size == 1 && text[0] == '0') {
        *value = 0;
        return 1;
    }
    int negative = size > 0 && text[0] == '-';
    size_t at = negative ? 1 : 0;
    if (at == size || text[at] < '1' || text[at] > '9') return 0;
    uint64_t magnitude = 0;
    uint64_t magnitude_max = (uint64_t)INT64_MAX + (negative ? 1 : 0);
    for (; at < size; at++) {
        if (text[at] < '0' || text[at] > '9') return 0;
        uint64_t digit = (uint64_t)(text[at] - '0');
        if (magnitude > (magnitude_max - digit) / 10) return 0;
        magnitude = magnitude * 10 + digit;
    }
    *value = negative ? -(int64_t)(magnitude - 1) - 1 : (int64_t)magnitude;
    return 1;
}

#endif
