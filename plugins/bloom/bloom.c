/* Bloom filters in values of the plugin's own type BLOOM, with the commands of RedisBloom.
 *
 * A value is a header and one or more layers, each with its record before its bits. A layer that
 * is full is followed by a larger one with half its error rate, so that all of them together are
 * wrong no more than twice as often as the first.
 */
#include "ferrite.h"

#define TYPE FERRITE_TEXT("BLOOM")
#define VERSION 1
#define VALUE_SIZE_MAX (1 << 20)
#define LAYERS_MAX 32
#define HASHES_MAX 64
#define CAPACITY_MAX (1LL << 40)
#define LN2 0.69314718055994530942

#define DEFAULT_ERROR 0.01
#define DEFAULT_CAPACITY 100
#define DEFAULT_EXPANSION 2
#define EXPANSION_MAX 32768

/* Results of this file's own, beside the FERRITE_ERR_* ones. */
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

#define HEADER_SIZE ((int)sizeof(struct header))
#define LAYER_SIZE ((int)sizeof(struct layer))

static char key[1024], item[65536];
static int key_length, item_length;

/* The filter at the key. Each layer's bits begin at its `offsets` in the value. */
static char value[VALUE_SIZE_MAX];
static int value_length;
static struct header header;
static struct layer layers[LAYERS_MAX];
static int offsets[LAYERS_MAX];

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

static int bytes_of(const struct layer *layer) { return (layer->bits + 7) / 8; }

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

/* Read the header and the layers' records, but not the bits; 0 or an error. */
static int open_filter(void)
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
static int load(void)
{
    int result = open_filter();
    return result < 0 ? result : read_part(0, value, value_length);
}

/* Whether a filter that is open has the item: the few bytes that matter are read one by one. */
static int has_item(void)
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
static int create(double error, long long capacity, int expansion)
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

/* Add the item to `value`; 1, or 0 when it was there, or FULL or TOO_LARGE. */
static int add_item(void)
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
static int save(void)
{
    int n;
    ferrite_copy(value, &header, HEADER_SIZE);
    for (n = 0; n < header.layers; n++)
        ferrite_copy(value + offsets[n] - LAYER_SIZE, &layers[n], LAYER_SIZE);
    return ferrite_typed_set(key, key_length, TYPE, VERSION, value, value_length);
}

/* ---- Commands -------------------------------------------------------------------------------- */

/* The reply to any result below 0. */
static int fail(int result)
{
    if (result == FERRITE_ERR_ABSENT)
        return ferrite_reply_error(FERRITE_TEXT("not found"));
    if (result == DAMAGED)
        return ferrite_reply_error(FERRITE_TEXT("the filter is damaged"));
    if (result == FULL)
        return ferrite_reply_error(FERRITE_TEXT("non scaling filter is full"));
    if (result == TOO_LARGE)
        return ferrite_reply_error(FERRITE_TEXT("the filter would be larger than 1048576 bytes"));
    return ferrite_fail();
}

static int is_key_read(void)
{
    key_length = ferrite_arg_read(0, key, sizeof(key));
    return key_length <= (int)sizeof(key);
}

static int is_item_read(int index)
{
    item_length = ferrite_arg_read(index, item, sizeof(item));
    return item_length <= (int)sizeof(item);
}

static int key_too_long(void) { return ferrite_reply_error(FERRITE_TEXT("the key is too long")); }
static int item_too_long(void)
{
    return ferrite_reply_error(FERRITE_TEXT("the item is too long"));
}

static int is_argument(int index, const char *word)
{
    char text[16];
    int length = ferrite_arg_read(index, text, sizeof(text));
    return length >= 0 && length <= (int)sizeof(text) && ferrite_is_word(text, length, word);
}

