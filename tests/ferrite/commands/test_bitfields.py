from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferrite.commands.bitfields import Operation


@given(st.booleans(), st.integers(1, 63), st.integers(0, 30), st.integers(-(2**70), 2**70))
def test_a_number_is_fitted_and_read_back(
    signed: bool, width: int, offset: int, number: int
) -> None:
    low = -(2 ** (width - 1)) if signed else 0
    high = low + 2**width - 1
    for overflow, wanted in (
        (b"WRAP", (number - low) % 2**width + low),
        (b"SAT", min(max(number, low), high)),
        (b"FAIL", number if low <= number <= high else None),
    ):
        operation = Operation(b"SET", signed, width, offset, 0, overflow)
        fitted = operation.fitted(number)
        assert fitted == wanted
        if fitted is not None:
            data = bytearray(b"\xa5" * 12)
            operation.write(data, fitted)
            assert operation.read(data) == fitted


@pytest.mark.parametrize("signed", [True, False])
def test_behind_the_end_are_zeros(signed: bool) -> None:
    assert Operation(b"GET", signed, 8, 100, 0, b"WRAP").read(b"a") == 0
