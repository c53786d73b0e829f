"""The verdicts of the runner, on an engine that does what the test says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pytest
from engine import Phase, Refusal
from runner import FileResult, agrees, all_missed, run_script
from script import Category
from values import Value


class FakeEngine:
    """Modules are their bytes; each method does what it finds in `does`, by name."""

    def __init__(self, **does: Any) -> None:
        self._does = does

    def _do(self, name: str, default: Any) -> Any:
        found = self._does.get(name, default)
        if isinstance(found, BaseException):
            raise found
        return found

    def load(self, binary: bytes) -> Any:
        if binary == b"bad":
            raise Refusal(Phase.INVALID, "bad")
        self._do("load", None)
        return binary

    def imported_modules(self, module: Any) -> Iterable[str]:
        return [module.decode().removeprefix("imports ")] if b"imports" in module else []

    def instantiate(self, module: Any, registered: Mapping[str, Any]) -> Any:
        self._do("instantiate", None)
        for name in self.imported_modules(module):
            if name not in registered:
                raise Refusal(Phase.UNLINKABLE, "unknown import")
        return module

    def invoke(self, instance: Any, name: str, arguments: Sequence[Value]) -> tuple[Value, ...]:
        return tuple(self._do(name, arguments))

    def get(self, instance: Any, name: str) -> Value:
        return Value("i32", len(instance))


MODULE = '(module binary "m")\n'


def run(text: str, **does: Any) -> FileResult:
    return run_script("x.wast", text, "2.0", FakeEngine(**does))


def verdict(assertion: str, **does: Any) -> str:
    """What came instead, or "pass"."""
    result = run(MODULE + assertion, **does)
    misses = [miss for miss in result.misses if miss.category is not Category.SETUP]
    return misses[0].got if misses else "pass"


def refusal(phase: Phase, message: str = "") -> Refusal:
    return Refusal(phase, message)


TRAP = refusal(Phase.TRAP, "unreachable")
ALL = [refusal(phase, "unreachable") for phase in Phase] + [RuntimeError("unreachable")]


@pytest.mark.parametrize(
    ("assertion", "right", "where"),
    [
        ('(assert_trap (invoke "f") "unreachable")', Phase.TRAP, "f"),
        ('(assert_trap (module binary "x") "unreachable")', Phase.TRAP, "instantiate"),
        ('(assert_exhaustion (invoke "f") "call stack")', Phase.EXHAUSTION, "f"),
        ('(assert_exception (invoke "f"))', Phase.EXCEPTION, "f"),
        ('(assert_unlinkable (module binary "x") "?")', Phase.UNLINKABLE, "instantiate"),
        ('(assert_invalid (module binary "x") "?")', Phase.INVALID, "load"),
        ('(assert_malformed (module binary "x") "?")', Phase.MALFORMED, "load"),
    ],
)
@pytest.mark.parametrize("outcome", [*ALL, None], ids=str)
def test_only_the_named_outcome_passes(
    assertion: str, right: Phase, where: str, outcome: Exception | None
) -> None:
    does = {where: () if outcome is None else outcome}
    text = assertion if where != "f" else MODULE + assertion
    result = run(text, **does)
    passes = isinstance(outcome, Refusal) and outcome.phase is right
    assert result.misses == [] if passes else len(result.misses) == 1


@pytest.mark.parametrize("outcome", ALL, ids=str)
def test_no_refusal_and_no_crash_is_a_return(outcome: Exception) -> None:
    assert verdict('(assert_return (invoke "f"))', f=outcome) != "pass"


def test_assert_invalid_does_not_instantiate() -> None:
    text = '(assert_invalid (module binary "bad") "?")(assert_invalid (module binary "x") "?")'
    result = run(text, instantiate=refusal(Phase.INVALID))
    assert [miss.got for miss in result.misses] == ["success"]


def test_returned_values_are_compared() -> None:
    one = (Value("i32", 1),)
    assert verdict('(assert_return (invoke "f") (i32.const 1))', f=one) == "pass"
    assert verdict('(assert_return (invoke "f") (i32.const 2))', f=one) == "i32:0x00000001"
    assert verdict('(assert_return (invoke "f"))', f=one) == "i32:0x00000001"
    assert verdict('(assert_return (invoke "f") (i32.const 1) (i32.const 1))', f=one) != "pass"
    assert verdict('(assert_return (invoke "f") (i32.const 1))', f=()) == "no result"
    assert verdict('(assert_return (get "g") (i32.const 1))') == "pass"


def test_the_nan_forms_of_1_0() -> None:
    canonical, arithmetic = (Value("f32", 0x7FC0_0000),), (Value("f64", 0x7FF8_0000_0000_0001),)
    assert verdict('(assert_return_canonical_nan (invoke "f"))', f=canonical) == "pass"
    assert verdict('(assert_return_canonical_nan (invoke "f"))', f=arithmetic) != "pass"
    assert verdict('(assert_return_arithmetic_nan (invoke "f"))', f=arithmetic) == "pass"
    assert verdict('(assert_return_arithmetic_nan (invoke "f"))', f=(Value("f32", 0),)) != "pass"


def test_an_unknown_assertion_is_a_miss() -> None:
    assert verdict('(assert_later (invoke "f") "x")', f=()) == "no result"
    assert verdict('(assert_later (invoke "f") "x")', f=TRAP) == "trap: unreachable"


def test_the_text_of_a_trap_must_agree() -> None:
    assert verdict('(assert_trap (invoke "f") "unreach")', f=TRAP) == "pass"
    assert verdict('(assert_trap (invoke "f") "integer overflow")', f=TRAP) == "trap: unreachable"


@pytest.mark.parametrize(
    ("wanted", "got", "same"),
    [
        ("uninitialized", "uninitialized element", True),
        ("uninitialized element 7", "uninitialized element", True),
        ("undefined element", "undefined element", True),
        ("undefined element", "uninitialized element", False),
        ("out of bounds memory access", "out of bounds table access", False),
        ("unreachable", "", False),
    ],
)
def test_agrees(wanted: str, got: str, same: bool) -> None:
    assert agrees(wanted, got) is same


def test_a_crash_has_a_traceback_and_a_refusal_has_none() -> None:
    crash = run(MODULE + '(invoke "f")', f=ZeroDivisionError("x")).misses[0]
    assert crash.got == "crash: ZeroDivisionError: x"
    assert "Traceback" in crash.traceback
    assert run(MODULE + '(invoke "f")', f=TRAP).misses[0].traceback == ""


def test_a_miss_says_what_and_where() -> None:
    (miss,) = run(MODULE + '\n(assert_return\n (invoke "f"))', f=TRAP).misses
    assert (miss.line, miss.category, miss.command) == (3, Category.EXEC, "assert_return")
    assert (miss.text, miss.expected, miss.got) == (
        '(assert_return (invoke "f"))',
        "no result",
        "trap: unreachable",
    )


def test_counts() -> None:
    text = MODULE + (
        '(assert_return (invoke "f"))(assert_trap (invoke "f") "")(register "m")'
        '(assert_invalid (module binary "bad") "")(assert_malformed (module quote "(") "")'
    )
    result = run(text, f=())
    assert result.counts == {
        Category.EXEC: [1, 2],
        Category.VALIDATION: [1, 1],
        Category.TEXT: [0, 1],
        Category.SETUP: [2, 2],
    }
    assert all_missed("x.wast", text, "died").counts == {
        Category.EXEC: [0, 2],
        Category.VALIDATION: [0, 1],
        Category.TEXT: [0, 1],
        Category.SETUP: [0, 2],
    }


def lost(text: str, **does: Any) -> list[int]:
    return [miss.line for miss in run(text, **does).misses]


def test_what_depends_on_a_failed_module_is_lost_until_the_next() -> None:
    text = """(module $good binary "m")
        (module $bad binary "bad")
        (assert_return (invoke "f"))
        (assert_trap (invoke "f") "")
        (assert_return (invoke $bad "f"))
        (assert_return (invoke $good "f"))
        (module binary "m")
        (assert_return (invoke "f"))"""
    assert lost(text, f=()) == [2, 3, 4, 5]


def test_what_imports_from_a_failed_module_is_lost_even_where_it_should_not_link() -> None:
    text = """(module $m binary "m")
        (register "a")
        (module binary "imports a")
        (module binary "bad")
        (register "a")
        (module binary "imports a")
        (assert_unlinkable (module binary "imports a") "unknown import")
        (assert_unlinkable (module binary "imports b") "unknown import")
        (register "a" $m)
        (module binary "imports a")"""
    assert lost(text) == [4, 5, 6, 7]


def test_a_failed_instantiation_loses_the_module_too() -> None:
    assert lost('(module binary "imports a")\n(assert_return (invoke "f"))', f=()) == [1, 2]


def test_a_module_that_is_not_assembled_is_lost(wasmtime_installed: None) -> None:
    assert lost('(module (func x))\n(assert_return (invoke "f"))', f=()) == [1, 2]


def test_nothing_comes_before_the_first_module() -> None:
    (miss,) = run('(assert_return (invoke "f"))', f=()).misses
    assert miss.got == "there is no module before"
    (miss,) = run(MODULE + '(register "a" $none)').misses
    assert miss.got == "there is no module $none"


def test_definitions_are_instantiated_on_demand() -> None:
    text = """(module definition $d binary "imports a")
        (module instance $i $d)
        (module definition $e binary "m")
        (assert_return (invoke "f"))
        (module instance $i $e)
        (assert_return (invoke $i "f"))
        (assert_return (invoke "f"))
        (module instance $j $none)
        (assert_return (invoke $j "f"))"""
    assert lost(text, f=()) == [2, 4, 8, 9]


def test_an_instance_may_be_what_should_not_link() -> None:
    text = """(module definition $d binary "imports a")
        (assert_unlinkable (module instance $d $d) "unknown import")"""
    assert lost(text) == []


def test_running_takes_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock: Callable[[], float] = iter((10.0, 12.5)).__next__
    monkeypatch.setattr("time.perf_counter", clock)
    assert run(MODULE).seconds == 2.5
