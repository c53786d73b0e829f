/* Counters, and a command of many keys. A counter is a plain string that holds an integer, so
 * INCR, GET and EXPIRE work on it as well. */
#include "ferrite.h"

static char key[1024], words[65536];

/* COUNTER.INCR key [by] */
FERRITE_COMMAND(counter_incr)
{
    long long by = 1, count;
    int length = ferrite_arg_read(0, key, sizeof(key));

    if (length > (int)sizeof(key))
        return ferrite_reply_error(FERRITE_TEXT("The key is too long"));
    if (ferrite_arg_count() > 1 && ferrite_arg_i64(1, &by) < 0)
        return ferrite_fail();
    if (ferrite_incr_by(key, length, by, &count) < 0)
        return ferrite_fail();
    return ferrite_reply_int(count);
}

/* The number at `key`; 1 when there is one, 0 for no key. Anything else has been replied to: -1. */
static int read_count(int length, long long *count)
{
    char text[20];
    int size = ferrite_get(key, length, text, sizeof(text));

    *count = 0;
    if (size == FERRITE_ERR_ABSENT)
        return 0;
    if (size < 0)
        ferrite_fail();
    else if (size <= (int)sizeof(text) && ferrite_parse_i64(text, size, count))
        return 1;
    else
        ferrite_reply_error(FERRITE_TEXT("value is not an integer or out of range"));
    return -1;
}

/* COUNTER.GET key */
FERRITE_COMMAND(counter_get)
{
    long long count;
    int length = ferrite_arg_read(0, key, sizeof(key));

    if (length > (int)sizeof(key))
        return ferrite_reply_error(FERRITE_TEXT("The key is too long"));
    if (read_count(length, &count) < 0)
        return 0;
    return ferrite_reply_int(count);
}

/* COUNTER.RESET key: what it was */
FERRITE_COMMAND(counter_reset)
{
    long long count;
    int length = ferrite_arg_read(0, key, sizeof(key)), found;

    if (length > (int)sizeof(key))
        return ferrite_reply_error(FERRITE_TEXT("The key is too long"));
    found = read_count(length, &count);
    if (found < 0)
        return 0;
    if (found && ferrite_delete(key, length) < 0)
        return ferrite_fail();
    return ferrite_reply_int(count);
}

/* MYMGET key [key ...]: one MGET by the server, whose reply is handed on as it is; the values are
 * not copied through the plugin, so they may have any size. */
FERRITE_COMMAND(mymget)
{
    struct ferrite_request request;
    int count = ferrite_arg_count(), handle, i;

    ferrite_request_begin(&request, words, sizeof(words), count + 1);
    ferrite_request_word(&request, "MGET", 4);
    for (i = 0; i < count; i++) {
        int length = ferrite_arg_read(i, key, sizeof(key));
        if (length > (int)sizeof(key))
            return ferrite_reply_error(FERRITE_TEXT("A key is too long"));
        ferrite_request_word(&request, key, length);
    }
    handle = ferrite_request_call(&request);
    if (handle == FERRITE_ERR_LIMIT)
        return ferrite_reply_error(FERRITE_TEXT("There are too many keys"));
    if (handle < 0)
        return ferrite_fail();
    return ferrite_reply_handle(handle);
}
