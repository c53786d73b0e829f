"""Instructions of one function: reads wait, writes force them, and plain C costs plain fuel."""

from __future__ import annotations

from pathlib import Path

import pytest

import wasm_vm
from tests.support.c_programs import compile_c, run_c

ORDERS = [
    # A waiting read must not pass a write to the same place.
    ("int x = 1; int y = x; x = 2; return y * 10 + x;", 12),
    ("int x = 1; return x + (x = 5);", 6),
    ("int x = 1; int y = x++ * 10; return y + x;", 12),
    ("static int g = 1; int y = g; g = 2; return y * 10 + g;", 12),
    ("int a[2] = {1, 2}; int t = a[0]; a[0] = a[1]; a[1] = t; return a[0] * 10 + a[1];", 21),
    ("int x = 3, *p = &x; int y = *p; *p = 4; return y * 10 + x;", 34),
    # Values of both branches meet.
    (
        "int x = 0, y = 5; for (int i = 0; i < 3; i++) { int t = x; x = y; y = t; } "
        "return x * 10 + y;",
        50,
    ),
    ("int i = 0; int last = 0; while ((last = i++) < 4); return last * 10 + i;", 45),
]


@pytest.mark.parametrize(("body", "value"), ORDERS)
def test_order(tmp_path: Path, body: str, value: int) -> None:
    assert run_c(tmp_path, f"int run(void) {{ {body} }}") == value


def test_a_read_does_not_pass_a_call(tmp_path: Path) -> None:
    source = """static int g = 1;
        static int bump(void) { g += 10; return g; }
        int run(void) { int before = g; int now = bump(); return before * 100 + now; }"""
    assert run_c(tmp_path, source) == 111


def test_arguments_are_evaluated_once(tmp_path: Path) -> None:
    source = """static int n;
        static int next(void) { return ++n; }
        static int three(int a, int b, int c) { return a * 100 + b * 10 + c; }
        int run(void) { return three(next(), next(), next()); }"""
    assert run_c(tmp_path, source) == 123


def fuel(tmp_path: Path, source: str, *arguments: int) -> int:
    instance = wasm_vm.instantiate(wasm_vm.load(compile_c(tmp_path, source)))
    instance.invoke("run", *arguments)
    return instance.fuel.used


@pytest.mark.parametrize(
    ("source", "units"),
    [
        # Entry, two operands, one operator.
        ("int run(int a, int b) { return a + b; }", 4),
        # A variable of its own costs nothing beyond its operators: tee instead of set and get.
        ("int run(int a, int b) { int c = a * b; return c + c; }", 7),
        # A field at a constant distance is part of the load.
        ("struct s { int x, y; } s; int run(int a, int b) { return s.y; }", 3),
        ("int run(int a, int b) { return a < b; }", 8),
    ],
)
def test_plain_c_costs_plain_fuel(tmp_path: Path, source: str, units: int) -> None:
    assert fuel(tmp_path, source, 1, 2) <= units


def test_a_loop_costs_what_its_body_costs(tmp_path: Path) -> None:
    source = "int run(int n, int z) { int s = 0; for (int i = 0; i < n; i++) s += i; return s; }"
    per_turn = (fuel(tmp_path, source, 110, 0) - fuel(tmp_path, source, 10, 0)) / 100
    assert per_turn <= 13


def test_long_functions_do_not_run_out_of_python(tmp_path: Path) -> None:
    steps = "".join(f"if (x == {i}) x += {i + 1}; " for i in range(500))
    assert run_c(tmp_path, f"int run(void) {{ int x = 0; {steps} return x; }}") > 0
    cases = "".join(f"case {i}: return {i * 3};" for i in range(400))
    source = f"int run(int x) {{ switch (x) {{ {cases} }} return -1; }}"
    assert run_c(tmp_path, source, 399) == 1197
    assert run_c(tmp_path, source, 400) == -1
