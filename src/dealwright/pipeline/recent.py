"""Recent: what was written a moment ago, and Pipedrive's search may not know yet."""

import asyncio
from collections import deque
from typing import NamedTuple

from dealwright.core.identifier import Identifier
from dealwright.core.record import Note, Record, RecordKind
from dealwright.pipeline.verify import KeyOf, key_of, keys_of


class _Noted(NamedTuple):
    at_ms: int
    key: tuple[RecordKind, KeyOf]
    record_id: int


class Recent:
    """Keys of records that one Connection wrote within the last `keep_ms`.

    What was written before `start_ms` (another process may have) is not known here: for each kind
    `unknown_since_ms` says from when on it has to be asked for, until it was, or nothing of that
    time can be young any more.
    """

    def __init__(self, *, start_ms: int, keep_ms: int, region: str | None) -> None:
        self._start_ms = start_ms
        self._keep_ms = keep_ms
        self._region = region
        self._asked: set[RecordKind] = set()
        #: Held by whoever asks for what is not known.
        self.asking = asyncio.Lock()
        self._order: deque[_Noted] = deque()
        self._ids: dict[tuple[RecordKind, KeyOf], dict[int, int]] = {}

    def note(self, kind: RecordKind, record: Record, *, at_ms: int) -> None:
        """Remember what a write returned; leads and notes are known by nothing but their ids."""
        if not isinstance(record.id, int) or isinstance(record, Note):
            return
        for key in keys_of(record, region=self._region):
            noted = _Noted(at_ms, (kind, key), record.id)
            self._order.append(noted)
            self._ids.setdefault(noted.key, {})[record.id] = at_ms

    def ids(self, kind: RecordKind, key: Identifier, *, now_ms: int) -> list[int]:
        """The young records that carry a key."""
        self._forget(now_ms)
        return sorted(self._ids.get((kind, key_of(key)), ()))

    def unknown_since_ms(self, kind: RecordKind, *, now_ms: int) -> int | None:
        """Since when records of a kind may have been written that are not known here."""
        if kind in self._asked or now_ms >= self._start_ms + self._keep_ms:
            return None
        return self._start_ms - self._keep_ms

    def asked(self, kind: RecordKind) -> None:
        """Say that all of the unknown time were noted."""
        self._asked.add(kind)

    def _forget(self, now_ms: int) -> None:
        while self._order and self._order[0].at_ms < now_ms - self._keep_ms:
            noted = self._order.popleft()
            ids = self._ids[noted.key]
            # It may have been noted again since.
            if ids.get(noted.record_id) == noted.at_ms:
                del ids[noted.record_id]
            if not ids:
                del self._ids[noted.key]
