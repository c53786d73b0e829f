from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import wasm_vm
from tests.support import wat
from wasm_vm.engines import Engine
from wasm_vm.interpreter import ReferenceEngine
from wasm_vm.runtime import Executor, GuestFunction, Memory, link


class Recorder(ReferenceEngine):
    """Notes what it is asked for and answers zeros."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, list[Any]]] = []

    def invoke(self, function: GuestFunction, arguments: list[Any]) -> Sequence[Any]:
        self.calls.append((function.plan.index, arguments))
        return [0] * len(function.type.results)


def test_an_instance_runs_all_its_functions_in_its_engine() -> None:
    engine: Executor = Recorder()
    module = wat.load(
        """(func $s) (start $s)
        (func (export "f") (param i32 f64) (result i32) (i32.const 5))"""
    )
    instance = link(module, {}, engine, None, None, Memory)
    assert instance.invoke("f", -1, 2.0) == 0
    assert isinstance(engine, Recorder)
    assert engine.calls == [(0, []), (1, [0xFFFF_FFFF, 2.0])]


def test_the_engines_by_name_implement_the_protocol() -> None:
    for engine in Engine:
        executor: Executor = engine.executor
        assert callable(executor.invoke)
    assert wasm_vm.Engine is Engine
