"""Handlers made of the table's columns: loads and stores against int.from_bytes."""

from __future__ import annotations

import pytest

import wasm_vm
from tests.support import wat
from wasm_vm.errors import Trap, TrapKind
from wasm_vm.instructions import BY_NAME, TABLE, Instruction
from wasm_vm.interpreter.handlers import HANDLERS, handles
from wasm_vm.types import I64

ACCESSES = [row for row in TABLE if row.access is not None]
LOADS = [row for row in ACCESSES if row.results]
STORES = [row for row in ACCESSES if not row.results]
OFFSET = 3


@pytest.fixture(scope="module")
def memory() -> wasm_vm.Instance:
    """A function per load and store, named as they are, all with an offset and no alignment."""
    functions = [
        f"""(func (export "{row.name}") (param i32) (result {row.results[0]})
            ({row.name} offset={OFFSET} align=1 (local.get 0)))"""
        for row in LOADS
    ] + [
        f"""(func (export "{row.name}") (param i32 {(row.operands or ())[1]})
            ({row.name} offset={OFFSET} align=1 (local.get 0) (local.get 1)))"""
        for row in STORES
    ]
    return wat.instance("(memory 1) " + " ".join(functions))


PATTERNS = [bytes(range(0x79, 0x81)), b"\xff" * 8, b"\x01\x00\xa0\x7f\x00\x00\xf4\xff", bytes(8)]


@pytest.mark.parametrize("row", LOADS, ids=repr)
@pytest.mark.parametrize("pattern", PATTERNS)
def test_loads(row: Instruction, pattern: bytes, memory: wasm_vm.Instance) -> None:
    assert row.access is not None
    memory.memory.write(1000, pattern)
    (found,) = memory.invoke_bits(row.name, 1000 - OFFSET)
    width = 64 if row.results[0] in (I64, wasm_vm.F64) else 32
    data = pattern[: row.access.size]
    expected = int.from_bytes(data, "little", signed=row.access.signed)
    assert found == expected % (1 << width)


@pytest.mark.parametrize("row", STORES, ids=repr)
@pytest.mark.parametrize("pattern", PATTERNS)
def test_stores(row: Instruction, pattern: bytes, memory: wasm_vm.Instance) -> None:
    assert row.access is not None
    kind = (row.operands or ())[1]
    width = 8 if kind in (I64, wasm_vm.F64) else 4
    memory.memory.write(1000, b"\xee" * 10)
    memory.invoke_bits(row.name, 1000 - OFFSET, int.from_bytes(pattern[:width], "little"))
    size = row.access.size
    assert memory.memory.read(1000, 10) == pattern[:size] + b"\xee" * (10 - size)


@pytest.mark.parametrize("row", ACCESSES, ids=repr)
def test_the_last_place_that_fits_and_the_first_that_does_not(
    row: Instruction, memory: wasm_vm.Instance
) -> None:
    assert row.access is not None
    last = 65_536 - row.access.size - OFFSET
    value = () if row.results else (0,)
    memory.invoke_bits(row.name, last, *value)
    before = memory.memory.read(0, 65_536)
    for address in (last + 1, 65_536, 2**31, 2**32 - 1, 2**32 - OFFSET):
        with pytest.raises(Trap) as caught:
            memory.invoke_bits(row.name, address, *value)
        assert caught.value.kind is TrapKind.MEMORY_BOUNDS
        assert f"{row.access.size} bytes at {address + OFFSET} of 65536" in str(caught.value)
    assert memory.memory.read(0, 65_536) == before


def test_a_meaning_takes_its_operands_off_the_stack_in_order() -> None:
    stack = [99, 7, 2]
    assert HANDLERS["i32.sub"](stack, None, None) is None  # type: ignore[arg-type]
    assert stack == [99, 5]
    HANDLERS["i32.eqz"](stack, None, None)  # type: ignore[arg-type]
    assert stack == [99, 0]


def test_an_operator_that_traps_leaves_a_stack_that_is_given_up() -> None:
    with pytest.raises(Trap):
        HANDLERS["i32.div_u"]([1, 0], None, None)  # type: ignore[arg-type]


def test_handles_declares_one_function_for_several_names() -> None:
    assert HANDLERS["block"] is HANDLERS["loop"] is HANDLERS["nop"]
    assert set(HANDLERS) == set(BY_NAME)
    try:

        @handles("of a test", "of this test")
        def handler(stack: object, immediate: object, frame: object) -> None: ...

        assert HANDLERS["of a test"] is HANDLERS["of this test"] is handler
    finally:
        del HANDLERS["of a test"], HANDLERS["of this test"]
