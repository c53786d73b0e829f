"""Fuel: the exact count of what a store's guests executed (cost model of the instruction table).

Exact means: when a call ends in any way, `used` is the sum of the costs of exactly those operators
that took effect, and of the fixed cost of one that trapped. An operator whose whole cost is not
affordable neither happens nor is paid.

The cell holds the units of the current slice, so that the common case is one comparison and one
subtraction; when it runs dry, the embedder's checkpoint gets a turn.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CellType

from wasm_vm.errors import OutOfFuel

UNWATCHED = 1 << 29
"""Units of a slice where nobody waits for its end: an int that Python still counts fast."""


class Meter:
    """The fuel account of a store.

    cell: units left in the current slice; both engines take them from here. fuel: what holds them,
    a cell that generated code shares as a variable. checkpoint: called
    without arguments after each new slice; what it raises ends the guest's run. Without it there
    is no need for slices.
    """

    __slots__ = ("_drawn", "_limit", "checkpoint", "fuel", "slice")

    def __init__(
        self, limit: int | None, slice_units: int, checkpoint: Callable[[], None] | None = None
    ) -> None:
        self.slice = slice_units if checkpoint is not None else UNWATCHED
        self.checkpoint = checkpoint
        self.fuel = CellType(0)
        self._drawn = 0
        self._limit = limit
        self._fill(0)

    @property
    def cell(self) -> int:
        """Units left in the current slice."""
        units: int = self.fuel.cell_contents
        return units

    @cell.setter
    def cell(self, units: int) -> None:
        self.fuel.cell_contents = units

    @property
    def limit(self) -> int | None:
        """Units that may be used in all; None is without end."""
        return self._limit

    @property
    def used(self) -> int:
        """Units used since the meter was made."""
        used: int = self._drawn - self.fuel.cell_contents
        return used

    @property
    def remaining(self) -> int | None:
        """Units left to the limit; None is without end."""
        return None if self._limit is None else self._limit - self.used

    def refill(self, units: int) -> int:
        """Set the limit to what is used so far plus `units`; what is used so far."""
        fuel = self.fuel
        used: int = self._drawn - fuel.cell_contents
        self._limit = used + units
        fuel.cell_contents = amount = self.slice if self.slice < units else units
        self._drawn = used + amount
        return used

    def charge(self, units: int) -> None:
        """Pay for work outside of the guest's own operators; raises OutOfFuel and pays nothing."""
        if units > self.cell:
            self.draw(units)
        self.cell -= units

    def surcharge(self, units: int, paid: int) -> None:
        """Pay the variable cost of an operator whose fixed cost is paid already.

        Where both together are not affordable the fixed cost is given back: OutOfFuel.
        """
        if units > self.cell:
            self.cell += paid
            self.draw(paid + units)
            self.cell -= paid
        self.cell -= units

    def draw(self, units: int) -> None:
        """Bring at least `units` into the cell, by as many slices as it takes.

        Raises OutOfFuel where the limit does not allow it, and whatever the checkpoint raises.
        """
        while self.cell < units:
            if self._limit is not None and self._limit - self.used < units:
                raise OutOfFuel(self.used, units)
            self._fill(units)
            if self.checkpoint is not None:
                self.checkpoint()

    def top_up(self, units: int) -> bool:
        """Bring at least `units` into the cell; False, and nothing done, where there are too few.

        Raises what the checkpoint raises.
        """
        if self._limit is not None and self._limit - self._drawn + self.fuel.cell_contents < units:
            return False
        if self.checkpoint is None:
            self._fill(units)
        else:
            self.draw(units)
        return True

    def _fill(self, units: int) -> None:
        amount = max(self.slice, units - self.cell)
        if self._limit is not None:
            amount = min(amount, self._limit - self._drawn)
        self._drawn += amount
        self.cell += amount
