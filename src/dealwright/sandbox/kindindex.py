"""The index of one kind: whole values in dictionaries, parts through chunks of text."""

from collections.abc import Callable, Container, Iterator, Set
from typing import Any, TypeAlias

from dealwright.sandbox.records import Key

Values: TypeAlias = dict[str, tuple[str, ...]]
_CHUNK = 64
_GRAM = 3
# Between the values of a record, and between records; no value contains them.
VALUE, _RECORD = "\x1f", "\x1e"
_NO_SEPARATORS = str.maketrans(VALUE + _RECORD, "  ")


class KindIndex:
    """The documents of one kind, by whole values and by parts of them."""

    def __init__(self, values: Callable[[Any], Values]) -> None:
        self.values = values
        self.docs: dict[Key, Any] = {}
        self._whole: dict[str, dict[str, Key | tuple[Key, ...]]] = {}
        self._chunks = Chunks(self.docs, self._text)

    @property
    def fields(self) -> Set[str]:
        """The names of the fields that any record had so far."""
        return self._whole.keys()

    def put(self, key: Key, record: Any) -> None:
        """Index a record in place of its older value."""
        old = self.docs.get(key)
        if old is not None:
            self._unlist(key, old)
        self._chunks.touch(key)
        self.docs[key] = record
        for field, texts in self.values(record).items():
            whole = self._whole.setdefault(field, {})
            for text in texts:
                _enter(whole, fold(text), key)

    def drop(self, key: Key) -> None:
        """Forget a record."""
        old = self.docs.pop(key, None)
        if old is not None:
            self._unlist(key, old)
            self._chunks.touch(key)

    def whole(self, field: str, folded: str) -> tuple[Key, ...]:
        """Keys of the records one of whose values of `field` is the term."""
        found = self._whole.get(field, {}).get(folded)
        if found is None:
            return ()
        return found if isinstance(found, tuple) else (found,)

    def containing(self, folded: str) -> Iterator[tuple[Key, str]]:
        """The records that contain the term somewhere, with their values joined by `VALUE`."""
        return self._chunks.containing(folded)

    def _text(self, key: Key) -> str:
        record = self.docs[key]
        return VALUE.join(
            fold(text).translate(_NO_SEPARATORS)
            for texts in self.values(record).values()
            for text in texts
        )

    def _unlist(self, key: Key, record: Any) -> None:
        for field, texts in self.values(record).items():
            for text in texts:
                _leave(self._whole[field], fold(text), key)


class Chunks:
    """Texts in chunks of 64 records; a bit set for each run of three characters says in which.

    Bits are set and never cleared: a stale one costs a look, not a wrong answer.
    """

    def __init__(self, docs: Container[Key], text_of: Callable[[Key], str]) -> None:
        self._docs = docs
        self._text_of = text_of
        self._place: dict[int, int] = {}
        self._text_keys: dict[str, int] = {}
        # Numbers need no list of who belongs to a chunk: that would be 40 bytes a record.
        self._spans: list[range | list[Key]] = []
        self._texts: list[str] = []
        self._stale: set[int] = set()
        self._grams: dict[str, int] = {}

    def touch(self, key: Key) -> None:
        """A record is new, has changed, or is gone."""
        self._stale.add(self._place_of(key))

    def containing(self, term: str) -> Iterator[tuple[Key, str]]:
        """The keys whose text contains the term, and that text."""
        self._refresh()
        for place in self._candidates(term):
            chunk = self._texts[place]
            if term in chunk:
                for key, text in zip(self._members(place), chunk.split(_RECORD), strict=True):
                    if term in text:
                        yield key, text

    def _members(self, place: int) -> list[Key]:
        return [key for key in self._spans[place] if key in self._docs]

    def _place_of(self, key: Key) -> int:
        if isinstance(key, int):
            number = key // _CHUNK
            return self._place_at(number, range(number * _CHUNK, (number + 1) * _CHUNK))
        serial = self._text_keys.get(key)
        if serial is not None:
            return self._place[-1 - serial // _CHUNK]
        serial = self._text_keys[key] = len(self._text_keys)
        place = self._place_at(-1 - serial // _CHUNK, [])
        span = self._spans[place]
        if isinstance(span, list):
            span.append(key)
        return place

    def _place_at(self, number: int, span: range | list[Key]) -> int:
        place = self._place.get(number)
        if place is None:
            place = self._place[number] = len(self._spans)
            self._spans.append(span)
            self._texts.append("")
        return place

    def _refresh(self) -> None:
        for place in self._stale:
            text = _RECORD.join(self._text_of(key) for key in self._members(place))
            self._texts[place] = text
            bit = 1 << place
            for gram in _grams(text):
                self._grams[gram] = self._grams.get(gram, 0) | bit
        self._stale.clear()

    def _candidates(self, term: str) -> Iterator[int]:
        if len(term) < _GRAM:
            yield from range(len(self._texts))
            return
        left = -1
        for gram in _grams(term):
            left &= self._grams.get(gram, 0)
        while left:
            lowest = left & -left
            yield lowest.bit_length() - 1
            left ^= lowest


def _grams(text: str) -> set[str]:
    return {text[i : i + _GRAM] for i in range(len(text) - _GRAM + 1)}


def fold(text: str) -> str:
    """Case-folded; the same object when nothing changes, which saves memory."""
    folded = text.casefold()
    return text if folded == text else folded


def _enter(whole: dict[str, Key | tuple[Key, ...]], text: str, key: Key) -> None:
    found = whole.get(text)
    if found is None:
        whole[text] = key
    elif isinstance(found, tuple):
        if key not in found:
            whole[text] = (*found, key)
    elif found != key:
        whole[text] = (found, key)


def _leave(whole: dict[str, Key | tuple[Key, ...]], text: str, key: Key) -> None:
    found = whole.get(text)
    if isinstance(found, tuple):
        rest = tuple(k for k in found if k != key)
        if len(rest) == 1:
            whole[text] = rest[0]
        else:
            whole[text] = rest
    elif found == key:
        del whole[text]
