/* Looks for machines of the inner network: CRAWLER.HTTP url, CRAWLER.TCP host port. */
static char host[256];

FERRITE_COMMAND(crawler_http)
{
    int n = ferrite_arg_read(0, host, sizeof(host));
    if (ferrite_http("GET", 3, host, n, "", 0, "", 0) < 0)
        return ferrite_fail();
    return ferrite_reply_ok();
}

FERRITE_COMMAND(crawler_post)
{
    int n = ferrite_arg_read(0, host, sizeof(host));
    if (ferrite_http("POST", 4, host, n, "", 0, "", 0) < 0)
        return ferrite_fail();
    return ferrite_reply_ok();
}

/* A second request within the first. */
FERRITE_COMMAND(crawler_smuggle)
{
    int n = ferrite_arg_read(0, host, sizeof(host));
    if (ferrite_http("GET", 3, host, n, "A: b\r\nHost: inner", 16, "", 0) < 0)
        return ferrite_fail();
    return ferrite_reply_ok();
}

FERRITE_COMMAND(crawler_tcp)
{
    long long port = 0;
    int n = ferrite_arg_read(0, host, sizeof(host));
    ferrite_arg_i64(1, &port);
    if (ferrite_tcp_connect(host, n, (int)port) < 0)
        return ferrite_fail();
    return ferrite_reply_ok();
}
