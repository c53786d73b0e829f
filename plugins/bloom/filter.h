/* A Bloom filter. filter.c has the functions, bloom.c the commands that use them. */
#ifndef FILTER_H
#define FILTER_H

#include "ferrite.h"

#define LAYERS_MAX 32
#define VALUE_SIZE_MAX (1 << 20)

#define DEFAULT_ERROR 0.01
#define DEFAULT_CAPACITY 100
#define DEFAULT_EXPANSION 2
#define EXPANSION_MAX 32768

/* Results beside the FERRITE_ERR_* ones. */
#define DAMAGED (-100)
#define FULL (-101)
#define TOO_LARGE (-102)

struct header {
    int layers;
    int expansion; /* 0: the filter does not grow */
};

struct layer {
    long long capacity, items;
    double error;
    int bits, hashes;
};

/* What the functions work on: the key, the item, and the filter once it is open. */
extern char key[1024], item[65536];
extern int key_length, item_length;
extern struct header header;
extern struct layer layers[LAYERS_MAX];
/* The bytes of the filter, where it is loaded. */
extern char value[VALUE_SIZE_MAX];
extern int value_length;

int bytes_of(const struct layer *layer);

/* Read the header and the layers' records, but not the bits; 0 or an error. */
int open_filter(void);
/* Whether a filter that is open has the item: the few bytes that matter are read one by one. */
int has_item(void);

/* To change a filter: load it whole or create one, add items, and save it. 0 or an error. */
int load(void);
int create(double error, long long capacity, int expansion);
/* 1, or 0 when the item was there, or FULL or TOO_LARGE. */
int add_item(void);
int save(void);
/* Store the bytes in `value`, which have to be a filter; 0 or an error, which undoes it. */
int restore(void);

#endif
