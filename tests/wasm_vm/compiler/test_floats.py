"""Floats: NaNs are canonical where their bits can be seen, f32 is rounded at every step."""

from __future__ import annotations

import pytest

from tests.support.compiled import agree, source

NAN, MINUS_NAN, SIGNALLING = 0x7FF8 << 48, 0xFFF8 << 48, 0x7FF4 << 48
NUMBERS = [0, 1 << 63, 0x3FF0 << 48, 0xBFF0 << 48, 0x7FF0 << 48, 0xFFF0 << 48, NAN, MINUS_NAN]
NUMBERS += [SIGNALLING, 1, 0x7FEF_FFFF_FFFF_FFFF, 0x4340_0000_0000_0001]


@pytest.mark.parametrize("verb", ["add", "sub", "mul", "div", "min", "max", "copysign"])
def test_pairs(verb: str) -> None:
    for kind in ("f64", "f32"):
        first, second = "(local.get 0)", "(local.get 1)"
        if kind == "f32":
            first, second = f"(f32.demote_f64 {first})", f"(f32.demote_f64 {second})"
        text = f"""(func (export "f") (param f64 f64) (result {kind})
          ({kind}.{verb} {first} {second}))"""
        agree(text, *((a, b) for a in NUMBERS for b in NUMBERS))


@pytest.mark.parametrize("verb", ["abs", "neg", "sqrt", "ceil", "floor", "trunc", "nearest"])
def test_singles(verb: str) -> None:
    for kind in ("f64", "f32"):
        operand = "(local.get 0)" if kind == "f64" else "(f32.demote_f64 (local.get 0))"
        text = f'(func (export "f") (param f64) (result {kind}) ({kind}.{verb} {operand}))'
        agree(text, *((number,) for number in NUMBERS))


@pytest.mark.parametrize("verb", ["eq", "ne", "lt", "gt", "le", "ge"])
def test_comparisons_of_nans(verb: str) -> None:
    text = f"""(func (export "f") (param f64 f64) (result i32)
      (if (result i32) (f64.{verb} (local.get 0) (local.get 1))
        (then (i32.const 1)) (else (i32.const 2))))"""
    agree(text, *((a, b) for a in NUMBERS for b in NUMBERS))


def test_the_bits_of_a_nan_are_canonical_wherever_they_can_be_seen() -> None:
    text = """(memory 1) (global $g (mut f64) (f64.const 0)) (func (export "f") (param f64)
      (result i64 i64 i64) (local f64)
      (local.set 1 (f64.sub (local.get 0) (local.get 0)))
      (f64.store (i32.const 0) (f64.neg (local.get 1)))
      (global.set $g (f64.mul (local.get 1) (f64.const -1)))
      (i64.load (i32.const 0)) (i64.reinterpret_f64 (local.get 1))
      (i64.reinterpret_f64 (global.get $g)))"""
    assert agree(text, (0x7FF0 << 48,)) == [(MINUS_NAN, NAN, NAN)]


def test_f32_is_rounded_at_every_step() -> None:
    text = """(func (export "f") (param f32 f32) (result f32)
      (f32.add (f32.mul (local.get 0) (local.get 1)) (f32.const 1)))"""
    agree(text, (0x3F80_0001, 0x3F80_0001), (0x7F7F_FFFF, 0x7F7F_FFFF), (0x0000_0001, 0x3F00_0000))


def test_a_clean_value_is_not_looked_at() -> None:
    text = """(func (export "f") (param i32) (result f64)
      (f64.abs (f64.convert_i32_s (local.get 0))))"""
    assert "NAN" not in source(text)
    agree(text, (5,), (0xFFFF_FFFF,))


@pytest.mark.parametrize("kind", ["i32", "i64"])
@pytest.mark.parametrize("sign", ["s", "u"])
def test_conversions(kind: str, sign: str) -> None:
    for verb in ("trunc", "trunc_sat"):
        text = f"""(func (export "f") (param f64) (result {kind})
          ({kind}.{verb}_f64_{sign} (local.get 0)))"""
        agree(text, *((number,) for number in [*NUMBERS, 0xC1E0 << 48, 0x41EF_FFFF_FFFF_FFFF]))
    text = f"""(func (export "f") (param {kind}) (result f32 f64)
      (f32.convert_{kind}_{sign} (local.get 0)) (f64.convert_{kind}_{sign} (local.get 0)))"""
    agree(text, *((number,) for number in (0, 1, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF)))
