"""WASM.*: single functions of WebAssembly modules, called by clients as Redis's FCALL calls Lua.

Rule: a function is a plugin with one entry and no manifest. Its rights come with WASM.LOAD
(`terms`) and all else (undo, fuel, audit, KILL, quotas, the store) is the plugins' own. `shape` is
what it takes and gives, `older_imports` what modules of other servers import, `module` puts the
program together, `text` assembles the text format, `service` and `commands` are WASM.* itself.
"""
