/* A hook that answers every write with another one: under many names, a loop through all of them. */
static char key[64], name[64];

FERRITE_HOOK(on_key_write)
{
    int size = ferrite_context("plugin", 6, name, sizeof(name));
    ferrite_hook_key(key, sizeof(key));
    ferrite_copy(key, "chain:", 6);
    ferrite_copy(key + 6, name, size);
    if (ferrite_set(key, 6 + size, "x", 1) < 0)
        return 1;
    return 0;
}
