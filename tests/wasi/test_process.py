from __future__ import annotations

import pytest

import wasi
import wasm_vm
from tests.support.guests import Guest, call

ALLOWED = wasi.Policy(permitted=frozenset({"random"}))


def drawn(**options: object) -> bytes:
    _, guest = call("random_get", 8, 32, **options)
    return guest.memory.read(8, 32)


def test_without_the_permission_random_bytes_are_a_seeded_stream() -> None:
    assert drawn() == drawn() == drawn(seed=0)
    assert drawn(seed=1) == drawn(seed=1) != drawn(seed=2)
    assert drawn() != bytes(32)


def test_the_stream_goes_on() -> None:
    guest = Guest(wasi.Wasi(seed=5), "random_get")
    guest(0, 16)
    first = guest.memory.read(0, 16)
    guest(0, 16)
    assert guest.memory.read(0, 16) != first


def test_with_the_permission_they_are_the_operating_systems_or_of_the_seed() -> None:
    assert drawn(policy=ALLOWED) != drawn(policy=ALLOWED)
    assert drawn(policy=ALLOWED, seed=3) == drawn(policy=ALLOWED, seed=3)


@pytest.mark.parametrize("options", [{}, {"policy": ALLOWED}])
@pytest.mark.parametrize(("address", "size"), [(65_536, 1), (65_530, 7), (-1, 1), (0, -1)])
def test_out_of_bounds(options: dict[str, object], address: int, size: int) -> None:
    errno, guest = call("random_get", address, size, **options)
    assert errno == wasi.Errno.FAULT
    assert guest.memory.read(65_500, 36) == bytes(36)


def test_no_byte_is_drawn_for_a_range_that_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.urandom", lambda size: pytest.fail(f"{size} bytes were drawn"))
    assert call("random_get", 0, -1, policy=ALLOWED)[0] == wasi.Errno.FAULT


def test_no_bytes_are_fine() -> None:
    assert call("random_get", 65_536, 0)[0] == wasi.Errno.SUCCESS


def test_exit_codes_are_unsigned() -> None:
    for given, code in ((0, 0), (7, 7), (-1, 2**32 - 1)):
        with pytest.raises(wasi.ProcessExit) as caught:
            call("proc_exit", given)
        assert caught.value.code == code


@pytest.mark.parametrize("signal", [0, 16, 17, 22, 27])
def test_signals_that_do_nothing(signal: int) -> None:
    assert call("proc_raise", signal)[0] == wasi.Errno.SUCCESS


@pytest.mark.parametrize("signal", [1, 6, 9, 15, 30])
def test_signals_that_end_the_guest(signal: int) -> None:
    with pytest.raises(wasi.ProcessExit) as caught:
        call("proc_raise", signal)
    assert caught.value.code == 128 + signal


@pytest.mark.parametrize(
    ("signal", "errno"), [(18, wasi.Errno.NOTSUP), (31, wasi.Errno.INVAL), (-1, wasi.Errno.INVAL)]
)
def test_signals_that_cannot_be_raised(signal: int, errno: wasi.Errno) -> None:
    assert call("proc_raise", signal)[0] == errno


@pytest.mark.parametrize("options", [{}, {"policy": ALLOWED}])
def test_what_the_fuel_does_not_pay_is_not_drawn(
    options: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.urandom", lambda size: pytest.fail(f"{size} bytes were drawn"))
    monkeypatch.setattr("random.Random.randbytes", lambda _, size: pytest.fail(f"{size} bytes"))
    guest = Guest(wasi.Wasi(**options), "random_get")  # type: ignore[arg-type]
    guest.instance.fuel.refill(100)
    with pytest.raises(wasm_vm.OutOfFuel) as caught:
        guest(0, 65_536)
    assert caught.value.needed == 65_536
