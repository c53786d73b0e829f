/* Who did what: a line in a list for every command that changed something, for every command that
 * was refused its arguments or rights, and for clients that come and go. Values are not noted. */
#include "ferrite.h"

#define LINE_SIZE 1024
#define DEFAULT_LENGTH 10000

static char list[256], line[LINE_SIZE], words[4096], command[65536];
static int line_length;

/* Append a text to the line; what cannot be shown becomes a dot, what does not fit is left out. */
static void add(const char *text, int length)
{
    int i;
    for (i = 0; i < length && line_length < LINE_SIZE; i++) {
        char letter = text[i];
        line[line_length++] = letter < ' ' || letter > '~' ? '.' : letter;
    }
}

static void add_number(long long number)
{
    char text[20];
    add(text, ferrite_format_i64(number, text));
}

/* " NAME=what the host says of it" */
static void add_context(const char *name, int length)
{
    char text[256];
    int size = ferrite_context(name, length, text, sizeof(text));
    if (size < 0)
        return;
    add(" ", 1);
    add(name, length);
    add("=", 1);
    add(text, size > (int)sizeof(text) ? (int)sizeof(text) : size);
}

/* "TIME EVENT client_id=7 user=default address=127.0.0.1:4711" */
static void begin(const char *event, int length)
{
    long long now = 0;
    line_length = 0;
    ferrite_time_ms(&now);
    add_number(now);
    add(" ", 1);
    add(event, length);
    add_context(FERRITE_TEXT("client_id"));
    add_context(FERRITE_TEXT("user"));
    add_context(FERRITE_TEXT("address"));
}

static long long setting(const char *name, int length, long long otherwise)
{
    char text[20];
    long long number;
    int size = ferrite_config(name, length, text, sizeof(text));
    if (size < 0 || size > (int)sizeof(text) || !ferrite_parse_i64(text, size, &number))
        return otherwise;
    return number;
}

/* RPUSH the line, and LTRIM the list to the length that is set. */
static int end(void)
{
    struct ferrite_request request;
    char from[21];
    int list_length = ferrite_config(FERRITE_TEXT("list"), list, sizeof(list)), handle;
    if (list_length < 0 || list_length > (int)sizeof(list))
        return 1;
    ferrite_request_begin(&request, words, sizeof(words), 3);
    ferrite_request_word(&request, "RPUSH", 5);
    ferrite_request_word(&request, list, list_length);
    ferrite_request_word(&request, line, line_length);
    handle = ferrite_request_call(&request);
    if (handle < 0)
        return ferrite_log(FERRITE_LOG_WARNING, FERRITE_TEXT("a line could not be kept"));
    ferrite_handle_drop(handle);
    ferrite_request_begin(&request, words, sizeof(words), 4);
    ferrite_request_word(&request, "LTRIM", 5);
    ferrite_request_word(&request, list, list_length);
    ferrite_request_word(&request, from,
                         ferrite_format_i64(-setting("length", 6, DEFAULT_LENGTH), from));
    ferrite_request_word(&request, "-1", 2);
    handle = ferrite_request_call(&request);
    if (handle >= 0)
        ferrite_handle_drop(handle);
    return 0;
}

/* " NAME FIRST-ARGUMENT": of the command under way */
static void add_command(void)
{
    struct ferrite_value value;
    int handle = ferrite_hook_command(), size, at, count, i;
    if (handle < 0)
        return;
    size = ferrite_handle_read(handle, 0, command, sizeof(command));
    ferrite_handle_drop(handle);
    if (size > (int)sizeof(command))
        size = sizeof(command);
    at = ferrite_value_at(command, size, 0, &value);
    count = value.length;
    for (i = 0; i < 2 && i < count && at >= 0; i++) {
        at = ferrite_value_at(command, size, at, &value);
        if (at < 0)
            return;
        add(" ", 1);
        add(value.text, value.text + value.length > command + size ? 0 : value.length);
    }
    if (count > 2) {
        add(" +", 2);
        add_number(count - 2);
    }
}

/* The manifest's filter: commands of the category @write. */
FERRITE_HOOK(after_command)
{
    int handle = ferrite_hook_reply(), size = 0;
    begin(FERRITE_TEXT("command"));
    add_command();
    if (handle >= 0) {
        size = ferrite_handle_read(handle, 0, command, sizeof(command));
        ferrite_handle_drop(handle);
    }
    if (size > 3 && command[0] == '-') {
        add(" -> ", 4);
        add(command + 1, (size > 200 ? 200 : size) - 3);
    }
    return end();
}

FERRITE_HOOK(on_client_connect)
{
    begin(FERRITE_TEXT("connect"));
    return end();
}

FERRITE_HOOK(on_client_disconnect)
{
    begin(FERRITE_TEXT("disconnect"));
    return end();
}

FERRITE_HOOK(on_server_startup)
{
    begin(FERRITE_TEXT("startup"));
    return end();
}

FERRITE_HOOK(on_server_shutdown)
{
    begin(FERRITE_TEXT("shutdown"));
    return end();
}
