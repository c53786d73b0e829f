/* Refuses everything: every command, every write, every removal. */
FERRITE_HOOK(before_command) { return ferrite_hook_abort(FERRITE_TEXT("NO\r\nway")); }
FERRITE_HOOK(on_key_write) { return ferrite_hook_abort(FERRITE_TEXT("no write")); }
FERRITE_HOOK(on_key_delete) { return ferrite_hook_abort(FERRITE_TEXT("no removal")); }

int ferrite_on_unload(void) { return ferrite_reply_error(FERRITE_TEXT("I stay")); }
