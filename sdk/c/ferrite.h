/* ferrite.h: write a ferrite plugin in C. Plugin ABI, version 1.
 *
 * A command is a function without parameters. It reads its arguments with ferrite_arg_*, works on
 * keys with ferrite_get, ferrite_set and so on, and gives its answer with one ferrite_reply_*:
 *
 *     FERRITE_COMMAND(hello_world)               answers the command HELLO.WORLD
 *     {
 *         return ferrite_reply_simple(FERRITE_TEXT("Hello!"));
 *     }
 *
 * It returns 0, or anything else for "ERR plugin returned N". When it fails, whatever it wrote is
 * undone. The host never calls into the plugin to get memory: the plugin passes buffers.
 *
 * Build it with nothing but pip:  ferrite plugin build FOLDER
 * or with clang:  clang --target=wasm32 -O2 -nostdlib -mbulk-memory -Wl,--no-entry -I sdk/c ...
 *
 * Every text is a pointer and a length in bytes, and may hold any bytes; nothing needs a final
 * zero. Functions return 0 or a length, or one of the negative FERRITE_ERR_* below; `last_error`
 * then says why in words. A function that reads copies at most `size` bytes and always returns the
 * full length, so `result > size` means that the buffer was too small. Each byte copied costs one
 * unit of fuel.
 */
#ifndef FERRITE_H
#define FERRITE_H

#if defined(__clang__) && defined(__wasm__) && !defined(FERRITE_NO_IMPORTS)
#define FERRITE_IMPORT(name) __attribute__((import_module("ferrite_v1"), import_name(#name)))
#else /* `ferrite plugin build` imports ferrite_NAME as NAME; a test defines it */
#define FERRITE_IMPORT(name)
#endif
#if defined(__clang__) && defined(__wasm__)
#define FERRITE_EXPORT(name) __attribute__((export_name(#name)))
#else /* `ferrite plugin build` exports what the manifest names */
#define FERRITE_EXPORT(name)
#endif

/* The function that answers a command: FERRITE_COMMAND(hello_world) for HELLO.WORLD. */
#define FERRITE_COMMAND(name) FERRITE_EXPORT(name) int name(void)

/* A string constant as pointer and length. */
#define FERRITE_TEXT(text) (text), (int)sizeof(text) - 1

/* ---- Errors ---------------------------------------------------------------------------------- */

#define FERRITE_ERR_ABSENT (-1)       /* no such key, argument or field */
#define FERRITE_ERR_DENIED (-2)       /* the plugin or its caller may not do this */
#define FERRITE_ERR_TYPE (-3)         /* the key holds another type */
#define FERRITE_ERR_ARGUMENT (-4)     /* an argument of the call makes no sense */
#define FERRITE_ERR_LIMIT (-5)        /* a limit is reached */
#define FERRITE_ERR_NUMBER (-6)       /* the text is not a number, or the result does not fit */
#define FERRITE_ERR_UNAVAILABLE (-7)  /* not possible at this moment */
#define FERRITE_ERR_ABORTED (-8)      /* a hook refused it */

/* Why the last call failed, as text. */
FERRITE_IMPORT(last_error) int ferrite_last_error(void *buffer, int size);

/* ---- Arguments: those of the command, without its name --------------------------------------- */

FERRITE_IMPORT(arg_count) int ferrite_arg_count(void);
FERRITE_IMPORT(arg_read) int ferrite_arg_read(int index, void *buffer, int size);
FERRITE_IMPORT(arg_i64) int ferrite_arg_i64(int index, long long *number);
FERRITE_IMPORT(arg_f64) int ferrite_arg_f64(int index, double *number);

/* ---- Replies: one per command; array, map and set are followed by their members -------------- */

