/* N.HTTP method url [headers [body]], N.ECHO host port text, N.LATE url: after a write. */
static char words[4][4096], answer[70000];
static int sizes[4];

static void read_all(void)
{
    int i;
    for (i = 0; i < 4; i++) {
        sizes[i] = ferrite_arg_read(i, words[i], sizeof(words[i]));
        if (sizes[i] < 0)
            sizes[i] = 0;
    }
}

static int fetch(void)
{
    int handle = ferrite_http(words[0], sizes[0], words[1], sizes[1], words[2], sizes[2], words[3],
                              sizes[3]), size;
    if (handle < 0)
        return ferrite_fail();
    size = ferrite_handle_read(handle, 0, answer, sizeof(answer));
    ferrite_set("fetched", 7, "1", 1);
    return ferrite_reply_resp3(answer, size);
}

FERRITE_COMMAND(n_http)
{
    read_all();
    return fetch();
}

FERRITE_COMMAND(n_late)
{
    read_all();
    ferrite_set("early", 5, "1", 1);
    return fetch();
}

FERRITE_COMMAND(n_echo)
{
    long long port = 0;
    int connection, size = 0, got;
    read_all();
    ferrite_arg_i64(1, &port);
    connection = ferrite_tcp_connect(words[0], sizes[0], (int)port);
    if (connection < 0)
        return ferrite_fail();
    if (ferrite_tcp_send(connection, words[2], sizes[2]) != sizes[2])
        return ferrite_fail();
    while (size < sizes[2]) {
        got = ferrite_tcp_recv(connection, answer + size, 5);
        if (got <= 0)
            return ferrite_fail();
        size += got;
    }
    if (ferrite_tcp_close(connection) < 0 || ferrite_tcp_send(connection, "x", 1) >= 0)
        return 9;
    return ferrite_reply_bulk(answer, size);
}

FERRITE_HOOK(before_command)
{
    static const char url[] = "http://127.0.0.1:1/";
    int result = ferrite_http("GET", 3, url, sizeof(url) - 1, 0, 0, 0, 0);
    if (result == FERRITE_ERR_UNAVAILABLE)
        return ferrite_hook_abort("no network here", 15);
    return 0;
}

int net_get(void)
{
    int handle, size, i;
    static const char url[] = "http://127.0.0.1:PORT/value";
    handle = ferrite_http("GET", 3, url, sizeof(url) - 1, 0, 0, 0, 0);
    if (handle < 0)
        return ferrite_fail();
    size = ferrite_handle_read(handle, 0, answer, sizeof(answer));
    for (i = size; i > 0 && answer[i - 1] != '='; i--)
        ;
    return ferrite_reply_bulk(answer + i, size - i - 2);
}
int net_set(void) { return ferrite_reply_error("read only", 9); }
int net_delete(void) { return ferrite_reply_int(0); }
int net_exists(void) { return ferrite_reply_int(1); }
int net_scan(void) { return ferrite_reply_error("no scan", 7); }
