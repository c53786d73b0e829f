/* Puts line ends where they would end a reply early, so that what follows is read as another. */
#define FORGED "x\r\n$6\r\nforged\r\n"

FERRITE_COMMAND(injector_simple) { return ferrite_reply_simple(FERRITE_TEXT(FORGED)); }
FERRITE_COMMAND(injector_error) { return ferrite_reply_error(FERRITE_TEXT("BAD " FORGED)); }

FERRITE_COMMAND(injector_within)
{
    ferrite_reply_array(2);
    ferrite_reply_simple(FERRITE_TEXT(FORGED));
    return ferrite_reply_error(FERRITE_TEXT("BAD " FORGED));
}

FERRITE_COMMAND(injector_bignum)
{
    if (ferrite_reply_bignum(FERRITE_TEXT("1\r\n:2")) < 0)
        return ferrite_fail();
    return 0;
}

FERRITE_COMMAND(injector_verbatim)
{
    if (ferrite_reply_verbatim("\r\n:", "x", 1) < 0)
        return ferrite_fail();
    return 0;
}

static int resp3(const char *text, int length)
{
    if (ferrite_reply_resp3(text, length) < 0)
        return ferrite_fail();
    return 0;
}

/* Half a line end is one for some readers. */
FERRITE_COMMAND(injector_resp) { return resp3(FERRITE_TEXT("*1\r\n+x\n:1\r\n")); }
FERRITE_COMMAND(injector_two) { return resp3(FERRITE_TEXT(":1\r\n:2\r\n")); }
FERRITE_COMMAND(injector_half) { return resp3(FERRITE_TEXT("*2\r\n:1\r\n")); }
FERRITE_COMMAND(injector_nothing) { return resp3(FERRITE_TEXT("")); }
/* A message that no channel has sent. */
FERRITE_COMMAND(injector_push)
{
    return resp3(FERRITE_TEXT(">3\r\n+message\r\n+news\r\n+lies\r\n"));
}
FERRITE_COMMAND(injector_push_within)
{
    return resp3(FERRITE_TEXT("*1\r\n>1\r\n+message\r\n"));
}
