from __future__ import annotations

import random
from contextlib import suppress
from typing import Any

import pytest

import wasm_vm
from ferrite.plugins.functions.assembler import assemble
from ferrite.plugins.limits import LIMITS
from ferrite.plugins.program import LoadError
from tests.support import wat

ECHO = '(func (export "f") (param $x i64) (result i64) %s)'

TEXTS = {
    "folded": ECHO % "(i64.add (local.get $x) (i64.const 1))",
    "plain": ECHO % "local.get $x i64.const 1 i64.add",
    "hexadecimal": ECHO % "(i64.xor (local.get 0) (i64.const 0xffff_ffff_ffff_ffff))",
    "if": ECHO
    % """(if (result i64) (i64.lt_s (local.get $x) (i64.const 0))
           (then (i64.const -1)) (else (i64.const 1)))""",
    "if without else": ECHO
    % "(if (i64.eqz (local.get $x)) (then (return (i64.const 9)))) (local.get $x)",
    "flat if": ECHO
    % """local.get $x i64.eqz if $l (result i64) i64.const 5 else $l i64.const 6 end $l""",
    "branch out of a condition": ECHO
    % """(block $out (result i64)
           (if (result i64) (i64.eqz (br_if $out (i64.const 3) (i64.eqz (local.get $x))))
             (then (i64.const 1)) (else (br $out (i64.const 2)))))""",
    "loop": ECHO
    % """(local $sum i64)
         (block $end (loop $next
           (br_if $end (i64.le_s (local.get $x) (i64.const 0)))
           (local.set $sum (i64.add (local.get $sum) (local.get $x)))
           (local.set $x (i64.sub (local.get $x) (i64.const 1)))
           (br $next)))
         (local.get $sum)""",
    "br_table": ECHO
    % """(block $c (block $b (block $a
           (br_table $a $b $c (i32.wrap_i64 (local.get $x))))
           (return (i64.const 10))) (return (i64.const 20))) (i64.const 30)""",
    "named parameters behind a type": """
        (func (export "f") (type $t) (param $a i64) (result i64) (call $g (local.get $a)))
        (func $g (type 0) (param $b i64) (result i64) (i64.mul (local.get $b) (i64.const 2)))
        (type $t (func (param i64) (result i64)))""",
    "types by number": """
        (func (export "f") (param i64) (result i64) (call_indirect (type 1) (local.get 0)
                                                                    (i32.const 1)))
        (type (func (param i32))) (type (func (param i64) (result i64)))
        (table 2 2 funcref) (elem (i32.const 0) $a $b)
        (func $a (type 1) (i64.const 1)) (func $b (type 1) (i64.neg0))""".replace(
        "(i64.neg0)", "(i64.sub (i64.const 0) (local.get 0))"
    ),
    "memory and data": """
        (memory (export "memory") 1) (data (i32.const 3) "\\01\\ff" "a\\n")
        (func (export "f") (param i64) (result i64)
          (i64.store offset=16 align=4 (i32.const 0) (local.get 0))
          (i64.add (i64.load32_u offset=3 align=1 (i32.const 0))
                   (i64.load offset=16 (i32.const 0))))""",
    "globals": """
        (global $g (mut i64) (i64.const 5)) (global $h i64 (i64.const -3))
        (func (export "f") (param i64) (result i64)
          (global.set $g (i64.add (global.get $g) (local.get 0)))
          (i64.mul (global.get $g) (global.get $h)))""",
    "start": """
        (global $g (mut i64) (i64.const 0)) (start $s) (func $s (global.set $g (i64.const 4)))
        (func (export "f") (param i64) (result i64) (global.get $g))""",
    "floats": ECHO
    % """(i64.add (i64.reinterpret_f64 (f64.const -0x1.8p3))
                  (i64.add (i64.trunc_f64_s (f64.const 1.5e3))
                           (i64.extend_i32_u (i32.reinterpret_f32 (f32.const inf)))))""",
    "several results": """
        (func $two (param i64) (result i64 i64) (local.get 0) (i64.const 7))
        (func (export "f") (param i64) (result i64) (call $two (local.get 0)) (i64.sub))""",
    "select and drop": ECHO
    % "(select (local.get 0) (i64.const 2) (i32.const 1)) (drop (i32.const 0))",
    "sign extension": ECHO % "(i64.extend8_s (local.get 0))",
}


