"""What the compiler makes of functions, and who runs those that it leaves out."""

from __future__ import annotations

import wasm_vm
from tests.support.require import require


def instance_of(text: str, prepare: bool = True, **options: object) -> wasm_vm.Instance:
    require("wasmtime")
    import wasmtime

    module = wasm_vm.load(wasmtime.wat2wasm(text))
    options.setdefault("engine", wasm_vm.Engine.COMPILED)
    instance = wasm_vm.instantiate(module, **options)  # type: ignore[arg-type]
    if prepare:
        instance.prepare()
    return instance


def source(instance: wasm_vm.Instance, name: str) -> str:
    function = instance.function(name)
    return str(instance.unit.codes[function.plan.index].source)  # type: ignore[attr-defined]


def test_statistics_count_what_was_compiled() -> None:
    instance = instance_of('(module (func (export "f") (result i32) (i32.const 3)))')
    assert instance.invoke("f") == 3
    assert instance.statistics() == (1, {}, 0)


def test_a_function_is_compiled_at_its_second_call() -> None:
    instance = instance_of(
        """(module (func (export "f") (result i32) (call $g))
        (func $g (result i32) (i32.const 3)))""",
        prepare=False,
    )
    assert instance.statistics() == (0, {}, 2)
    assert instance.invoke("f") == 3
    assert instance.statistics() == (0, {}, 2)
    assert instance.invoke("f") == 3
    assert instance.statistics() == (2, {}, 0)


def test_a_function_with_a_loop_is_compiled_at_its_first_call() -> None:
    instance = instance_of(
        """(module (func (export "f") (result i32) (call $g) (i32.const 3))
        (func $g (loop $l (br_if $l (i32.const 0)))))""",
        prepare=False,
    )
    assert instance.invoke("f") == 3
    assert instance.statistics() == (1, {}, 1)


def test_cold_functions_and_compiled_ones_call_each_other_as_deep_as_the_slots_allow() -> None:
    count = 300
    functions = "".join(
        f"(func $f{n} (param i32) (result i32) (call $loop (local.get 0) (i32.const {n})))"
        for n in range(count)
    )
    names = " ".join(f"$f{n}" for n in range(count))
    text = f"""(module (table funcref (elem {names} $end)) (type $t (func (param i32) (result i32)))
      (func $end (param i32) (result i32) (local.get 0))
      (func $loop (param i32 i32) (result i32)
        (loop $l (br_if $l (i32.const 0)))
        (call_indirect (type $t) (i32.add (local.get 0) (i32.const 1))
          (i32.add (local.get 1) (i32.const 1))))
      {functions} (export "f" (func $f0)))"""
    instance = instance_of(text, prepare=False)
    assert instance.invoke("f", 0) == count
    assert instance.statistics().compiled > count // 2
    assert instance.store.mixed == 0


def test_too_deep_loops_run_in_the_reference_tier() -> None:
    depth = 30
    body = "(loop $l " * depth + "(br_if $l (i32.const 0)) (br_if 29 (i32.const 0))" + ")" * depth
    heads = "".join("(loop (br_if 0 (i32.const 0)) " for _ in range(depth)) + ")" * depth
    instance = instance_of(f'(module (func (export "f") {body}) (func (export "g") {heads}))')
    instance.invoke("f")
    instance.invoke("g")
    assert list(instance.statistics().left_out) == [1]


def test_a_known_range_needs_no_mask() -> None:
    instance = instance_of(
        """(module (func (export "f") (param i32) (result i32)
          (i32.add (i32.and (local.get 0) (i32.const 255)) (i32.const 1))))"""
    )
    assert instance.invoke("f", -1) == 256
    assert "0xffffffff" not in source(instance, "f")


def test_a_proved_alignment_needs_no_test() -> None:
    instance = instance_of(
        """(module (memory 1) (func (export "f") (param i32) (result i32)
          (i32.load offset=4 (i32.shl (i32.and (local.get 0) (i32.const 255)) (i32.const 2)))))"""
    )
    instance.memory.write(8, b"\x01\x02\x03\x04")
    assert instance.invoke("f", 1) == 0x04030201
    assert "UI(" not in source(instance, "f")


def test_a_switch_is_one_python_loop() -> None:
    labels = " ".join(str(number) for number in range(40))
    parts = " ".join(
        f"(local.set 1 (i32.add (local.get 1) (i32.const {number}))) (br {39 - number}))"
        for number in range(40)
    )
    text = f"""(module (func (export "f") (param i32) (result i32) (local i32)
      (block {"(block " * 39} (block (br_table {labels} (local.get 0))) {parts[:-1]})
      (local.get 1)))"""
    instance = instance_of(text)
    assert [instance.invoke("f", number) for number in (0, 7, 38, 39, 99)] == [0, 7, 38, 39, 39]
    assert source(instance, "f").count("while 1") == 1


def test_prepare_compiles_all_and_reports() -> None:
    instance = instance_of('(module (func) (func) (func (export "f")))', prepare=False)
    seen: list[tuple[int, int]] = []
    instance.prepare(lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert instance.statistics().compiled == 3


def test_views_follow_a_memory_that_two_instances_share() -> None:
    first = instance_of(
        """(module (memory (export "memory") 0 4)
          (func (export "grow") (result i32) (memory.grow (i32.const 1)))
          (func (export "load") (param i32) (result i32) (i32.load (local.get 0))))"""
    )
    second = instance_of(
        """(module (memory (import "a" "memory") 0 4)
          (func (export "store") (param i32 i32) (i32.store (local.get 0) (local.get 1))))""",
        imports={"a": first.exports},
    )
    for pages in range(3):
        assert first.invoke("grow") == pages
        second.invoke("store", pages * 65536 + 65532, pages + 1)
        assert first.invoke("load", pages * 65536 + 65532) == pages + 1


def test_the_account_is_exact_for_a_host_function() -> None:
    @wasm_vm.host_function
    def used(caller: wasm_vm.Caller) -> wasm_vm.i64:
        units: int = caller.fuel.used
        return units

    instance = instance_of(
        """(module (import "h" "used" (func $used (result i64)))
          (func (export "f") (result i64) (drop (i32.const 1)) (call $used)
            (drop (i32.add (i32.const 1) (i32.const 2)))))""",
        imports={"h": {"used": used}},
    )
    assert instance.invoke("f") == 3
    assert instance.fuel.used == 6


def test_a_label_in_front_of_an_end_leaves_operands_that_the_end_must_move() -> None:
    instance = instance_of(
        """(module (func (export "f") (param i32) (result i32)
          (block $outer (result i32)
            (i32.add (local.get 0) (i32.const 5))
            (block $inner
              (loop $again
                (drop (br_if $outer (i32.const 9) (i32.eq (local.get 0) (i32.const 7))))
                (br_if $inner (local.get 0))
                (br_if $again (local.tee 0 (i32.const 1))))))
          (i32.mul (i32.const 3))))"""
    )
    assert [instance.invoke("f", number) for number in (0, 1, 2, 7)] == [15, 18, 21, 27]
