"""dump shows every module of the suites, and observed scripts go as unobserved ones do."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

import wasm_vm
from tests.support.require import require
from wasm_vm.commands import dump
from wasm_vm.commands.account import Account, walk
from wasm_vm.commands.describe import Describer, raw_value

LEVELS = {"1.0": wasm_vm.Features.V1, "2.0": wasm_vm.Features.V2, "3.0": wasm_vm.Features.V3}


def binaries(level: str) -> Iterator[bytes]:
    """Every module of a release that has a binary form."""
    import suite
    from assembler import AssemblyError, assemble
    from script import Assertion, ModuleSource, read_script

    for text in suite.load(suite.RELEASES[level]).values():
        for command in read_script(text):
            subject: Any = command.body
            if isinstance(subject, Assertion):
                subject = subject.subject
            if isinstance(subject, ModuleSource) and subject.kind != "quote":
                try:
                    yield assemble(subject, level)
                except AssemblyError:
                    continue


@pytest.mark.parametrize("level", LEVELS)
def test_dump(level: str) -> None:
    require("spec")
    require("wasmtime")
    seen: Counter[str] = Counter()
    for binary in set(binaries(level)):
        try:
            module = wasm_vm.decode(binary, features=LEVELS[level])
        except (wasm_vm.Malformed, wasm_vm.LimitExceeded):
            seen["malformed"] += 1
            continue
        head = {"file": "m", "level": level, **dump.overview(binary, module)}
        seen["valid" if head["valid"] else "invalid"] += 1
        bodies = list(dump.functions(module))
        json.dumps([head, bodies])
        steps = sum(len(body["instructions"]) for body in bodies)
        assert len(list(dump.lines(head, iter(bodies)))) > steps
    assert seen["valid"] > 500
    assert seen["invalid"] > 500


BASIC = ("br_table.wast", "if.wast", "memory_grow.wast", "table_copy.wast", "select.wast")


class Watched:
    """A store under an account, which also looks at every instruction as trace does."""

    def __init__(self) -> None:
        self.account = Account()
        self.names: Counter[str] = Counter()
        self.store = wasm_vm.Store(observer=self._see)

    def _see(self, frame: Any, at: int) -> None:
        self.account(frame, at)
        row, immediate, _ = frame.function.plan.body[at]
        if self.names[row.name] < 20:
            say = Describer(frame.instance.module.module)
            assert say.instruction(row, immediate).startswith(row.name)
            assert all(isinstance(raw_value(value), str) for value in frame.stack)
        self.names[row.name] += 1


def test_observed_scripts_pass_and_every_unit_is_booked() -> None:
    require("spec")
    require("wasmtime")
    import suite
    import vm
    from runner import run_script

    names: Counter[str] = Counter()
    for name, text in suite.load(suite.RELEASES["3.0"]).items():
        if not name.startswith(("gc/", "exceptions/")) and name not in BASIC:
            continue
        watched, machine = Watched(), vm.VirtualMachine("3.0", "reference")
        machine._store = watched.store
        assert not run_script(name, text, "3.0", machine).misses, name
        account, used = watched.account, watched.store.meter.used
        account.finish(watched.store.meter)
        assert sum(node.count.fuel for node, _ in walk(account.root)) == used
        assert sum(each.fuel for each in account.opcodes.values()) + account.entries == used
        names += watched.names
    assert len(names) > 100
