/* A sliding window: at any moment, no more than `limit` within the last `window` milliseconds.
 *
 * The value at the key is a list of the moments when something was allowed, oldest first. It
 * expires when the last of them leaves the window, so an idle limiter takes no room.
 */
#include "ferrite.h"

#define TYPE FERRITE_TEXT("RATE")
#define VERSION 1
#define LIMIT_MAX 4096
#define WINDOW_MAX 31536000000LL /* a year */
#define MOMENT_SIZE ((int)sizeof(long long))

static char key[1024];
static long long moments[LIMIT_MAX + 1];

/* Answer for a key, and note the moment when `takes`. */
static int answer(int takes)
{
    long long limit, window, now, wait = 0;
    int key_length = ferrite_arg_read(0, key, sizeof(key)), count, old = 0, length, allowed, i;

    if (key_length > (int)sizeof(key))
        return ferrite_reply_error(FERRITE_TEXT("the key is too long"));
    if (ferrite_arg_i64(1, &limit) < 0 || limit < 1 || limit > LIMIT_MAX)
        return ferrite_reply_error(FERRITE_TEXT("the limit must be from 1 to 4096"));
    if (ferrite_arg_i64(2, &window) < 0 || window < 1 || window > WINDOW_MAX)
        return ferrite_reply_error(FERRITE_TEXT("the window must be from 1 to 31536000000 ms"));
    if (ferrite_time_ms(&now) < 0)
        return ferrite_fail();

    length = ferrite_typed_get(key, key_length, TYPE, 0, moments, LIMIT_MAX * MOMENT_SIZE);
    if (length == FERRITE_ERR_ABSENT)
        length = 0;
    if (length < 0)
        return ferrite_fail();
    if (length > LIMIT_MAX * MOMENT_SIZE || length % MOMENT_SIZE)
        return ferrite_reply_error(FERRITE_TEXT("the limiter is damaged"));

    count = length / MOMENT_SIZE;
    while (old < count && moments[old] <= now - window)
        old++;
    count -= old;
    for (i = 0; old && i < count; i++)
        moments[i] = moments[i + old];

    allowed = count < limit;
    if (!allowed) /* until so many have left that one more fits */
        wait = moments[count - limit] + window - now;
    if (allowed && takes) {
        moments[count++] = now;
        if (ferrite_typed_set(key, key_length, TYPE, VERSION, moments, count * MOMENT_SIZE) < 0
            || ferrite_expire(key, key_length, window) < 0)
            return ferrite_fail();
    }
    ferrite_reply_array(3);
    ferrite_reply_int(allowed);
    ferrite_reply_int(limit > count ? limit - count : 0);
    return ferrite_reply_int(wait);
}

/* RATE.LIMIT key limit window_ms: 1 when it is allowed, how many more are, milliseconds to wait */
FERRITE_COMMAND(rate_limit) { return answer(1); }

/* RATE.PEEK key limit window_ms: the same, but nothing is taken */
FERRITE_COMMAND(rate_peek) { return answer(0); }
