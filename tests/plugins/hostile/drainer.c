/* Drains the source of random bytes. */
static char bytes[65537];

FERRITE_COMMAND(drainer_much)
{
    if (ferrite_random(bytes, sizeof(bytes)) < 0)
        return ferrite_fail();
    return ferrite_reply_ok();
}

FERRITE_COMMAND(drainer_often)
{
    for (;;)
        ferrite_random(bytes, 65536);
}
