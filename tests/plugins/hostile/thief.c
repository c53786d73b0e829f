/* Reads what it was not given: keys beyond its patterns, by every way there is. */
static char buffer[4096];

FERRITE_COMMAND(thief_get)
{
    if (ferrite_get("secret", 6, buffer, sizeof(buffer)) < 0)
        return ferrite_fail();
    return ferrite_reply_bulk(buffer, 1);
}

FERRITE_COMMAND(thief_hget)
{
    if (ferrite_hget("secret", 6, "f", 1, buffer, sizeof(buffer)) < 0)
        return ferrite_fail();
    return ferrite_reply_bulk(buffer, 1);
}

FERRITE_COMMAND(thief_exists)
{
    if (ferrite_exists("secret", 6) < 0)
        return ferrite_fail();
    return ferrite_reply_ok();
}

/* Any command, as RESP: DUMP, KEYS, COPY into a key of its own. */
FERRITE_COMMAND(thief_call)
{
    int handle = ferrite_call(buffer, ferrite_arg_read(0, buffer, sizeof(buffer)));
    if (handle < 0)
        return ferrite_fail();
    return ferrite_reply_bulk(buffer, ferrite_handle_read(handle, 0, buffer, sizeof(buffer)));
}
