"""Both tiers agree on results, traps, fuel, memory, globals and tables, for every budget."""

from __future__ import annotations

from random import Random

import pytest

import wasm_vm
from tests.differential.programs import Program
from tests.differential.tiers import compare, sweep
from tests.support.require import require


def assembled(text: str) -> wasm_vm.ValidModule:
    require("wasmtime")
    import wasmtime

    return wasm_vm.load(wasmtime.wat2wasm(text))


HOSTS = """(import "host" "picky" (func $picky (param i32) (result i32)))
           (import "host" "charging" (func $charging (param i32) (result i32)))"""

KERNELS = {
    "recursion": """(func $f (export "run") (param i32) (result i32)
        (if (result i32) (i32.lt_s (local.get 0) (i32.const 2)) (then (local.get 0))
          (else (i32.add (call $f (i32.sub (local.get 0) (i32.const 1)))
                         (call $f (i32.sub (local.get 0) (i32.const 2)))))))""",
    "endless recursion": """(func $f (export "run") (param i32) (result i32)
        (call $f (local.get 0)))""",
    "trap in mid-line": """(memory 1) (global $g (mut i32) (i32.const 0))
        (func (export "run") (param i32) (result i32)
          (i32.store (i32.const 8) (i32.const 1))
          (i32.add (i32.add (local.get 0) (i32.const 1))
                   (i32.div_u (i32.const 7) (i32.sub (local.get 0) (i32.const 6))))
          (global.set $g (i32.const 1)) (drop (i32.load offset=65532 (local.get 0)))
          (i32.store (i32.const 12) (i32.const 2)))""",
    "hosts": """(memory 1) (func (export "run") (param i32) (result i32) (local i32)
        (loop $l
          (i32.store (i32.const 4) (i32.add (i32.load (i32.const 4)) (i32.const 1)))
          (local.set 1 (i32.add (call $charging (local.get 1)) (call $picky (local.get 0))))
          (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get 1))""",
    "bulk and grow": """(memory 1 3) (data $d "abcdef") (table $t 3 10 funcref)
        (func (export "run") (param i32) (result i32)
          (memory.fill (i32.const 10) (i32.const 255) (i32.const 40))
          (memory.copy (i32.const 20) (i32.const 5) (i32.const 30))
          (drop (memory.grow (i32.const 1)))
          (i64.store (i32.const 65600) (i64.const -1))
          (drop (memory.grow (i32.const 9)))
          (memory.init $d (i32.const 70) (i32.const 1) (i32.const 4)) (data.drop $d)
          (drop (table.grow $t (ref.null func) (i32.const 5)))
          (table.fill $t (i32.const 1) (ref.null func) (i32.const 6))
          (memory.fill (i32.const 0) (i32.const 1) (i32.mul (local.get 0) (i32.const 30000)))
          (memory.size))""",
    "refused growth of 64 bits": """(memory i64 1 3) (table $t i64 3 10 funcref)
        (func (export "run") (param i32) (result f64 i64 i64)
          (f64.convert_i64_s (memory.grow (i64.const 0x200000000000)))
          (i64.shr_s (memory.grow (i64.extend_i32_u (local.get 0))) (i64.const 1))
          (i64.add (table.grow $t (ref.null func) (i64.const 1_000)) (table.size $t)))""",
    "switch": """(memory 1) (func (export "run") (param i32) (result i32) (local i32 i32)
        (block $end (loop $next
          (br_if $end (i32.gt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (i32.const 30)))
          (block $d (block $c (block $b (block $a
            (br_table $a $b $c $d $next $b (i32.rem_u (local.get 1) (i32.const 7))))
            (local.set 2 (i32.add (local.get 2) (local.get 1))) (br $next))
            (local.set 2 (i32.mul (local.get 2) (i32.const 3))))
            (i32.store (i32.const 0) (local.get 2))
            (br_if $next (i32.and (local.get 2) (i32.const 1))))
          (local.set 2 (i32.xor (local.get 2) (local.get 0)))
          (br $next)))
        (local.get 2))""",
    "exceptions": """(tag $t (param i32)) (memory 1)
        (func $thrower (param i32) (result i32)
          (if (i32.and (local.get 0) (i32.const 1)) (then (throw $t (local.get 0))))
          (i32.store (i32.const 0) (local.get 0)) (i32.mul (local.get 0) (i32.const 2)))
        (func (export "run") (param i32) (result i32) (local i32)
          (loop $l
            (block $caught (result i32)
              (try_table (catch $t $caught)
                (local.set 1 (i32.add (local.get 1) (call $thrower (local.get 0)))))
              (i32.const 100))
            (local.set 1 (i32.add (local.get 1)))
            (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
          (throw $t (local.get 1)))""",
    "tail calls": """(type $k (func (param i32 i32) (result i32))) (table funcref (elem $even $odd))
        (func $even (param i32 i32) (result i32)
          (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
          (return_call $odd (i32.sub (local.get 0) (i32.const 1))
                            (i32.add (local.get 1) (i32.const 3))))
        (func $odd (param i32 i32) (result i32)
          (if (i32.eqz (local.get 0)) (then (return (i32.const -1))))
          (return_call_indirect (type $k) (i32.sub (local.get 0) (i32.const 1)) (local.get 1)
                                          (i32.const 0)))
        (func (export "run") (param i32) (result i32)
          (i32.add (call $even (local.get 0) (i32.const 0)) (i32.const 1)))""",
    "floats": """(memory 1) (func (export "run") (param i32) (result i32)
          (local f64 f64) (local f32 i32)
        (loop $l
          (local.set 1 (f64.add (local.get 1) (f64.convert_i32_s (local.get 0))))
          (local.set 2 (f64.div (local.get 2) (f64.sub (local.get 1) (local.get 1))))
          (local.set 3 (f32.add (local.get 3) (f32.demote_f64 (local.get 2))))
          (f64.store (i32.const 8) (f64.neg (local.get 2)))
          (f32.store (i32.const 16) (local.get 3))
          (f32.store (i32.const 21) (f32.load (i32.const 15)))
          (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (i32.load (i32.const 8)))""",
    "null references": """(type $k (func (param i32) (result i32))) (table 4 funcref)
        (elem (i32.const 1) func $id) (func $id (param i32) (result i32) (local.get 0))
        (func (export "run") (param i32) (result i32)
          (drop (call_indirect (type $k) (local.get 0) (i32.const 1)))
          (call_indirect (type $k) (local.get 0) (i32.rem_u (local.get 0) (i32.const 6))))""",
}


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("argument", [3, 7, 12])
def test_every_budget(name: str, argument: int) -> None:
    module = assembled(f"(module {HOSTS} {KERNELS[name]})")
    total = sweep(module, "run", (argument,), most=1500)
    assert total > 1


@pytest.mark.parametrize("seed", range(40))
def test_random_programs(seed: int) -> None:
    module = assembled(Program(seed).module())
    random = Random(seed)
    for name in ("f0", "f1", "f2"):
        arguments = (random.getrandbits(32), random.getrandbits(8))
        whole = compare(module, name, arguments, fuel=20_000)
        for _ in range(8):
            compare(module, name, arguments, fuel=random.randrange(whole.used + 2))


def test_million_tail_calls() -> None:
    module = assembled(f"(module {HOSTS} {KERNELS['tail calls']})")
    instance = wasm_vm.instantiate(module, _hosts(), engine=wasm_vm.Engine.COMPILED)
    assert instance.invoke("run", 1_000_000) == 3_000_000 // 2 + 1


def _hosts() -> dict[str, dict[str, wasm_vm.HostFunction]]:
    from tests.differential.tiers import imports

    return imports()


def test_depth_is_the_same_in_both_tiers() -> None:
    module = assembled(f"(module {HOSTS} {KERNELS['endless recursion']})")
    whole = compare(module, "run", (1,), call_stack=262_144)
    assert isinstance(whole.ending, tuple)
    assert whole.ending[0] is wasm_vm.TrapKind.CALL_STACK
    assert whole.slots == 262_144
