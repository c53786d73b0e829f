"""Whole programs: interpreters of JavaScript and Python built to WebAssembly, as pwasm ships them.

The modules come out of the installed package of pwasm, which runs them by its own adapters; this
file has what wasm_vm and wasmtime need to run them too. Each program takes a source text and gives
a text, on every engine the same, for as many units of fuel as wasmtime counts.

    python bench/programs.py [--rounds N]
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from measure import fastest, mean, table

import wasm_vm

MASK = 0xFFFF_FFFF
HEAP = 1 << 20

SCRIPTS: dict[str, tuple[str, ...]] = {
    "mquickjs": (
        "function f(n){return n<2?n:f(n-1)+f(n-2)} f(13)",
        "var s=0;for(var i=0;i<1500;i++)s=(s*31+i)&65535;s",
        "var a=[];for(var i=0;i<120;i++)a.push('x'+i);a.join(',').split(',').length",
    ),
    "micropython": (
        "def f(n):\n  return n if n<2 else f(n-1)+f(n-2)\nprint(f(12))",
        "s=0\nfor i in range(1500):\n  s=(s*31+i)&65535\nprint(s)",
        "d={}\nfor i in range(150):\n  d['k%d'%(i%40)]=i\nprint(sorted(d)[3],sum(d.values()))",
    ),
    "quickjs": (
        "(function(){function f(n){return n<2?n:f(n-1)+f(n-2)} return f(12)})()",
        "(function(){var s=0;for(var i=0;i<1500;i++)s=(s*31+i)&65535;return s})()",
        "(function(){return [5,3,9,1].map(x=>({v:x*2})).sort((a,b)=>a.v-b.v)"
        ".map(o=>JSON.stringify(o)).join()})()",
    ),
}


def module_path(name: str) -> Path:
    """The module of a program; raises FileNotFoundError where pwasm is not installed."""
    spec = importlib.util.find_spec("pwasm")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the whole programs come with pwasm, which is not installed")
    return Path(spec.origin).parent / "guests" / f"{name}.wasm"


class LongJump(Exception):
    """What the guest's longjmp raises, up to the invoke_* function below its setjmp."""


