from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wasm_vm
from tests.support import wat
from wasm_vm.commands.describe import (
    Describer,
    float_text,
    function_label,
    public_value,
    raw_value,
)
from wasm_vm.numeric import f32_bits, f32_from_bits, f64_bits, f64_from_bits
from wasm_vm.types import BY_NAME, ReferenceType


def describer(text: str) -> tuple[Describer, wasm_vm.Module]:
    module = wasm_vm.decode(wat.assemble(text))
    return Describer(module), module


@pytest.mark.parametrize(
    "definition",
    [
        "(func)",
        "(func (param i32 i64) (result f32))",
        "(struct)",
        "(struct (field (mut i8)) (field v128))",
        "(array (mut (ref null 0)))",
        "(array (ref extern))",
        "(sub (func))",
        "(sub 0 (struct (field i32)))",
        "(sub final 0 (struct (field i32)))",
    ],
)
def test_a_definition_reads_back_to_itself(definition: str) -> None:
    say, module = describer(f"(type (sub (struct))) (type {definition})")
    assert say.definition(module.types[1]) == definition


def test_equal_types_have_the_first_index() -> None:
    say, module = describer("(type (func)) (type (func)) (type (array (ref 1)))")
    assert say.definition(module.types[2]) == "(array (ref 0))"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('(import "a" "b" (memory 1))', "(memory 1)"),
        ('(import "a" "b" (memory i64 1 2))', "(memory i64 1 2)"),
        ('(import "a" "b" (table i64 1 externref))', "(table i64 1 externref)"),
        ('(import "a" "b" (global (mut f64)))', "(global (mut f64))"),
        ('(import "a" "b" (global (ref eq)))', "(global (ref eq))"),
        ('(import "a" "b" (tag (param i32)))', "(tag (type 0))"),
        ('(import "a" "b" (func (param i32)))', "(type 0)"),
    ],
)
def test_external_types(text: str, shown: str) -> None:
    say, module = describer(text)
    assert say.external(module.imports[0].description) == shown


@pytest.mark.parametrize(
    "instruction",
    [
        "i32.const -1",
        "i64.const -9223372036854775808",
        "f32.const 0.1",
        "f32.const -nan:0x200000",
        "f64.const nan",
        "f64.const 1e+300",
        "block (result i64)",
        "loop",
        "br_if 3",
        "call 1 $named",
        "call 0",
        "call_indirect 1 0",
        "ref.null func",
        "ref.null 1",
        "ref.cast null (ref null 1)",
        "ref.test (ref i31)",
        "br_on_cast 0 anyref (ref 0)",
        "struct.get 0 1",
        "array.new_fixed 2 5",
        "memory.size",
        "memory.grow 1",
        "i64.load32_s offset=8",
        "i64.load 1 offset=8 align=4",
        "v128.load8_lane align=1".replace(" align=1", " 15"),
        "i16x8.extract_lane_s 7",
        "memory.init 1 0",
        "table.copy 0 1",
        "select t (result externref)",
        "try_table (result i32) (catch_ref 0 1) (catch_all 0) (catch_all_ref 2)",
        "throw 0",
        "data.drop 1",
    ],
)
def test_instructions(instruction: str) -> None:
    """What is shown is what the text format says; here the other way, by what is known of rows."""
    from wasm_vm.instructions import BY_NAME as ROWS
    from wasm_vm.module import Cast, Catch, CatchKind, MemoryArgument

    say, module = describer(
        """(type $s (struct (field i32) (field i32))) (type $f (func)) (type $a (array i8))
           (func) (func $named)"""
    )
    structure = ReferenceType(False, module.types[0])
    function = ReferenceType(True, module.types[1])
    immediates: dict[str, object] = {
        "i32.const -1": 0xFFFF_FFFF,
        "i64.const -9223372036854775808": 1 << 63,
        "f32.const 0.1": f32_from_bits(0x3DCC_CCCD),
        "f32.const -nan:0x200000": f32_from_bits(0xFFA0_0000),
        "f64.const nan": math.nan,
        "f64.const 1e+300": 1e300,
        "block (result i64)": (BY_NAME["i64"],),
        "loop": (),
        "call 1 $named": 1,
        "call 0": 0,
        "ref.null func": BY_NAME["funcref"],
        "ref.null 1": function,
        "ref.cast null (ref null 1)": function,
        "ref.test (ref i31)": ReferenceType(False, BY_NAME["i31ref"].heap),  # type: ignore[attr-defined]
        "br_on_cast 0 anyref (ref 0)": Cast(0, BY_NAME["anyref"], structure),  # type: ignore[arg-type]
        "memory.size": 0,
        "i64.load32_s offset=8": MemoryArgument(2, 8, 0),
        "i64.load 1 offset=8 align=4": MemoryArgument(2, 8, 1),
        "v128.load8_lane 15": (MemoryArgument(0, 0, 0), 15),
        "select t (result externref)": (BY_NAME["externref"],),
        "try_table (result i32) (catch_ref 0 1) (catch_all 0) (catch_all_ref 2)": (
            (BY_NAME["i32"],),
            (
                Catch(CatchKind.TAG_REF, 0, 1),
                Catch(CatchKind.ALL, None, 0),
                Catch(CatchKind.ALL_REF, None, 2),
            ),
        ),
    }
    words = instruction.split()
    name = next(name for name in (" ".join(words[:2]), words[0]) if name in ROWS)
    numbers = tuple(int(word) for word in words[len(name.split()) :] if word.isdigit())
    default = numbers if len(numbers) > 1 else numbers[0] if numbers else None
    assert say.instruction(ROWS[name], immediates.get(instruction, default)) == instruction


