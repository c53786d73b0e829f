"""The plugin system: the only part of ferrite that knows WebAssembly.

In the order of a plugin's life: `toolchains` (from its source), `sources`, `manifest`, `exports`
and `program` (read and checked), `guest` and `host_api` (an instance and what it may call),
`scheduler` and `calls` (when it runs, and all or nothing), `manager`, `registration` and
`commands` (in the server). `cli` and `programs` are `ferrite plugin ...`.
"""
