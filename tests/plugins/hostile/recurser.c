/* Runs itself: by call(), and on its own stack. */
static volatile int zero;
static char reply[256];

FERRITE_COMMAND(recurser_call)
{
    int handle = ferrite_call("*1\r\n$13\r\nRECURSER.CALL\r\n", 24);
    if (handle < 0)
        return ferrite_fail();
    return ferrite_reply_resp3(reply, ferrite_handle_read(handle, 0, reply, sizeof(reply)));
}

static int deeper(int n) { return zero ? 1 : deeper(n + 1) + n; }

FERRITE_COMMAND(recurser_stack) { return ferrite_reply_int(deeper(0)); }
