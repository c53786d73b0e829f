/* Points out of its memory, with lengths below zero and beyond everything. */
static char *nowhere = (char *)0x7ffffff0;
static char here[8];

FERRITE_COMMAND(pointer_read)
{
    ferrite_set("k", 1, nowhere, 8);
    return 0;
}

FERRITE_COMMAND(pointer_write)
{
    ferrite_set("secret", 6, "changed", 7);
    ferrite_get("secret", 6, nowhere, 100);
    return 0;
}

FERRITE_COMMAND(pointer_negative)
{
    ferrite_set("k", 1, here, -1);
    return 0;
}

FERRITE_COMMAND(pointer_wrap)
{
    ferrite_set("k", 1, (char *)-4, 8);
    return 0;
}

FERRITE_COMMAND(pointer_out)
{
    ferrite_time_ms((long long *)-4);
    return 0;
}

FERRITE_COMMAND(pointer_key)
{
    ferrite_set(here, 0x7fffffff, "v", 1);
    return 0;
}

FERRITE_COMMAND(pointer_own)
{
    *(volatile int *)nowhere = 1;
    return 0;
}

static char key[1100000];

FERRITE_COMMAND(pointer_long)
{
    if (ferrite_set(key, sizeof(key), "v", 1) < 0)
        return ferrite_fail();
    return 0;
}
