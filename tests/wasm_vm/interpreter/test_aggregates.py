from __future__ import annotations

from typing import Any

import pytest

import wasm_vm
from tests.support import wat
from wasm_vm.errors import OutOfFuel, Trap, TrapKind
from wasm_vm.runtime import heap

TYPES = """
(type $point (sub (struct (field (mut i32)) (field (mut i8)) (field i16) (field (mut anyref)))))
(type $more (sub $point (struct (field (mut i32)) (field (mut i8)) (field i16)
                                (field (mut anyref)) (field f64))))
(type $bytes (array (mut i8)))
(type $words (array (mut i32)))
(type $wide (array (mut v128)))
(type $floats (array (mut f32)))
(type $refs (array (mut anyref)))
(type $functions (array (mut funcref)))
(data $d "\\01\\80\\ff\\7f\\05\\06\\07\\08\\09\\0a\\0b\\0c\\0d\\0e\\0f\\10\\00\\00\\a0\\7f")
(elem $e anyref (ref.i31 (i32.const 1)) (ref.null any) (ref.i31 (i32.const 3)))
(elem $f funcref (ref.func $id) (ref.null func))
(func $id (param i32) (result i32) (local.get 0))
(elem declare func $id)
"""


def run(body: str, *arguments: Any, fields: str = "") -> Any:
    return wat.call(body, *arguments, fields=TYPES + fields)


def trap(body: str, *arguments: Any) -> Trap:
    with pytest.raises(Trap) as caught:
        run(body, *arguments)
    return caught.value


POINT = "(struct.new $point (i32.const -1) (i32.const 0x1ff) (i32.const 0x8001) (ref.null any))"


# --- structs -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("get", "value"),
    [
        ("struct.get $point 0", -1),
        ("struct.get_u $point 1", 0xFF),
        ("struct.get_s $point 1", -1),
        ("struct.get_u $point 2", 0x8001),
        ("struct.get_s $point 2", 0x8001 - 0x1_0000),
    ],
)
def test_fields(get: str, value: int) -> None:
    assert run(f"(result i32) ({get} {POINT})") == value


def test_default_fields() -> None:
    assert run("(result i32) (struct.get $point 0 (struct.new_default $point))") == 0
    assert run("(result anyref) (struct.get $point 3 (struct.new_default $point))") is None


def test_assignment_cuts_to_the_width_and_reaches_every_reference() -> None:
    assert (
        run(
            """(result i32) (local $p (ref null $point)) (local $q (ref null $point))
           (local.set $p (struct.new_default $point)) (local.set $q (local.get $p))
           (struct.set $point 1 (local.get $p) (i32.const 0x17f))
           (struct.get_s $point 1 (local.get $q))"""
        )
        == 0x7F
    )


def test_a_subtype_is_read_through_its_supertype() -> None:
    assert (
        run(
            """(result i32) (struct.get $point 0 (struct.new $more (i32.const 7) (i32.const 0)
             (i32.const 0) (ref.null any) (f64.const 1)))"""
        )
        == 7
    )


@pytest.mark.parametrize(
    "body",
    [
        "(drop (struct.get $point 0 (ref.null $point)))",
        "(drop (struct.get_s $point 1 (ref.null $point)))",
        "(struct.set $point 0 (ref.null none) (i32.const 1))",
    ],
)
def test_a_null_structure(body: str) -> None:
    assert trap(body).kind is TrapKind.NULL_STRUCT


# --- arrays --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "values"),
    [
        ("(array.new $bytes (i32.const 0x1fe) (i32.const 3))", [0xFE] * 3),
        ("(array.new_default $floats (i32.const 2))", [0.0] * 2),
        ("(array.new_default $refs (i32.const 2))", [None] * 2),
        ("(array.new_default $wide (i32.const 1))", [bytes(16)]),
        ("(array.new_fixed $bytes 3 (i32.const 1) (i32.const 256) (i32.const 2))", [1, 0, 2]),
        ("(array.new_fixed $words 0)", []),
        ("(array.new_data $bytes $d (i32.const 1) (i32.const 3))", [0x80, 0xFF, 0x7F]),
        ("(array.new_data $words $d (i32.const 1) (i32.const 1))", [0x057F_FF80]),
        ("(array.new_data $wide $d (i32.const 0) (i32.const 1))",
         [bytes.fromhex("0180ff7f05060708090a0b0c0d0e0f10")]),
        ("(array.new_data $words $d (i32.const 20) (i32.const 0))", []),
        ("(array.new_elem $refs $e (i32.const 0) (i32.const 3))", [1, None, 3]),
    ],
)  # fmt: skip
def test_new_arrays(body: str, values: list[Any]) -> None:
    made = run(f"(result arrayref) {body}")
    assert made.values == values
    assert run(f"(result i32) (array.len {body})") == len(values)


