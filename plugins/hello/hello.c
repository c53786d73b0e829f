/* A first plugin: a command that greets and a command that counts. */
#include "ferrite.h"

/* HELLO.WORLD [name] */
FERRITE_COMMAND(hello_world)
{
    static char greeting[280] = "Hello, ";
    int start = 7, size = 256;
    int length = ferrite_arg_read(0, greeting + start, size);

    if (length < 0) {
        length = 5;
        ferrite_copy(greeting + start, "World", length);
    }
    if (length > size)
        return ferrite_reply_error(FERRITE_TEXT("The name is too long"));

    greeting[start + length] = '!';
    return ferrite_reply_bulk(greeting, start + length + 1);
}

/* HELLO.COUNT key */
FERRITE_COMMAND(hello_count)
{
    static char key[1024];
    static long long count;
    int key_length = ferrite_arg_read(0, key, sizeof(key));

    if (key_length < 0)
        return ferrite_reply_error(FERRITE_TEXT("Missing key argument"));
    if (key_length > (int)sizeof(key))
        return ferrite_reply_error(FERRITE_TEXT("The key is too long"));

    /* A key that is absent counts as 0; one that holds no number is an error, as for INCR. */
    if (ferrite_incr_by(key, key_length, 1, &count) < 0)
        return ferrite_fail();
    return ferrite_reply_int(count);
}
