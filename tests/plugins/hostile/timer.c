/* Measures time, for what other clients do can be heard in it. */
static long long before, after;
static volatile int i;

FERRITE_COMMAND(timer_probe)
{
    if (ferrite_time_ms(&before) < 0)
        return ferrite_fail();
    for (i = 0; i < 300000; i++)
        ;
    ferrite_time_ms(&after);
    return ferrite_reply_int(after - before);
}
