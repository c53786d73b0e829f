from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasm_vm.errors import OutOfFuel
from wasm_vm.runtime.fuel import Meter


def test_without_a_limit_it_counts_all_the_same() -> None:
    meter = Meter(None, 10)
    for _ in range(7):
        meter.charge(5)
    assert (meter.used, meter.limit, meter.remaining) == (35, None, None)


def test_a_charge_that_is_not_affordable_pays_nothing() -> None:
    meter = Meter(10, 4)
    meter.charge(7)
    with pytest.raises(OutOfFuel) as caught:
        meter.charge(4)
    assert (caught.value.used, caught.value.needed) == (7, 4)
    assert (meter.used, meter.remaining) == (7, 3)
    meter.charge(3)
    meter.charge(0)
    with pytest.raises(OutOfFuel):
        meter.charge(1)
    assert meter.used == 10


def test_refill_sets_the_limit_to_what_is_used_and_more() -> None:
    meter = Meter(10, 100)
    meter.charge(8)
    meter.refill(5)
    assert (meter.limit, meter.used, meter.remaining) == (13, 8, 5)
    meter.refill(0)
    with pytest.raises(OutOfFuel):
        meter.charge(1)
    unlimited = Meter(None, 100)
    unlimited.charge(30)
    unlimited.refill(1)
    assert (unlimited.limit, unlimited.remaining) == (31, 1)


def test_a_surcharge_that_is_not_affordable_gives_the_fixed_cost_back() -> None:
    meter = Meter(10, 3)
    meter.charge(4)
    meter.charge(1)
    with pytest.raises(OutOfFuel) as caught:
        meter.surcharge(6, 1)
    assert (caught.value.used, caught.value.needed) == (4, 7)
    assert meter.used == 4
    meter.charge(1)
    meter.surcharge(5, 1)
    assert meter.used == 10


def test_the_checkpoint_gets_a_turn_per_slice() -> None:
    turns: list[int] = []
    meter = Meter(None, 10, lambda: turns.append(meter.used))
    for _ in range(35):
        meter.charge(1)
    assert turns == [10, 20, 30]


def test_a_big_charge_draws_once() -> None:
    turns: list[int] = []
    meter = Meter(None, 10, lambda: turns.append(1))
    meter.charge(1_000)
    assert (meter.used, turns) == (1_000, [1])


def test_what_the_checkpoint_raises_leaves_the_account_exact() -> None:
    class Killed(Exception):
        pass

    def kill() -> None:
        raise Killed

    meter = Meter(100, 10, kill)
    meter.charge(10)
    with pytest.raises(Killed):
        meter.charge(1)
    assert (meter.used, meter.remaining) == (10, 90)
    meter.charge(10)
    meter.charge(0)
    assert meter.used == 20
    meter.charge(0)
    with pytest.raises(Killed):
        meter.surcharge(50, 1)
    assert meter.used == 19, "the fixed unit is given back"


def test_the_checkpoint_may_cut_the_limit() -> None:
    meter = Meter(None, 10, lambda: meter.refill(3))
    meter.charge(10)
    with pytest.raises(OutOfFuel) as caught:
        meter.charge(5)
    assert (caught.value.used, caught.value.needed) == (10, 5)


@given(
    st.one_of(st.none(), st.integers(0, 300)),
    st.integers(1, 50),
    st.lists(st.one_of(st.integers(0, 60), st.tuples(st.just("refill"), st.integers(0, 100)))),
)
def test_slices_never_change_the_account(
    limit: int | None, size: int, steps: list[int | tuple[str, int]]
) -> None:
    """Against the simplest meter that there is: one number."""
    meter, used = Meter(limit, size), 0
    for step in steps:
        if isinstance(step, tuple):
            meter.refill(step[1])
            limit = used + step[1]
        elif limit is None or used + step <= limit:
            meter.charge(step)
            used += step
        else:
            with pytest.raises(OutOfFuel) as caught:
                meter.charge(step)
            assert (caught.value.used, caught.value.needed) == (used, step)
        assert (meter.used, meter.limit) == (used, limit)
