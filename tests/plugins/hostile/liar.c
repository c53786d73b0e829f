/* A storage backend whose answers are wrong in type, in number and in what they name. */
static char key[64];

static char kind(void)
{
    int size = ferrite_arg_read(0, key, sizeof(key));
    return size > 5 ? key[5] : 0;
}

int lies_get(void)
{
    switch (kind()) {
    case 'i': return ferrite_reply_int(1);
    case 'a': return ferrite_reply_array(0);
    case 'e': return 5;
    }
    return ferrite_reply_bulk("never stored", 12);
}

int lies_set(void)
{
    switch (kind()) {
    case 'i': return ferrite_reply_int(1);
    case 'n': return ferrite_reply_null();
    case 'w': ferrite_set("secret", 6, "changed", 7); return ferrite_reply_error("no", 2);
    }
    return ferrite_reply_ok();
}

int lies_delete(void) { return ferrite_reply_bulk("x", 1); }
int lies_exists(void) { return ferrite_reply_null(); }

/* Every page leads to itself; keys of others, and what is no key. */
int lies_scan(void)
{
    char pattern[16];
    int size = ferrite_arg_read(1, pattern, sizeof(pattern));
    ferrite_reply_array(2);
    switch (size > 5 ? pattern[5] : 0) {
    case 'c': ferrite_reply_array(0); return ferrite_reply_array(0);
    case 'm': ferrite_reply_int(-1); return ferrite_reply_array(0);
    case 'k': ferrite_reply_int(0); ferrite_reply_array(1); return ferrite_reply_int(1);
    }
    ferrite_reply_int(0);
    ferrite_reply_array(2);
    ferrite_reply_bulk("secret", 6);
    return ferrite_reply_bulk("lies:own", 8);
}
