from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import wasm_vm
from tests.support import wat
from wasm_vm.types import FUNC, ReferenceType, StructType
from wasm_vm.validation.context import Context, build_context
from wasm_vm.validation.stacks import Mismatch

TEXT = """
(type (func (param i32)))
(import "env" "f" (func (result i64)))
(import "env" "g" (global i32))
(import "env" "t" (table 1 funcref))
(import "env" "e" (tag (param f32)))
(type (struct)) (tag (type 0))
(func $a) (func $b) (func $c) (func $d) (func $e)
(table 1 externref) (table 1 (ref func) (ref.func $t)) (memory 1) (func $t)
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
    assert [str(kind.composite) for kind in context.spaces.functions[:2]] == [
        "[] -> [i64]",
        "[] -> []",
    ]
    assert [str(kind) for kind in context.spaces.globals] == [
        "global i32",
        "global (mut f64)",
        "global funcref",
    ]
    assert [kind.element.name for kind in context.spaces.tables] == [
        "funcref",
        "externref",
        "(ref func)",
    ]
    assert str(context.type(0).composite) == "[i32] -> []"
    assert str(context.function_type(0)) == "[i32] -> []"
    assert str(context.signature(0)) == "[] -> [i64]"
    assert [str(kind) for kind in context.spaces.tags] == ["tag [f32] -> []", "tag [i32] -> []"]
    assert context.element(0) == ReferenceType(False, FUNC)
    assert context.element(1) == wasm_vm.FUNCREF
    assert context.data(0) is None


def test_functions_count_as_declared_where_the_module_names_them_outside_of_bodies(
    context: Context,
) -> None:
    # By a global, an export, two segments and a table; the start function is no declaration.
    assert context.declared == {1, 2, 3, 4, 6}


def ask(name: str) -> Callable[[Context, int], Any]:
    return lambda context, index: getattr(context, name)(index)


@pytest.mark.parametrize(
    ("space", "size", "word"),
    [
        ("type", 5, "type"),
        ("function", 7, "function"),
        ("table", 3, "table"),
        ("tag", 2, "tag"),
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


def test_an_index_where_only_functions_may_stand(context: Context) -> None:
    with pytest.raises(Mismatch, match="type 1 is no function type"):
        context.function_type(1)
    assert context.type(1).composite == StructType(())


@pytest.mark.parametrize(
    ("index", "message"),
    [(0, "non-empty tag result type"), (1, "type 1 is no function type"), (2, "unknown type 2")],
)
def test_tags_that_cannot_be(index: int, message: str) -> None:
    from tests.support.binaries import leb, module, section

    types = section(1, b"\x60\x00\x01\x7f", b"\x5f\x00")
    for binary in (
        module(types, section(13, b"\x00" + leb(index))),
        module(types, section(2, b"\x01m\x01t\x04\x00" + leb(index))),
    ):
        with pytest.raises(Mismatch, match=message):
            build_context(wasm_vm.decode(binary))
