"""The library: the code of every function that was compiled, made once or taken from a cache.

Code is the same for all instances of a module, so it is kept by the function's plan and goes with
it. With a cache, code of earlier processes is unpacked when a function is first asked for, and new
code is written by `flush`: after a module was prepared, and when the process ends.
"""

from __future__ import annotations

import atexit
import marshal
from typing import Any
from weakref import WeakKeyDictionary

from wasm_vm.compiler.cache import CodeCache
from wasm_vm.compiler.function import CompiledCode, compile_function
from wasm_vm.compiler.writer import Site, Unsupported
from wasm_vm.validation import FunctionPlan, ValidModule

UNSAVED_MOST = 16
"""Modules with new code that wait for `flush`, which keeps them alive."""


class Library:
    """Compiled functions. left_out: those that the reference engine runs, with the reason."""

    def __init__(self) -> None:
        self.left_out: WeakKeyDictionary[FunctionPlan, str] = WeakKeyDictionary()
        self._codes: WeakKeyDictionary[FunctionPlan, CompiledCode] = WeakKeyDictionary()
        self.cache: CodeCache | None = None
        self._shelves: WeakKeyDictionary[ValidModule, dict[int, bytes]] = WeakKeyDictionary()
        self._unsaved: dict[ValidModule, None] = {}

    def use(self, cache: CodeCache | None) -> None:
        """Take code from a cache from now on and put it there; None: from none."""
        self.flush()
        if self.cache is None and cache is not None:
            atexit.register(self.flush)
        elif cache is None:
            atexit.unregister(self.flush)
        self.cache = cache
        self._shelves.clear()

    def __contains__(self, plan: FunctionPlan) -> bool:
        """True for a function that was compiled in this process."""
        return plan in self._codes

    def has(self, module: ValidModule, plan: FunctionPlan) -> bool:
        """True where asking for a function takes no compiling."""
        return plan in self._codes or plan in self.left_out or plan.index in self._shelf(module)

    def code(self, module: ValidModule, plan: FunctionPlan) -> CompiledCode | None:
        """The code of a function; None where the reference engine runs it."""
        code = self._codes.get(plan)
        if code is not None or plan in self.left_out:
            return code
        packed = self._shelf(module).get(plan.index)
        made = _unpacked(packed) if packed is not None else self._compiled(module, plan)
        if isinstance(made, str):
            self.left_out[plan] = made
            return None
        self._codes[plan] = made
        return made

    def flush(self) -> None:
        """Write what is new to the cache."""
        while self._unsaved:
            module, _ = self._unsaved.popitem()
            if self.cache is not None:
                self.cache.save(module, self._shelves[module])

    def _compiled(self, module: ValidModule, plan: FunctionPlan) -> CompiledCode | str:
        made: CompiledCode | str
        try:
            made = compile_function(module, plan)
        except Unsupported as error:
            made = str(error)
        if self.cache is not None:
            self._shelf(module)[plan.index] = _packed(made)
            self._unsaved[module] = None
            if len(self._unsaved) > UNSAVED_MOST:
                self.flush()
        return made

    def _shelf(self, module: ValidModule) -> dict[int, bytes]:
        """What the cache has of a module."""
        if self.cache is None:
            return {}
        shelf = self._shelves.get(module)
        if shelf is None:
            shelf = self._shelves[module] = self.cache.load(module)
        return shelf


def _packed(made: CompiledCode | str) -> bytes:
    """Code, or why there is none, as bytes; without the source."""
    if isinstance(made, str):
        return marshal.dumps(made)
    sites = {line: tuple(site) for line, site in made.sites.items()}
    return marshal.dumps((made.code, sites, made.links, made.tail, made.dirty))


def _unpacked(packed: bytes) -> CompiledCode | str:
    made: Any = marshal.loads(packed)
    if isinstance(made, str):
        return made
    code, sites, links, tail, dirty = made
    found = {line: Site(*site) for line, site in sites.items()}
    return CompiledCode(code, found, links, tail, dirty, "")
