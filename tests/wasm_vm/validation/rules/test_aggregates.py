from __future__ import annotations

import pytest

from tests.support.typing import accept, refuse

FIELDS = """
(type $s (struct (field $x (mut i32)) (field $y i8) (field $z (ref null $s))))
(type $strict (struct (field (ref $s))))
(type $b (array (mut i8)))
(type $c (array i32))
(type $r (array (mut anyref)))
(type $i (array i31ref))
(type $n (array (mut (ref i31))))
(type $f (func))
(data $d "abc")
(elem $any anyref) (elem $numbers (ref i31)) (elem $functions func)
"""
S, B = "(ref.null $s)", "(ref.null $b)"
ZERO = "(i32.const 0)"


@pytest.mark.parametrize(
    "body",
    [
        f"(result (ref $s)) (struct.new $s {ZERO} {ZERO} {S})",
        "(result (ref $s)) (struct.new_default $s)",
        f"(result i32 i32) (struct.get $s $x {S}) (struct.get_s $s $y {S})",
        f"(result (ref null $s)) (struct.get $s $z {S})",
        f"(struct.set $s $x (ref.null none) {ZERO})",
        f"(result (ref $b)) (array.new $b {ZERO} {ZERO})",
        f"(result (ref $r)) (array.new_default $r {ZERO})",
        f"(result (ref $c)) (array.new_fixed $c 2 {ZERO} {ZERO})",
        "(result (ref $c)) unreachable (array.new_fixed $c 10000)",
        f"(result (ref $b)) (array.new_data $b $d {ZERO} {ZERO})",
        f"(result (ref $r)) (array.new_elem $r $numbers {ZERO} {ZERO})",
        f"(result i32) (array.get_u $b {B} {ZERO})",
        f"(result anyref) (array.get $r (ref.null $r) {ZERO})",
        f"(array.set $b {B} {ZERO} {ZERO})",
        f"(result i32 i32) (array.len {B}) (array.len (ref.null none))",
        f"(array.fill $r (ref.null $r) {ZERO} (ref.null i31) {ZERO})",
        f"(array.copy $b $b {B} {ZERO} {B} {ZERO} {ZERO})",
        f"(array.copy $r $i (ref.null $r) {ZERO} (ref.null $i) {ZERO} {ZERO})",
        f"(array.init_data $b $d {B} {ZERO} {ZERO} {ZERO})",
        f"(array.init_elem $r $any (ref.null $r) {ZERO} {ZERO} {ZERO})",
        f"(result (ref i31)) (ref.i31 {ZERO})",
        "(result i32) (i31.get_s (ref.null i31))",
        "(result externref) (extern.convert_any (ref.null none))",
        f"(result (ref extern)) (extern.convert_any (ref.i31 {ZERO}))",
        "(result anyref) (any.convert_extern (ref.null noextern))",
        "(result (ref any)) unreachable any.convert_extern",
    ],
)
def test_valid(body: str) -> None:
    accept(body, FIELDS)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("(drop (struct.new $b))", "type 2 is no struct type"),
        ("(drop (struct.new 99))", "unknown type 99"),
        (f"(drop (struct.new $s {ZERO} {ZERO}))", "struct.new: type mismatch"),
        ("(drop (struct.new_default $strict))", "has no default value"),
        (f"(drop (struct.get $s 9 {S}))", "unknown field 9"),
        (f"(drop (struct.get $s $y {S}))", "struct.get of a field of type i8"),
        (f"(drop (struct.get_u $s $x {S}))", "struct.get_u of a field of type i32"),
        (f"(drop (struct.get $s $x {B}))", "struct.get: type mismatch"),
        (f"(struct.set $s $y {S} {ZERO})", "immutable field"),
        (f"(struct.set $s $x {S} (i64.const 0))", "expected i32, found i64"),
        (f"(drop (array.new $s {ZERO} {ZERO}))", "type 0 is no array type"),
        (f"(drop (array.new_default $n {ZERO}))", "has no default value"),
        (f"(drop (array.new_fixed $c 2 {ZERO}))", "the stack is empty"),
        (
            f"(drop (array.new_data $r $d {ZERO} {ZERO}))",
            "array type is not numeric or vector",
        ),
        (f"(drop (array.new_data $b 9 {ZERO} {ZERO}))", "unknown data segment 9"),
        (
            f"(drop (array.new_elem $b $any {ZERO} {ZERO}))",
            "a segment of anyref for an array of i8",
        ),
        (f"(drop (array.new_elem $i $any {ZERO} {ZERO}))", "a segment of anyref for an array"),
        (f"(drop (array.get $b {B} {ZERO}))", "array.get of a field of type i8"),
        (f"(drop (array.get_s $c (ref.null $c) {ZERO}))", "array.get_s of a field of type i32"),
        (f"(array.set $c (ref.null $c) {ZERO} {ZERO})", "immutable array"),
        (f"(array.fill $c (ref.null $c) {ZERO} {ZERO} {ZERO})", "immutable array"),
        ("(drop (array.len (ref.null any)))", "expected arrayref, found anyref"),
        (
            f"(array.copy $c $c (ref.null $c) {ZERO} (ref.null $c) {ZERO} {ZERO})",
            "immutable array",
        ),
        (
            f"(array.copy $b $c {B} {ZERO} (ref.null $c) {ZERO} {ZERO})",
            "array types do not match",
        ),
        (
            f"(array.copy $n $i (ref.null $n) {ZERO} (ref.null $i) {ZERO} {ZERO})",
            "array types do not match",
        ),
        (f"(array.init_data $c $d (ref.null $c) {ZERO} {ZERO} {ZERO})", "immutable array"),
        (
            f"(array.init_data $r $d (ref.null $r) {ZERO} {ZERO} {ZERO})",
            "array type is not numeric or vector",
        ),
        (
            f"(array.init_elem $r $functions (ref.null $r) {ZERO} {ZERO} {ZERO})",
            "a segment of (ref func) for an array of anyref",
        ),
        ("(drop (ref.i31 (i64.const 0)))", "expected i32, found i64"),
        ("(drop (i31.get_u (ref.null any)))", "expected i31ref, found anyref"),
        ("(drop (extern.convert_any (ref.null extern)))", "expected any, found externref"),
        ("(drop (any.convert_extern (ref.null func)))", "expected extern, found funcref"),
    ],
)
def test_invalid(body: str, message: str) -> None:
    refuse(body, message, FIELDS)
