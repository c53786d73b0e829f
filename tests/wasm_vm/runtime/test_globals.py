from __future__ import annotations

import pytest

from wasm_vm.errors import BadCall
from wasm_vm.runtime import Global
from wasm_vm.types import EXTERNREF, F32, I32, GlobalType


def test_value_and_bits() -> None:
    found = Global(GlobalType(I32, mutable=True), -1)
    assert (found.value, found.bits, found.raw) == (-1, 2**32 - 1, 2**32 - 1)
    found.value = 7
    assert found.value == 7
    assert Global(GlobalType(F32), 1.5).bits == 0x3FC0_0000
    token = object()
    assert Global(GlobalType(EXTERNREF), token).bits is token


def test_an_immutable_global_stays() -> None:
    found = Global(GlobalType(I32), 1)
    with pytest.raises(BadCall, match="immutable"):
        found.value = 2
    assert found.value == 1


def test_values_are_checked() -> None:
    with pytest.raises(TypeError):
        Global(GlobalType(I32), "x")
    with pytest.raises(ValueError, match="does not fit"):
        Global(GlobalType(I32), 2**32)
