"""From a module's bytes to the program of a function: what `make_program` is for a plugin.

Rule: pure and thread-safe; a worker thread makes it. A manifest that the module carries is not
read: what a function may do was said by whoever loaded it.
"""

from __future__ import annotations

import hashlib

from ferrite.plugins.exports import function_exports
from ferrite.plugins.functions.older_imports import older_function
from ferrite.plugins.functions.shape import BYTES, find_shape, starts
from ferrite.plugins.functions.terms import Terms
from ferrite.plugins.manifest import FerriteTable, Manifest, Package
from ferrite.plugins.program import (
    LoadError,
    Program,
    check_imports,
    check_memory,
    check_supported,
    read_module,
)
from wasm_vm import ExternKind, FunctionType, Limits


def make_function(name: str, binary: bytes, source: str, terms: Terms, limits: Limits) -> Program:
    """Decode, validate and check a function. Raises LoadError."""
    module = read_module(binary, source, limits)
    exports = function_exports(module.module)
    try:
        shape = find_shape(name, module.module, exports)
        start = "auto" if starts(exports, shape) else "none"
        manifest = Manifest(Package(name=name), FerriteTable(start=start), permissions=terms.rights)
        check_supported(manifest)
    except ValueError as error:
        raise LoadError(str(error)) from error
    check_imports(module.module, _older_type)
    check_memory(module.module)
    memory = any(e.name == "memory" and e.kind is ExternKind.MEMORY for e in module.module.exports)
    if BYTES in shape.parameters and not memory:
        raise LoadError("it takes bytes, and the module exports no memory named 'memory'")
    digest = hashlib.sha256(binary).hexdigest()
    names = frozenset(exports)
    return Program(name, manifest, module, {}, (), {}, names, source, digest, shape)


def _older_type(module: str, name: str) -> FunctionType | None:
    older = older_function(module, name)
    return None if older is None else older.type
