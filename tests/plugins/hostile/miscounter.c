/* Announces other counts than it gives. */
FERRITE_COMMAND(miscounter_few)
{
    ferrite_reply_array(3);
    return ferrite_reply_int(1);
}

FERRITE_COMMAND(miscounter_many)
{
    ferrite_reply_array(1);
    ferrite_reply_int(1);
    ferrite_reply_int(2);
    return 0;
}

FERRITE_COMMAND(miscounter_twice)
{
    ferrite_reply_ok();
    ferrite_reply_ok();
    return 0;
}

FERRITE_COMMAND(miscounter_map)
{
    ferrite_reply_map(1);
    return ferrite_reply_int(1);
}

FERRITE_COMMAND(miscounter_same)
{
    int i;
    ferrite_reply_map(2);
    for (i = 0; i < 4; i++)
        ferrite_reply_int(1);
    return 0;
}

FERRITE_COMMAND(miscounter_negative)
{
    if (ferrite_reply_array(-1) < 0)
        return ferrite_fail();
    return 0;
}

FERRITE_COMMAND(miscounter_inner)
{
    ferrite_reply_array(1);
    ferrite_reply_array(1);
    return 0;
}
