/* The filter of filter.h: a value of the plugin's own type BLOOM.
 *
 * It is a header and one or more layers, each with its record before its bits. A layer that is full
 * is followed by a larger one with half its error rate, so that all of them together are wrong no
 * more than twice as often as the first.
 */
#include "filter.h"

#define TYPE FERRITE_TEXT("BLOOM")
#define VERSION 1
#define HASHES_MAX 64
#define CAPACITY_MAX (1LL << 40)
#define LN2 0.69314718055994530942
#define HEADER_SIZE ((int)sizeof(struct header))
#define LAYER_SIZE ((int)sizeof(struct layer))

char key[1024], item[65536];
int key_length, item_length;
struct header header;
struct layer layers[LAYERS_MAX];

char value[VALUE_SIZE_MAX];
int value_length;
static int offsets[LAYERS_MAX]; /* where each layer's bits begin in it */

/* ---- Sizes ----------------------------------------------------------------------------------- */

/* The natural logarithm of a number between 0 and 1. */
static double logarithm(double x)
{
    double halvings = 0, ratio, power, sum = 0;
    int n;
    while (x < 0.5) {
        x *= 2;
        halvings++;
    }
    ratio = (x - 1) / (x + 1); /* ln x = 2 (r + r^3/3 + r^5/5 ...), and |r| <= 1/3 */
    power = ratio;
    for (n = 1; n < 40; n += 2) {
        sum += power / n;
        power *= ratio * ratio;
    }
    return 2 * sum - halvings * LN2;
}

static long long round_up(double x)
{
    long long whole = (long long)x;
    return whole + (x > (double)whole);
}

int bytes_of(const struct layer *layer) { return (layer->bits + 7) / 8; }

/* Find the bits and hashes that a capacity and an error rate need; 0, or TOO_LARGE. */
static int measure(struct layer *layer, int bytes_max)
{
    double bits_per_item = -logarithm(layer->error) / (LN2 * LN2);
    double bits = (double)layer->capacity * bits_per_item;
    if (layer->capacity > CAPACITY_MAX || bits > 8.0 * bytes_max
        || bits_per_item * LN2 > HASHES_MAX)
        return TOO_LARGE;
    layer->bits = (int)round_up(bits);
    layer->hashes = (int)round_up(bits_per_item * LN2);
    return 0;
}

/* ---- Hashes ---------------------------------------------------------------------------------- */

