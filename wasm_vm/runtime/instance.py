"""Module instances (spec 4.2.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wasm_vm.errors import BadCall
from wasm_vm.runtime.engine import Executor, Progress, Statistics
from wasm_vm.runtime.fuel import Meter
from wasm_vm.runtime.function import Caller, Function
from wasm_vm.runtime.globals import Global
from wasm_vm.runtime.heap import Tag
from wasm_vm.runtime.memory import Memory
from wasm_vm.runtime.store import Store
from wasm_vm.runtime.table import Table
from wasm_vm.validation import ValidModule

Extern = Function | Table | Memory | Global | Tag


class Instance:
    """An instantiated module; `instantiate` makes one.

    The lists are the module's index spaces. A dropped segment is empty. unit: what the engine
    keeps of the instance.
    """

    __slots__ = (
        "caller",
        "datas",
        "elements",
        "engine",
        "exports",
        "functions",
        "globals",
        "memories",
        "module",
        "store",
        "tables",
        "tags",
        "unit",
    )

    def __init__(self, module: ValidModule, store: Store, engine: Executor) -> None:
        self.module = module
        self.store = store
        self.engine = engine
        self.functions: list[Function] = []
        self.tables: list[Table] = []
        self.memories: list[Memory] = []
        self.globals: list[Global] = []
        self.tags: list[Tag] = []
        self.elements: list[list[Any]] = []
        self.datas: list[bytes] = []
        self.exports: Mapping[str, Extern] = {}
        self.caller = Caller(self)
        self.unit: Any = None

    @property
    def fuel(self) -> Meter:
        """The meter of the instance's store."""
        return self.store.meter

    @property
    def memory(self) -> Memory:
        """The memory exported as "memory", else the first one; raises BadCall if there is none."""
        exported = self.exports.get("memory")
        if isinstance(exported, Memory):
            return exported
        if not self.memories:
            raise BadCall("the module has no memory")
        return self.memories[0]

    def function(self, name: str) -> Function:
        """An exported function; raises BadCall naming those that exist."""
        found = self.exports.get(name)
        if not isinstance(found, Function):
            names = [key for key, value in self.exports.items() if isinstance(value, Function)]
            shown = ", ".join(names[:20]) or "none"
            raise BadCall(f"no exported function {name!r}; exported functions: {shown}")
        return found

    def prepare(self, progress: Progress | None = None) -> None:
        """Do now what the engine would do at calls of each function; see `wasm_vm.prepare`."""
        self.engine.prepare(self.module, progress)

    def statistics(self) -> Statistics:
        """How many functions are compiled, and which are not, and why."""
        return self.engine.statistics(self)

    def invoke(self, name: str, *arguments: Any) -> Any:
        """Call an exported function with public values (spec 4.5.5).

        i32 and i64 are signed ints, f32 and f64 floats, v128 16 bytes. One result is returned as
        a value, several as a tuple, none as None. Raises BadCall, Trap, OutOfFuel.
        """
        return self.function(name)(*arguments)

    def invoke_bits(self, name: str, *arguments: Any) -> tuple[Any, ...]:
        """Call an exported function with numbers as unsigned bit patterns, and get them."""
        return self.function(name).invoke_bits(*arguments)
