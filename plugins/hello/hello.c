/* A first plugin: a command that greets and a command that counts. */
#include "ferrite.h"

/* HELLO.WORLD [name] */
FERRITE_COMMAND(hello_world)
{
    static char greeting[280] = "Hello, ";
    int start = 7, size = 256;
    int length = 5;

    if (ferrite_arg_count() > 0)
        length = ferrite_arg_read(0, greeting + start, size);
    else
        ferrite_copy(greeting + start, "World", length);
    if (length > size)
        return ferrite_reply_error(FERRITE_TEXT("The name is too long"));

    greeting[start + length] = '!';
    return ferrite_reply_bulk(greeting, start + length + 1);
}

/* HELLO.COUNT key */
FERRITE_COMMAND(hello_count)
{
    char key[1024], text[20];
    long long count = 0;
    int key_length, length;

    if (ferrite_arg_count() == 0)
        return ferrite_reply_error(FERRITE_TEXT("Missing key argument"));
    key_length = ferrite_arg_read(0, key, sizeof(key));
    if (key_length > (int)sizeof(key))
        return ferrite_reply_error(FERRITE_TEXT("The key is too long"));

    /* Read the current value; a key that is absent or holds no number counts as 0. */
    length = ferrite_get(key, key_length, text, sizeof(text));
    if (length < 0 && length != FERRITE_ERR_ABSENT)
        return ferrite_fail();
    if (length > 0 && length <= (int)sizeof(text))
        ferrite_parse_i64(text, length, &count);

    /* Increment and store. */
    count++;
    length = ferrite_format_i64(count, text);
    if (ferrite_set(key, key_length, text, length) < 0)
        return ferrite_fail();
    return ferrite_reply_int(count);
}