FERRITE_IMPORT(reply_null) int ferrite_reply_null(void);
FERRITE_IMPORT(reply_ok) int ferrite_reply_ok(void);
FERRITE_IMPORT(reply_int) int ferrite_reply_int(long long number);
FERRITE_IMPORT(reply_double) int ferrite_reply_double(double number);
FERRITE_IMPORT(reply_bool) int ferrite_reply_bool(int truth);
FERRITE_IMPORT(reply_simple) int ferrite_reply_simple(const void *text, int length);
FERRITE_IMPORT(reply_bulk) int ferrite_reply_bulk(const void *bytes, int length);
/* Begins with a code in capitals ("WRONGTYPE ..."), else "ERR " is put before it. */
FERRITE_IMPORT(reply_error) int ferrite_reply_error(const void *text, int length);
/* `format` is three letters: "txt", "mkd". */
FERRITE_IMPORT(reply_verbatim)
int ferrite_reply_verbatim(const char *format, const void *text, int length);
FERRITE_IMPORT(reply_bignum) int ferrite_reply_bignum(const void *digits, int length);
FERRITE_IMPORT(reply_array) int ferrite_reply_array(int count);
/* `count` pairs: key, value, key, value ... */
FERRITE_IMPORT(reply_map) int ferrite_reply_map(int count);
FERRITE_IMPORT(reply_set) int ferrite_reply_set(int count);
/* A whole reply that is RESP3 already. */
FERRITE_IMPORT(reply_resp3) int ferrite_reply_resp3(const void *bytes, int length);
/* What a handle holds, whatever its size: it is not copied through the plugin. */
FERRITE_IMPORT(reply_handle) int ferrite_reply_handle(int handle);

/* ---- Strings --------------------------------------------------------------------------------- */

FERRITE_IMPORT(get) int ferrite_get(const void *key, int key_length, void *buffer, int size);
FERRITE_IMPORT(set) int ferrite_set(const void *key, int key_length, const void *value, int length);
/* As set, and the key expires after `ttl` milliseconds. */
FERRITE_IMPORT(set_ex)
int ferrite_set_ex(const void *key, int key_length, const void *value, int length, long long ttl);
/* `new_length` gets the length of the string. */
FERRITE_IMPORT(append)
int ferrite_append(const void *key, int key_length, const void *value, int length,
                   long long *new_length);
FERRITE_IMPORT(incr_by)
int ferrite_incr_by(const void *key, int key_length, long long delta, long long *result);

/* ---- Keys of any type ------------------------------------------------------------------------ */

FERRITE_IMPORT(delete) int ferrite_delete(const void *key, int key_length);
FERRITE_IMPORT(exists) int ferrite_exists(const void *key, int key_length);
FERRITE_IMPORT(expire) int ferrite_expire(const void *key, int key_length, long long milliseconds);
/* `milliseconds` gets the time that is left, -1 when the key does not expire. */
FERRITE_IMPORT(ttl) int ferrite_ttl(const void *key, int key_length, long long *milliseconds);
/* "string", "none" when there is no such key, and so on. */
FERRITE_IMPORT(type_of) int ferrite_type_of(const void *key, int key_length, void *buffer, int size);

/* ---- Hashes ---------------------------------------------------------------------------------- */

FERRITE_IMPORT(hget)
int ferrite_hget(const void *key, int key_length, const void *field, int field_length, void *buffer,
                 int size);
/* 1 when the field is new, else 0. */
FERRITE_IMPORT(hset)
int ferrite_hset(const void *key, int key_length, const void *field, int field_length,
                 const void *value, int length);
/* 1, or 0 when there was no such field. */
FERRITE_IMPORT(hdel)
int ferrite_hdel(const void *key, int key_length, const void *field, int field_length);

/* ---- Values of the plugin's own types ([[data_types]]) ---------------------------------------- */

/* Copy the bytes; their length. `version` gets the version of their encoding, and may be 0. */
FERRITE_IMPORT(typed_get)
int ferrite_typed_get(const void *key, int key_length, const void *type, int type_length,
                      long long *version, void *buffer, int size);
