/* Floods logs: many lines, long lines, lines that look like several. */
static char line[70000];

FERRITE_COMMAND(flooder_lines)
{
    int i;
    for (i = 0; i < 100000; i++)
        if (ferrite_log(1, "line", 4) < 0)
            return ferrite_fail();
    return ferrite_reply_ok();
}

FERRITE_COMMAND(flooder_long)
{
    int i;
    for (i = 0; i < (int)sizeof(line); i++)
        line[i] = 'x';
    ferrite_log(1, line, sizeof(line));
    ferrite_log(1, "one\r\n# WARNING forged\033[2J", 24);
    return ferrite_reply_ok();
}

FERRITE_COMMAND(flooder_level)
{
    if (ferrite_log(9, "x", 1) < 0)
        return ferrite_fail();
    return ferrite_reply_ok();
}
