"""Functions of the compiled engine: what becomes of them, and whether they do as the reference."""

from __future__ import annotations

from typing import Any

import wasm_vm
from tests.differential.tiers import compare
from tests.support import wat
from wasm_vm.compiler.function import CompiledCode, compile_function


def instance_of(text: str, prepare: bool = True, **options: Any) -> wasm_vm.Instance:
    """An instance of a module's fields; all of its functions are compiled, if asked for."""
    options.setdefault("engine", wasm_vm.Engine.COMPILED)
    instance = wat.instance(text, options.pop("imports", None), **options)
    if prepare:
        instance.prepare()
    return instance


def code(text: str, index: int = 0) -> CompiledCode:
    """The code of a function that the module defines, made anew: a cache has no source."""
    module = wat.load(text)
    return compile_function(module, module.plans[index])


def source(text: str, index: int = 0) -> str:
    """The Python source of a function."""
    return code(text, index).source


def agree(text: str, *calls: tuple[Any, ...], fuel: int = 20_000) -> list[Any]:
    """Calls of the export "f" on a fresh instance each, in both engines; how each of them ends."""
    module = wat.load(text)
    return [compare(module, "f", arguments, fuel=fuel).ending for arguments in calls]
