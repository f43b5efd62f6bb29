"""Tables of records: by id, in id order, and by what they are linked to."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar

from dealwright.sandbox.records import Key

R = TypeVar("R")


class Table(Generic[R]):
    """The records of one kind. `links` names the attributes that can be asked for quickly."""

    __slots__ = ("_last", "_links", "_order", "rows")

    def __init__(self, *links: str) -> None:
        self.rows: dict[Key, R] = {}
        self._order: list[Any] = []
        # Sorted lists of keys: a fifth of what sets of them weigh, and pages come in id order.
        self._links: dict[str, dict[Key, list[Any]]] = {name: {} for name in links}
        self._last = 0

    def __len__(self) -> int:
        return len(self.rows)

    def next_id(self) -> int:
        """The number the next record gets; numbers are never given twice."""
        self._last += 1
        return self._last

    def reserve(self, key: Key) -> None:
        """See to it that `next_id` stays above a number that came from outside."""
        if isinstance(key, int):
            self._last = max(self._last, key)

    def get(self, key: Key) -> R | None:
        """The record with this id, deleted or not."""
        return self.rows.get(key)

    def put(self, key: Key, record: R) -> R | None:
        """Store a record; the one it replaces is handed back."""
        before = self.rows.get(key)
        if before is None:
            self._insert_key(key)
        self.rows[key] = record
        for name, index in self._links.items():
            _relink(index, key, getattr(before, name, None), getattr(record, name))
        return before

    def drop(self, key: Key) -> R | None:
        """Take a record away for good."""
        record = self.rows.pop(key, None)
        if record is None:
            return None
        self._order.remove(key)
        for name, index in self._links.items():
            _relink(index, key, getattr(record, name), None)
        return record

    def clear(self) -> None:
        """Empty the table; numbers go on."""
        self.rows.clear()
        self._order.clear()
        for index in self._links.values():
            index.clear()

    def values(self) -> Iterable[R]:
        """All records, in the order in which they came."""
        return self.rows.values()

    def linked(self, name: str, key: Key) -> list[R]:
        """The records whose attribute `name` is `key`, in id order."""
        return [self.rows[k] for k in self._links[name].get(key, ())]

    def has_link(self, name: str) -> bool:
        """Whether `linked` can be asked for this attribute."""
        return name in self._links

    def ascending(self, after: Key | None = None) -> Iterator[R]:
        """Records in id order, those beyond `after` only."""
        start = 0 if after is None else bisect_right(self._order, after)
        for position in range(start, len(self._order)):
            yield self.rows[self._order[position]]

    def descending(self, before: Key | None = None) -> Iterator[R]:
        """Records in falling id order, those below `before` only."""
        end = len(self._order) if before is None else bisect_left(self._order, before)
        for position in range(end - 1, -1, -1):
            yield self.rows[self._order[position]]

    def _insert_key(self, key: Key) -> None:
        self.reserve(key)
        if not self._order or key > self._order[-1]:
            self._order.append(key)
        else:
            insort(self._order, key)


def _relink(index: dict[Key, list[Any]], key: Key, before: Key | None, after: Key | None) -> None:
    if before == after:
        return
    if before is not None:
        keys = index[before]
        keys.pop(bisect_left(keys, key))
        if not keys:
            del index[before]
    if after is not None:
        insort(index.setdefault(after, []), key)
