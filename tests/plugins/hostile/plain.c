/* Does nothing: what is hostile is its manifest. */
FERRITE_COMMAND(plain_run) { return ferrite_reply_ok(); }
int get(void) { return ferrite_reply_ok(); }
