"""Modules out of the text format, in one line: wasmtime assembles, wasm_vm loads and runs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import wasm_vm
from tests.support.require import require


@cache
def _assembled(text: str) -> bytes:
    import wasmtime

    return bytes(wasmtime.wat2wasm(text if text.startswith("(module") else f"(module {text})"))


def assemble(text: str) -> bytes:
    """The binary of a module or, without the brackets around them, of its fields."""
    require("wasmtime")
    return _assembled(text.strip())


def load(text: str, level: wasm_vm.Features = wasm_vm.Features.V3) -> wasm_vm.ValidModule:
    return wasm_vm.load(assemble(text), features=level)


def instance(
    text: str, imports: Mapping[str, Mapping[str, Any]] | None = None, **options: Any
) -> wasm_vm.Instance:
    """An instance; the options are those of wasm_vm.instantiate."""
    return wasm_vm.instantiate(load(text), imports, **options)


def call(body: str, *arguments: Any, fields: str = "") -> Any:
    """What a function of that signature and body answers: call("(result i32) i32.const 7")."""
    return instance(f'{fields} (func (export "f") {body})').invoke("f", *arguments)
