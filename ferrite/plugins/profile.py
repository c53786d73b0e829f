"""Profiles: exact instructions and fuel by function, while somebody wants to know.

Rule: counted by the reference engine, whose observer sees every instruction; so a plugin that is
profiled runs on a new instance of that engine: slower, the same results, the same fuel.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from wasm_vm import Meter
from wasm_vm.commands.account import Account
from wasm_vm.commands.profile import by_function


@dataclass(slots=True)
class Profile:
    """What the functions of one guest have used since its profile was begun."""

    calls: Counter[str] = field(default_factory=Counter)
    instructions: Counter[str] = field(default_factory=Counter)
    fuel: Counter[str] = field(default_factory=Counter)
    _account: Account | None = None
    _meter: Meter | None = None

    def observe(self, meter: Meter) -> Account:
        """The observer of a new instance."""
        self._fold()
        self._account, self._meter = Account(), meter
        return self._account

    def _fold(self) -> None:
        """Add what the present instance's account has to the sums."""
        if self._account is None or self._meter is None:
            return
        self._account.finish(self._meter)
        for node, count in by_function(self._account.root):
            self.calls[node.label] += count.calls
            self.instructions[node.label] += count.instructions
            self.fuel[node.label] += count.fuel
        self._account = None

    def table(self) -> list[tuple[str, int, int, int]]:
        """Function, calls, instructions and fuel, the most expensive first."""
        sums = Profile(Counter(self.calls), Counter(self.instructions), Counter(self.fuel))
        sums._account, sums._meter = self._account, self._meter
        sums._fold()
        return [
            (name, sums.calls[name], sums.instructions[name], fuel)
            for name, fuel in sums.fuel.most_common()
        ]
