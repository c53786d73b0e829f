/* A.CALL word ...: run any command and answer its reply. A.THEN word ...: the same, then trap.
 * A.HANDLES n: make so many handles. A.PUBLISH channel message, A.HASH key field value. */
static char words[65536], reply[65536];

static int append(int length, const char *text, int size)
{
    ferrite_copy(words + length, text, size);
    return length + size;
}

static int append_number(int length, char sign, int number)
{
    char digits[20];
    int size = ferrite_format_i64(number, digits);
    words[length++] = sign;
    length = append(length, digits, size);
    return append(length, "\r\n", 2);
}

static int forward(void)
{
    int count = ferrite_arg_count(), length = append_number(0, '*', count), i, handle;
    for (i = 0; i < count; i++) {
        int size = ferrite_arg_read(i, reply, sizeof(reply));
        length = append_number(length, '$', size);
        length = append(length, reply, size);
        length = append(length, "\r\n", 2);
    }
    handle = ferrite_call(words, length);
    return handle;
}

FERRITE_COMMAND(a_call)
{
    int handle = forward(), size;
    if (handle < 0)
        return ferrite_fail();
    size = ferrite_handle_read(handle, 0, reply, sizeof(reply));
    if (ferrite_handle_drop(handle) < 0 || ferrite_handle_read(handle, 0, reply, 1) >= 0)
        return 99;
    return ferrite_reply_resp3(reply, size);
}

FERRITE_COMMAND(a_then)
{
    char *nowhere = (char *)0x7ffffff0;
    forward();
    ferrite_publish("news", 4, "undone", 6);
    *nowhere = 1;
    return 0;
}

FERRITE_COMMAND(a_parts)
{
    int handle = forward(), size = ferrite_handle_read(handle, 0, 0, 0), i;
    for (i = 0; i < size; i++)
        ferrite_handle_read(handle, i, reply + i, 1);
    return ferrite_reply_resp3(reply, size);
}

FERRITE_COMMAND(a_handles)
{
    long long i, count = 0;
    ferrite_arg_i64(0, &count);
    for (i = 0; i < count; i++)
        if (ferrite_call("*1\r\n$4\r\nPING\r\n", 14) < 0)
            return ferrite_fail();
    return ferrite_reply_int(count);
}

FERRITE_COMMAND(a_publish)
{
    int size = ferrite_arg_read(0, words, sizeof(words)), sent;
    sent = ferrite_publish(words, size, reply, ferrite_arg_read(1, reply, sizeof(reply)));
    if (sent < 0)
        return ferrite_fail();
    return ferrite_reply_int(sent);
}

FERRITE_COMMAND(a_hash)
{
    int length, new;
    new = ferrite_hset("h", 1, "f", 1, "value", 5);
    if (new < 0)
        return ferrite_fail();
    ferrite_hset("h", 1, "g", 1, "x", 1);
    length = ferrite_hget("h", 1, "f", 1, reply, sizeof(reply));
    ferrite_reply_array(5);
    ferrite_reply_int(new);
    ferrite_reply_bulk(reply, length);
    ferrite_reply_int(ferrite_hget("h", 1, "none", 4, reply, 1));
    ferrite_reply_int(ferrite_hdel("h", 1, "g", 1));
    return ferrite_reply_int(ferrite_hdel("h", 1, "g", 1));
}

FERRITE_COMMAND(a_env)
{
    int size = ferrite_arg_read(0, words, sizeof(words));
    size = ferrite_env(words, size, reply, sizeof(reply));
    if (size < 0)
        return ferrite_fail();
    return ferrite_reply_bulk(reply, size);
}
