/* WORK worker number fault [port]: writes of every kind, then the fault, then one write more.
 * A call that succeeds has done all of it; any other has done nothing. */
static char worker[8], number[24], fault[8], words[512], buffer[64];
static int worker_size, number_size;
static volatile int i;

static int put(int at, const char *text, int length)
{
    ferrite_copy(words + at, text, length);
    return at + length;
}

static int bulk(int at, const char *text, int length)
{
    char digits[20];
    words[at++] = '$';
    at = put(at, digits, ferrite_format_i64(length, digits));
    at = put(at, "\r\n", 2);
    at = put(at, text, length);
    return put(at, "\r\n", 2);
}

/* The key of a letter: "s:3" */
static int key_of(char letter, char *key)
{
    key[0] = letter;
    key[1] = ':';
    ferrite_copy(key + 2, worker, worker_size);
    return worker_size + 2;
}

static int write_all(void)
{
    long long result;
    char key[16];
    int size = key_of('s', key), at, handle;
    if (ferrite_set(key, size, number, number_size) < 0)
        return -1;
    size = key_of('e', key);
    if (ferrite_set_ex(key, size, number, number_size, 10000000) < 0)
        return -1;
    size = key_of('h', key);
    if (ferrite_hset(key, size, number + number_size - 1, 1, number, number_size) < 0)
        return -1;
    size = key_of('i', key);
    if (ferrite_incr_by(key, size, number_size, &result) < 0)
        return -1;
    size = key_of('d', key);
    if ((number[number_size - 1] & 1 ? ferrite_set(key, size, number, number_size)
                                     : ferrite_delete(key, size)) < 0)
        return -1;
    size = key_of('l', key);
    at = put(0, "*3\r\n", 4);
    at = bulk(at, "RPUSH", 5);
    at = bulk(at, key, size);
    at = bulk(at, number, number_size);
    handle = ferrite_call(words, at);
    if (handle < 0)
        return -1;
    ferrite_handle_drop(handle);
    size = key_of('c', key);
    return ferrite_publish(key, size, number, number_size);
}

/* Waits for a word from outside, for which the guest gives up its turn. */
static int wait(void)
{
    long long port = 0;
    int connection;
    ferrite_arg_i64(3, &port);
    connection = ferrite_tcp_connect("127.0.0.1", 9, (int)port);
    if (connection < 0 || ferrite_tcp_send(connection, worker, worker_size) < 0)
        return -1;
    return ferrite_tcp_recv(connection, buffer, sizeof(buffer));
}

static int fail(void)
{
    switch (fault[0]) {
    case 't': *(volatile int *)0x7ffffff0 = 1; break;
    case 'l': for (;;) i++; break;
    case 's': for (i = 0; i < 60000; i++) ; break;
    case 'd': return ferrite_set("forbidden", 9, "x", 1);
    case 'x': ferrite_hdel("poison", 6, "f", 1); break;
    case 'r': ferrite_reply_array(3); break;
    case 'h': for (;;) if (ferrite_call("*1\r\n$4\r\nPING\r\n", 14) < 0) return -1;
    case 'e': ferrite_reply_error("CUSTOM on purpose", 17); return 1;
    }
    return 0;
}

int work(void)
{
    char key[16];
    int failed;
    worker_size = ferrite_arg_read(0, worker, sizeof(worker));
    number_size = ferrite_arg_read(1, number, sizeof(number));
    ferrite_arg_read(2, fault, sizeof(fault));
    if (fault[0] == 'w' && wait() < 0)
        return ferrite_fail();
    if (write_all() < 0)
        return ferrite_fail();
    failed = fail();
    if (failed)
        return failed < 0 ? ferrite_fail() : 0;
    if (ferrite_set(key, key_of('z', key), number, number_size) < 0)
        return ferrite_fail();
    return fault[0] == 'r' ? 0 : ferrite_reply_ok();
}
