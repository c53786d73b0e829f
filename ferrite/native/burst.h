/* The commands most asked for, served where their bytes lie: see burst.c. */
#ifndef FERRITE_BURST_H
#define FERRITE_BURST_H

#include <stddef.h>
#include <stdint.h>

#include "transcoder.h"

enum burst_command { BURST_PING, BURST_GET, BURST_SET, BURST_INCR, BURST_COMMANDS };

enum burst_rights {
    BURST_WRITES = 1, /* keys may be changed */
    BURST_LOGS = 2    /* and the requests that did are wanted */
};

/* What one burst has come to, as int64_t each. */
enum burst_figure {
    BURST_REPLY_BYTES,
    BURST_LOG_BYTES,
    BURST_HITS,
    BURST_MISSES,
    BURST_CHANGES,
    BURST_LAST, /* the last command served: a burst_command */
    BURST_FIGURES
};

enum {
    BURST_ROOM = 1 << 18, /* bytes of replies, and of log, that a burst may fill */
    BURST_BUCKETS = 64
};

/* What a command was used for: as ferrite/usage.py counts it. */
typedef struct {
    int64_t calls, nanoseconds, buckets[BURST_BUCKETS];
} burst_usage;

typedef struct burst burst;

burst *burst_new(void); /* NULL: no memory */
void burst_free(burst *self);

/* Serve requests from the start of `data` until there is one that is not for here, at most
 * `requests_max`. `values` and `deadlines` are the dicts of a database, whose owner holds them
 * meanwhile. Answers how many bytes were served: everything behind them is untouched. */
size_t burst_serve(burst *self, const transcoder *parser, uintptr_t values, uintptr_t deadlines,
                   int rights, int protocol, int64_t requests_max, const char *data, size_t size);

char *burst_replies(burst *self);
char *burst_log(burst *self);
int64_t *burst_figures(burst *self);

/* What the commands were used for since the start, or since it was forgotten. */
burst_usage *burst_usages(burst *self);
void burst_forget_usages(burst *self);

#endif