/* Spread every bit of a number over all of them (the finalizer of SplitMix64). */
static unsigned long long mix(unsigned long long x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

/* The n-th bit of an item is (first + n * second) modulo the bits of the layer. */
static unsigned long long first, second;

static void hash_item(void)
{
    unsigned long long hash = 0xcbf29ce484222325ULL; /* FNV-1a */
    int i;
    for (i = 0; i < item_length; i++)
        hash = (hash ^ (unsigned char)item[i]) * 0x100000001b3ULL;
    first = mix(hash);
    second = mix(hash ^ 0x9e3779b97f4a7c15ULL) | 1;
}

static int bit_of(const struct layer *layer, int n)
{
    return (int)((first + (unsigned long long)n * second) % (unsigned long long)layer->bits);
}

/* ---- Reading a filter ------------------------------------------------------------------------ */

/* Copy a part of the value; 0 or an error. */
static int read_part(int offset, void *part, int size)
{
    int length = ferrite_typed_range(key, key_length, TYPE, offset, part, size);
    if (length < 0)
        return length;
    value_length = length;
    return offset + size <= length ? 0 : DAMAGED;
}

/* Anybody may RESTORE bytes of this type, so what is read is not trusted. */
static int is_sound(const struct layer *layer)
{
    return layer->bits > 0 && layer->bits <= 8 * VALUE_SIZE_MAX && layer->hashes > 0
        && layer->hashes <= HASHES_MAX && layer->capacity > 0 && layer->capacity <= CAPACITY_MAX
        && layer->error > 0 && layer->error < 1;
}

int open_filter(void)
{
    int at = HEADER_SIZE, result = read_part(0, &header, HEADER_SIZE), n;
    if (result < 0)
        return result;
    if (header.layers <= 0 || header.layers > LAYERS_MAX || header.expansion < 0
        || header.expansion > EXPANSION_MAX || value_length > VALUE_SIZE_MAX)
        return DAMAGED;
    for (n = 0; n < header.layers; n++) {
        struct layer *layer = &layers[n];
        result = read_part(at, layer, LAYER_SIZE);
        if (result < 0)
            return result;
        if (!is_sound(layer))
            return DAMAGED;
        offsets[n] = at + LAYER_SIZE;
        at = offsets[n] + bytes_of(layer);
    }
    return at == value_length ? 0 : DAMAGED;
}

/* Read all of it, into `value`; 0 or an error. */
int load(void)
{
    int result = open_filter();
    return result < 0 ? result : read_part(0, value, value_length);
}

int has_item(void)
{
    int layer, n;
    hash_item();
    for (layer = 0; layer < header.layers; layer++) {
        for (n = 0; n < layers[layer].hashes; n++) {
            int bit = bit_of(&layers[layer], n);
            unsigned char byte;
            if (read_part(offsets[layer] + bit / 8, &byte, 1) < 0 || !(byte >> bit % 8 & 1))
                break;
        }
        if (n == layers[layer].hashes)
            return 1;
    }
    return 0;
}

/* ---- Changing a filter ----------------------------------------------------------------------- */

/* Append an empty layer to `value`; 0, or TOO_LARGE. */
static int add_layer(long long capacity, double error)
{
    struct layer *layer = &layers[header.layers];
    int bytes_max = VALUE_SIZE_MAX - value_length - LAYER_SIZE;
    if (header.layers == LAYERS_MAX || bytes_max <= 0)
        return TOO_LARGE;
    layer->capacity = capacity;
    layer->error = error;
    layer->items = 0;
    if (measure(layer, bytes_max) < 0)
        return TOO_LARGE;
    offsets[header.layers] = value_length + LAYER_SIZE;
    value_length += LAYER_SIZE + bytes_of(layer);
    ferrite_clear(value + offsets[header.layers], bytes_of(layer));
    header.layers++;
    return 0;
}

/* Begin a filter in `value`; 0, or TOO_LARGE. */
int create(double error, long long capacity, int expansion)
{
    header.layers = 0;
    header.expansion = expansion;
    value_length = HEADER_SIZE;
    return add_layer(capacity, error);
}

static int in_layer(int layer)
{
    int n;
    for (n = 0; n < layers[layer].hashes; n++) {
        int bit = bit_of(&layers[layer], n);
        if (!((unsigned char)value[offsets[layer] + bit / 8] >> bit % 8 & 1))
            return 0;
    }
    return 1;
}

int add_item(void)
{
    struct layer *layer;
    int n, result;
    hash_item();
    for (n = 0; n < header.layers; n++)
        if (in_layer(n))
            return 0;
    layer = &layers[header.layers - 1];
    if (layer->items >= layer->capacity) {
        if (!header.expansion)
            return FULL;
        result = add_layer(layer->capacity * header.expansion, layer->error / 2);
        if (result < 0)
            return result;
        layer++;
    }
    for (n = 0; n < layer->hashes; n++) {
        int bit = bit_of(layer, n);
        value[offsets[header.layers - 1] + bit / 8] |= (char)(1 << bit % 8);
    }
    layer->items++;
    return 1;
}

/* Store `value`; 0 or an error. */
int save(void)
{
    int n;
    ferrite_copy(value, &header, HEADER_SIZE);
    for (n = 0; n < header.layers; n++)
        ferrite_copy(value + offsets[n] - LAYER_SIZE, &layers[n], LAYER_SIZE);
    return ferrite_typed_set(key, key_length, TYPE, VERSION, value, value_length);
}

int restore(void)
{
    int result = ferrite_typed_set(key, key_length, TYPE, VERSION, value, value_length);
    return result < 0 ? result : open_filter();
}
