"""The engines by name, and the entry points that choose one."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from wasm_vm.binary import decode
from wasm_vm.compiler import CompiledEngine
from wasm_vm.compiler.cache import CodeCache
from wasm_vm.interpreter import REFERENCE
from wasm_vm.limits import Limits
from wasm_vm.runtime import (
    Executor,
    Extern,
    Instance,
    InstanceState,
    Memory,
    MemoryProvider,
    Store,
    link,
)
from wasm_vm.runtime.engine import Progress
from wasm_vm.types import Features
from wasm_vm.validation import ValidModule, validate


class Engine(Enum):
    """The tiers of execution; all agree on every result and on every unit of fuel."""

    REFERENCE = "reference"
    COMPILED = "compiled"

    @property
    def executor(self) -> Executor:
        """What runs the functions."""
        return REFERENCE if self is Engine.REFERENCE else _COMPILED


_COMPILED = CompiledEngine(REFERENCE)


def use_code_cache(cache: CodeCache | None) -> None:
    """Keep compiled code on disk from now on, and take it from there; None ends that.

    What cannot be used there is ignored with a warning of the logger "wasm_vm".
    """
    _COMPILED.library.use(cache)


def load(
    binary: bytes, *, features: Features = Features.V3, limits: Limits | None = None
) -> ValidModule:
    """Decode and validate a module; raises Malformed, Invalid, LimitExceeded.

    A module that the code cache knows to be valid is decoded where it is looked at.
    """
    cache = _COMPILED.library.cache
    limits = limits or Limits()
    known = cache is not None and cache.is_valid(binary, features, limits)
    module = decode(binary, features=features, limits=limits, known=known)
    found = validate(module, known=known)
    if cache is not None and not known:
        cache.note_valid(module)
    return found


def prepare(
    module: ValidModule, *, engine: Engine = Engine.COMPILED, progress: Progress | None = None
) -> None:
    """Do now what an engine would do at calls of each function: compile it.

    progress: called with the number of functions done and of all. Code is made once for a module,
    however many instances it has or will have; this may run in another thread.
    """
    engine.executor.prepare(module, progress)


def instantiate(
    module: ValidModule,
    imports: Mapping[str, Mapping[str, Extern]] | None = None,
    *,
    limits: Limits | None = None,
    store: Store | None = None,
    engine: Engine = Engine.COMPILED,
    memory: MemoryProvider = Memory,
    state: InstanceState | None = None,
) -> Instance:
    """Instantiate a valid module (spec 4.5.4) and run its start function.

    imports: by module name and by name. Another instance's `exports` is such an inner mapping.
    limits: of the new store; without them the module's own. store: to share with other instances;
    it is implied where guest functions are imported. engine: both do the same, the compiled one
    fast; a store with an observer runs in the reference engine. memory: makes the module's
    memories. state: what `capture` has found in another instance; then neither segments nor the
    start function run.
    Raises Unlinkable, LimitExceeded, Trap, OutOfFuel; BadCall for a state of another module.
    """
    return link(module, imports or {}, engine.executor, store, limits, memory, state)
