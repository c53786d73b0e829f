from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

import wasm_vm
from tests.support import wat
from wasm_vm.errors import BadCall, Trap, TrapKind
from wasm_vm.types import EXTERNREF, F32, F64, FUNCREF, I32, I64, V128, FunctionType

KERNEL = """
(import "env" "h" (func $h (param i32) (result i32)))
(memory (export "memory") 1)
(data (i32.const 0) "hello, kernel!!!")
(func $fib (export "fib") (param i32) (result i32)
  (if (i32.lt_u (local.get 0) (i32.const 2)) (then (return (call $h (local.get 0)))))
  (i32.add
    (call $fib (i32.sub (local.get 0) (i32.const 1)))
    (call $fib (i32.sub (local.get 0) (i32.const 2)))))
"""


def test_the_example_of_the_documentation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kernel.wasm").write_bytes(wat.assemble(KERNEL))
    monkeypatch.chdir(tmp_path)

    @wasm_vm.host_function
    def add_one(value: wasm_vm.i32) -> wasm_vm.i32:
        return value + 1

    module = wasm_vm.load(open("kernel.wasm", "rb").read())  # noqa: SIM115
    instance = wasm_vm.instantiate(
        module, {"env": {"h": add_one}}, limits=wasm_vm.Limits(fuel=10_000_000)
    )
    results = instance.invoke("fib", 20), instance.fuel.used, instance.memory.read(0, 16)
    # fib(20) has 10,946 leaves, and each answers one more here; a leaf costs 7 units, a knot 14.
    leaves = 10_946
    assert results == (6765 + leaves, 7 * leaves + 14 * (leaves - 1), b"hello, kernel!!!")


def echo(kind: str, function: Any, *arguments: Any) -> Any:
    """Send arguments through a guest to a host function and back."""
    count = len(function.type.parameters)
    parameters = "".join(f"(param {each})" for each in function.type.parameters)
    results = "".join(f"(result {each})" for each in function.type.results)
    gets = "".join(f"(local.get {index})" for index in range(count))
    instance = wat.instance(
        f"""(import "env" "h" (func $h {parameters} {results}))
        (memory 1) (func (export "f") {parameters} {results} (call $h {gets}))""",
        {"env": {"h": function}},
    )
    return instance.invoke("f", *arguments)


def test_signatures_come_from_annotations() -> None:
    @wasm_vm.host_function
    def every(
        a: wasm_vm.i32, b: wasm_vm.u32, c: wasm_vm.i64, d: wasm_vm.u64, e: wasm_vm.f32,
        f: wasm_vm.f64, g: wasm_vm.v128, h: wasm_vm.funcref, i: wasm_vm.externref,
    ) -> tuple[wasm_vm.i32, wasm_vm.f64]:  # fmt: skip
        raise NotImplementedError

    @wasm_vm.host_function
    def nothing() -> None: ...

    @wasm_vm.host_function
    def unannotated_result(caller: wasm_vm.Caller, value: wasm_vm.i32): ...  # type: ignore[no-untyped-def]

    assert every.type == FunctionType(
        (I32, I32, I64, I64, F32, F64, V128, FUNCREF, EXTERNREF), (I32, F64)
    )
    assert nothing.type == FunctionType((), ())
    assert unannotated_result.type == FunctionType((I32,), ())
    assert every.name == "every"
    assert wasm_vm.host_function(name="env.log")(lambda: None).name == "env.log"


def test_integers_arrive_signed_or_unsigned_as_declared() -> None:
    seen: list[Any] = []

    @wasm_vm.host_function
    def h(a: wasm_vm.i32, b: wasm_vm.u32, c: wasm_vm.i64, d: wasm_vm.u64) -> None:
        seen.append((a, b, c, d))

    assert echo("", h, -1, -1, -1, -1) is None
    assert seen == [(-1, 2**32 - 1, -1, 2**64 - 1)]


def test_results_may_be_signed_or_unsigned() -> None:
    @wasm_vm.host_function
    def h(which: wasm_vm.i32) -> tuple[wasm_vm.i32, wasm_vm.i64]:
        return (2**32 - 5, -5) if which else (-5, 2**64 - 5)

    assert echo("", h, 0) == echo("", h, 1) == (-5, -5)


def test_floats_and_references_pass_as_they_are() -> None:
    token = object()

    @wasm_vm.host_function
    def h(
        a: wasm_vm.f32, b: wasm_vm.f64, c: wasm_vm.externref
    ) -> tuple[wasm_vm.f32, wasm_vm.f64, wasm_vm.externref]:
        assert c is None or c is token
        return a, b, c

    assert echo("", h, 0.1, -0.0, token) == (0.10000000149011612, -0.0, token)
    found = echo("", h, math.inf, math.nan, None)
    assert found[0] == math.inf
    assert math.isnan(found[1])
    assert found[2] is None


