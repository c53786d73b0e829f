/* Never comes to an end of its beginning. */
static volatile int i;

void _initialize(void)
{
    for (;;)
        i++;
}

FERRITE_COMMAND(endless_run) { return 0; }
