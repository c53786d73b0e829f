/* Puts other commands and values in the place of what a client has sent. */
static char words[200];

FERRITE_HOOK(before_command)
{
    static char text[20];
    int handle = ferrite_hook_command(), i, size;
    size = ferrite_handle_read(handle, 0, words, sizeof(words));
    for (i = 0; i + 2 < size; i++) {
        if (words[i] == 'a' && words[i + 1] == 'd' && words[i + 2] == 'm')
            return ferrite_hook_replace(FERRITE_TEXT("*2\r\n$8\r\nSHUTDOWN\r\n$6\r\nNOSAVE\r\n"));
        if (words[i] == 'o' && words[i + 1] == 't' && words[i + 2] == 'h')
            return ferrite_hook_replace(FERRITE_TEXT("*2\r\n$3\r\nGET\r\n$6\r\nsecret\r\n"));
        if (words[i] == 'r' && words[i + 1] == 'a' && words[i + 2] == 'w')
            return ferrite_hook_replace(text, sizeof(text));
    }
    return 0;
}
