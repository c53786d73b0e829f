/* Replies that are small to make and large to hold. */
static char text[100000];

static int put(int at, const char *piece, int length)
{
    ferrite_copy(text + at, piece, length);
    return at + length;
}

FERRITE_COMMAND(bomber_count)
{
    if (ferrite_reply_array(250001) < 0)
        return ferrite_fail();
    return 0;
}

FERRITE_COMMAND(bomber_nested)
{
    int i;
    for (i = 0; i < 3; i++)
        if (ferrite_reply_array(100000) < 0)
            return ferrite_fail();
    return 0;
}

FERRITE_COMMAND(bomber_depth)
{
    int i;
    for (i = 0; i < 40; i++)
        if (ferrite_reply_array(1) < 0)
            return ferrite_fail();
    return 0;
}

FERRITE_COMMAND(bomber_bytes)
{
    int i;
    ferrite_reply_array(100000);
    for (i = 0; i < 100000; i++)
        if (ferrite_reply_bulk(text, sizeof(text)) < 0)
            return ferrite_fail();
    return 0;
}

FERRITE_COMMAND(bomber_digits)
{
    int i;
    for (i = 0; i < 5000; i++)
        text[i] = '9';
    if (ferrite_reply_bignum(text, 5000) < 0)
        return ferrite_fail();
    return 0;
}

/* The same as whole replies in RESP3. */
FERRITE_COMMAND(bomber_resp_depth)
{
    int i, at = 0;
    for (i = 0; i < 40; i++)
        at = put(at, "*1\r\n", 4);
    at = put(at, "_\r\n", 3);
    if (ferrite_reply_resp3(text, at) < 0)
        return ferrite_fail();
    return 0;
}

FERRITE_COMMAND(bomber_resp_deeper)
{
    int i, at = 0;
    for (i = 0; i < 20000; i++)
        at = put(at, "*1\r\n", 4);
    if (ferrite_reply_resp3(text, at) < 0)
        return ferrite_fail();
    return 0;
}

FERRITE_COMMAND(bomber_resp_announced)
{
    if (ferrite_reply_resp3("*2147483647\r\n", 13) < 0)
        return ferrite_fail();
    return 0;
}

static char many[800000];

FERRITE_COMMAND(bomber_resp_count)
{
    int i, at = 9;
    ferrite_copy(many, "*260000\r\n", 9);
    for (i = 0; i < 260000; i++) {
        many[at++] = '_';
        many[at++] = '\r';
        many[at++] = '\n';
    }
    if (ferrite_reply_resp3(many, at) < 0)
        return ferrite_fail();
    return 0;
}
