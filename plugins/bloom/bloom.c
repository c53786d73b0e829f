/* The commands of RedisBloom on the filters of filter.h. */
#include "filter.h"

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
