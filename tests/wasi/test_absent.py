from __future__ import annotations

import pytest

import wasi
from tests.support.guests import call
from tests.support.require import require
from wasi.absent import _SIGNATURES
from wasi.door import CALLS

NAMES = [name for calls in _SIGNATURES.values() for name in calls]


def test_all_functions_of_preview_1_exist() -> None:
    """Their number: 45 and the sock_accept that came later."""
    assert len(CALLS) == 46
    assert set(wasi.Wasi().imports()[wasi.MODULE]) == set(CALLS)


def test_wasmtime_links_all_of_them_with_our_types() -> None:
    require("wasmtime")
    import wasmtime

    engine = wasmtime.Engine()
    linker, store = wasmtime.Linker(engine), wasmtime.Store(engine)
    linker.define_wasi()
    store.set_wasi(wasmtime.WasiConfig())
    for name, each in CALLS.items():
        parameters = "".join(f"(param {kind})" for kind in each.type.parameters)
        results = "".join(f"(result {kind})" for kind in each.type.results)
        text = f'(module (import "{wasi.MODULE}" "{name}" (func {parameters} {results})))'
        linker.instantiate(store, wasmtime.Module(engine, text))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_served_says_so_and_is_audited(name: str) -> None:
    errno, guest = call(name, *[0] * len(CALLS[name].type.parameters))
    assert errno == wasi.Errno.NOSYS
    (event,) = guest.system.events
    assert (event.name, event.decision, event.errno) == (
        name,
        wasi.Decision.DENIED,
        wasi.Errno.NOSYS,
    )


def test_groups_are_groups_of_the_policy() -> None:
    assert set(_SIGNATURES) - {""} <= wasi.GROUPS
    assert {CALLS[name].group for name in _SIGNATURES["network"]} == {"network"}
