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

/* What a new filter is to be like. */
struct wanted {
    double error;
    long long capacity, expansion;
    int scales, says_expansion;
};

static const struct wanted DEFAULTS = {DEFAULT_ERROR, DEFAULT_CAPACITY, DEFAULT_EXPANSION, 1, 0};

static int create_wanted(const struct wanted *wanted)
{
    return create(wanted->error, wanted->capacity, wanted->scales ? (int)wanted->expansion : 0);
}

/* These read an argument, and answer what is wrong with it, or 0. */

static const char *read_error(int index, struct wanted *wanted)
{
    if (ferrite_arg_f64(index, &wanted->error) < 0)
        return "bad error rate";
    return wanted->error > 0 && wanted->error < 1 ? 0 : "(0 < error rate range < 1)";
}

static const char *read_capacity(int index, struct wanted *wanted)
{
    if (ferrite_arg_i64(index, &wanted->capacity) < 0)
        return "bad capacity";
    return wanted->capacity > 0 ? 0 : "(capacity should be larger than 0)";
}

static const char *read_expansion(int index, struct wanted *wanted)
{
    wanted->says_expansion = 1;
    if (ferrite_arg_i64(index, &wanted->expansion) < 0 || wanted->expansion < 1
        || wanted->expansion > EXPANSION_MAX)
        return "bad expansion";
    return 0;
}

/* Read the option EXPANSION or NONSCALING at an index, and go on to its last argument. */
static const char *read_option(int *index, struct wanted *wanted)
{
    if (is_argument(*index, "EXPANSION") && *index + 1 < ferrite_arg_count()) {
        const char *problem = read_expansion(++*index, wanted);
        if (problem)
            return problem;
    } else if (is_argument(*index, "NONSCALING")) {
        wanted->scales = 0;
    } else {
        return "syntax error";
    }
    return wanted->scales || !wanted->says_expansion ? 0 : "Nonscaling filters cannot expand";
}

static int refuse(const char *problem)
{
    int length = 0;
    while (problem[length])
        length++;
    return ferrite_reply_error(problem, length);
}

/* BF.RESERVE key error_rate capacity [EXPANSION expansion] [NONSCALING] */
FERRITE_COMMAND(bf_reserve)
{
    struct wanted wanted = DEFAULTS;
    const char *problem;
    int count = ferrite_arg_count(), result, i;

    if (!is_key_read())
        return key_too_long();
    problem = read_error(1, &wanted);
    if (!problem)
        problem = read_capacity(2, &wanted);
    for (i = 3; i < count && !problem; i++)
        problem = read_option(&i, &wanted);
    if (problem)
        return refuse(problem);
    result = ferrite_exists(key, key_length);
    if (result < 0)
        return ferrite_fail();
    if (result)
        return ferrite_reply_error(FERRITE_TEXT("item exists"));
    result = create_wanted(&wanted);
    if (result == 0)
        result = save();
    return result < 0 ? fail(result) : ferrite_reply_ok();
}

/* The filter at the key in `value`, or a new one; 0 or an error. */
static int load_or_create(const struct wanted *wanted)
{
    int result = load();
    if (result == FERRITE_ERR_ABSENT)
        result = create_wanted(wanted);
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
    result = load_or_create(&DEFAULTS);
    if (result < 0)
        return fail(result);
    added = add_item();
    if (added < 0)
        return fail(added);
    if (added && (result = save()) < 0)
        return fail(result);
    return ferrite_reply_int(added);
}

/* Add the items from an argument on to the filter in `value`; 1 or 0 for each. */
static int add_items(int from)
{
    int count = ferrite_arg_count(), changed = 0, i;

    ferrite_reply_array(count - from);
    for (i = from; i < count; i++) {
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

static int are_items_short(int from)
{
    int count = ferrite_arg_count(), i;
    for (i = from; i < count; i++)
        if (!is_item_read(i))
            return 0;
    return 1;
}

/* BF.MADD key item [item ...]: for each what BF.ADD answers */
FERRITE_COMMAND(bf_madd)
{
    int result;

    if (!is_key_read())
        return key_too_long();
    if (!are_items_short(1))
        return item_too_long();
    result = load_or_create(&DEFAULTS);
    return result < 0 ? fail(result) : add_items(1);
}

/* BF.INSERT key [CAPACITY capacity] [ERROR error] [EXPANSION expansion] [NOCREATE] [NONSCALING]
 * ITEMS item [item ...]: what BF.MADD answers */
FERRITE_COMMAND(bf_insert)
{
    struct wanted wanted = DEFAULTS;
    const char *problem = 0;
    int count = ferrite_arg_count(), creates = 1, says_size = 0, result, i;

    if (!is_key_read())
        return key_too_long();
    for (i = 1; i < count && !problem && !is_argument(i, "ITEMS"); i++) {
        if (is_argument(i, "NOCREATE")) {
            creates = 0;
        } else if (is_argument(i, "CAPACITY") && i + 1 < count) {
            problem = read_capacity(++i, &wanted);
            says_size = 1;
        } else if (is_argument(i, "ERROR") && i + 1 < count) {
            problem = read_error(++i, &wanted);
            says_size = 1;
        } else {
            problem = read_option(&i, &wanted);
        }
    }
    if (!problem && (i + 1 >= count || (says_size && !creates)))
        problem = "syntax error";
    if (problem)
        return refuse(problem);
    if (!are_items_short(i + 1))
        return item_too_long();
    result = creates ? load_or_create(&wanted) : load();
    return result < 0 ? fail(result) : add_items(i + 1);
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
    if (!are_items_short(1))
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

/* The one chunk of a filter is all of its bytes, and this is its iterator. */
#define CHUNK 1

/* BF.SCANDUMP key iterator: the next iterator and a chunk for BF.LOADCHUNK, 0 at the end */
FERRITE_COMMAND(bf_scandump)
{
    long long iterator;
    int result;

    if (!is_key_read())
        return key_too_long();
    if (ferrite_arg_i64(1, &iterator) < 0)
        return ferrite_reply_error(FERRITE_TEXT("Second argument must be numeric"));
    result = load();
    if (result < 0)
        return fail(result);
    ferrite_reply_array(2);
    ferrite_reply_int(iterator == 0 ? CHUNK : 0);
    return ferrite_reply_bulk(value, iterator == 0 ? value_length : 0);
}

/* BF.LOADCHUNK key iterator data: makes a filter of what BF.SCANDUMP has answered */
FERRITE_COMMAND(bf_loadchunk)
{
    long long iterator;
    int result;

    if (!is_key_read())
        return key_too_long();
    if (ferrite_arg_i64(1, &iterator) < 0)
        return ferrite_reply_error(FERRITE_TEXT("Second argument must be numeric"));
    value_length = ferrite_arg_read(2, value, VALUE_SIZE_MAX);
    if (iterator != CHUNK || value_length > VALUE_SIZE_MAX)
        return ferrite_reply_error(FERRITE_TEXT("received bad data"));
    result = restore();
    if (result == DAMAGED)
        return ferrite_reply_error(FERRITE_TEXT("received bad data"));
    return result < 0 ? fail(result) : ferrite_reply_ok();
}
