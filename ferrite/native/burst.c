/* The commands most asked for, served where their bytes lie: PING, GET, SET and INCR on strings.
 *
 * A read from a socket goes through here before it is parsed. As long as requests are whole, spelled
 * in the usual way and ask for what is done here, they are executed and answered in C; the first one
 * that is not ends the burst, and it and all behind it go the way of every other request. So nothing
 * here needs a second meaning: what is rare (a deadline, another type, an option, an error, a wrong
 * number of arguments) is left alone, byte for byte, to the one place that knows it.
 *
 * Rules. The keyspace stays the Python dict it is; no data lives here. Nothing is changed before it
 * is certain that the request is served. Whoever wants to hear of single commands or of changed keys
 * switches bursts, or their writes, off beforehand (see ferrite/native/burst.py).
 */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030b0000
#include <Python.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "burst.h"
#include "requests.h"

enum {
    ARGUMENTS_MAX = 3,
    ARGUMENT_BYTES_MAX = 1 << 20, /* the least that proto-max-bulk-len can be */
    NUMBER_BYTES = 24             /* holds ":", a 64-bit decimal, "\r\n" and NUL */
};

struct burst {
    int64_t figures[BURST_FIGURES];
    burst_usage usages[BURST_COMMANDS];
    char replies[BURST_ROOM], log[BURST_ROOM];
};

typedef struct {
    const char *at;
    size_t size;
} span;

typedef struct {
    burst *result;
    PyObject *values, *deadlines;
    int rights, protocol;
    char *out;   /* where the next reply goes */
    char *noted; /* where the next logged request goes */
} serving;

/* ---- requests ---- */

static int spells(span word, const char *lower_case, size_t size) {
    if (word.size != size) return 0;
    for (size_t at = 0; at < size; at++)
        if ((word.at[at] | 0x20) != lower_case[at]) return 0;
    return 1;
}

static enum burst_command find_command(const span *arguments, size_t count) {
    if (count == 2 && spells(arguments[0], "get", 3)) return BURST_GET;
    if (count == 3 && spells(arguments[0], "set", 3)) return BURST_SET;
    if (count == 2 && spells(arguments[0], "incr", 4)) return BURST_INCR;
    if (count == 1 && spells(arguments[0], "ping", 4)) return BURST_PING;
    return BURST_COMMANDS;
}

/* The next request. Answers where it ends; NULL: it is not for here. */
static const char *read_request(const char *at, const char *end, span *arguments,
                                enum burst_command *command) {
    static const char ping[] = "PING\r\n";
    size_t count;
    if (end - at >= (ptrdiff_t)sizeof ping - 1 && memcmp(at, ping, sizeof ping - 1) == 0) {
        *command = BURST_PING;
        return at + sizeof ping - 1;
    }
    at = read_short_length(at, end, '*', &count);
    if (at == NULL || count == 0 || count > ARGUMENTS_MAX) return NULL;
    for (size_t number = 0; number < count; number++) {
        size_t size;
        at = read_short_length(at, end, '$', &size);
        if (at == NULL || size > ARGUMENT_BYTES_MAX) return NULL;
        if ((size_t)(end - at) < size + BULK_END_SIZE) return NULL;
        arguments[number] = (span){at, size};
        at += size + BULK_END_SIZE;
    }
    *command = find_command(arguments, count);
    return *command == BURST_COMMANDS ? NULL : at;
}

/* ---- replies ---- */

static size_t room_left(const serving *self) {
    return (size_t)(self->result->replies + BURST_ROOM - self->out);
}

static void reply(serving *self, const char *bytes, size_t size) {
    memcpy(self->out, bytes, size);
    self->out += size;
}

static void reply_number(serving *self, char mark, int64_t number) {
    char digits[NUMBER_BYTES];
    char *at = digits + NUMBER_BYTES;
    uint64_t magnitude = number < 0 ? (uint64_t) - (number + 1) + 1 : (uint64_t)number;
    *--at = '\n';
    *--at = '\r';
    do {
        *--at = (char)('0' + magnitude % 10);
        magnitude /= 10;
    } while (magnitude > 0);
    if (number < 0) *--at = '-';
    *--at = mark;
    reply(self, at, (size_t)(digits + NUMBER_BYTES - at));
}

/* ---- commands; 1: served, 0: not for here, and nothing has changed ---- */

/* The string at a key that has no deadline: borrowed, or NULL with `*absent` saying why. */
static PyObject *look_up(const serving *self, PyObject *key, int *absent) {
    *absent = 0;
    if (PyDict_Size(self->deadlines) != 0 && PyDict_Contains(self->deadlines, key) != 0)
        return NULL;
    PyObject *value = PyDict_GetItemWithError(self->values, key);
    if (value == NULL) {
        *absent = PyErr_Occurred() == NULL;
        return NULL;
    }
    return PyBytes_CheckExact(value) ? value : NULL;
}

static int get(serving *self, PyObject *key) {
    int absent;
    char *bytes;
    Py_ssize_t size;
    PyObject *value = look_up(self, key, &absent);
    if (absent) {
        self->result->figures[BURST_MISSES]++;
        if (self->protocol == 2)
            reply(self, "$-1\r\n", 5);
        else
            reply(self, "_\r\n", 3);
        return 1;
    }
    if (value == NULL || PyBytes_AsStringAndSize(value, &bytes, &size) != 0) return 0;
    if (room_left(self) < (size_t)size + 2 * NUMBER_BYTES) return 0;
    reply_number(self, '$', size);
    reply(self, bytes, (size_t)size);
    reply(self, "\r\n", 2);
    self->result->figures[BURST_HITS]++;
    return 1;
}

