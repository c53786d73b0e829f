/* Takes all the time there is. */
static volatile int i;

FERRITE_COMMAND(spinner_spin)
{
    ferrite_set("secret", 6, "spun", 4);
    for (;;)
        i++;
}
