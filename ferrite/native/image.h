/* A growing buffer that becomes a marshal image. Every write goes through here or into room that
 * image_reserve has made. */
#ifndef FERRITE_IMAGE_H
#define FERRITE_IMAGE_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEADER_SIZE = 5,        /* a type byte and a u32 */
    CAPACITY_FIRST = 1 << 12 /* bytes */
};

typedef struct {
    char *bytes;
    size_t size, capacity;
    int moved;     /* address or capacity changed since this was last set to 0 */
    int no_memory; /* a growth failed; stays set */
} image;

/* Make `*buffer` hold `needed` bytes, by doubling. 0: no memory, and nothing has changed. */
static inline int grow_buffer(char **buffer, size_t *capacity, size_t needed) {
    size_t target = *capacity ? *capacity : CAPACITY_FIRST;
    while (target < needed) {
        if (target > SIZE_MAX / 2) return 0;
        target *= 2;
    }
    char *moved = realloc(*buffer, target);
    if (moved == NULL) return 0;
    *buffer = moved;
    *capacity = target;
    return 1;
}

/* Room for `more` bytes. 0: no memory. */
static inline int image_reserve(image *self, size_t more) {
    if (more <= self->capacity - self->size) return 1;
    if (more > SIZE_MAX - self->size ||
        !grow_buffer(&self->bytes, &self->capacity, self->size + more)) {
        self->no_memory = 1;
        return 0;
    }
    self->moved = 1;
    return 1;
}

/* marshal counts in little-endian u32. */
static inline void put_u32(char *at, uint32_t value) {
    at[0] = (char)(value & 0xFF);
    at[1] = (char)((value >> 8) & 0xFF);
    at[2] = (char)((value >> 16) & 0xFF);
    at[3] = (char)((value >> 24) & 0xFF);
}

static inline char *put_header(char *at, unsigned char type, uint32_t value) {
    *at = (char)type;
    put_u32(at + 1, value);
    return at + HEADER_SIZE;
}

static inline int image_append_header(image *self, unsigned char type, uint32_t value) {
    if (!image_reserve(self, HEADER_SIZE)) return 0;
    put_header(self->bytes + self->size, type, value);
    self->size += HEADER_SIZE;
    return 1;
}

static inline int image_append(image *self, const char *bytes, size_t size) {
    if (!image_reserve(self, size)) return 0;
    memcpy(self->bytes + self->size, bytes, size);
    self->size += size;
    return 1;
}

#endif
