"""Room on Python's own stack for calls that go deep.

CPython keeps the frames of Python functions in chunks of 16 KiB and gives each back to the system
as soon as it is empty: below some hundred activations every further hundred costs two system calls
and the page faults of a fresh chunk, as much as their instructions take. A frame that does not fit
gets a chunk of twice its size, whose other half is for the frames above it. So an invocation is run
from within one very large frame, where that pays: the first one of a store, and those after one
that went deep. It takes some microseconds.

That one went deep is noted by generated code: it compares its free slots with a cell of the store
in place of a constant, which it does anyhow for an exhausted call stack.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

from wasm_vm.limits import HOST_CALL_SLOTS
from wasm_vm.runtime import Store

LEAST = HOST_CALL_SLOTS
"""What the cell holds at least. Code whose activations weigh less learns by it alone that the call
stack may be exhausted."""

SHALLOW_SLOTS = 1_600
"""Slots of activations that have room anyhow, about 80 of them."""

_ROOM_BYTES = 4 << 20
"""A call stack of the default size fits. Memory is taken only where frames have been."""


def watch(store: Store) -> None:
    """Note from now on whether the store's guests go deep."""
    store.shallow.cell_contents = max(LEAST, store.limits.call_stack - SHALLOW_SLOTS)


def note(store: Store) -> None:
    """Guests have gone deep; that is enough to know."""
    store.shallow.cell_contents = LEAST
    store.roomy = True


def call_with_room(store: Store, entry: Callable[..., Any], arguments: list[Any], free: int) -> Any:
    """Call an entry and have room for all that it calls; without room if it is called from within
    a call."""
    store.roomy = False
    if free < store.limits.call_stack:
        return entry(*arguments, free)
    watch(store)
    try:
        answer, error = _in_large_frame(entry, arguments, free)
    except MemoryError:  # the host has no such room; what a guest raises is in `error`
        return entry(*arguments, free)
    if error is None:
        return answer
    try:
        raise error
    finally:
        del error  # whose traceback holds this frame


def _outcome(entry: Callable[..., Any], arguments: list[Any], free: int) -> Any:
    """What comes of a call: the answer, or an exception, which would else drag the large frame into
    its traceback."""
    try:
        return entry(*arguments, free), None
    except BaseException as error:
        return None, error


def _caller(entry: Callable[..., Any], arguments: list[Any], free: int) -> Any:
    return _outcome(entry, arguments, free)


_in_large_frame = FunctionType(_caller.__code__.replace(co_stacksize=_ROOM_BYTES // 8), globals())
