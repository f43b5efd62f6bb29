"""The search index: apart from the records, and later than they are."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from heapq import heapify, heappop
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from dealwright.sandbox.clock import DAY_MS
from dealwright.sandbox.fielddefs import SEARCHABLE_TYPES, FieldSet
from dealwright.sandbox.kindindex import VALUE, KindIndex, Values, fold
from dealwright.sandbox.records import Key, Lead, Note, Organization, Person

if TYPE_CHECKING:
    from dealwright.sandbox.company import Company

# A deleted organization stays findable for good, a deleted person for a while (seen live).
_DELETED_PERSON_MS = DAY_MS


class Hit(Struct, kw_only=True, gc=False):
    """One find: the record as the index knows it, and what in it matched."""

    key: Key
    record: Any
    score: float
    custom: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Looked(Struct, frozen=True, kw_only=True):
    """What to look for: a folded term, in which fields, whole or part."""

    term: str
    fields: frozenset[str]
    exact: bool


def custom_texts(custom: Mapping[str, Any] | None, fields: FieldSet) -> tuple[str, ...]:
    """The searchable custom values of a record, as text."""
    if not custom:
        return ()
    return tuple(
        custom_text(value)
        for code, value in custom.items()
        if (field := fields.custom.get(code)) is not None and field.type in SEARCHABLE_TYPES
    )


def custom_text(value: Any) -> str:
    """One searchable custom value as text: amounts as numbers, addresses as written."""
    inner: Any = value.get("value") if isinstance(value, dict) else value  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    if isinstance(inner, float) and inner.is_integer():
        return str(int(inner))
    return str(inner)  # pyright: ignore[reportUnknownArgumentType]


class SearchIndex:
    """The index of one company; writes reach it `lag_s` later, by the company's clock."""

    def __init__(self, company: "Company") -> None:
        self._company = company
        self._pending: deque[tuple[int, str, Key, Any]] = deque()
        fields = company.fields

        def person(record: Person) -> Values:
            return {
                "name": (record.name,),
                "email": tuple(point.value for point in record.emails),
                "phone": tuple(self.phone_form(point.value) for point in record.phones),
                "custom_fields": custom_texts(record.custom, fields["person"]),
            }

        def organization(record: Organization) -> Values:
            address = record.address.value if record.address else None
            return {
                "name": (record.name,),
                "address": (address,) if address else (),
                "custom_fields": custom_texts(record.custom, fields["organization"]),
            }

        def titled(record: Lead) -> Values:
            return {
                "title": (record.title,),
                "custom_fields": custom_texts(record.custom, fields["deal"]),
            }

        def noted(record: Note) -> Values:
            return {"content": (record.content,)}

        self.kinds: dict[str, KindIndex] = {
            "person": KindIndex(person),
            "organization": KindIndex(organization),
            "deal": KindIndex(titled),
            "lead": KindIndex(titled),
            "note": KindIndex(noted),
        }

    def phone_form(self, text: str) -> str:
        """A phone number as it is compared: as written, or by its digits."""
        if self._company.options.switches.phone_search == "digits":
            return "".join(c for c in text if c.isdigit())
        return text

    def note(self, kind: str, record: Any, now_ms: int) -> None:
        """Take notice of a write; it is found once the lag is over."""
        if kind not in self.kinds:
            return
        lag_ms = int(self._company.options.lag_s * 1000)
        if lag_ms == 0:
            self._apply(kind, record.id, record)
        else:
            self._pending.append((now_ms + lag_ms, kind, record.id, record))

    def forget(self, kind: str, key: Key) -> None:
        """Drop a record at once."""
        if kind in self.kinds:
            self.kinds[kind].drop(key)

    def clear(self, kind: str) -> None:
        """Forget everything of one kind."""
        self.flush()
        index = self.kinds.get(kind)
        for key in list(index.docs) if index else ():
            self.forget(kind, key)

    def flush(self) -> None:
        """Catch up, whatever the time."""
        while self._pending:
            _, kind, key, record = self._pending.popleft()
            self._apply(kind, key, record)

    def settle(self, now_ms: int) -> None:
        """Catch up with all writes that are old enough."""
        while self._pending and self._pending[0][0] <= now_ms:
            _, kind, key, record = self._pending.popleft()
            self._apply(kind, key, record)

    def _apply(self, kind: str, key: Key, record: Any) -> None:
        if record.is_deleted and kind not in {"person", "organization"}:
            self.kinds[kind].drop(key)
        else:
            self.kinds[kind].put(key, record)

    def find(self, kind: str, looked: Looked, now_ms: int) -> Iterator[Hit]:
        """Hits of one kind, best first, then by id; only those that are taken are looked up."""
        self.settle(now_ms)
        index = self.kinds[kind]
        own = looked.fields - {"notes"}
        ranks = self._ranks(index, looked, own)
        notes = self._notes(kind, looked) if "notes" in looked.fields else {}
        for key, found in notes.items():
            ranks.setdefault(key, found[0][0] / 2)
        heap = [(-rank, key) for key, rank in ranks.items()]
        heapify(heap)
        while heap:
            rank, key = heappop(heap)
            hit = self._look_closer(index, key, looked, own) or Hit(
                key=key, record=index.docs[key], score=-rank
            )
            hit.notes = tuple(content for _, content in notes.get(key, ()))
            if not self._faded(kind, hit.record, now_ms):
                yield hit

    def matching(self, kind: str, looked: Looked, now_ms: int) -> Iterator[Hit]:
        """The records that contain the term somewhere, in id order and without a score."""
        self.settle(now_ms)
        index = self.kinds[kind]
        keys = self._whole(index, looked, looked.fields) if looked.exact else (
            key for key, _ in index.containing(looked.term)
        )  # fmt: skip
        for key in sorted(keys):
            record = index.docs[key]
            if not self._faded(kind, record, now_ms):
                yield Hit(key=key, record=record, score=0.0)

    def _ranks(self, index: KindIndex, looked: Looked, own: frozenset[str]) -> dict[Key, float]:
        if looked.exact:
            return dict.fromkeys(self._whole(index, looked, own), 1.0)
        found = index.containing(looked.term)
        # The text says it all when every field counts, and as it is written.
        as_written = self._company.options.switches.phone_search == "raw"
        if as_written and own >= index.fields:
            return {key: _best(looked.term, text) for key, text in found}
        hits = (self._look_closer(index, key, looked, own) for key, _ in found)
        return {hit.key: hit.score for hit in hits if hit is not None}

    def _whole(self, index: KindIndex, looked: Looked, fields: frozenset[str]) -> Iterable[Key]:
        found: dict[Key, None] = {}
        for field in fields:
            term = self.phone_form(looked.term) if field == "phone" else looked.term
            found.update(dict.fromkeys(index.whole(field, term)))
        return found

    def _look_closer(
        self, index: KindIndex, key: Key, looked: Looked, own: frozenset[str]
    ) -> Hit | None:
        best = 0.0
        custom: list[str] = []
        record = index.docs[key]
        for field, texts in index.values(record).items():
            if field not in own:
                continue
            term = self.phone_form(looked.term) if field == "phone" else looked.term
            for text in texts:
                score = _score(term, fold(text), exact=looked.exact)
                best = max(best, score)
                if score and field == "custom_fields":
                    custom.append(text)
        return Hit(key=key, record=record, score=best, custom=tuple(custom)) if best else None

    def _notes(self, kind: str, looked: Looked) -> dict[Key, list[tuple[float, str]]]:
        notes = self.kinds["note"]
        parent = {"organization": "org_id"}.get(kind, f"{kind}_id")
        keys = (
            notes.whole("content", looked.term)
            if looked.exact
            else tuple(key for key, _ in notes.containing(looked.term))
        )
        found: dict[Key, list[tuple[float, str]]] = {}
        for key in keys:
            note: Note = notes.docs[key]
            owner: Key = getattr(note, parent) or 0
            if owner in self.kinds[kind].docs:
                score = _score(looked.term, fold(note.content), exact=looked.exact)
                found.setdefault(owner, []).append((score, note.content))
        return found

    def _faded(self, kind: str, record: Any, now_ms: int) -> bool:
        return (
            kind == "person"
            and record.is_deleted
            and now_ms - record.update_time > _DELETED_PERSON_MS
        )


def _best(term: str, text: str) -> float:
    """The score of the shortest value that contains the term."""
    shortest = min(len(value) for value in text.split(VALUE) if term in value)
    return _scored(len(term), shortest)


def _score(term: str, text: str, *, exact: bool) -> float:
    if term == text:
        return 1.0
    if exact or term not in text:
        return 0.0
    return _scored(len(term), len(text))


def _scored(length: int, of: int) -> float:
    return 1.0 if length == of else round(0.2 + 0.6 * length / of, 5)
