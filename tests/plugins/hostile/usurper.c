/* Runs what is for operators and for clients: it is given a command as RESP. */
static char words[4096];

FERRITE_COMMAND(usurper_call)
{
    int handle = ferrite_call(words, ferrite_arg_read(0, words, sizeof(words)));
    if (handle < 0)
        return ferrite_fail();
    return ferrite_reply_bulk(words, ferrite_handle_read(handle, 0, words, sizeof(words)));
}
