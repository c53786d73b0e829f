/* Does not let itself be unloaded: it spins when it is told. */
static volatile int i;

int ferrite_on_unload(void)
{
    for (;;)
        i++;
}

FERRITE_COMMAND(clinger_run) { return ferrite_reply_ok(); }
