"""Which function bodies are valid: the validator on text, and wasmtime's beside it."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

import wasm_vm
from tests.support import wat
from tests.support.wasmtime_3_0 import make_engine


@cache
def _engine() -> Any:
    return make_engine()


def _wasmtime_accepts(binary: bytes) -> bool:
    import wasmtime

    try:
        wasmtime.Module.validate(_engine(), binary)
    except wasmtime.WasmtimeError:
        return False
    return True


def accept(body: str, fields: str = "") -> None:
    """The body of a function is valid, and wasmtime says so too."""
    binary = wat.assemble(f"{fields} (func {body})")
    wasm_vm.load(binary)
    assert _wasmtime_accepts(binary), "wasmtime refuses it"


def refuse(body: str, message: str, fields: str = "") -> None:
    """The body is refused with a message that has these words; wasmtime refuses it too."""
    binary = wat.assemble(f"{fields} (func {body})")
    with pytest.raises(wasm_vm.Invalid) as caught:
        wasm_vm.load(binary)
    assert message in str(caught.value)
    assert caught.value.offset is not None
    assert not _wasmtime_accepts(binary), "wasmtime accepts it"
