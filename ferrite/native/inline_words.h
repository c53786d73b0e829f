/* The words of an inline request, with the quoting rules of Redis's sdssplitargs. */
#ifndef FERRITE_INLINE_WORDS_H
#define FERRITE_INLINE_WORDS_H

#include "image.h"

/* Append each word of the line [at, end) as an argument. Answers how many, or -1: unbalanced
 * quotes (or, by the image's own mark, no memory); then the image holds part of them. */
int64_t append_inline_words(image *target, const char *at, const char *end);

#endif