FERRITE_IMPORT(typed_set)
int ferrite_typed_set(const void *key, int key_length, const void *type, int type_length,
                      int version, const void *value, int length);
/* As typed_get, from an offset on; the length of the whole. */
FERRITE_IMPORT(typed_range)
int ferrite_typed_range(const void *key, int key_length, const void *type, int type_length,
                        int offset, void *buffer, int size);

/* ---- Any command of the server --------------------------------------------------------------- */

/* The command is a RESP array of bulk strings: "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"; a handle
 * of its reply. Needs the rights for what the command does with each of its keys. */
FERRITE_IMPORT(call) int ferrite_call(const void *words, int length);
/* Copy the reply, in RESP3, from an offset on; the length of the whole. */
FERRITE_IMPORT(handle_read) int ferrite_handle_read(int handle, int offset, void *buffer, int size);
FERRITE_IMPORT(handle_drop) int ferrite_handle_drop(int handle);
/* Send a message to a channel once this command is kept; how many clients will get it. Needs
 * storage.write. */
FERRITE_IMPORT(publish)
int ferrite_publish(const void *channel, int channel_length, const void *message, int length);

/* ---- The network: only before the command's first write --------------------------------------- */

/* A handle of the answer, a RESP3 map of status, headers and body; redirects are not followed.
 * `headers` are lines "Name: value". GET and HEAD need network.http_get, others
 * network.http_post, for the host of the URL. */
FERRITE_IMPORT(http)
int ferrite_http(const void *method, int method_length, const void *url, int url_length,
                 const void *headers, int headers_length, const void *body, int body_length);
/* Connections need network.tcp_connect for their host, and end with the command. */
FERRITE_IMPORT(tcp_connect) int ferrite_tcp_connect(const void *host, int host_length, int port);
FERRITE_IMPORT(tcp_send) int ferrite_tcp_send(int handle, const void *bytes, int length);
/* Waits for bytes; how many they are, 0 at the end. */
FERRITE_IMPORT(tcp_recv) int ferrite_tcp_recv(int handle, void *buffer, int size);
FERRITE_IMPORT(tcp_close) int ferrite_tcp_close(int handle);

/* ---- Hooks: what happens, and what a hook says to it ------------------------------------------ */

/* A hook is a function named after its event: FERRITE_HOOK(on_key_write) for OnKeyWrite. */
#define FERRITE_HOOK(name) FERRITE_EXPORT(name) int name(void)

/* The key of a key event. */
FERRITE_IMPORT(hook_key) int ferrite_hook_key(void *buffer, int size);
/* The string at the key now, and the one that was there before. */
FERRITE_IMPORT(hook_value) int ferrite_hook_value(void *buffer, int size);
FERRITE_IMPORT(hook_old_value) int ferrite_hook_old_value(void *buffer, int size);
/* Handles of the command under way (an array), and of its reply (AfterCommand). */
FERRITE_IMPORT(hook_command) int ferrite_hook_command(void);
FERRITE_IMPORT(hook_reply) int ferrite_hook_reply(void);
/* BeforeCommand, OnKeyWrite, OnKeyDelete: refuse it, with this error. */
FERRITE_IMPORT(hook_abort) int ferrite_hook_abort(const void *text, int length);
/* BeforeCommand: run this command instead (a RESP array). OnKeyWrite: store this string. */
FERRITE_IMPORT(hook_replace) int ferrite_hook_replace(const void *bytes, int length);

/* ---- Surroundings ---------------------------------------------------------------------------- */

/* "client_id", "address", "user", "db", "protocol", "event", "plugin" or "version". */
FERRITE_IMPORT(context)
int ferrite_context(const void *field, int field_length, void *buffer, int size);
/* A value of the plugin's configuration, by its dotted key. */
FERRITE_IMPORT(config) int ferrite_config(const void *key, int key_length, void *buffer, int size);

