/* Looks for secrets in the server's surroundings. */
static char buffer[256];

FERRITE_COMMAND(prober_env)
{
    int size = ferrite_env("PATH", 4, buffer, sizeof(buffer));
    if (size < 0)
        return ferrite_fail();
    return ferrite_reply_bulk(buffer, size);
}

FERRITE_COMMAND(prober_config)
{
    int size = ferrite_config("requirepass", 11, buffer, sizeof(buffer));
    if (size < 0)
        return ferrite_fail();
    return ferrite_reply_bulk(buffer, size);
}

FERRITE_COMMAND(prober_context)
{
    int size = ferrite_context("password", 8, buffer, sizeof(buffer));
    if (size < 0)
        return ferrite_fail();
    return ferrite_reply_bulk(buffer, size);
}
