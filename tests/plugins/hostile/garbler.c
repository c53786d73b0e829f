/* A transformer that answers by what the key says: nothing, a number, an array, too much. */
static char key[64], text[65536];

static int answer(void)
{
    int i, size = ferrite_arg_read(0, key, sizeof(key));
    switch (size > 8 ? key[8] : 0) {
    case 'n': return ferrite_reply_null();
    case 'i': return ferrite_reply_int(7);
    case 'a': ferrite_reply_array(1); return ferrite_reply_int(7);
    case 's': return ferrite_reply_simple(FERRITE_TEXT("OK"));
    case 'o': return 0;
    case 'e': return 3;
    case 't': *(volatile int *)0x7ffffff0 = 1; return 0;
    case 'h':
        for (i = 0; i < 1000000; i++)
            ferrite_set("secret", 6, text, sizeof(text));
        return 0;
    }
    return ferrite_reply_bulk("ok", 2);
}

int garble_in(void) { return answer(); }
int garble_out(void) { return answer(); }
