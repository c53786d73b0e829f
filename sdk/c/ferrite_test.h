/* ferrite_test.h: unit tests of a plugin in C, without a server.
 *
 * A test file lies in the folder tests/ of a project, includes this header and then the plugin's
 * own source, and `ferrite plugin test` runs it:
 *
 *     #include "ferrite_test.h"
 *     #include "../hello.c"
 *
 *     FERRITE_TEST(greets)
 *     {
 *         EXPECT(hello_world, "Alice", "\"Hello, Alice!\"");
 *     }
 *
 * EXPECT calls a command with the words of a text as its arguments and compares the reply, written
 * as redis-cli writes it: "text", (integer) 1, (double) 1.5, (nil), (true), OK, (error) ERR ...;
 * the members of an array stand behind "array 2" with a space between. Each test begins with no key.
 *
 * What stands in for the server keeps keys that hold a string or a hash, counts the arguments and
 * grants every right. What else there is to call answers FERRITE_ERR_UNAVAILABLE; tests.toml is for
 * that, in a real server.
 */
#ifndef FERRITE_TEST_H
#define FERRITE_TEST_H

#define FERRITE_NO_IMPORTS
#include "ferrite.h"

/* Begins a test. */
#define FERRITE_TEST(name) FERRITE_EXPORT(test_##name) void test_##name(void)