def test_a_constant_expression_is_one_line_without_its_end() -> None:
    say, module = describer("(global i32 (i32.mul (i32.const 6) (i32.const 7)))")
    assert say.expression(module.globals[0].initialiser) == "i32.const 6; i32.const 7; i32.mul"
    assert say.expression(()) == ""


@given(st.integers(0, 2**32 - 1))
def test_an_f32_reads_back_to_its_bits(bits: int) -> None:
    number = f32_from_bits(bits)
    text = float_text(number, 32)
    if not math.isnan(number):
        assert f32_bits(float(text)) == bits
    else:
        payload = int(text.partition(":")[2] or "0x400000", 16)
        assert (0x7F80_0000 | payload | (text[0] == "-") << 31) == bits


@given(st.integers(0, 2**64 - 1))
def test_an_f64_reads_back_to_its_bits(bits: int) -> None:
    number = f64_from_bits(bits)
    text = float_text(number)
    if not math.isnan(number):
        assert f64_bits(float(text)) == bits
    else:
        payload = int(text.partition(":")[2] or hex(1 << 51), 16)
        assert (0x7FF << 52 | payload | (text[0] == "-") << 63) == bits


def test_values_on_the_stack() -> None:
    instance = wat.instance(
        """(type $a (array i8)) (type $s (struct)) (tag $e)
           (func $f (export "f")) (func (export "i31") (result i31ref) (ref.i31 (i32.const 5)))
           (func (export "a") (result (ref $a)) (array.new_default $a (i32.const 2)))
           (func (export "s") (result (ref $s)) (struct.new $s))
           (func (export "e") (result exnref)
             (block (result (ref exn)) (try_table (catch_all_ref 0) (throw $e)) (unreachable)))"""
    )
    assert [raw_value(instance.invoke(name)) for name in ("i31", "a", "s", "e")] == [
        "i31 5", "array of 2", "struct", "exception",
    ]  # fmt: skip
    assert raw_value(instance.exports["f"]) == "function f"
    assert [raw_value(value) for value in (None, 7, 0.5, b"\0" * 15 + b"\1", object())] == [
        "null", "7", "0.5", "0x" + "00" * 15 + "01", "host object",
    ]  # fmt: skip


def test_results() -> None:
    assert [public_value(value) for value in (-1, 0.5, math.nan, None, b"\0" * 16)] == [
        "-1", "0.5", "nan", "null", "0x" + "00" * 16,
    ]  # fmt: skip


def test_function_labels() -> None:
    assert (function_label(3, "f"), function_label(3, None)) == ("$f", "function 3")
