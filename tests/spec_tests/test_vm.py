"""wasm_vm under the runner: each outcome has its own phase, and values keep every bit."""

from __future__ import annotations

import pytest
import vm
from engine import Phase, Refusal
from runner import run_script
from values import REFERENCE, GuestReference, HostReference, Value
from vm import VirtualMachine, engines

import wasm_vm

pytestmark = pytest.mark.usefixtures("wasmtime_installed")


def misses(script: str, level: str = "2.0") -> list[tuple[int, str]]:
    result = run_script("x.wast", script, level, VirtualMachine(level, engines()[0]))
    return [(miss.line, miss.got) for miss in result.misses]


def test_every_kind_of_assertion_passes() -> None:
    assert (
        misses(
            """(module $m (func (export "f") (param i32) (result i32) (local.get 0))
                 (func $loop (export "loop") (call $loop))
                 (func (export "trap") unreachable)
                 (global (export "g") f32 (f32.const nan:0x200000)))
               (assert_return (invoke "f" (i32.const -1)) (i32.const 0xffffffff))
               (assert_return (get "g") (f32.const nan:0x200000))
               (assert_trap (invoke "trap") "unreachable")
               (assert_exhaustion (invoke "loop") "call stack exhausted")
               (assert_trap (module (func unreachable) (start 0)) "unreachable")
               (register "m")
               (module (import "m" "f" (func (param i32) (result i32)))
                 (import "spectest" "print_i32" (func (param i32))))
               (assert_unlinkable (module (import "m" "f" (func))) "incompatible import type")
               (assert_unlinkable (module (import "x" "f" (func))) "unknown import")
               (assert_invalid (module (func (result i32))) "type mismatch")
               (assert_malformed (module binary "") "unexpected end")"""
        )
        == []
    )


def test_wrong_outcomes_miss() -> None:
    assert misses(
        """(module (func (export "f") (result i64) (i64.const 1)) (func (export "t") unreachable))
           (assert_return (invoke "f") (i32.const 1))
           (assert_trap (invoke "t") "integer overflow")
           (assert_exhaustion (invoke "t") "call stack exhausted")
           (assert_malformed (module binary "\\00asm\\01\\00\\00\\00\\03\\02\\01\\00") "x")
           (assert_invalid (module binary "") "x")
           (assert_trap (invoke "none") "")"""
    )[0:3] == [
        (2, "i64:0x0000000000000001"),
        (3, "trap: unreachable"),
        (4, "trap: unreachable"),
    ]


def test_references_are_told_apart() -> None:
    assert (
        misses(
            """(module (func $f (export "f") (result funcref) (ref.func $f))
                 (func (export "same") (param externref) (result externref) (local.get 0)))
               (assert_return (invoke "f") (ref.func))
               (assert_return (invoke "same" (ref.extern 3)) (ref.extern 3))
               (assert_return (invoke "same" (ref.null extern)) (ref.null extern))"""
        )
        == []
    )


def test_levels_reach_the_vm() -> None:
    script = '(assert_invalid (module (type (func (result i32 i32)))) "invalid result arity")'
    assert misses(script, "1.0") == []
    assert misses(script, "2.0") == [(1, "success")]


@pytest.mark.parametrize(
    ("error", "phase"),
    [
        (wasm_vm.Malformed("x", 0), Phase.MALFORMED),
        (wasm_vm.Invalid("x"), Phase.INVALID),
        (wasm_vm.Unlinkable("x"), Phase.UNLINKABLE),
        (wasm_vm.Trap(wasm_vm.TrapKind.UNREACHABLE), Phase.TRAP),
        (wasm_vm.Trap(wasm_vm.TrapKind.CALL_STACK), Phase.EXHAUSTION),
        (wasm_vm.LimitExceeded("locals", "x"), Phase.OTHER),
        (wasm_vm.OutOfFuel(1, 1), Phase.OTHER),
        (wasm_vm.BadCall("x"), Phase.OTHER),
    ],
    ids=str,
)
def test_errors_of_the_vm_are_refusals_by_phase(
    monkeypatch: pytest.MonkeyPatch, error: wasm_vm.WasmError, phase: Phase
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(wasm_vm, "load", fail)
    with pytest.raises(Refusal) as caught:
        VirtualMachine("2.0", engines()[0]).load(b"")
    assert caught.value.phase is phase
    assert caught.value.__cause__ is error


def test_other_errors_are_no_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RecursionError

    monkeypatch.setattr(wasm_vm, "load", fail)
    with pytest.raises(RecursionError):
        VirtualMachine("2.0", engines()[0]).load(b"")


def test_values() -> None:
    assert vm._value(wasm_vm.F32, 0x7FA0_0000) == Value("f32", 0x7FA0_0000)
    assert vm._value(wasm_vm.FUNCREF, None) == Value(REFERENCE, None)
    assert vm._value(wasm_vm.EXTERNREF, HostReference(1)).raw == HostReference(1)
    assert vm._value(wasm_vm.EXTERNREF, "other").raw == GuestReference("str")
