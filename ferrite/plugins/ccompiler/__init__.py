"""C to WebAssembly with nothing but pip: ppci reads the C, this package writes the module.

In order: `frontend` (source to ppci's intermediate representation, with `semantics` and
`codegen` putting ppci right), `structure` (a function's blocks to nested control), `function`
(its instructions, by `operators`), `linker` (functions, data and imports to one module).
What the compiler gets wrong is a fault of the guest, inside the sandbox, and never an escape.
"""

from __future__ import annotations

from ferrite.plugins.ccompiler.frontend import CompileError
from ferrite.plugins.ccompiler.linker import compile_files

__all__ = ["CompileError", "compile_files"]
