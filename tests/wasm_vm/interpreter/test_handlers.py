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
NUMBERS = [row for row in ACCESSES if row.section == "4.4.7"]
LOADS = [row for row in NUMBERS if row.results]
STORES = [row for row in NUMBERS if not row.results]
LANES = [row for row in ACCESSES if row.immediates == "memarg lane"]
VECTORS = [row for row in ACCESSES if row not in NUMBERS and row not in LANES]
OFFSET = 3
LANE = 1


@pytest.fixture(scope="module")
def memory() -> wasm_vm.Instance:
    """A function per load and store, named as they are, all with an offset and no alignment."""
    return wat.instance("(memory 1) " + " ".join(map(access, ACCESSES)))


def access(row: Instruction) -> str:
    operands = row.operands or ()
    lane = f"{LANE}" if row.immediates == "memarg lane" else ""
    return f"""(func (export "{row.name}")
        {" ".join(f"(param {kind})" for kind in operands)}
        {" ".join(f"(result {kind})" for kind in row.results)}
        {" ".join(f"(local.get {index})" for index in range(len(operands)))}
        ({row.name} offset={OFFSET} align=1 {lane}))"""


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


BEFORE = bytes(range(0xA0, 0xB0))
"""What a vector holds before a lane of it is loaded."""


def extended(data: bytes, size: int, signed: bool) -> bytes:
    """Lanes of that size, each of them twice as wide."""
    lanes = [data[at : at + size] for at in range(0, len(data), size)]
    numbers = [int.from_bytes(lane, "little", signed=signed) for lane in lanes]
    return b"".join(number.to_bytes(size * 2, "little", signed=signed) for number in numbers)


def loaded(row: Instruction, data: bytes) -> bytes:
    """What a vector load makes of the bytes that it reads."""
    word = row.name.removeprefix("v128.load")
    if "x" in word:
        return extended(data, int(word.split("x")[0]) // 8, word.endswith("_s"))
    return data * (16 // len(data)) if word.endswith("_splat") else data.ljust(16, b"\0")


@pytest.mark.parametrize("row", VECTORS, ids=repr)
@pytest.mark.parametrize("pattern", PATTERNS)
def test_vectors(row: Instruction, pattern: bytes, memory: wasm_vm.Instance) -> None:
    assert row.access is not None
    whole = pattern + pattern[::-1]
    if row.results:
        memory.memory.write(1000, whole)
        found = memory.invoke(row.name, 1000 - OFFSET)
        assert found == loaded(row, whole[: row.access.size])
    else:
        memory.memory.write(1000, b"\xee" * 18)
        memory.invoke(row.name, 1000 - OFFSET, whole)
        assert memory.memory.read(1000, 18) == whole + b"\xee" * 2


@pytest.mark.parametrize("row", LANES, ids=repr)
def test_lanes(row: Instruction, memory: wasm_vm.Instance) -> None:
    assert row.access is not None
    size = row.access.size
    start, end = LANE * size, LANE * size + size
    memory.memory.write(1000, PATTERNS[0] + PATTERNS[1])
    found = memory.invoke(row.name, 1000 - OFFSET, BEFORE)
    if row.results:
        assert found == BEFORE[:start] + PATTERNS[0][:size] + BEFORE[end:]
    else:
        expected = BEFORE[start:end] + (PATTERNS[0] + PATTERNS[1])[size:]
        assert memory.memory.read(1000, 16) == expected


@pytest.mark.parametrize("row", ACCESSES, ids=repr)
def test_the_last_place_that_fits_and_the_first_that_does_not(
    row: Instruction, memory: wasm_vm.Instance
) -> None:
    assert row.access is not None
    last = 65_536 - row.access.size - OFFSET
    value = (0,) * (len(row.operands or ()) - 1)
    memory.invoke_bits(row.name, last, *value)
    before = memory.memory.read(0, 65_536)
    for address in (last + 1, 65_536, 2**31, 2**32 - 1, 2**32 - OFFSET):
        with pytest.raises(Trap) as caught:
            memory.invoke_bits(row.name, address, *value)
        assert caught.value.kind is TrapKind.MEMORY_BOUNDS
        assert f"{row.access.size} bytes at {address + OFFSET} of 65536" in str(caught.value)
    assert memory.memory.read(0, 65_536) == before


WIDE = """(memory (export "memory") i64 1)
(func (export "load") (param i64) (result i32) (i32.load offset=3 (local.get 0)))
(func (export "store") (param i64) (i64.store8 offset=3 (local.get 0) (i64.const 7)))
(func (export "vector") (param i64) (result v128) (v128.load offset=3 (local.get 0)))
(func (export "far") (param i64) (result i32)
  (i32.load8_u offset=0xffffffffffffffff (local.get 0)))"""


def test_addresses_of_sixty_four_bits() -> None:
    instance = wat.instance(WIDE)
    instance.invoke("store", 100)
    assert instance.memory.read(103, 1) == b"\x07"
    assert instance.invoke("load", 100) == 7
    for name in ("load", "store", "vector", "far"):
        for address in (65_534, 1 << 32, (1 << 32) + 100, 1 << 63, (1 << 64) - 1, (1 << 64) - 3):
            with pytest.raises(Trap) as caught:
                instance.invoke(name, address)
            assert caught.value.kind is TrapKind.MEMORY_BOUNDS


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