/* BF.RESERVE key error_rate capacity [EXPANSION expansion] [NONSCALING] */
FERRITE_COMMAND(bf_reserve)
{
    long long capacity, expansion = DEFAULT_EXPANSION;
    int count = ferrite_arg_count(), scales = 1, is_given = 0, result, i;
    double error;

    if (!is_key_read())
        return key_too_long();
    if (ferrite_arg_f64(1, &error) < 0)
        return ferrite_reply_error(FERRITE_TEXT("bad error rate"));
    if (!(error > 0 && error < 1))
        return ferrite_reply_error(FERRITE_TEXT("(0 < error rate range < 1)"));
    if (ferrite_arg_i64(2, &capacity) < 0)
        return ferrite_reply_error(FERRITE_TEXT("bad capacity"));
    if (capacity <= 0)
        return ferrite_reply_error(FERRITE_TEXT("(capacity should be larger than 0)"));
    for (i = 3; i < count; i++) {
        if (is_argument(i, "NONSCALING")) {
            scales = 0;
        } else if (is_argument(i, "EXPANSION") && i + 1 < count) {
            if (ferrite_arg_i64(++i, &expansion) < 0 || expansion < 1 || expansion > EXPANSION_MAX)
                return ferrite_reply_error(FERRITE_TEXT("bad expansion"));
            is_given = 1;
        } else {
            return ferrite_reply_error(FERRITE_TEXT("syntax error"));
        }
    }
    if (!scales && is_given)
        return ferrite_reply_error(FERRITE_TEXT("Nonscaling filters cannot expand"));
    result = ferrite_exists(key, key_length);
    if (result < 0)
        return ferrite_fail();
    if (result)
        return ferrite_reply_error(FERRITE_TEXT("item exists"));
    result = create(error, capacity, scales ? (int)expansion : 0);
    if (result == 0)
        result = save();
    return result < 0 ? fail(result) : ferrite_reply_ok();
}

/* The filter at the key in `value`, or a new one; 0 or an error. */
static int load_or_create(void)
{
    int result = load();
    if (result == FERRITE_ERR_ABSENT)
        result = create(DEFAULT_ERROR, DEFAULT_CAPACITY, DEFAULT_EXPANSION);
    return result;
}

/* BF.ADD key item: 1, or 0 when it may have been there */
FERRITE_COMMAND(bf_add)
{
    int added, result;

    if (!is_key_read())
        return key_too_long();
    if (!is_item_read(1))
        return item_too_long();
    result = load_or_create();
    if (result < 0)
        return fail(result);
    added = add_item();
    if (added < 0)
        return fail(added);
    if (added && (result = save()) < 0)
        return fail(result);
    return ferrite_reply_int(added);
}

/* BF.MADD key item [item ...]: for each what BF.ADD answers */
FERRITE_COMMAND(bf_madd)
{
    int count = ferrite_arg_count(), changed = 0, result, i;

    if (!is_key_read())
        return key_too_long();
    for (i = 1; i < count; i++)
        if (!is_item_read(i))
            return item_too_long();
    result = load_or_create();
    if (result < 0)
        return fail(result);
    ferrite_reply_array(count - 1);
    for (i = 1; i < count; i++) {
        int added;
        is_item_read(i);
        added = add_item();
        if (added < 0)
            fail(added); /* this item's reply; the others may be there already */
        else
            ferrite_reply_int(added);
        changed |= added > 0;
    }
    return changed && save() < 0;
}

/* BF.EXISTS key item: 1 when it may be there, 0 when it is not */
FERRITE_COMMAND(bf_exists)
{
    int result;

    if (!is_key_read())
        return key_too_long();
    if (!is_item_read(1))
        return item_too_long();
    result = open_filter();
    if (result < 0 && result != FERRITE_ERR_ABSENT)
        return fail(result);
    return ferrite_reply_int(result == 0 && has_item());
}

