/* Never lets go of handles, and asks for those that are none. */
static char buffer[16];

FERRITE_COMMAND(hoarder_leak)
{
    int i;
    for (i = 0; i < 1000; i++)
        if (ferrite_call("*1\r\n$4\r\nPING\r\n", 14) < 0)
            return ferrite_fail();
    return ferrite_reply_ok();
}

FERRITE_COMMAND(hoarder_guess)
{
    int i;
    for (i = -2; i < 1000; i++)
        if (ferrite_handle_read(i, 0, buffer, sizeof(buffer)) >= 0)
            return ferrite_reply_int(i);
    return ferrite_fail();
}

FERRITE_COMMAND(hoarder_twice)
{
    int handle = ferrite_call("*1\r\n$4\r\nPING\r\n", 14);
    ferrite_handle_drop(handle);
    if (ferrite_handle_drop(handle) < 0)
        return ferrite_fail();
    return ferrite_reply_ok();
}

/* A reply is no connection. */
FERRITE_COMMAND(hoarder_confuse)
{
    int handle = ferrite_call("*1\r\n$4\r\nPING\r\n", 14);
    if (ferrite_tcp_send(handle, "x", 1) < 0)
        return ferrite_fail();
    return ferrite_reply_ok();
}
