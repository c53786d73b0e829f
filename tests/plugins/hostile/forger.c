/* Makes values of another plugin's type, of a version that its type does not have, and in the
 * place of values of other types. Its own type is FORGED, version 2. */
static char buffer[64];
static long long version;

static int make(const char *type, int length, int wanted)
{
    int n = ferrite_arg_read(0, buffer, sizeof(buffer));
    if (ferrite_typed_set(buffer, n, type, length, wanted, "value", 5) < 0)
        return ferrite_fail();
    return ferrite_reply_ok();
}

FERRITE_COMMAND(forger_other) { return make("GENUINE", 7, 1); }
FERRITE_COMMAND(forger_builtin) { return make("hash", 4, 1); }
FERRITE_COMMAND(forger_version) { return make("FORGED", 6, 3); }
FERRITE_COMMAND(forger_negative) { return make("FORGED", 6, -1); }
FERRITE_COMMAND(forger_own) { return make("FORGED", 6, 2); }

FERRITE_COMMAND(forger_read)
{
    int n = ferrite_arg_read(0, buffer, sizeof(buffer));
    if (ferrite_typed_get(buffer, n, "GENUINE", 7, &version, buffer, sizeof(buffer)) < 0)
        return ferrite_fail();
    return ferrite_reply_ok();
}
