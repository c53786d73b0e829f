from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

import pytest

import wasm_vm
from tests.support.command_line import CommandLine

MODULE = """
(import "env" "h" (func $h))
(memory 1 4)
(func (export "add") (param i32 i64) (result i64)
  (i64.add (i64.extend_i32_s (local.get 0)) (local.get 1)))
(func (export "opaque") (param externref))
(func (export "grow") (result i32) (memory.grow (i32.const 1)))
(func (export "_start") (call $h))
"""
PLAIN = MODULE.replace('(import "env" "h" (func $h))', "(func $h)")


class System:
    """A system around the VM, as wasi is one."""

    def __init__(self, code: int = 0) -> None:
        self.code = code
        self.seen: list[Any] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--greeting", default="none")

    def configure(self, options: argparse.Namespace) -> Mapping[str, Mapping[str, Any]]:
        if options.greeting == "bad":
            raise ValueError("--greeting bad: say something nice")
        self.seen += [options.greeting, *options.args, options.report]
        return {"env": {"h": wasm_vm.host_function(lambda: None)}}

    def start(self, instance: wasm_vm.Instance) -> int:
        instance.invoke("_start")
        return self.code

    def statistics(self) -> list[str]:
        return ["greetings: 1"]


COMMANDS = ("run", "trace", "profile")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--invoke", "absent"), "no exported function 'absent'; exported functions: add, opaque"),
        (("--invoke", "add", "1"), "takes 2 arguments, got 1"),
        (("--invoke", "add", "1", "x"), "'x' is no i64"),
        (("--invoke", "add", "1", "0x1_0000_0000_0000_0000"), "does not fit into 64 bits"),
        (("--invoke", "opaque", "1"), "an argument of type externref cannot be given"),
        (("--fuel", "-1", "--invoke", "grow"), "must not be negative"),
        (("--fuel", "many", "--invoke", "grow"), "invalid"),
        (("--memory", "lots", "--invoke", "grow"), "'lots' is no size"),
        ((), "name an exported function with --invoke"),
    ],
)
def test_bad_usage(tool: CommandLine, command: str, words: tuple[str, ...], message: str) -> None:
    found = tool(PLAIN, command, *words)
    assert found.code == 126
    assert message in found.err
    assert found.err.count("\n") == 1


@pytest.mark.parametrize("command", COMMANDS)
def test_limits_hold_in_every_command(tool: CommandLine, command: str) -> None:
    found = tool(PLAIN, command, "--fuel", "3", "--invoke", "add", "1", "2")
    assert found.code == 137
    assert "out of fuel: 3 units used" in found.err
    assert tool(PLAIN, command, "--memory", "1KB", "--invoke", "grow").code == 138
    small = tool(PLAIN, command, "--memory", "64KB", "--invoke", "grow").out
    big = tool(PLAIN, command, "--memory", "128KB", "--invoke", "grow").out
    assert ("-1" in small.splitlines()[0] + small.splitlines()[-1], small == big) == (True, False)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_system_adds_options_imports_and_a_start(tool: CommandLine, command: str) -> None:
    system = System(7)
    found = tool(MODULE, command, "--greeting", "hi", "--", "--one", system=system)
    assert found.code == 7
    assert system.seen == ["hi", "--one", command != "run"]
    found = tool(MODULE, command, "--greeting", "bad", system=system)
    assert (found.code, found.err) == (126, "tool: FILE: --greeting bad: say something nice\n")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("guest", "shown"), [(0, 0), (125, 125), (126, 125), (2**32 - 1, 125)])
def test_codes_of_the_guest_end_below_our_own(
    tool: CommandLine, command: str, guest: int, shown: int
) -> None:
    assert tool(MODULE, command, system=System(guest)).code == shown


@pytest.mark.parametrize("command", ["trace", "profile"])
@pytest.mark.parametrize(
    ("body", "code", "how"),
    [
        ("unreachable", 134, "trap"),
        ("(throw 0)", 134, "exception"),
        ("(loop (br 0))", 137, "out of fuel"),
        ("nop", 0, "returned"),
    ],
)
def test_a_report_comes_whatever_the_end_is(
    tool: CommandLine, command: str, body: str, code: int, how: str
) -> None:
    found = tool(f'(tag) (func $f (export "f") {body})', command, "--fuel", "9", "--invoke", "f")
    assert found.code == code
    assert f"{how}" in found.out
    assert bool(found.err) == bool(code)
    if code:
        assert "\n  at $f at byte 0x" in found.err


def test_a_start_function_is_traced_and_may_trap(tool: CommandLine) -> None:
    found = tool("(func $s (unreachable)) (start $s)", "trace", "--invoke", "f")
    assert found.code == 134
    assert "$s+0" in found.out
    assert found.out.endswith("trap: unreachable after 1 instructions\n")
