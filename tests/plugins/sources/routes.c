/* A transformer "rot" that adds to each byte, a backend "mem" that keeps up to 16 short values
 * under "mem:" in its own memory. */
static char key[256], text[4096];
static char keys[16][64], values[16][256];
static int key_sizes[16], value_sizes[16];

static int same(const char *a, const char *b, int n)
{
    int i;
    for (i = 0; i < n; i++)
        if (a[i] != b[i])
            return 0;
    return 1;
}

static int shift(int by)
{
    int n = ferrite_arg_read(0, key, sizeof(key)), size, i;
    size = ferrite_arg_read(1, text, sizeof(text));
    if (n >= 5 && same(key, "rot:f", 5))
        return ferrite_reply_error(FERRITE_TEXT("no"));
    if (n >= 5 && same(key, "rot:i", 5))
        return ferrite_reply_int(5);
    for (i = 0; i < size; i++)
        text[i] = (char)(text[i] + by);
    return ferrite_reply_bulk(text, size);
}

int rot_in(void) { return shift(1); }
int rot_out(void) { return shift(-1); }

static int slot(int n)
{
    int i;
    for (i = 0; i < 16; i++)
        if (key_sizes[i] == n && same(keys[i], key, n))
            return i;
    return -1;
}

static int key_slot(void) { return slot(ferrite_arg_read(0, key, sizeof(key))); }

int mem_get(void)
{
    int at = key_slot();
    if (at < 0)
        return ferrite_reply_null();
    return ferrite_reply_bulk(values[at], value_sizes[at]);
}

int mem_set(void)
{
    int at = key_slot(), n = ferrite_arg_read(0, key, sizeof(key));
    if (at < 0)
        at = slot(0);
    if (at < 0)
        return ferrite_reply_error(FERRITE_TEXT("it is full"));
    if (n >= 6 && same(key, "mem:no", 6))
        return 7;
    if (n >= 6 && same(key, "mem:tr", 6))
        *(volatile int *)0x7ffffff0 = 1;
    ferrite_copy(keys[at], key, n);
    key_sizes[at] = n;
    value_sizes[at] = ferrite_arg_read(1, values[at], 256);
    n = ferrite_arg_read(2, text, sizeof(text));
    ferrite_set("last_ttl", 8, text, n);
    return ferrite_reply_ok();
}

int mem_delete(void)
{
    int at = key_slot();
    if (at >= 0)
        key_sizes[at] = 0;
    return ferrite_reply_int(at >= 0);
}

int mem_exists(void) { return ferrite_reply_int(key_slot() >= 0); }

/* Three slots a page. */
int mem_scan(void)
{
    long long cursor = 0;
    int i, found = 0, end;
    ferrite_arg_i64(0, &cursor);
    end = (int)cursor + 3;
    if (end > 16)
        end = 16;
    for (i = (int)cursor; i < end; i++)
        found += key_sizes[i] > 0;
    ferrite_reply_array(2);
    ferrite_reply_int(end == 16 ? 0 : end);
    ferrite_reply_array(found);
    for (i = (int)cursor; i < end; i++)
        if (key_sizes[i] > 0)
            ferrite_reply_bulk(keys[i], key_sizes[i]);
    return 0;
}
