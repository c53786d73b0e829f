/* ferrite_test_keys.h: the keys of a unit test, a part of ferrite_test.h.
 *
 * A key is a string, or one entry for each field of a hash. Keys do not expire by themselves.
 */
#ifndef FERRITE_TEST_KEYS_H
#define FERRITE_TEST_KEYS_H

#define FERRITE_TEST_ENTRIES 64

struct ferrite_test_entry {
    int used;
    int key_length, field_length, length; /* field_length is -1 for a string */
    long long ttl;
    char key[128], field[128], value[1024];
};

static struct ferrite_test_entry ferrite_test_entries[FERRITE_TEST_ENTRIES];
/* The entry of a key and field, -1 for the field of a string; 0 when there is none. A key without
 * regard to its field is looked for with -2. */
static struct ferrite_test_entry *ferrite_test_find(const void *key, int key_length,
                                                    const void *field, int field_length)
{
    for (int i = 0; i < FERRITE_TEST_ENTRIES; i++) {
        struct ferrite_test_entry *entry = &ferrite_test_entries[i];
        if (!entry->used || entry->key_length != key_length
            || !ferrite_test_same(entry->key, key, key_length))
            continue;
        if (field_length == -2)
            return entry;
        if (entry->field_length == field_length
            && (field_length < 0 || ferrite_test_same(entry->field, field, field_length)))
            return entry;
    }
    return 0;
}

/* Why a key cannot be used as a string (is_hash 0) or a hash; 0 when it can. */
static int ferrite_test_refusal(const void *key, int key_length, int is_hash)
{
    struct ferrite_test_entry *entry = ferrite_test_find(key, key_length, 0, -2);
    return entry && (entry->field_length >= 0) != is_hash ? FERRITE_ERR_TYPE : 0;
}

static int ferrite_test_read(const void *key, int key_length, const void *field, int field_length,
                             void *buffer, int size)
{
    struct ferrite_test_entry *entry;
    int refusal = ferrite_test_refusal(key, key_length, field_length >= 0);
    if (refusal)
        return refusal;
    entry = ferrite_test_find(key, key_length, field, field_length);
    if (!entry)
        return FERRITE_ERR_ABSENT;
    return ferrite_test_give(buffer, size, entry->value, entry->length);
}

/* 1 when the entry is new, else 0. */
static int ferrite_test_write(const void *key, int key_length, const void *field, int field_length,
                              const void *value, int length)
{
    struct ferrite_test_entry *entry = ferrite_test_find(key, key_length, field, field_length);
    int is_new = !entry;
    for (int i = 0; !entry && i < FERRITE_TEST_ENTRIES; i++)
        if (!ferrite_test_entries[i].used)
            entry = &ferrite_test_entries[i];
    if (!entry || key_length > (int)sizeof(entry->key) || length > (int)sizeof(entry->value)
        || field_length > (int)sizeof(entry->field))
        return FERRITE_ERR_LIMIT;
    if (is_new)
        entry->ttl = -1;
    entry->used = 1;
    entry->key_length = key_length;
    entry->field_length = field_length;
    entry->length = length;
    ferrite_copy(entry->key, key, key_length);
    ferrite_copy(entry->field, field, field_length);
    ferrite_copy(entry->value, value, length);
    return is_new;
}

int ferrite_get(const void *key, int key_length, void *buffer, int size)
{
    return ferrite_test_read(key, key_length, 0, -1, buffer, size);
}

int ferrite_delete(const void *key, int key_length)
{
    struct ferrite_test_entry *entry;
    int found = 0;
    while ((entry = ferrite_test_find(key, key_length, 0, -2))) {
        entry->used = 0;
        found = 1;
    }
    return found;
}

int ferrite_set_ex(const void *key, int key_length, const void *value, int length, long long ttl)
{
    int result;
    ferrite_delete(key, key_length);
    result = ferrite_test_write(key, key_length, 0, -1, value, length);
    if (result < 0)
        return result;
    ferrite_test_find(key, key_length, 0, -1)->ttl = ttl;
    return 0;
}

int ferrite_set(const void *key, int key_length, const void *value, int length)
{
    return ferrite_set_ex(key, key_length, value, length, -1);
}

int ferrite_append(const void *key, int key_length, const void *value, int length,
                   long long *new_length)
{
    char text[1024];
    int used = ferrite_get(key, key_length, text, sizeof(text));
    if (used < 0 && used != FERRITE_ERR_ABSENT)
        return used;
    used = used < 0 ? 0 : used;
    if (used + length > (int)sizeof(text))
        return FERRITE_ERR_LIMIT;
    ferrite_copy(text + used, value, length);
    *new_length = used + length;
    used = ferrite_test_write(key, key_length, 0, -1, text, used + length);
    return used < 0 ? used : 0;
}

int ferrite_incr_by(const void *key, int key_length, long long delta, long long *result)
{
    char text[20];
    long long number = 0;
    int length = ferrite_get(key, key_length, text, sizeof(text));
    if (length < 0 && length != FERRITE_ERR_ABSENT)
        return length;
    if (length > (int)sizeof(text)
        || (length >= 0 && !ferrite_parse_i64(text, length, &number)))
        return FERRITE_ERR_NUMBER;
    *result = number + delta;
    length = ferrite_format_i64(*result, text);
    length = ferrite_test_write(key, key_length, 0, -1, text, length);
    return length < 0 ? length : 0;
}

int ferrite_exists(const void *key, int key_length)
{
    return ferrite_test_find(key, key_length, 0, -2) != 0;
}

int ferrite_expire(const void *key, int key_length, long long milliseconds)
{
    struct ferrite_test_entry *entry = ferrite_test_find(key, key_length, 0, -2);
    if (!entry)
        return FERRITE_ERR_ABSENT;
    entry->ttl = milliseconds;
    return 0;
}

int ferrite_ttl(const void *key, int key_length, long long *milliseconds)
{
    struct ferrite_test_entry *entry = ferrite_test_find(key, key_length, 0, -2);
    if (!entry)
        return FERRITE_ERR_ABSENT;
    *milliseconds = entry->ttl;
    return 0;
}

int ferrite_type_of(const void *key, int key_length, void *buffer, int size)
{
    struct ferrite_test_entry *entry = ferrite_test_find(key, key_length, 0, -2);
    const char *name = !entry ? "none" : entry->field_length < 0 ? "string" : "hash";
    return ferrite_test_give(buffer, size, name, ferrite_test_length(name));
}

int ferrite_hget(const void *key, int key_length, const void *field, int field_length, void *buffer,
                 int size)
{
    return ferrite_test_read(key, key_length, field, field_length, buffer, size);
}

int ferrite_hset(const void *key, int key_length, const void *field, int field_length,
                 const void *value, int length)
{
    int refusal = ferrite_test_refusal(key, key_length, 1);
    return refusal ? refusal
                   : ferrite_test_write(key, key_length, field, field_length, value, length);
}

int ferrite_hdel(const void *key, int key_length, const void *field, int field_length)
{
    struct ferrite_test_entry *entry;
    int refusal = ferrite_test_refusal(key, key_length, 1);
    if (refusal)
        return refusal;
    entry = ferrite_test_find(key, key_length, field, field_length);
    if (!entry)
        return 0;
    entry->used = 0;
    return 1;
}

#endif