/* Call a command with arguments, "" for none, and compare its reply. */
#define EXPECT(command, arguments, reply) \
    ferrite_test_expect(command, #command, arguments, reply, __FILE__, __LINE__)

/* Complain where a condition does not hold. */
#define CHECK(condition) ferrite_test_check((condition) != 0, #condition, __FILE__, __LINE__)

/* The one thing a test imports: it tells of a failure. */
#ifdef __clang__
__attribute__((import_module("ferrite_v1"), import_name("test_failed")))
#endif
extern void ferrite_test_failed(const char *text, int length);

#define FERRITE_TEST_BYTES 4096

static const char *ferrite_test_arguments = "";
static char ferrite_test_reply[FERRITE_TEST_BYTES];
static int ferrite_test_reply_length;
static char ferrite_test_message[FERRITE_TEST_BYTES];
static int ferrite_test_message_length;

/* ---- Texts ----------------------------------------------------------------------------------- */

static int ferrite_test_length(const char *text)
{
    int length = 0;
    while (text[length])
        length++;
    return length;
}

static int ferrite_test_same(const void *a, const void *b, int length)
{
    const char *left = a, *right = b;
    for (int i = 0; i < length; i++)
        if (left[i] != right[i])
            return 0;
    return 1;
}

static void ferrite_test_put(char *target, int *used, const void *text, int length)
{
    const char *from = text;
    for (int i = 0; i < length && *used < FERRITE_TEST_BYTES; i++)
        target[(*used)++] = from[i];
}

static void ferrite_test_say(const char *text)
{
    ferrite_test_put(ferrite_test_message, &ferrite_test_message_length, text,
                     ferrite_test_length(text));
}

/* Tell of a failure, with what was said before. */
static void ferrite_test_complain(const char *file, int line)
{
    char place[FERRITE_TEST_BYTES], number[20];
    int used = 0;
    ferrite_test_put(place, &used, file, ferrite_test_length(file));
    ferrite_test_put(place, &used, ":", 1);
    ferrite_test_put(place, &used, number, ferrite_format_i64(line, number));
    ferrite_test_put(place, &used, ": ", 2);
    ferrite_test_put(place, &used, ferrite_test_message, ferrite_test_message_length);
    ferrite_test_failed(place, used);
}

static void ferrite_test_check(int truth, const char *condition, const char *file, int line)
{
    if (truth)
        return;
    ferrite_test_message_length = 0;
    ferrite_test_say(condition);
    ferrite_test_say(" is not so");
    ferrite_test_complain(file, line);
}

/* ---- Replies, written as redis-cli does ------------------------------------------------------- */

static void ferrite_test_answer(const char *before, const void *text, int length, const char *after)
{
    if (ferrite_test_reply_length)
        ferrite_test_put(ferrite_test_reply, &ferrite_test_reply_length, " ", 1);
    ferrite_test_put(ferrite_test_reply, &ferrite_test_reply_length, before,
                     ferrite_test_length(before));
    ferrite_test_put(ferrite_test_reply, &ferrite_test_reply_length, text, length);
    ferrite_test_put(ferrite_test_reply, &ferrite_test_reply_length, after,
                     ferrite_test_length(after));
}

static int ferrite_test_number(const char *before, long long number)
{
    char text[20];
    ferrite_test_answer(before, text, ferrite_format_i64(number, text), "");
    return 0;
}

static int ferrite_test_sized(const char *kind, int count)
{
    char text[20];
    int length = ferrite_format_i64(count, text);
    ferrite_test_answer(kind, text, length, "");
    return 0;
}

int ferrite_reply_null(void) { ferrite_test_answer("(nil)", "", 0, ""); return 0; }
int ferrite_reply_ok(void) { ferrite_test_answer("OK", "", 0, ""); return 0; }
int ferrite_reply_int(long long number) { return ferrite_test_number("(integer) ", number); }
int ferrite_reply_array(int count) { return ferrite_test_sized("array ", count); }
int ferrite_reply_map(int count) { return ferrite_test_sized("map ", count); }
int ferrite_reply_set(int count) { return ferrite_test_sized("set ", count); }

int ferrite_reply_bool(int truth)
{
    ferrite_test_answer(truth ? "(true)" : "(false)", "", 0, "");
    return 0;
}

/* Six places behind the point at most, the last one rounded; enough for a test. */
int ferrite_reply_double(double number)
{
    char text[48];
    long long whole, part;
    int length = 0, places = 6;
    if (number < 0) {
        text[length++] = '-';
        number = -number;
    }
    whole = (long long)number;
    part = (long long)((number - (double)whole) * 1000000.0 + 0.5);
    if (part == 1000000) {
        whole++;
        part = 0;
    }
    length += ferrite_format_i64(whole, text + length);
    if (part) {
        text[length++] = '.';
        for (int i = places - 1; i >= 0; i--) {
            text[length + i] = (char)('0' + part % 10);
            part /= 10;
        }
        length += places;
        while (text[length - 1] == '0')
            length--;
    }
    ferrite_test_answer("(double) ", text, length, "");
    return 0;
}

int ferrite_reply_simple(const void *text, int length)
{
    ferrite_test_answer("", text, length, "");
    return 0;
}

int ferrite_reply_bulk(const void *bytes, int length)
{
    ferrite_test_answer("\"", bytes, length, "\"");
    return 0;
}

int ferrite_reply_verbatim(const char *format, const void *text, int length)
{
    (void)format;
    return ferrite_reply_bulk(text, length);
}

int ferrite_reply_bignum(const void *digits, int length)
{
    ferrite_test_answer("(bignum) ", digits, length, "");
    return 0;
}

/* An error's code is its first word, when that is all capitals. */
int ferrite_reply_error(const void *text, int length)
{
    const char *from = text;
    int code = 0;
    while (code < length && from[code] >= 'A' && from[code] <= 'Z')
        code++;
    ferrite_test_answer(code && (code == length || from[code] == ' ') ? "(error) " : "(error) ERR ",
                        text, length, "");
    return 0;
}

/* ---- Arguments ------------------------------------------------------------------------------- */

/* Where the word of an index begins, and its length; -1 behind the last. */
static int ferrite_test_word(int index, const char **word)
{
    const char *at = ferrite_test_arguments;
    for (;;) {
        int length = 0;
        while (*at == ' ')
            at++;
        if (!*at)
            return -1;
        while (at[length] && at[length] != ' ')
            length++;
        *word = at;
        if (index-- == 0)
            return length;
        at += length;
    }
}

static int ferrite_test_give(void *buffer, int size, const void *bytes, int length)
{
    ferrite_copy(buffer, bytes, length < size ? length : size);
    return length;
}

int ferrite_arg_count(void)
{
    const char *word;
    int count = 0;
    while (ferrite_test_word(count, &word) >= 0)
        count++;
    return count;
}

int ferrite_arg_read(int index, void *buffer, int size)
{
    const char *word = 0;
    int length = ferrite_test_word(index, &word);
    return length < 0 ? FERRITE_ERR_ABSENT : ferrite_test_give(buffer, size, word, length);
}

int ferrite_arg_i64(int index, long long *number)
{
    const char *word = 0;
    int length = ferrite_test_word(index, &word);
    if (length < 0)
        return FERRITE_ERR_ABSENT;
    return ferrite_parse_i64(word, length, number) ? 0 : FERRITE_ERR_NUMBER;
}

/* Digits with a point among them; no exponents. */
int ferrite_arg_f64(int index, double *number)
{
    const char *word = 0;
    int length = ferrite_test_word(index, &word);
    int negative = length > 0 && word[0] == '-', digits = 0, points = 0;
    double value = 0, scale = 1;
    if (length < 0)
        return FERRITE_ERR_ABSENT;
    for (int i = negative; i < length; i++) {
        if (word[i] == '.') {
            points++;
        } else if (word[i] >= '0' && word[i] <= '9') {
            value = value * 10 + (word[i] - '0');
            scale = points ? scale * 10 : scale;
            digits++;
        } else {
            return FERRITE_ERR_NUMBER;
        }
    }
    if (!digits || points > 1)
        return FERRITE_ERR_NUMBER;
    *number = negative ? -(value / scale) : value / scale;
    return 0;
}

#include "ferrite_test_keys.h"

/* ---- Surroundings ---------------------------------------------------------------------------- */

int ferrite_last_error(void *buffer, int size)
{
    return ferrite_test_give(buffer, size, "ERR refused", 11);
}

int ferrite_log(int level, const void *text, int length)
{
    (void)level, (void)text, (void)length;
    return 0;
}

/* ---- The test itself ------------------------------------------------------------------------- */

static void ferrite_test_expect(int (*command)(void), const char *name, const char *arguments,
                                const char *reply, const char *file, int line)
{
    char status[20];
    int length = ferrite_test_length(reply), result;
    ferrite_test_arguments = arguments;
    ferrite_test_reply_length = 0;
    result = command();
    if (result && !ferrite_test_reply_length)
        ferrite_test_answer("(error) ERR plugin returned ", status,
                            ferrite_format_i64(result, status), "");
    if (ferrite_test_reply_length == length && ferrite_test_same(ferrite_test_reply, reply, length))
        return;
    ferrite_test_message_length = 0;
    ferrite_test_say(name);
    ferrite_test_say(" ");
    ferrite_test_say(arguments);
    ferrite_test_say(": gives ");
    ferrite_test_put(ferrite_test_message, &ferrite_test_message_length, ferrite_test_reply,
                     ferrite_test_reply_length);
    ferrite_test_say(", expected ");
    ferrite_test_say(reply);
    ferrite_test_complain(file, line);
}

#endif
