"""ferrite: a server that speaks the Redis protocol and is extended by WebAssembly plugins."""
