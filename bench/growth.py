"""Does anything grow faster than it should? Loading, memory of an instance, and four tables.

    python bench/growth.py

Loading: a module of some 250 KB until it can be called, with nothing known of it, and with its code
in the cache; all functions compiled. Growth: nanoseconds an instruction, which should not depend on
the size of the function, of the module, of the memory, or on the depth of calls. What the machine
itself takes longer for, as its caches are small, is seen in a control: the same accesses and the
same recursion in plain Python, its time divided by the guest's number of instructions.
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from measure import fastest, table
from programs import module_path

import wasm_vm

INSTANCES = 20


def loading(name: str = "micropython") -> str:
    """Load times and memory of a real module."""
    binary = module_path(name).read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        times = {}
        for state in ("cold", "cached"):
            wasm_vm.use_code_cache(wasm_vm.CodeCache(Path(folder)))
            gc.collect()
            gc.freeze()  # what others have left is no part of this
            started = time.process_time()
            module = wasm_vm.load(binary)
            loaded = time.process_time()
            wasm_vm.instantiate(module, _imports(module)).prepare()
            times[state] = (loaded - started, time.process_time() - loaded)
            gc.unfreeze()
            wasm_vm.use_code_cache(None)
    rows: list[list[object]] = [
        [f"{len(binary)} bytes, {len(module.plans)} functions: {what}"]
        + [seconds[position] for seconds in times.values()]
        for position, what in enumerate(("decode and validate", "instantiate and compile all"))
    ]
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    made = [wasm_vm.instantiate(module, _imports(module)) for _ in range(INSTANCES)]
    used = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    own = used // INSTANCES - made[0].memory.size
    return (
        table(["seconds of CPU", *times], rows)
        + f"\n\nAn instance takes {own} bytes beside its memory of {made[0].memory.size}."
    )


def _imports(module: wasm_vm.ValidModule) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for entry in module.module.imported(wasm_vm.ExternKind.FUNCTION):
        kind = module.module.function_type(entry.description)  # type: ignore[arg-type]
        function = wasm_vm.HostFunction(kind, entry.name, lambda *_: (0,), lambda *_: 0)
        found.setdefault(entry.module, {})[entry.name] = function
    return found


def _module(text: str) -> wasm_vm.ValidModule:
    import wasmtime

    return wasm_vm.load(bytes(wasmtime.wat2wasm(f"(module {text})")))


WORK = "(local.set 1 (i32.xor (i32.mul (local.get 1) (i32.const 31)) (local.get 0)))"
LOOP = "(br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))"


def by_function_size(size: int) -> str:
    """A loop over a body of so many instructions."""
    return f"""(func (export "run") (param i32) (result i32) (local i32)
      (loop $l {WORK * (size // 6)} {LOOP}) (local.get 1))"""


def by_module_size(size: int) -> str:
    """So many functions, of which one runs."""
    other = "".join(f"(func (result i32) (i32.const {number}))" for number in range(size))
    return other + by_function_size(60)


def by_memory_size(size: int) -> str:
    """Loads and stores all over so many pages."""
    return f"""(memory {size}) (func (export "run") (param i32) (result i32) (local i32)
      (loop $l
        (i32.store (i32.and (local.get 1) (i32.const {size * 65536 - 4})) (local.get 0))
        (local.set 1 (i32.add (local.get 1) (i32.const 40503)))
        (local.set 1 (i32.add (local.get 1)
          (i32.load (i32.and (local.get 1) (i32.const {size * 65536 - 4})))))
        {LOOP}) (local.get 1))"""


def by_depth(size: int) -> str:
    """A recursion of that depth, over and over."""
    return f"""(func $down (param i32) (result i32)
        (if (result i32) (local.get 0)
          (then (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1)))))
          (else (i32.const 0))))
      (func (export "run") (param i32) (result i32) (local i32)
      (loop $l (local.set 1 (call $down (i32.const {size}))) {LOOP}) (local.get 1))"""


Control = Callable[[int], Callable[[int], object]]
"""Takes a size and gives what takes the number of turns."""


def python_memory(size: int) -> Callable[[int], int]:
    """What `by_memory_size` does, in Python."""
    words = memoryview(bytearray(size * 65536)).cast("I")
    last = size * 65536 - 4

    def run(turns: int) -> int:
        value = 0
        while turns:
            words[(value & last) >> 2] = turns
            value = value + 40503 & 0xFFFFFFFF
            value = value + words[(value & last) >> 2] & 0xFFFFFFFF
            turns -= 1
        return value

    return run


def python_depth(size: int) -> Callable[[int], None]:
    """What `by_depth` does, in Python."""

    def down(left: int) -> int:
        return 1 + down(left - 1) if left else 0

    def run(turns: int) -> None:
        for _ in range(turns):
            down(size)

    return run


CASES: tuple[tuple[str, Callable[[int], str], Control | None, tuple[int, int, int]], ...] = (
    ("instructions of a function", by_function_size, None, (60, 1_200, 24_000)),
    ("functions of a module", by_module_size, None, (10, 200, 4_000)),
    ("pages of memory", by_memory_size, python_memory, (1, 32, 1_024)),
    ("depth of calls", by_depth, python_depth, (10, 200, 4_000)),
)
UNITS = 200_000
ROUNDS = 9


def growth() -> str:
    """Nanoseconds an instruction by size."""
    rows: list[list[object]] = []
    for what, text_of, control, sizes in CASES:
        times = [_nanoseconds(text_of(size), control and control(size)) for size in sizes]
        rows.append([what, *_cells(sizes, [each["guest"] for each in times])])
        if control is not None:
            alike = [each["control"] for each in times]
            rows.append(["the same in plain Python", *_cells(sizes, alike)])
    return table(["size", "small", "ns", "medium", "ns", "large", "ns", "large / small"], rows)


def _cells(sizes: Sequence[int], times: Sequence[float]) -> list[object]:
    cells: list[object] = []
    for size, nanoseconds in zip(sizes, times, strict=True):
        cells += [f"{size:,}", nanoseconds]
    return [*cells, times[-1] / times[0]]


def _nanoseconds(text: str, control: Callable[[int], object] | None) -> dict[str, float]:
    """An instruction's time in the guest, and in the control."""
    instance = wasm_vm.instantiate(_module(text), limits=wasm_vm.Limits(fuel=1 << 60))
    instance.prepare()
    run = instance.function("run")
    run(1)
    before = instance.fuel.used
    run(2)
    turns = max(2, UNITS // (instance.fuel.used - before))
    before = instance.fuel.used
    run(turns)
    units = instance.fuel.used - before
    runs: dict[str, Callable[[], object]] = {"guest": lambda: run(turns)}
    if control is not None:
        runs["control"] = partial(control, turns)
    return {name: time / units * 1e9 for name, time in fastest(runs, ROUNDS).items()}


def main() -> None:
    """Measure and print."""
    print(loading())
    print()
    print(growth())


if __name__ == "__main__":
    main()
