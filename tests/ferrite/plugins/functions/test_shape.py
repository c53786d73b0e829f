from __future__ import annotations

import math

import pytest

import wasm_vm
from ferrite.plugins.exports import function_exports
from ferrite.plugins.functions.shape import BYTES, Shape, find_shape, starts
from tests.support.functions import function, takes, with_section
from tests.support.wat import assemble
from wasm_vm import F32, F64, I32, I64


def shape_of(name: str, binary: bytes) -> Shape:
    module = wasm_vm.load(binary).module
    return find_shape(name, module, function_exports(module))


def exports(*names: str) -> bytes:
    return assemble(" ".join(f'(func (export "{name}"))' for name in names))


@pytest.mark.parametrize(
    ("name", "names", "found"),
    [
        ("f", ("f", "main"), "f"),
        ("MY.FUNC", ("my_func", "main"), "my_func"),
        ("my-func", ("myFunc", "main"), "myFunc"),
        ("f", ("g", "main"), "main"),
        ("f", ("g",), "g"),
        ("f", ("g", "_initialize", "ferrite_on_load", "_start"), "g"),
    ],
)
def test_the_export(name: str, names: tuple[str, ...], found: str) -> None:
    assert shape_of(name, exports(*names)).export == found


@pytest.mark.parametrize(
    ("binary", "message"),
    [
        (exports("a", "b"), "needs an exported function 'f' or 'main', or a single one"),
        (exports("_start"), "the module exports no function"),
        (function("(param i32 v128)", ""), "parameter 2 of 'f' is v128: no number"),
        (function("(result funcref)", "(ref.null func)"), "result 1 of 'f' is funcref: no number"),
        (with_section(function("", ""), takes("bytes")), r"does not fit 'f', which has type \[\]"),
        (with_section(function("", ""), takes("f16")), "has 'f16'"),
        (function("", "") + b"\0\x12\x10ferrite-function\xff", "is no UTF-8"),
    ],
)
def test_what_is_no_function(binary: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        shape_of("f", binary)


def test_parameters_of_the_section() -> None:
    binary = function("(param i32 i32 f64 i32 i32) (result i64)", "(i64.const 0)")
    assert shape_of("f", binary).parameters == (I32, I32, F64, I32, I32)
    named = with_section(binary, takes("bytes", "f64", "i32", "i32"))
    assert shape_of("f", named) == Shape("f", (BYTES, F64, I32, I32), (I64,))
    assert shape_of("f", named).describe() == "bytes f64 i32 i32 -> i64"
    other = with_section(binary, takes("bytes", name="other"))
    assert shape_of("f", other).parameters == (I32, I32, F64, I32, I32)


def test_a_function_that_reads_its_arguments_takes_any() -> None:
    free = shape_of("f", function("(result i32)", "(call $arg_count)", "arg_count"))
    assert free == Shape("f", (), (I32,), free=True)
    assert free.parse([b"a", b"b"]) == ()
    assert free.describe() == "any -> i32"
    assert not shape_of("f", function("(param i32)", "", "arg_count")).free
    assert not shape_of("f", function("", "", "reply_ok")).free


@pytest.mark.parametrize(
    ("kind", "word", "value"),
    [
        (I32, b"-2147483648", -(2**31)),
        (I32, b"2147483647", 2**31 - 1),
        (I64, b"-9223372036854775808", -(2**63)),
        (F32, b"1e38", 1e38),
        (F32, b"-inf", -math.inf),
        (F64, b"1e308", 1e308),
        (F64, b"7", 7.0),
        (BYTES, b"\xff", b"\xff"),
    ],
)
def test_words_become_values(kind: object, word: bytes, value: object) -> None:
    assert Shape("f", (kind,), ()).parse([word]) == (value,)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        (I32, b"2147483648"),
        (I32, b"4294967295"),
        (I32, b"01"),
        (I64, b"9223372036854775808"),
        (I64, b"one"),
        (F32, b"4e38"),
        (F64, b"nan"),
        (F64, b"1_0"),
        (F64, b"1 "),
        (F64, b"\xff"),
    ],
)
def test_words_that_are_no_value(kind: object, word: bytes) -> None:
    with pytest.raises(ValueError, match=rf"argument 2 must be an {kind}, not '"):
        Shape("f", (I32, kind), ()).parse([b"0", word])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("count", "message"),
    [
        (0, r"it takes 0 arguments, not 3"),
        (1, r"it takes 1 argument \(i32\), not 3"),
        (2, r"it takes 2 arguments \(i32 i32\), not 3"),
    ],
)
def test_the_number_of_words(count: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Shape("f", (I32,) * count, ()).parse([b"0"] * 3)


def test_what_runs_before_the_first_call() -> None:
    kind = wasm_vm.FunctionType((), ())
    shape = Shape("f", (), ())
    assert starts({"f": kind, "_initialize": kind}, shape)
    assert starts({"f": kind, "_start": kind}, shape)
    assert not starts({"f": kind}, shape)