def outcomes(binary: bytes) -> list[Any]:
    instance = wasm_vm.instantiate(wasm_vm.load(binary))
    return [instance.invoke("f", value) for value in (0, 1, 2, 5, -3, 200)]


@pytest.mark.parametrize("name", TEXTS)
def test_the_same_as_another_assembler(name: str) -> None:
    assert outcomes(assemble(TEXTS[name].encode())) == outcomes(wat.assemble(TEXTS[name]))


def test_imports_without_names_are_counted() -> None:
    text = """(import "m" "a" (func (result i64))) (import "m" "b" (func (result i64)))
              (func (export "f") (param i64) (result i64) (i64.sub (call 0) (call 1)))"""
    module = wasm_vm.load(assemble(text.encode()))

    @wasm_vm.host_function
    def three() -> wasm_vm.i64:
        return 3

    @wasm_vm.host_function
    def one() -> wasm_vm.i64:
        return 1

    instance = wasm_vm.instantiate(module, {"m": {"a": three, "b": one}})
    assert instance.invoke("f", 0) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(module\n (fun))", "line 2: 'fun' is no field of a module"),
        ("(func\n (i32.konst 1))", "line 2: expected ')', found 'i32.konst'"),
        ("(func\n i32.const)", "line 2: "),
        ("(func\n i32.const one)", "line 2: invalid literal"),
        ("(func\n\n (call $nothing))", "line 3: there is no func '$nothing'"),
        ("(func\n (local.get $nothing))", "line 2: there is no local '$nothing'"),
        ("(func\n (br $nothing))", "line 2: there is no label '$nothing' around this"),
        ("(func\n (param i33))", "line 2: 'i33' is not known here"),
        ('(export "f"\n (func $nothing))', "line 2: there is no func '$nothing'"),
        ("(data (i32.const 0)\n 7)", "line 2: expected a string, found '7'"),
        ("(func\n (i32.load align=3 (i32.const 0)))", "line 2: "),
        ("(func (i32.const 0)\n i32.trunc_sat_f32_s)", "line 2: the assembler does not know"),
        ("(func\n (type 1))", "line 2: there is no type 1"),
        ("(memory 1e9)", "line 1: expected ')', found '1e9'"),
    ],
)
def test_errors_name_the_line(text: str, message: str) -> None:
    with pytest.raises(LoadError) as caught:
        assemble(text.encode())
    assert str(caught.value).startswith(message)


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(LoadError, match=r"no UTF-8 \(byte 2\)"):
        assemble(b"ab\xff")
    with pytest.raises(LoadError, match="a text may have"):
        assemble(b" " * (LIMITS.text_bytes_max + 1))


@pytest.mark.parametrize("seed", range(8))
def test_broken_texts_end_in_an_error_or_a_module(seed: int) -> None:
    chooser = random.Random(seed)
    for _ in range(60):
        pieces = chooser.choice(list(TEXTS.values())).split(" ")
        for _ in range(chooser.randint(1, 4)):
            position = chooser.randrange(len(pieces))
            change = chooser.randrange(4)
            if change == 0:
                del pieces[position]
            elif change == 1:
                pieces.insert(position, chooser.choice(pieces))
            elif change == 2:
                pieces[position] = chooser.choice(["(", ")", "$x", "-1", '"', "if", "(then", "end"])
            else:
                pieces = pieces[:position] + pieces[position : position + 3] * 2
            pieces = pieces or ["("]
        with suppress(LoadError):
            assert assemble(" ".join(pieces).encode()).startswith(b"\0asm")
