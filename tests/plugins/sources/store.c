/* S.GET key, S.SET key value, S.DEL key, S.EXPIRE key milliseconds, S.LOOP: one host function each. */
static char key[1024], value[4096];
static int key_length, value_length;

static void arguments(void)
{
    key_length = ferrite_arg_read(0, key, sizeof(key));
    value_length = ferrite_arg_read(1, value, sizeof(value));
}

FERRITE_COMMAND(s_get)
{
    int length;
    arguments();
    length = ferrite_get(key, key_length, value, sizeof(value));
    if (length == FERRITE_ERR_ABSENT)
        return ferrite_reply_null();
    if (length < 0)
        return ferrite_fail();
    return ferrite_reply_bulk(value, length);
}

FERRITE_COMMAND(s_set)
{
    arguments();
    if (ferrite_set(key, key_length, value, value_length) < 0)
        return ferrite_fail();
    return ferrite_reply_ok();
}

FERRITE_COMMAND(s_del)
{
    int removed;
    arguments();
    removed = ferrite_delete(key, key_length);
    if (removed < 0)
        return ferrite_fail();
    return ferrite_reply_int(removed);
}

FERRITE_COMMAND(s_expire)
{
    long long milliseconds = 0;
    arguments();
    ferrite_arg_i64(1, &milliseconds);
    if (ferrite_expire(key, key_length, milliseconds) < 0)
        return ferrite_fail();
    return ferrite_reply_ok();
}

FERRITE_COMMAND(s_loop)
{
    volatile int forever = 1;
    arguments();
    ferrite_set(key, key_length, "loop", 4);
    while (forever)
        ;
    return 0;
}
