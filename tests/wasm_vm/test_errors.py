from __future__ import annotations

import inspect

import pytest

from wasm_vm import errors
from wasm_vm.errors import (
    BacktraceFrame,
    BadCall,
    Invalid,
    LimitExceeded,
    Malformed,
    OutOfFuel,
    Trap,
    TrapKind,
    Unlinkable,
    WasmError,
)


def test_the_tree_is_the_one_of_the_docstring() -> None:
    above = {4: "WasmError"}
    drawn = {}
    for line in (errors.__doc__ or "").splitlines():
        drawing, mark, text = line.partition("|- ")
        if mark:
            name = text.split()[0]
            drawn[name] = above[len(drawing)]
            above[len(drawing) + 3] = name
    kinds = [
        name
        for name, kind in vars(errors).items()
        if inspect.isclass(kind) and issubclass(kind, WasmError) and kind is not WasmError
    ]
    assert sorted(drawn) == sorted(kinds)
    for name, parent in drawn.items():
        assert getattr(errors, name).__bases__ == (getattr(errors, parent),)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (Malformed("unexpected end", 16), "unexpected end (at byte 0x10)"),
        (Invalid("unknown type 3", 255), "unknown type 3 (at byte 0xff)"),
        (Invalid("multiple memories"), "multiple memories"),
        (Unlinkable("unknown import a.b"), "unknown import a.b"),
        (LimitExceeded("locals", "9 of 5"), "limit locals: 9 of 5"),
        (BadCall("no such export"), "no such export"),
        (OutOfFuel(5, 2), "out of fuel: 5 units used, the next instruction costs at least 2"),
        (Trap(TrapKind.UNREACHABLE), "unreachable"),
        (Trap(TrapKind.MEMORY_BOUNDS, "4 bytes at 9"), "out of bounds memory access: 4 bytes at 9"),
    ],
)
def test_messages(error: WasmError, text: str) -> None:
    assert str(error) == text


def test_details_are_fields() -> None:
    assert (Malformed("x", 3).offset, Invalid("x").offset) == (3, None)
    assert (OutOfFuel(5, 2).used, OutOfFuel(5, 2).needed) == (5, 2)
    assert LimitExceeded("locals", "x").limit == "locals"
    trap = Trap(TrapKind.HOST, "why")
    assert (trap.kind, trap.detail, trap.backtrace) == (TrapKind.HOST, "why", ())


def test_backtrace_frames_name_the_function_and_the_byte() -> None:
    assert str(BacktraceFrame(3, "main", 255)) == "$main at byte 0xff"
    assert str(BacktraceFrame(3, None, 255)) == "function 3 at byte 0xff"
