"""Hash: fields and their values. https://redis.io/docs/latest/develop/data-types/hashes/"""

from __future__ import annotations

from collections.abc import Sequence

from ferrite.keyspace.container import Container
from ferrite.keyspace.graveyard import Contents
from ferrite.keyspace.member_order import MemberOrder
from ferrite.keyspace.thresholds import Thresholds


class Hash(Container):
    """A value of type "hash". `fields` is for reading; changes go through the methods."""

    __slots__ = ("_order", "fields")

    type_name = "hash"

    def __init__(self, limits: Thresholds) -> None:
        super().__init__(limits)
        self.fields: dict[bytes, bytes] = {}
        self._order: MemberOrder | None = None

    def __len__(self) -> int:
        return len(self.fields)

    @property
    def encoding(self) -> str:
        """ "listpack" or "hashtable"."""
        return "listpack" if self._limits is not None else "hashtable"

    def copy(self) -> Hash:
        """An independent hash with the same fields."""
        twin = Hash.__new__(Hash)
        twin._limits, twin.undo, twin._order = self._limits, None, None
        twin.fields = self.fields.copy()
        return twin

    def put(self, field: bytes, value: bytes) -> bool:
        """Give a field a value; whether the field is new."""
        fields = self.fields
        new = field not in fields
        if self.undo is not None:
            if new:
                self.undo.append((self.remove, (field,)))
            else:
                self.undo.append((self.put, (field, fields[field])))
        fields[field] = value
        limits = self._limits
        if limits is not None and (
            len(fields) > limits.hash_max_listpack_entries
            or len(field) > limits.hash_max_listpack_value
            or len(value) > limits.hash_max_listpack_value
        ):
            self._outgrow()
        if new and self._order is not None:
            self._order.add(field)
        return new

    def remove(self, field: bytes) -> bool:
        """Remove a field; whether it was there."""
        fields = self.fields
        if field not in fields:
            return False
        if self.undo is not None:
            if self._limits is not None:  # clients see the order of a compact hash
                self.undo.append((self._set_fields, (fields.copy(),)))
            else:
                self.undo.append((self.put, (field, fields[field])))
        del fields[field]
        if self._order is not None:
            self._order.discard(field)
        return True

    @property
    def order(self) -> MemberOrder:
        """The order that fields are scanned and chosen in."""
        if self._order is None:
            self._order = MemberOrder(self.fields)
        return self._order

    def _outgrow(self) -> None:
        if self.undo is not None:  # what comes now does not note the order any more
            self.undo.append((self._set_fields, (self.fields.copy(),)))
        super()._outgrow()

    def _set_fields(self, fields: dict[bytes, bytes]) -> None:
        self.fields = fields
        self._order = None

    def _contents(self) -> Sequence[Contents]:
        return (self.fields,)

    def _indexes(self) -> Sequence[Contents]:
        return () if self._order is None else self._order.contents
