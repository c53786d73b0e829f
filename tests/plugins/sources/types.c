/* A type COUNTERS of eight-byte numbers; version 2 stores them doubled. C.SET key n, C.GET key,
 * C.BYTES key offset, C.FORGE key, C.PEEK key. */
static char key[256], data[64];
static int n;

static void read_key(void) { n = ferrite_arg_read(0, key, sizeof(key)); }

FERRITE_COMMAND(c_set)
{
    long long number = 0;
    read_key();
    ferrite_arg_i64(1, &number);
    number = number * VERSION;
    if (ferrite_typed_set(key, n, "COUNTERS", 8, VERSION, &number, 8) < 0)
        return ferrite_fail();
    return ferrite_reply_ok();
}

FERRITE_COMMAND(c_get)
{
    long long number = 0, version = 0;
    int size;
    read_key();
    size = ferrite_typed_get(key, n, "COUNTERS", 8, &version, &number, 8);
    if (size == FERRITE_ERR_ABSENT)
        return ferrite_reply_null();
    if (size < 0)
        return ferrite_fail();
    ferrite_reply_array(2);
    ferrite_reply_int(version);
    return ferrite_reply_int(number);
}

FERRITE_COMMAND(c_bytes)
{
    long long offset = 0;
    int size;
    read_key();
    ferrite_arg_i64(1, &offset);
    size = ferrite_typed_range(key, n, "COUNTERS", 8, (int)offset, data, sizeof(data));
    if (size < 0)
        return ferrite_fail();
    return ferrite_reply_bulk(data, offset > size ? 0 : size - (int)offset);
}

FERRITE_COMMAND(c_forge)
{
    read_key();
    if (ferrite_typed_set(key, n, "OTHER", 5, 1, "x", 1) < 0)
        return ferrite_fail();
    return ferrite_reply_ok();
}

int counters_migrate(void)
{
    long long number = 0, version = 0;
    ferrite_arg_i64(0, &version);
    ferrite_arg_read(1, &number, 8);
    if (number == 13)
        return ferrite_reply_error(FERRITE_TEXT("unlucky"));
    number = number * 2;
    return ferrite_reply_bulk((char *)&number, 8);
}

int counters_memory_usage(void)
{
    return ferrite_reply_int(4711);
}
