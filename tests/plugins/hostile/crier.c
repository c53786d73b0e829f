/* Publishes without end. */
FERRITE_COMMAND(crier_publish)
{
    int i;
    for (i = 0; i < 1000000; i++)
        if (ferrite_publish("news", 4, "x", 1) < 0)
            return ferrite_fail();
    return ferrite_reply_ok();
}

FERRITE_COMMAND(crier_call)
{
    int i, handle;
    for (i = 0; i < 1000000; i++) {
        handle = ferrite_call("*3\r\n$7\r\nPUBLISH\r\n$4\r\nnews\r\n$1\r\nx\r\n", 34);
        if (handle < 0)
            return ferrite_fail();
        ferrite_handle_drop(handle);
    }
    return ferrite_reply_ok();
}
