"""Every integer expression is congruent to the table's meaning, inside of the range it claims."""

from __future__ import annotations

import itertools

import pytest

from wasm_vm.compiler.integers import operation
from wasm_vm.compiler.values import MASKS, Value, closed, constant, named, negated, plain, signed
from wasm_vm.instructions import TABLE, Instruction
from wasm_vm.instructions.meaning import NAMESPACE, function

EDGES = {
    32: (0, 1, 2, 7, 31, 32, 0x3FFFFFFF, 0x40000000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF),
    64: (
        0,
        1,
        31,
        63,
        64,
        0xFFFFFFFF,
        1 << 40,
        (1 << 63) - 1,
        1 << 63,
        (1 << 64) - 5,
        (1 << 64) - 1,
    ),
}
ROWS = [
    row
    for row in TABLE
    if row.meaning
    and not row.traps
    and row.operands
    and all(kind.name in ("i32", "i64") for kind in (*row.operands, *row.results))
]


def check(row: Instruction, operands: list[Value], numbers: dict[str, int]) -> None:
    found = operation(lambda value: value, row.name, operands)
    if found is None:
        return
    values = [eval(plain(value).text, {}, numbers) & MASKS[value.bits] for value in operands]
    wanted = function(row)(*values)
    bits = plain(found).bits
    result = eval(plain(found).text, dict(NAMESPACE), numbers)
    assert result & MASKS[bits] == wanted, (row.name, found.text, numbers)
    assert found.low <= result <= found.high, (row.name, found.text, numbers)
    assert eval(closed(found).text, {}, numbers) == wanted, (row.name, closed(found).text, numbers)
    assert wanted & (1 << min(found.zeros, bits)) - 1 == 0, (row.name, found.text, numbers)
    half = 1 << bits - 1
    assert eval(signed(found).text, {}, numbers) == (wanted ^ half) - half
    if found.condition:
        assert bool(eval(negated(found).text, {}, numbers)) is not bool(wanted)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.name))
def test_operation(row: Instruction) -> None:
    kinds = [32 if kind.name == "i32" else 64 for kind in row.operands or ()]
    for values in itertools.product(*(EDGES[bits] for bits in kinds)):
        numbers = dict(zip(("l0", "l1"), values, strict=False))
        names = [named(f"l{index}", bits) for index, bits in enumerate(kinds)]
        literals = [constant(value, bits) for value, bits in zip(values, kinds, strict=True)]
        exact = [
            named(f"l{index}", bits, value, value)
            for index, (value, bits) in enumerate(zip(values, kinds, strict=True))
        ]
        for operands in itertools.product(*zip(names, literals, exact, strict=True)):
            check(row, list(operands), numbers)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.name))
def test_operation_on_open_operands(row: Instruction) -> None:
    kinds = [32 if kind.name == "i32" else 64 for kind in row.operands or ()]
    for values in itertools.product(*(EDGES[bits] for bits in kinds)):
        numbers = dict(zip(("l0", "l1"), values, strict=False))
        opened = []
        for index, bits in enumerate(kinds):
            less = operation(
                lambda value: value,
                f"i{bits}.sub",
                [named(f"l{index}", bits), constant(5, bits)],
            )
            assert less is not None
            opened.append(less)
        if row.name.endswith(("rotl", "rotr")) or "_s" in row.name:
            continue  # these say an operand twice and ask for names
        check(row, opened, numbers)
