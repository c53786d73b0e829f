from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import wasm_vm
from tests.support import wat
from wasm_vm.validation.context import Context, build_context
from wasm_vm.validation.stacks import Mismatch

TEXT = """
(type (func (param i32)))
(import "env" "f" (func (result i64)))
(import "env" "g" (global i32))
(import "env" "t" (table 1 funcref))
(func $a) (func $b) (func $c) (func $d) (func $e)
(table 1 externref) (memory 1)
(global (mut f64) (f64.const 0)) (global funcref (ref.func $a))
(export "b" (func $b))
(elem func $c)
(elem (i32.const 0) funcref (ref.func $d))
(data "x")
(start $e)
"""


@pytest.fixture
def context() -> Context:
    return build_context(wasm_vm.decode(wat.assemble(TEXT)))


def test_index_spaces_have_imports_first(context: Context) -> None:
    assert [str(kind) for kind in context.spaces.functions[:2]] == ["[] -> [i64]", "[] -> []"]
    assert [str(kind) for kind in context.spaces.globals] == [
        "global i32",
        "global (mut f64)",
        "global funcref",
    ]
    assert [kind.element.name for kind in context.spaces.tables] == ["funcref", "externref"]
    assert str(context.type(0)) == "[i32] -> []"
    assert context.element(0) is wasm_vm.FUNCREF
    assert context.data(0) is None


def test_functions_count_as_declared_where_the_module_names_them_outside_of_bodies(
    context: Context,
) -> None:
    # By a global, an export and two segments; the start function alone is no declaration.
    assert context.declared == {1, 2, 3, 4}


def ask(name: str) -> Callable[[Context, int], Any]:
    return lambda context, index: getattr(context, name)(index)


@pytest.mark.parametrize(
    ("space", "size", "word"),
    [
        ("type", 3, "type"),
        ("function", 6, "function"),
        ("table", 2, "table"),
        ("memory", 1, "memory"),
        ("global_", 3, "global"),
        ("element", 2, "elem segment"),
        ("data", 1, "data segment"),
    ],
)
def test_what_does_not_exist_is_named(context: Context, space: str, size: int, word: str) -> None:
    ask(space)(context, size - 1)
    for index in (size, 2**32 - 1):
        with pytest.raises(Mismatch, match=f"^unknown {word} {index}$"):
            ask(space)(context, index)


def test_only_the_first_globals_may_be_known_yet(context: Context) -> None:
    early = context.with_globals(1)
    assert str(early.global_(0)) == "global i32"
    with pytest.raises(Mismatch, match="unknown global 1"):
        early.global_(1)
    assert str(context.global_(1)) == "global (mut f64)"


def test_a_function_of_no_type() -> None:
    from tests.support.binaries import body, leb, module, section

    binary = module(section(3, leb(5)), section(10, body(b"")))
    with pytest.raises(Mismatch, match="unknown type 5"):
        build_context(wasm_vm.decode(binary))