static int store(serving *self, PyObject *key, const char *bytes, size_t size) {
    PyObject *value = PyBytes_FromStringAndSize(bytes, (Py_ssize_t)size);
    int stored = value != NULL && PyDict_SetItem(self->values, key, value) == 0;
    Py_XDECREF(value);
    self->result->figures[BURST_CHANGES] += stored;
    return stored;
}

static int set(serving *self, PyObject *key, span value) {
    int absent;
    if (look_up(self, key, &absent) == NULL && !absent) return 0;
    if (!store(self, key, value.at, value.size)) return 0;
    reply(self, "+OK\r\n", 5);
    return 1;
}

static int incr(serving *self, PyObject *key) {
    int absent;
    int64_t number = 0;
    PyObject *value = look_up(self, key, &absent);
    if (!absent) {
        char *bytes;
        Py_ssize_t size;
        if (value == NULL || PyBytes_AsStringAndSize(value, &bytes, &size) != 0) return 0;
        if (!parse_integer(bytes, (size_t)size, &number) || number == INT64_MAX) return 0;
    }
    char *start = self->out;
    reply_number(self, ':', ++number);
    if (store(self, key, start + 1, (size_t)(self->out - start) - 3)) return 1;
    self->out = start;
    return 0;
}

static int run(serving *self, enum burst_command command, const span *arguments) {
    if (room_left(self) < 2 * NUMBER_BYTES) return 0;
    if (command == BURST_PING) {
        reply(self, "+PONG\r\n", 7);
        return 1;
    }
    PyObject *key = PyBytes_FromStringAndSize(arguments[1].at, (Py_ssize_t)arguments[1].size);
    if (key == NULL) return 0;
    int served = command == BURST_GET   ? get(self, key)
                 : command == BURST_SET ? set(self, key, arguments[2])
                                        : incr(self, key);
    Py_DECREF(key);
    return served;
}

static int writes(enum burst_command command) {
    return command == BURST_SET || command == BURST_INCR;
}

/* Whether a write of `size` bytes may be served: writes may, and the log has room where there is
 * one. */
static int may_write(const serving *self, size_t size) {
    if (!(self->rights & BURST_WRITES)) return 0;
    size_t left = (size_t)(self->result->log + BURST_ROOM - self->noted);
    return !(self->rights & BURST_LOGS) || size <= left;
}

/* ---- usage: one clock reading per row of requests of one command ---- */

static int64_t nanoseconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void note_row(burst *result, enum burst_command row, int64_t calls, int64_t nanoseconds) {
    burst_usage *usage = &result->usages[row];
    int bucket = 0;
    for (int64_t each = nanoseconds / calls; each > 0; each >>= 1) bucket++;
    usage->calls += calls;
    usage->nanoseconds += nanoseconds;
    usage->buckets[bucket] += calls;
    result->figures[BURST_LAST] = row;
}

static size_t serve(serving *self, int64_t requests_max, const char *data, size_t size) {
    burst *result = self->result;
    const char *at = data, *end = data + size;
    enum burst_command row = BURST_COMMANDS;
    int64_t calls = 0, started = nanoseconds_now();
    for (; requests_max > 0 && at < end; requests_max--) {
        span arguments[ARGUMENTS_MAX];
        enum burst_command command;
        const char *next = read_request(at, end, arguments, &command);
        if (next == NULL) break;
        if (writes(command) && !may_write(self, (size_t)(next - at))) break;
        if (command != row && calls > 0) {
            int64_t now = nanoseconds_now();
            note_row(result, row, calls, now - started);
            started = now;
            calls = 0;
        }
        row = command;
        if (!run(self, command, arguments)) {
            PyErr_Clear(); /* no memory: whoever serves the request finds out */
            break;
        }
        if (writes(command) && (self->rights & BURST_LOGS)) {
            memcpy(self->noted, at, (size_t)(next - at));
            self->noted += next - at;
        }
        calls++;
        at = next;
    }
    if (calls > 0) note_row(result, row, calls, nanoseconds_now() - started);
    return (size_t)(at - data);
}

/* ---- the interface ---- */

size_t burst_serve(burst *self, const transcoder *parser, uintptr_t values, uintptr_t deadlines,
                   int rights, int protocol, int64_t requests_max, const char *data, size_t size) {
    if (!transcoder_is_idle(parser)) return 0;
    serving now = {self,   (PyObject *)values, (PyObject *)deadlines, rights, protocol,
                   self->replies, self->log};
    self->figures[BURST_HITS] = self->figures[BURST_MISSES] = self->figures[BURST_CHANGES] = 0;
    PyGILState_STATE gil = PyGILState_Ensure(); /* cffi has let it go */
    size_t served = serve(&now, requests_max, data, size);
    PyGILState_Release(gil);
    self->figures[BURST_REPLY_BYTES] = now.out - self->replies;
    self->figures[BURST_LOG_BYTES] = now.noted - self->log;
    return served;
}

burst *burst_new(void) { return calloc(1, sizeof(burst)); }

void burst_free(burst *self) { free(self); }

char *burst_replies(burst *self) { return self->replies; }

char *burst_log(burst *self) { return self->log; }

int64_t *burst_figures(burst *self) { return self->figures; }

burst_usage *burst_usages(burst *self) { return self->usages; }

void burst_forget_usages(burst *self) { memset(self->usages, 0, sizeof self->usages); }