class Ours:
    """An instance in wasm_vm. fuel: False measures what exact fuel costs: see `kernels`."""

    def __init__(self, binary: bytes, host: Host, **options: Any) -> None:
        module = wasm_vm.load(binary)
        imports: dict[str, dict[str, wasm_vm.Extern]] = {}
        for entry in module.module.imported(wasm_vm.ExternKind.FUNCTION):
            kind = module.module.function_type(entry.description)  # type: ignore[arg-type]
            code = self.invoke
            if not entry.name.startswith("invoke_"):
                code = _raw(host.function(entry.name), bool(kind.results))
            function = wasm_vm.HostFunction(kind, entry.name, code, code)
            imports.setdefault(entry.module, {})[entry.name] = function
        limits = wasm_vm.Limits(fuel=1 << 60)
        self.instance = wasm_vm.instantiate(module, imports, limits=limits, **options)
        table = self.instance.exports.get("__indirect_function_table")
        self.elements = table.elements if isinstance(table, wasm_vm.Table) else []
        pointer = self.instance.exports.get("__stack_pointer")
        self.pointer = pointer if isinstance(pointer, wasm_vm.Global) else None

    def call(self, name: str, *arguments: int) -> Any:
        """Call an export."""
        return self.instance.invoke(name, *arguments)

    def invoke(self, _: Any, arguments: list[Any]) -> Any:
        """Call an element of the table, below which longjmp may end."""
        before = self.pointer.raw if self.pointer is not None else self.call("stackSave")
        function = self.elements[arguments[0]]
        try:
            return function.invoke_raw(arguments[1:])
        except LongJump:
            if self.pointer is not None:
                self.pointer.raw = before
            else:
                self.call("stackRestore", before)
            self.call("setThrew", 1, 0)
            return (0,) * len(function.type.results)

    def read(self, address: int, size: int) -> bytes:
        """Bytes of the memory."""
        return self.instance.memory.read(address & MASK, size & MASK)

    def write(self, address: int, data: bytes) -> None:
        """Put bytes into the memory."""
        self.instance.memory.write(address & MASK, data)

    def grow_to(self, size: int) -> int:
        """Grow the memory; 1 where it now has the size."""
        missing = (size & MASK) - self.instance.memory.size
        return int(missing <= 0 or self.instance.memory.grow(-(-missing // 65536)) >= 0)

    @property
    def used(self) -> int:
        """Units of fuel."""
        return self.instance.fuel.used


def _raw(function: Callable[..., Any], has_result: bool) -> Callable[..., Any]:
    if has_result:
        return lambda _, arguments: (function(*arguments) & MASK,)
    return lambda _, arguments: function(*arguments) or ()


class Native:
    """An instance in wasmtime, for its count of fuel."""

    def __init__(self, binary: bytes, host: Host) -> None:
        import wasmtime

        config = wasmtime.Config()
        config.consume_fuel = True
        engine = wasmtime.Engine(config)
        self.store = wasmtime.Store(engine)
        self.store.set_fuel(1 << 60)
        module = wasmtime.Module(engine, binary)
        imports = [
            wasmtime.Func(self.store, entry.type, self._import(entry.name or "", host))
            for entry in module.imports
        ]
        self.exports = wasmtime.Instance(self.store, module, imports).exports(self.store)
        self.memory = self.exports["memory"]

    def _import(self, name: str, host: Host) -> Callable[..., Any]:
        return self.invoke if name.startswith("invoke_") else host.function(name)

    def call(self, name: str, *arguments: int) -> Any:
        """Call an export."""
        return self.exports[name](self.store, *arguments)

    def invoke(self, index: int, *arguments: Any) -> Any:
        """Call an element of the table, below which longjmp may end."""
        pointer = self.exports.get("__stack_pointer", None)
        before = pointer.value(self.store) if pointer is not None else self.call("stackSave")
        function = self.exports["__indirect_function_table"].get(self.store, index)
        try:
            return function(self.store, *arguments)
        except LongJump:
            if pointer is not None:
                pointer.set_value(self.store, before)
            else:
                self.call("stackRestore", before)
            self.call("setThrew", 1, 0)
            return 0

    def read(self, address: int, size: int) -> bytes:
        """Bytes of the memory."""
        address &= MASK
        return bytes(self.memory.read(self.store, address, address + (size & MASK)))

    def write(self, address: int, data: bytes) -> None:
        """Put bytes into the memory."""
        self.memory.write(self.store, data, address & MASK)

    def grow_to(self, size: int) -> int:
        """Grow the memory; 1 where it now has the size."""
        missing = (size & MASK) - self.memory.data_len(self.store)
        if missing > 0:
            self.memory.grow(self.store, -(-missing // 65536))
        return 1

    @property
    def used(self) -> int:
        """Units of fuel."""
        return int((1 << 60) - self.store.get_fuel())


class Host:
    """What the programs import: output, a little of emscripten, a clock that stands still."""

    def __init__(self) -> None:
        self.output = bytearray()
        self.guest: Any = None
        self._temporary = 0

    def function(self, name: str) -> Callable[..., Any]:
        """The import of a name; one that no script needs answers an error."""
        return getattr(self, name.lstrip("_"), lambda *_: 52)

    def host_write(self, _: int, address: int, size: int) -> None:
        """Output."""
        self.output += self.guest.read(address, size)

    def host_interrupt(self) -> int:
        """Whether to stop: no."""
        return 0

    def clock_time_get(self, _: int, __: int, address: int) -> int:
        """A time."""
        self.guest.write(address, bytes(8))
        return 0

    def emscripten_throw_longjmp(self) -> None:
        """Go back to the invoke_* that waits."""
        raise LongJump

    def emscripten_resize_heap(self, size: int) -> int:
        """Grow."""
        return int(self.guest.grow_to(size))

    def emscripten_memcpy_big(self, to: int, origin: int, size: int) -> int:
        """Copy."""
        self.guest.write(to, self.guest.read(origin, size))
        return to

    def setTempRet0(self, value: int) -> None:
        """The upper half of a result."""
        self._temporary = value

    def getTempRet0(self) -> int:
        """The upper half of a result."""
        return self._temporary


class Program:
    """A program on an engine of this file: evaluates source texts."""

    def __init__(self, name: str, make: Callable[[bytes, Host], Any]) -> None:
        self.name = name
        self.host = Host()
        self.guest = self.host.guest = make(module_path(name).read_bytes(), self.host)
        start = {
            "mquickjs": (("__wasm_call_ctors",), ("sandbox_init", HEAP)),
            "micropython": (("_initialize",), ("mp_sandbox_init", HEAP // 4)),
            "quickjs": (("_initialize",), ("qjs_init", 0, HEAP // 2)),
        }
        for export, *arguments in start[name]:
            self.guest.call(export, *arguments)

    def __call__(self, source: str) -> str:
        """What the source gives."""
        guest, text = self.guest, source.encode()
        self.host.output.clear()
        address = guest.call("malloc", len(text) + 1)
        guest.write(address, text + b"\0")
        if self.name == "mquickjs":
            result = guest.call("sandbox_eval", address)
            data = guest.read(result, 4096)
            self.host.output += data[: data.index(0)]
        else:
            export = "mp_sandbox_exec" if self.name == "micropython" else "qjs_eval"
            guest.call(export, address, len(text))
        guest.call("free", address)
        return self.host.output.decode().strip()


def pwasm_program(name: str, limits: bool) -> Callable[[str], str]:
    """A program on pwasm, by pwasm's own adapter."""
    from pwasm.guests.micropython import MicroPython
    from pwasm.guests.mquickjs import MQuickJS
    from pwasm.guests.quickjs import QuickJS

    fuel = 1 << 60 if limits else None
    kinds = {"mquickjs": MQuickJS, "micropython": MicroPython, "quickjs": QuickJS}
    guest = kinds[name](mode="compile", fuel=fuel)
    return guest.exec if name == "micropython" else lambda source: str(guest.eval(source))


def measure(rounds: int) -> list[dict[str, Any]]:
    """For each script its program, units, and CPU seconds by engine.

    Raises SystemExit where engines disagree, or units are not those of wasmtime.
    """
    found = []
    for name, scripts in SCRIPTS.items():
        runs: dict[str, Callable[[str], str]] = {
            "wasm_vm": Program(name, Ours),
            "pwasm": pwasm_program(name, limits=False),
            "pwasm, limits": pwasm_program(name, limits=True),
        }
        counted, native = Program(name, Ours), Program(name, Native)
        for script in scripts:
            units = _units(counted, native, script)
            texts = {engine: run(script).strip() for engine, run in runs.items()}
            if len({text.replace("\\", "").strip('"') for text in texts.values()}) != 1:
                raise SystemExit(f"{name}: the engines disagree: {texts}")
            calls = {engine: partial(run, script) for engine, run in runs.items()}
            for call in calls.values():
                call()
            found.append({"program": name, "units": units, **fastest(calls, rounds)})
    return found


def _units(ours: Program, native: Program, script: str) -> int:
    """Units of a run by our count, which is wasmtime's too."""
    counts = []
    for program in (ours, native):
        before = program.guest.used
        program(script)
        counts.append(program.guest.used - before)
    if len(set(counts)) != 1:
        raise SystemExit(f"{ours.name}: {counts[0]} units, wasmtime {counts[1]}")
    return int(counts[0])


def report(measured: list[dict[str, Any]]) -> str:
    """Milliseconds by script and engine, and the geometric means of the ratios."""
    engines = [name for name in measured[0] if name not in ("program", "units")]
    rows: list[list[object]] = [
        [row["program"], f"{row['units']:,}", row["units"] / row["wasm_vm"] / 1e6]
        + [row[engine] * 1e3 for engine in engines]
        for row in measured
    ]
    ratios = [mean(row[engine] / row["wasm_vm"] for row in measured) for engine in engines]
    least = [min(row[engine] / row["wasm_vm"] for row in measured) for engine in engines]
    rows.append(["**wasm_vm is faster by**", "", "", *(f"{value:.3g}x" for value in ratios)])
    rows.append(["at the worst script", "", "", *(f"{value:.3g}x" for value in least)])
    return table(["program", "instructions", "M/s", *(f"{name}, ms" for name in engines)], rows)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    print(report(measure(parser.parse_args().rounds)))


if __name__ == "__main__":
    main()
