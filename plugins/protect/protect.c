/* Keys that only their owner may change: three hooks that refuse, and say why. */
#include "ferrite.h"

/* Whether the client is the user that the setting `owner` names. */
static int is_owner(void)
{
    char owner[128], user[128];
    int length = ferrite_config(FERRITE_TEXT("owner"), owner, sizeof(owner));
    if (length < 0 || length > (int)sizeof(owner))
        return 0;
    return ferrite_context(FERRITE_TEXT("user"), user, sizeof(user)) == length
        && ferrite_same(owner, user, length);
}

static int refuse(const char *text, int length)
{
    return is_owner() ? 0 : ferrite_hook_abort(text, length);
}

/* The manifest's filter lets only keys "protected:*" come here. */
FERRITE_HOOK(on_key_write) { return refuse(FERRITE_TEXT("Cannot write to protected keys")); }

FERRITE_HOOK(on_key_delete) { return refuse(FERRITE_TEXT("Cannot delete protected keys")); }

/* And only FLUSHALL and FLUSHDB here, which name no keys. */
FERRITE_HOOK(before_command)
{
    return refuse(FERRITE_TEXT("NOPERM Cannot flush while keys are protected"));
}
