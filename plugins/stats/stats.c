/* Running figures of a series of numbers, in a value of the plugin's own type STATS. */
#include "ferrite.h"

/* The value, as it is stored. */
struct stats {
    long long count;
    double sum, smallest, largest;
};

#define TYPE FERRITE_TEXT("STATS")
#define VERSION 1

static char key[1024];

/* Read the value at a key, or one without numbers when there is none; 0, or -1 and a reply. */
static int load(int key_length, struct stats *stats)
{
    int length = ferrite_typed_get(key, key_length, TYPE, 0, stats, sizeof(*stats));

    if (length == sizeof(*stats))
        return 0;
    if (length == FERRITE_ERR_ABSENT) {
        stats->count = 0;
        stats->sum = 0;
        return 0;
    }
    if (length < 0)
        ferrite_fail();
    else
        ferrite_reply_error(FERRITE_TEXT("The value is damaged"));
    return -1;
}

/* STATS.ADD key number [number ...]: how many there are now */
FERRITE_COMMAND(stats_add)
{
    struct stats stats;
    int count = ferrite_arg_count(), i;
    int key_length = ferrite_arg_read(0, key, sizeof(key));

    if (key_length > (int)sizeof(key))
        return ferrite_reply_error(FERRITE_TEXT("The key is too long"));
    if (load(key_length, &stats) < 0)
        return 0;
    for (i = 1; i < count; i++) {
        double number;
        if (ferrite_arg_f64(i, &number) < 0)
            return ferrite_fail(); /* the numbers before it are not stored either */
        if (number - number != 0)
            return ferrite_reply_error(FERRITE_TEXT("value is NaN or Infinity"));
        if (!stats.count || number < stats.smallest)
            stats.smallest = number;
        if (!stats.count || number > stats.largest)
            stats.largest = number;
        stats.sum += number;
        stats.count++;
    }
    if (ferrite_typed_set(key, key_length, TYPE, VERSION, &stats, sizeof(stats)) < 0)
        return ferrite_fail();
    return ferrite_reply_int(stats.count);
}

/* STATS.GET key: a map, or null when there is no such key */
FERRITE_COMMAND(stats_get)
{
    struct stats stats;
    int key_length = ferrite_arg_read(0, key, sizeof(key));

    if (key_length > (int)sizeof(key))
        return ferrite_reply_error(FERRITE_TEXT("The key is too long"));
    if (load(key_length, &stats) < 0)
        return 0;
    if (!stats.count)
        return ferrite_reply_null();
    ferrite_reply_map(5);
    ferrite_reply_bulk("count", 5);
    ferrite_reply_int(stats.count);
    ferrite_reply_bulk("sum", 3);
    ferrite_reply_double(stats.sum);
    ferrite_reply_bulk("mean", 4);
    ferrite_reply_double(stats.sum / (double)stats.count);
    ferrite_reply_bulk("min", 3);
    ferrite_reply_double(stats.smallest);
    ferrite_reply_bulk("max", 3);
    return ferrite_reply_double(stats.largest);
}

/* SAFE.DIVIDE dividend divisor: an error, and never an infinity, where there is no quotient */
FERRITE_COMMAND(safe_divide)
{
    double dividend, divisor, quotient;

    if (ferrite_arg_f64(0, &dividend) < 0 || ferrite_arg_f64(1, &divisor) < 0)
        return ferrite_fail();
    if (divisor == 0)
        return ferrite_reply_error(FERRITE_TEXT("division by zero"));
    quotient = dividend / divisor;
    if (quotient - quotient != 0)
        return ferrite_reply_error(FERRITE_TEXT("the quotient would be NaN or Infinity"));
    return ferrite_reply_double(quotient);
}