/* BF.MEXISTS key item [item ...]: for each what BF.EXISTS answers */
FERRITE_COMMAND(bf_mexists)
{
    int count = ferrite_arg_count(), result, i;

    if (!is_key_read())
        return key_too_long();
    for (i = 1; i < count; i++)
        if (!is_item_read(i))
            return item_too_long();
    result = open_filter();
    if (result < 0 && result != FERRITE_ERR_ABSENT)
        return fail(result);
    ferrite_reply_array(count - 1);
    for (i = 1; i < count; i++) {
        is_item_read(i);
        ferrite_reply_int(result == 0 && has_item());
    }
    return 0;
}

static long long items(void)
{
    long long total = 0;
    int n;
    for (n = 0; n < header.layers; n++)
        total += layers[n].items;
    return total;
}

/* BF.CARD key: how many different items were added */
FERRITE_COMMAND(bf_card)
{
    int result;

    if (!is_key_read())
        return key_too_long();
    result = open_filter();
    if (result < 0 && result != FERRITE_ERR_ABSENT)
        return fail(result);
    return ferrite_reply_int(result == 0 ? items() : 0);
}

static int reply_one(long long number)
{
    ferrite_reply_array(1);
    return ferrite_reply_int(number);
}

static int reply_expansion(void)
{
    return header.expansion ? ferrite_reply_int(header.expansion) : ferrite_reply_null();
}

/* BF.INFO key [CAPACITY | SIZE | FILTERS | ITEMS | EXPANSION] */
FERRITE_COMMAND(bf_info)
{
    long long capacity = 0, size = 0;
    int result, n;

    if (!is_key_read())
        return key_too_long();
    result = open_filter();
    if (result < 0)
        return fail(result);
    for (n = 0; n < header.layers; n++) {
        capacity += layers[n].capacity;
        size += bytes_of(&layers[n]);
    }
    if (ferrite_arg_count() == 1) {
        ferrite_reply_map(5);
        ferrite_reply_simple(FERRITE_TEXT("Capacity"));
        ferrite_reply_int(capacity);
        ferrite_reply_simple(FERRITE_TEXT("Size"));
        ferrite_reply_int(size);
        ferrite_reply_simple(FERRITE_TEXT("Number of filters"));
        ferrite_reply_int(header.layers);
        ferrite_reply_simple(FERRITE_TEXT("Number of items inserted"));
        ferrite_reply_int(items());
        ferrite_reply_simple(FERRITE_TEXT("Expansion rate"));
        return reply_expansion();
    }
    if (is_argument(1, "CAPACITY"))
        return reply_one(capacity);
    if (is_argument(1, "SIZE"))
        return reply_one(size);
    if (is_argument(1, "FILTERS"))
        return reply_one(header.layers);
    if (is_argument(1, "ITEMS"))
        return reply_one(items());
    if (is_argument(1, "EXPANSION")) {
        ferrite_reply_array(1);
        return reply_expansion();
    }
    return ferrite_reply_error(FERRITE_TEXT("Invalid information value"));
}

/* Append " name:number" to a line. */
static int note(char *line, int at, const char *name, int length, long long number)
{
    if (at)
        line[at++] = ' ';
    ferrite_copy(line + at, name, length);
    line[at + length] = ':';
    return at + length + 1 + ferrite_format_i64(number, line + at + length + 1);
}

/* BF.DEBUG key: the items, and a line for each layer */
FERRITE_COMMAND(bf_debug)
{
    static char line[160];
    int result, n;

    if (!is_key_read())
        return key_too_long();
    result = open_filter();
    if (result < 0)
        return fail(result);
    ferrite_reply_array(header.layers + 1);
    ferrite_reply_bulk(line, note(line, 0, "size", 4, items()));
    for (n = 0; n < header.layers; n++) {
        int at = note(line, 0, "bytes", 5, bytes_of(&layers[n]));
        at = note(line, at, "bits", 4, layers[n].bits);
        at = note(line, at, "hashes", 6, layers[n].hashes);
        at = note(line, at, "capacity", 8, layers[n].capacity);
        at = note(line, at, "size", 4, layers[n].items);
        ferrite_reply_bulk(line, at);
    }
    return 0;
}