def test_a_signalling_nan_comes_whole_out_of_a_data_segment() -> None:
    assert (
        run(
            """(result i32) (i32.reinterpret_f32 (array.get $floats
                 (array.new_data $floats $d (i32.const 16) (i32.const 1)) (i32.const 0)))"""
        )
        == 0x7FA0_0000
    )


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("(array.get_s $bytes (array.new $bytes (i32.const 255) (i32.const 2)) (i32.const 1))", -1),
        (
            "(array.get_u $bytes (array.new $bytes (i32.const 255) (i32.const 2)) (i32.const 1))",
            255,
        ),
        ("(array.get $words (array.new $words (i32.const -9) (i32.const 2)) (i32.const 0))", -9),
    ],
)
def test_elements(body: str, value: int) -> None:
    assert run(f"(result i32) {body}") == value


def changed(kind: str, length: int, code: str) -> list[Any]:
    """The elements of an array, which starts as a data segment, behind some code on local 0."""
    made = run(
        f"""(result arrayref) (local (ref null {kind}))
            (local.set 0 (array.new_data {kind} $d (i32.const 0) (i32.const {length})))
            {code} (local.get 0)"""
    )
    found: list[Any] = made.values
    return found


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("(array.set $bytes (local.get 0) (i32.const 1) (i32.const 0x102))", [1, 2, 255, 127, 5]),
        (
            "(array.fill $bytes (local.get 0) (i32.const 1) (i32.const 0x109) (i32.const 3))",
            [1, 9, 9, 9, 5],
        ),
        (
            """(array.copy $bytes $bytes (local.get 0) (i32.const 1) (local.get 0) (i32.const 0)
                 (i32.const 4))""",
            [1, 1, 128, 255, 127],
        ),
        (
            """(array.copy $bytes $bytes (local.get 0) (i32.const 0) (local.get 0) (i32.const 2)
                 (i32.const 3))""",
            [255, 127, 5, 127, 5],
        ),
        (
            """(array.init_data $bytes $d (local.get 0) (i32.const 3) (i32.const 8)
                 (i32.const 2))""",
            [1, 128, 255, 9, 10],
        ),
        (
            "(array.fill $bytes (local.get 0) (i32.const 5) (i32.const 0) (i32.const 0))",
            [1, 128, 255, 127, 5],
        ),
    ],
)
def test_changes(code: str, values: list[int]) -> None:
    assert changed("$bytes", 5, code) == values