#define FERRITE_LOG_DEBUG 0
#define FERRITE_LOG_INFO 1
#define FERRITE_LOG_WARNING 2
#define FERRITE_LOG_ERROR 3
FERRITE_IMPORT(log) int ferrite_log(int level, const void *text, int length);

/* Unix time in milliseconds; it stands still during a command. Needs system.time. */
FERRITE_IMPORT(time_ms) int ferrite_time_ms(long long *milliseconds);
/* Needs system.random. */
FERRITE_IMPORT(random) int ferrite_random(void *buffer, int length);
/* A variable of the server's environment. Needs system.env. */
FERRITE_IMPORT(env) int ferrite_env(const void *name, int name_length, void *buffer, int size);
/* Units of fuel this command may still use. */
FERRITE_IMPORT(fuel_left) int ferrite_fuel_left(long long *units);

/* ---- Helpers, compiled into the plugin where they are used ----------------------------------- */

/* Reply with the text of the last error. For `if (... < 0) return ferrite_fail();` */
static inline int ferrite_fail(void)
{
    static char text[256]; /* no plugin runs twice at a time; the stack would cost every caller */
    int length = ferrite_last_error(text, sizeof(text));
    if (length > (int)sizeof(text))
        length = sizeof(text);
    ferrite_reply_error(text, length);
    return 0;
}

/* Read a decimal number; 1 when the whole text is one that fits, else 0. */
static inline int ferrite_parse_i64(const char *text, int length, long long *number)
{
    const unsigned long long largest = 9223372036854775807ULL;
    unsigned long long value = 0;
    int negative = length > 0 && text[0] == '-';
    int i = negative;
    if (i == length)
        return 0;
    for (; i < length; i++) {
        unsigned digit = (unsigned char)text[i] - (unsigned)'0';
        if (digit > 9 || value > (largest + negative - digit) / 10)
            return 0;
        value = value * 10 + digit;
    }
    *number = negative ? (long long)(0 - value) : (long long)value;
    return 1;
}

