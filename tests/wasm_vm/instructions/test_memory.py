from __future__ import annotations

from wasm_vm.instructions.memory import ROWS
from wasm_vm.types import Features


def test_bulk_operators_are_of_the_second_release_and_pay_by_the_byte() -> None:
    later = {row.name: row.variable for row in ROWS if row.since is Features.V2}
    assert later == {
        "memory.init": "bytes",
        "data.drop": "",
        "memory.copy": "bytes",
        "memory.fill": "bytes",
    }


def test_there_are_fourteen_loads_and_nine_stores() -> None:
    loads = [row for row in ROWS if row.access is not None and row.results]
    stores = [row for row in ROWS if row.access is not None and not row.results]
    assert (len(loads), len(stores)) == (14, 9)
    assert not any(row.access.signed for row in stores if row.access)
