/* Hooks that keep a list of what they saw, at "seen:NAME", and obey what keys and values say. */
static char key[1024], value[1024], old[1024], words[4096], line[4096], who[64];

static int put(int at, const char *text, int length)
{
    ferrite_copy(line + at, text, length);
    return at + length;
}

static int number(int at, int value)
{
    char digits[20];
    return put(at, digits, ferrite_format_i64(value, digits));
}

static int bulk(int at, const char *text, int length)
{
    line[at++] = '$';
    at = number(at, length);
    at = put(at, "\r\n", 2);
    at = put(at, text, length);
    return put(at, "\r\n", 2);
}

/* RPUSH seen:PLUGIN text */
static void note(const char *text, int length)
{
    char list[80];
    int at, size = ferrite_context("plugin", 6, who, sizeof(who));
    ferrite_copy(list, "seen:", 5);
    ferrite_copy(list + 5, who, size);
    at = put(0, "*3\r\n", 4);
    at = bulk(at, "RPUSH", 5);
    at = bulk(at, list, 5 + size);
    at = bulk(at, text, length);
    ferrite_handle_drop(ferrite_call(line, at));
}

static int starts(const char *text, int length, const char *with, int size)
{
    int i;
    if (length < size)
        return 0;
    for (i = 0; i < size; i++)
        if (text[i] != with[i])
            return 0;
    return 1;
}

/* "EVENT key old -> value" */
static int key_event(const char *event, int length)
{
    int at, size, n = ferrite_hook_key(key, sizeof(key));
    if (starts(key, n, "seen:", 5))
        return 0;
    ferrite_copy(words, event, length);
    at = length;
    words[at++] = ' ';
    ferrite_copy(words + at, key, n);
    at += n;
    words[at++] = ' ';
    size = ferrite_hook_old_value(old, sizeof(old));
    if (size >= 0) {
        ferrite_copy(words + at, old, size);
        at += size;
    } else {
        words[at++] = '?';
        words[at++] = (char)('0' - size);
    }
    words[at++] = '>';
    size = ferrite_hook_value(value, sizeof(value));
    if (size >= 0) {
        ferrite_copy(words + at, value, size);
        at += size;
    } else {
        words[at++] = '?';
        words[at++] = (char)('0' - size);
    }
    note(words, at);
    if (starts(key, n, "protected:", 10) && ferrite_hook_abort("Cannot write to protected keys", 30) < 0)
        return 0;
    if (starts(key, n, "code:", 5))
        ferrite_hook_abort("DENIED by a hook", 16);
    if (starts(key, n, "trap:", 5))
        *(volatile int *)0x7ffffff0 = 1;
    if (starts(key, n, "loop:", 5))
        while (key[0])
            ;
    if (starts(key, n, "double:", 7)) {
        int i, twice = size < 500 ? size : 500;
        for (i = 0; i < twice; i++)
            value[size + i] = value[i];
        ferrite_hook_replace(value, size + twice);
    }
    if (starts(key, n, "chain:", 6)) {
        value[size] = 'x';
        ferrite_set("chained", 7, value, size + 1);
    }
    return 0;
}

FERRITE_HOOK(on_key_write) { return key_event("write", 5); }
FERRITE_HOOK(on_key_delete) { return key_event("delete", 6); }
FERRITE_HOOK(on_key_expiry) { return key_event("expiry", 6); }
FERRITE_HOOK(on_key_read) { return key_event("read", 4); }

/* The first word of the command under way, and its count. */
static int command_event(const char *event, int length)
{
    int handle = ferrite_hook_command(), size, i, at;
    size = ferrite_handle_read(handle, 0, old, sizeof(old));
    ferrite_handle_drop(handle);
    ferrite_copy(words, event, length);
    at = length;
    for (i = 0; i < size && at < 500; i++)
        words[at++] = old[i] < ' ' ? ' ' : old[i];
    note(words, at);
    return size;
}

static int find(int size, const char *text, int length)
{
    int i;
    for (i = 0; i + length <= size; i++)
        if (starts(old + i, size - i, text, length))
            return 1;
    return 0;
}

FERRITE_HOOK(before_command)
{
    int size = command_event("before ", 7);
    if (find(size, "forbidden", 9))
        ferrite_hook_abort("it is forbidden", 15);
    if (find(size, "rewrite", 7))
        ferrite_hook_replace("*3\r\n$3\r\nSET\r\n$7\r\nwritten\r\n$2\r\nby\r\n", 34);
    if (find(size, "escalate", 8))
        ferrite_hook_replace("*2\r\n$4\r\nAUTH\r\n$1\r\nx\r\n", 21);
    if (find(size, "nonsense", 8))
        ferrite_hook_replace("*1\r\n:5\r\n", 8);
    return 0;
}

FERRITE_HOOK(after_command)
{
    int handle = ferrite_hook_reply(), size;
    size = ferrite_handle_read(handle, 0, value, sizeof(value));
    ferrite_handle_drop(handle);
    while (size > 0 && value[size - 1] < ' ')
        size--;
    note(value, size);
    if (ferrite_hook_abort("x", 1) >= 0)
        return 1;
    return 0;
}

FERRITE_HOOK(on_client_connect) { note("connect", 7); return 0; }
FERRITE_HOOK(on_client_disconnect) { note("disconnect", 10); return 0; }
FERRITE_HOOK(on_server_startup) { note("startup", 7); return 0; }
FERRITE_HOOK(on_server_shutdown) { note("shutdown", 8); return 0; }
FERRITE_COMMAND(k_set)
{
    int n = ferrite_arg_read(0, key, sizeof(key));
    int size = ferrite_arg_read(1, value, sizeof(value));
    if (ferrite_set(key, n, value, size) < 0)
        return ferrite_fail();
    return ferrite_reply_ok();
}