def test_an_element_segment_copied_into_an_array() -> None:
    made = run(
        """(result arrayref) (local (ref null $refs))
           (local.set 0 (array.new_default $refs (i32.const 4)))
           (array.init_elem $refs $e (local.get 0) (i32.const 1) (i32.const 0) (i32.const 3))
           (local.get 0)"""
    )
    assert made.values == [None, 1, None, 3]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("(drop (array.get $words (ref.null $words) (i32.const 0)))", TrapKind.NULL_ARRAY),
        ("(drop (array.len (ref.null array)))", TrapKind.NULL_ARRAY),
        ("(array.set $words (ref.null $words) (i32.const 0) (i32.const 0))", TrapKind.NULL_ARRAY),
        (
            "(array.fill $words (ref.null $words) (i32.const 0) (i32.const 0) (i32.const 0))",
            TrapKind.NULL_ARRAY,
        ),
        (
            """(array.copy $words $words (array.new_default $words (i32.const 1)) (i32.const 9)
                 (ref.null $words) (i32.const 0) (i32.const 0))""",
            TrapKind.NULL_ARRAY,
        ),
        (
            "(drop (array.get $words (array.new_default $words (i32.const 2)) (i32.const 2)))",
            TrapKind.ARRAY_BOUNDS,
        ),
        (
            "(drop (array.get_u $bytes (array.new_default $bytes (i32.const 2)) (i32.const -1)))",
            TrapKind.ARRAY_BOUNDS,
        ),
        (
            """(array.fill $words (array.new_default $words (i32.const 2)) (i32.const 1)
                 (i32.const 0) (i32.const 2))""",
            TrapKind.ARRAY_BOUNDS,
        ),
        (
            """(array.copy $words $words (array.new_default $words (i32.const 2)) (i32.const 0)
                 (array.new_default $words (i32.const 1)) (i32.const 0) (i32.const 2))""",
            TrapKind.ARRAY_BOUNDS,
        ),
        (
            """(array.init_data $bytes $d (array.new_default $bytes (i32.const 2)) (i32.const 1)
                 (i32.const 0) (i32.const 2))""",
            TrapKind.ARRAY_BOUNDS,
        ),
        (
            """(array.init_data $words $d (array.new_default $words (i32.const 9)) (i32.const 0)
                 (i32.const 17) (i32.const 1))""",
            TrapKind.MEMORY_BOUNDS,
        ),
        (
            "(drop (array.new_data $words $d (i32.const 0) (i32.const 6)))",
            TrapKind.MEMORY_BOUNDS,
        ),
        (
            "(data.drop $d) (drop (array.new_data $bytes $d (i32.const 0) (i32.const 1)))",
            TrapKind.MEMORY_BOUNDS,
        ),
        ("(drop (array.new_elem $refs $e (i32.const 2) (i32.const 2)))", TrapKind.TABLE_BOUNDS),
        (
            "(elem.drop $f) (drop (array.new_elem $functions $f (i32.const 0) (i32.const 1)))",
            TrapKind.TABLE_BOUNDS,
        ),
        ("(drop (array.new_default $bytes (i32.const -1)))", TrapKind.ALLOCATION),
        ("(drop (array.new $wide (v128.const i64x2 0 0) (i32.const -1)))", TrapKind.ALLOCATION),
    ],
)
def test_traps(body: str, kind: TrapKind) -> None:
    assert trap(body).kind is kind


# --- i31, casts, equality ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "signed", "unsigned"),
    [
        (0, 0, 0),
        (-1, -1, 0x7FFF_FFFF),
        (0x4000_0000, -0x4000_0000, 0x4000_0000),
        (0x3FFF_FFFF, 0x3FFF_FFFF, 0x3FFF_FFFF),
        (-0x8000_0000, 0, 0),
    ],
)
def test_i31(number: int, signed: int, unsigned: int) -> None:
    for sign, expected in (("s", signed), ("u", unsigned)):
        assert run(f"(result i32) (i31.get_{sign} (ref.i31 (i32.const {number})))") == expected
    assert trap("(drop (i31.get_s (ref.null i31)))").kind is TrapKind.NULL_I31


@pytest.mark.parametrize(
    ("value", "kind", "holds"),
    [
        ("(ref.i31 (i32.const 1))", "(ref i31)", 1),
        ("(ref.i31 (i32.const 1))", "(ref struct)", 0),
        (POINT, "(ref eq)", 1),
        (POINT, "(ref $more)", 0),
        ("(struct.new_default $more)", "(ref $point)", 1),
        ("(ref.null any)", "(ref any)", 0),
        ("(ref.null any)", "(ref null none)", 1),
        ("(ref.null none)", "(ref null $point)", 1),
    ],
)
def test_casts(value: str, kind: str, holds: int) -> None:
    assert run(f"(result i32) (ref.test {kind} {value})") == holds
    body = f"(drop (ref.cast {kind} {value}))"
    if holds:
        run(body)
    else:
        assert trap(body).kind is TrapKind.CAST


def test_function_references_have_types_too() -> None:
    fields = "(type $t (func (param i32) (result i32))) (type $u (func))"
    for kind, holds in (("$t", 1), ("$u", 0)):
        body = f"(result i32) (ref.test (ref {kind}) (ref.func $id))"
        assert run(body, fields=fields) == holds


