/* {{name}}: a command that greets and a command that counts. */
#include "ferrite.h"

/* {{NAME}}.WORLD [name] */
FERRITE_COMMAND({{module}}_world)
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

/* {{NAME}}.COUNT key */
FERRITE_COMMAND({{module}}_count)
{
    char key[1024];
    long long count;
    int length = ferrite_arg_read(0, key, sizeof(key));

    if (length < 0)
        return ferrite_fail();
    if (length > (int)sizeof(key))
        return ferrite_reply_error(FERRITE_TEXT("The key is too long"));
    if (ferrite_incr_by(key, length, 1, &count) < 0)
        return ferrite_fail();
    return ferrite_reply_int(count);
}
