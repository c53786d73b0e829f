"""Who used how much, and what is left of a quota."""

from __future__ import annotations

import pytest

from ferrite.errors import CommandError
from ferrite.plugin_options import Quota
from ferrite.plugins import ledger
from ferrite.plugins.ledger import Ledger, Quotas


def test_every_unit_is_booked_under_each_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "CLIENTS_MAX", 2)
    book = Ledger({2, 3})
    for client in (1, 2, 3):
        book.book(("p", "A.B", "u", client), 10)
    book.book(("p", "", "", 0), 5)
    assert book.plugins == {"p": 35}
    assert book.commands == {"a.b": 30}
    assert book.users == {"u": 30}
    assert book.clients == {2: 10, 3: 10}, "who has gone is forgotten when there are many"


class Time:
    now = 0

    def __call__(self) -> int:
        return self.now


def test_a_quota_is_used_up_and_comes_back() -> None:
    time = Time()
    quotas = Quotas({"u": Quota(100, 10), "plugin:p": Quota(1000)}, time)
    assert quotas.left("u", "p") == 100
    assert quotas.left("other", "q") is None
    assert quotas.left("other", "p") == 1000
    quotas.take("u", "p", 130)
    with pytest.raises(CommandError) as caught:
        quotas.left("u", "p")
    assert caught.value.text == (
        "QUOTA the fuel of user 'u' is used up (100 units): try again in 3101 ms"
    )
    time.now = 4000
    assert quotas.left("u", "p") == 10
    time.now = 1_000_000
    assert quotas.left("u", "p") == 100, "never more than its size"
    quotas.take("x", "p", 870)
    with pytest.raises(CommandError, match=r"plugin 'p' is used up .*: it is not refilled"):
        quotas.left("x", "p")


def test_without_quotas_nothing_is_asked() -> None:
    assert Quotas({}, Time()).left("u", "p") is None
