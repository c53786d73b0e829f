/* A marshal image of replies to RESP: see reply_encoder.c. */
#ifndef FERRITE_REPLY_ENCODER_H
#define FERRITE_REPLY_ENCODER_H

#include <stddef.h>
#include <stdint.h>

#define REPLIES_FOREIGN ((int64_t)-1)   /* a value that this encoder leaves to its Python twin */
#define REPLIES_NO_MEMORY ((int64_t)-2)

typedef struct reply_encoder reply_encoder;

reply_encoder *reply_encoder_new(void); /* NULL: no memory */
void reply_encoder_free(reply_encoder *self);

/* Encode the items of `source`, a list marshalled in version 2, one after the other. Answers how
 * many bytes that makes, or one of the two above. */
int64_t reply_encoder_encode(reply_encoder *self, const char *source, size_t size, int protocol);

/* The bytes of the last call, until the next. */
char *reply_encoder_bytes(reply_encoder *self);

#endif
