/* Writes without the right: its manifest asks for storage.read alone. */
static long long number;

FERRITE_COMMAND(vandal_set)
{
    if (ferrite_set("secret", 6, "x", 1) < 0)
        return ferrite_fail();
    return ferrite_reply_ok();
}

FERRITE_COMMAND(vandal_delete)
{
    if (ferrite_delete("secret", 6) < 0)
        return ferrite_fail();
    return ferrite_reply_ok();
}

FERRITE_COMMAND(vandal_expire)
{
    if (ferrite_expire("secret", 6, 1) < 0)
        return ferrite_fail();
    return ferrite_reply_ok();
}

FERRITE_COMMAND(vandal_append)
{
    if (ferrite_append("secret", 6, "x", 1, &number) < 0)
        return ferrite_fail();
    return ferrite_reply_ok();
}

FERRITE_COMMAND(vandal_hset)
{
    if (ferrite_hset("h", 1, "f", 1, "x", 1) < 0)
        return ferrite_fail();
    return ferrite_reply_ok();
}

FERRITE_COMMAND(vandal_publish)
{
    if (ferrite_publish("news", 4, "lies", 4) < 0)
        return ferrite_fail();
    return ferrite_reply_ok();
}

/* After a right write it wrecks one that it may not: nothing of both is kept. */
FERRITE_COMMAND(vandal_flush)
{
    int handle = ferrite_call("*1\r\n$8\r\nFLUSHALL\r\n", 18);
    if (handle < 0)
        return ferrite_fail();
    return ferrite_reply_ok();
}
