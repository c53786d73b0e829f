"""What is known of a function before it is written: uses, register variables, the frame."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ferrite.plugins.ccompiler.analysis import Uses, frame_layout, operands, register_variables
from ferrite.plugins.ccompiler.frontend import parse
from ferrite.plugins.ppci_shim import ir


def function(tmp_path: Path, source: str) -> Any:
    path = tmp_path / "f.c"
    path.write_text(source)
    return parse(path, []).functions[-1]


def variables(found: Any) -> list[int]:
    """Sizes of the allocations that become registers."""
    return sorted(variable.amount for variable in register_variables(found.blocks))


def test_a_scalar_whose_address_nobody_takes_is_a_register(tmp_path: Path) -> None:
    body = "{ char c = 1; long long l = 2; double d = 3; return c + l + d; }"
    assert variables(function(tmp_path, f"int f(void) {body}")) == [1, 8, 8]


def test_what_a_pointer_can_see_stays_in_memory(tmp_path: Path) -> None:
    for body in (
        "{ int x = 1; int *p = &x; return *p; }",
        "{ int x = 1; g(&x); return x; }",
        "{ int a[2] = {1, 2}; return a[1]; }",
        "{ union { int i; float f; } u; u.f = 1; return u.i; }",
        "{ struct s { int x; } s = {1}, t; t = s; return t.x; }",
    ):
        found = function(tmp_path, f"extern void g(int *); int f(void) {body}")
        memory = [i for b in found.blocks for i in b if isinstance(i, ir.Alloc)]
        registers = register_variables(found.blocks)
        kept = [variable for variable in memory if variable not in registers]
        assert kept, body
        offsets, size = frame_layout((), found.blocks, registers, 16)
        assert set(offsets) == set(kept)
        assert size == 16


def test_uses_are_counted_and_placed(tmp_path: Path) -> None:
    found = function(tmp_path, "int f(int a) { int x = a * a; return x ? x + 1 : 2; }")
    uses = Uses(found.blocks)
    instructions = [i for block in found.blocks for i in block]
    product = next(i for i in instructions if isinstance(i, ir.Binop) and i.operation == "*")
    assert uses.once_and_near(product)
    phi = next(i for i in instructions if isinstance(i, ir.Phi))
    incoming = list(phi.inputs.values())
    assert not any(uses.once_and_near(value) for value in incoming), "their use is elsewhere"
    assert all(uses.count(value) == 1 for value in incoming)


def test_operands_are_repeated() -> None:
    one = ir.Const(1, "one", ir.i32)
    assert operands(ir.Binop(one, "+", one, "sum", ir.i32)) == [one, one]
    assert operands(ir.Phi("phi", ir.i32)) == []


def test_the_frame_is_aligned(tmp_path: Path) -> None:
    body = "{ char c[3]; double d[1]; c[0] = 1; d[0] = 2; return c[0] + (int)d[0]; }"
    found = function(tmp_path, f"int f(void) {body}")
    offsets, size = frame_layout((), found.blocks, (), 16)
    assert sorted(offsets.values())[:2] == [0, 8]
    assert size % 16 == 0