def test_conversion_keeps_the_reference() -> None:
    assert (
        run(
            """(result i32) (ref.test (ref i31)
                 (any.convert_extern (extern.convert_any (ref.i31 (i32.const 4)))))"""
        )
        == 1
    )
    held = object()
    body = "(extern.convert_any (any.convert_extern (local.get 0)))"
    assert run(f"(param externref) (result externref) {body}", held) is held


def test_equality() -> None:
    for left, right, same in (
        ("(ref.i31 (i32.const 5))", "(ref.i31 (i32.const 0x80000005))", 1),
        ("(ref.i31 (i32.const 5))", "(ref.i31 (i32.const 6))", 0),
        ("(ref.null none)", "(ref.null i31)", 1),
        (POINT, POINT, 0),
    ):
        assert run(f"(result i32) (ref.eq {left} {right})") == same


def test_as_non_null() -> None:
    assert trap("(drop (ref.as_non_null (ref.null any)))").kind is TrapKind.NULL_REFERENCE
    assert run("(result anyref) (ref.as_non_null (ref.i31 (i32.const 2)))") == 2


# --- bytes and fuel ------------------------------------------------------------------------------


def instance(body: str, **limits: Any) -> wasm_vm.Instance:
    return wat.instance(f'{TYPES} (func (export "f") {body})', limits=wasm_vm.Limits(**limits))


LOCAL = "(local $a (ref null $words))"


@pytest.mark.parametrize(
    ("body", "units"),
    [
        ("(drop (array.new $words (i32.const 1) (i32.const 100)))", 104),
        ("(drop (array.new_default $words (i32.const 100)))", 103),
        ("(drop (array.new_fixed $words 2 (i32.const 1) (i32.const 2)))", 4),
        ("(drop (array.new_data $words $d (i32.const 0) (i32.const 5)))", 9),
        ("(drop (array.new_elem $refs $e (i32.const 0) (i32.const 3)))", 7),
        (f"(drop (struct.new_default $point)) (drop {POINT})", 7),
    ],
)
def test_what_an_object_costs(body: str, units: int) -> None:
    made = instance(body)
    made.invoke("f")
    assert made.fuel.used == units


@pytest.mark.parametrize(
    "body",
    [
        "(drop (array.new $words (i32.const 1) (i32.const 100)))",
        "(drop (array.new_default $words (i32.const 100)))",
    ],
)
def test_an_array_that_is_not_affordable_books_no_bytes(body: str) -> None:
    made = instance(body, fuel=50)
    with pytest.raises(OutOfFuel) as caught:
        made.invoke("f")
    assert caught.value.needed == 101
    assert made.store.heap.used == 0


def test_an_array_that_does_not_fit_costs_its_fixed_unit() -> None:
    made = instance("(drop (array.new_default $words (i32.const 100)))", total_bytes=1000)
    with pytest.raises(Trap) as caught:
        made.invoke("f")
    assert caught.value.kind is TrapKind.ALLOCATION
    assert (made.fuel.used, made.store.heap.used) == (3, 0)


def test_an_array_counts_for_its_elements() -> None:
    """Three quarters of the bytes are for objects."""
    body = "(drop (array.new_default $words (i32.const 100)))"
    size = heap.array_size(instance(body).module.module.types[3], 100)
    enough = -(-size * 4 // 3)
    made = instance(body, total_bytes=enough)
    made.invoke("f")
    assert (made.store.heap.used, made.store.budget.used) == (0, enough)
    with pytest.raises(Trap):
        instance(body, total_bytes=enough - 1).invoke("f")


def test_long_operations_stop_at_checkpoints() -> None:
    stops = []
    store = wasm_vm.Store(checkpoint=lambda: stops.append(None))
    made = wasm_vm.instantiate(
        wat.load(
            f"""{TYPES} (func (export "f") (local (ref null $words))
               (local.set 0 (array.new_default $words (i32.const 400000)))
               (array.fill $words (local.get 0) (i32.const 0) (i32.const 5) (i32.const 400000))
               (array.copy $words $words (local.get 0) (i32.const 0) (local.get 0) (i32.const 1)
                 (i32.const 399999)))"""
        ),
        store=store,
    )
    made.invoke("f")
    draws = 3  # at the least: each of the three needed units of several slices at once
    assert len(stops) >= draws + 2 * 3