/* Write a number in decimal; its length. `text` must have room for 20 bytes. */
static inline int ferrite_format_i64(long long number, char *text)
{
    char reversed[20];
    unsigned long long value = number < 0 ? 0 - (unsigned long long)number : number;
    int count = 0, length = 0;
    do {
        reversed[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    if (number < 0)
        text[length++] = '-';
    while (count)
        text[length++] = reversed[--count];
    return length;
}

/* Copy `count` bytes; the two places must not overlap. */
static inline void ferrite_copy(void *target, const void *source, int count)
{
#ifdef __clang__
    __builtin_memcpy(target, source, count > 0 ? count : 0);
#else /* eight at a time: WebAssembly does not mind where they lie */
    char *to = target;
    const char *from = source;
    while (count >= 8) {
        *(long long *)to = *(const long long *)from;
        to += 8;
        from += 8;
        count -= 8;
    }
    while (count-- > 0)
        *to++ = *from++;
#endif
}

/* Set `count` bytes to zero. */
static inline void ferrite_clear(void *target, int count)
{
#ifdef __clang__
    __builtin_memset(target, 0, count > 0 ? count : 0);
#else
    char *to = target;
    while (count >= 8) {
        *(long long *)to = 0;
        to += 8;
        count -= 8;
    }
    while (count-- > 0)
        *to++ = 0;
#endif
}

/* 1 when two places hold the same `count` bytes, else 0. */
static inline int ferrite_same(const void *one, const void *two, int count)
{
    const char *a = one, *b = two;
    while (count-- > 0)
        if (*a++ != *b++)
            return 0;
    return 1;
}

/* 1 when a text is this word in capitals, which ends with a zero byte, in any case; else 0. */
static inline int ferrite_is_word(const char *text, int length, const char *word)
{
    int i;
    for (i = 0; i < length; i++) {
        char letter = text[i];
        if (letter >= 'a' && letter <= 'z')
            letter -= 'a' - 'A';
        if (letter != word[i] || !word[i])
            return 0;
    }
    return !word[length];
}

/* A command for ferrite_call, built word by word in a buffer of the plugin's. */
struct ferrite_request {
    char *text;
    int size, length;
};

static inline void ferrite_request_add(struct ferrite_request *request, const void *bytes,
                                       int length)
{
    if (length <= request->size - request->length)
        ferrite_copy(request->text + request->length, bytes, length);
    else
        length = request->size - request->length + 1; /* one byte too many: it does not fit */
    request->length += length;
}

/* '*' and a count, or '$' and a length. */
static inline void ferrite_request_head(struct ferrite_request *request, char kind, int number)
{
    char head[24];
    int length = ferrite_format_i64(number, head + 1) + 1;
    head[0] = kind;
    head[length] = '\r';
    head[length + 1] = '\n';
    ferrite_request_add(request, head, length + 2);
}

static inline void ferrite_request_begin(struct ferrite_request *request, char *buffer, int size,
                                         int words)
{
    request->text = buffer;
    request->size = size;
    request->length = 0;
    ferrite_request_head(request, '*', words);
}

static inline void ferrite_request_word(struct ferrite_request *request, const void *bytes,
                                        int length)
{
    ferrite_request_head(request, '$', length);
    ferrite_request_add(request, bytes, length);
    ferrite_request_add(request, "\r\n", 2);
}

/* A handle of its reply, FERRITE_ERR_LIMIT when its words did not fit, or another error. */
static inline int ferrite_request_call(const struct ferrite_request *request)
{
    if (request->length > request->size)
        return FERRITE_ERR_LIMIT;
    return ferrite_call(request->text, request->length);
}

/* A value of RESP3, as handle_read gives it. */
struct ferrite_value {
    char kind;          /* its first byte: '$', ':', '%' ... */
    const char *text;   /* of a string, an error or a number, its bytes */
    int length;         /* of these; of an array, map or set the count: a map's is of pairs */
};

/* Read the value at `at`; where the next one begins: of an array, map or set its first member.
 * -1 when the text ends before the value does. */
static inline int ferrite_value_at(const char *text, int size, int at, struct ferrite_value *value)
{
    long long number = 0;
    int end = at + 1;
    while (end < size && text[end] != '\r')
        end++;
    if (at < 0 || end + 2 > size)
        return -1;
    value->kind = text[at];
    value->text = text + at + 1;
    value->length = end - at - 1;
    end += 2;
    if (value->kind == '$' || value->kind == '=' || value->kind == '*' || value->kind == '%'
        || value->kind == '~') {
        if (!ferrite_parse_i64(value->text, value->length, &number))
            return -1;
        value->length = (int)number;
    }
    if (value->kind == '$' || value->kind == '=') {
        value->text = text + end;
        end += value->length + 2;
    }
    return end;
}

/* Where the value after the one at `at` begins, members and all; -1 as above. */
static inline int ferrite_value_after(const char *text, int size, int at)
{
    struct ferrite_value value;
    int open = 1;
    while (open > 0 && at >= 0) {
        at = ferrite_value_at(text, size, at, &value);
        if (at < 0)
            return -1;
        open--;
        if (value.kind == '*' || value.kind == '~')
            open += value.length;
        if (value.kind == '%')
            open += 2 * value.length;
    }
    return at;
}

/* Find a key of a map, such as the answer of ferrite_http; where its value begins, or -1. */
static inline int ferrite_value_of(const char *text, int size, const char *name, int length)
{
    struct ferrite_value map, key;
    int at = ferrite_value_at(text, size, 0, &map), pairs;
    if (at < 0 || map.kind != '%')
        return -1;
    for (pairs = map.length; pairs > 0 && at >= 0; pairs--) {
        at = ferrite_value_at(text, size, at, &key);
        if (at < 0)
            return -1;
        if (key.length == length && ferrite_same(key.text, name, length))
            return at;
        at = ferrite_value_after(text, size, at);
    }
    return -1;
}

#endif