def test_a_result_is_rounded_to_f32() -> None:
    @wasm_vm.host_function
    def h() -> wasm_vm.f32:
        return 0.1

    assert echo("", h) == 0.10000000149011612


def test_the_caller_gives_its_memory_and_fuel() -> None:
    @wasm_vm.host_function
    def h(caller: wasm_vm.Caller, address: wasm_vm.u32) -> wasm_vm.i64:
        caller.memory.write(address, b"abc")
        caller.fuel.charge(100)
        return caller.fuel.used

    instance = wat.instance(
        """(import "env" "h" (func $h (param i32) (result i64))) (memory 1)
        (func (export "f") (result i64) (call $h (i32.const 8)))""",
        {"env": {"h": h}},
    )
    # Entry, constant, call; then what the host has charged.
    assert instance.invoke("f") == 103
    assert instance.memory.read(8, 3) == b"abc"


def test_a_start_function_of_the_host_knows_its_caller() -> None:
    seen: list[bytes] = []

    @wasm_vm.host_function
    def h(caller: wasm_vm.Caller) -> None:
        seen.append(caller.memory.read(0, 2))

    wat.instance(
        """(import "env" "h" (func $h)) (memory 1) (data (i32.const 0) "hi") (start $h)""",
        {"env": {"h": h}},
    )
    assert seen == [b"hi"]


def test_without_a_guest_there_is_no_caller_to_give() -> None:
    @wasm_vm.host_function
    def h(caller: wasm_vm.Caller) -> None: ...

    @wasm_vm.host_function
    def plain(value: wasm_vm.i32) -> wasm_vm.i32:
        return value * 2

    with pytest.raises(BadCall, match="h needs a guest that calls it"):
        h()
    assert plain(21) == 42


@pytest.mark.parametrize(
    "bad",
    [
        lambda value: value,
        lambda: None,
    ],
)
def test_a_parameter_without_a_webassembly_type_is_refused(bad: Any) -> None:
    def annotated(value: int) -> None: ...

    def wrong_result() -> int:
        return 1

    with pytest.raises(TypeError, match=r"annotated: parameter value needs a WebAssembly type"):
        wasm_vm.host_function(annotated)
    with pytest.raises(TypeError, match=r"wrong_result: result needs a WebAssembly type"):
        wasm_vm.host_function(wrong_result)
    if bad.__code__.co_argcount:
        with pytest.raises(TypeError, match="parameter value"):
            wasm_vm.host_function(bad)
    else:
        assert wasm_vm.host_function(bad).type == FunctionType((), ())


def test_a_declared_exception_becomes_a_trap_with_its_cause() -> None:
    @wasm_vm.host_function(traps=(ValueError,))
    def h(value: wasm_vm.i32) -> wasm_vm.i32:
        if value == 1:
            raise ValueError("one is odd")
        raise KeyError("a bug")

    with pytest.raises(Trap, match="host function failed: h: one is odd") as caught:
        echo("", h, 1)
    assert caught.value.kind is TrapKind.HOST
    assert isinstance(caught.value.__cause__, ValueError)
    assert [frame.function for frame in caught.value.backtrace] == [1]


def test_any_other_exception_passes_through_unchanged() -> None:
    class Bug(Exception):
        pass

    error = Bug("as it is")

    @wasm_vm.host_function(traps=(ValueError,))
    def h() -> None:
        raise error

    with pytest.raises(Bug) as caught:
        echo("", h)
    assert caught.value is error


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("five", "host function h: result: expected an int, got str"),
        (None, "host function h: result: expected an int, got NoneType"),
        (1 << 33, "host function h: result: 8589934592 does not fit into 32 bits"),
    ],
)
def test_a_result_of_the_wrong_type_is_a_bug_of_the_host_and_no_trap(
    answer: Any, message: str
) -> None:
    @wasm_vm.host_function
    def h() -> wasm_vm.i32:
        return answer

    with pytest.raises((TypeError, ValueError), match=message):
        echo("", h)


def test_too_few_results_are_a_bug_of_the_host() -> None:
    @wasm_vm.host_function
    def h() -> tuple[wasm_vm.i32, wasm_vm.i32]:
        return (1,)  # type: ignore[return-value]

    with pytest.raises(TypeError, match="h must give 2 results"):
        echo("", h)


def test_a_mismatch_shows_both_signatures() -> None:
    @wasm_vm.host_function
    def h(value: wasm_vm.i64) -> None: ...

    with pytest.raises(wasm_vm.Unlinkable) as caught:
        wat.instance('(import "env" "h" (func (param i32) (result f64)))', {"env": {"h": h}})
    assert str(caught.value) == (
        "incompatible import type for env.h: "
        "wanted function [i32] -> [f64], got function [i64] -> []"
    )
