"""Searching: which words of a meeting are found, and where in it they stand.

Words are compared without accents and capitals, so that both databases find the same.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple
from unicodedata import combining, normalize

from dealwright.meetings.meeting import Meeting, Summary

#: A database refuses longer words, and nobody types them.
LONGEST_WORD: Final = 60
#: More than any meeting has; whoever sends more is not served worse than others.
MOST_WORDS: Final = 20_000
#: Words of a query that count.
MOST_ASKED: Final = 12

_WORD: Final = re.compile(r"[^\W_]+")
_BEFORE: Final = 60
_SHOWN: Final = 200


class Place(NamedTuple):
    """Where words stand: in the title, participants, summary, notes or transcript.

    `at` is seconds from the start where it was said or is about, else None.
    """

    part: str
    text: str
    at: float | None = None
    speaker: str = ""


class Snippet(NamedTuple):
    """A place with the words asked for, its text shortened around the first of them."""

    part: str
    text: str
    at: float | None
    speaker: str


def words_of(text: str) -> list[str]:
    """The words of a text as they are compared.

    >>> words_of("Änderung, ÉCOLE & Straße_7")
    ['anderung', 'ecole', 'strasse', '7']
    """
    return [word[:LONGEST_WORD] for word in _WORD.findall(_folded(text))]


def asked_words(query: str) -> tuple[str, ...]:
    """The words that somebody looks for; each must be there, the last one at least begun."""
    return tuple(dict.fromkeys(words_of(query)))[:MOST_ASKED]


def words_of_meeting(meeting: Meeting, title: str) -> str:
    """Every word of a meeting once, with spaces between them."""
    found: dict[str, None] = {}
    for place in places(meeting, title):
        found.update(dict.fromkeys(words_of(f"{place.speaker} {place.text}")))
        if len(found) > MOST_WORDS:
            break
    return " ".join(list(found)[:MOST_WORDS])


def places(meeting: Meeting, title: str) -> Iterator[Place]:
    """All that is searched, what tells most first."""
    yield Place("title", title or meeting.title)
    for one in meeting.attendees:
        yield Place("participants", " ".join((one.name, *one.emails, *one.phones)))
    if meeting.summary is not None:
        yield from _of_summary(meeting.summary)
    for item in meeting.action_items:
        yield Place("summary", f"{item.text} {item.owner}", item.at)
    if meeting.manual_notes is not None:
        yield Place("notes", meeting.manual_notes.text)
    for segment in meeting.transcript:
        yield Place("transcript", segment.text, segment.start, segment.speaker)


def snippets(meeting: Meeting, title: str, query: str, *, most: int = 3) -> tuple[Snippet, ...]:
    """The places with most of the words asked for, in the order of the meeting."""
    asked = asked_words(query)
    scored = [
        (len(hits), -at, place)
        for at, place in enumerate(places(meeting, title))
        if (hits := _hits(place, asked))
    ]
    best = sorted(scored, key=lambda one: one[:2], reverse=True)[:most]
    ordered = sorted(best, key=lambda one: -one[1])
    return tuple(
        Snippet(place.part, _around(place.text, asked), place.at, place.speaker)
        for _, _, place in ordered
    )


def _of_summary(summary: Summary) -> Iterator[Place]:
    for line in summary.overview:
        yield Place("summary", line)
    for section in summary.sections:
        for bullet in section.bullets:
            yield Place("summary", bullet.text, bullet.at, bullet.speaker)
    if summary.body is not None:
        yield Place("summary", summary.body.text)
    for item in summary.action_items:
        yield Place("summary", f"{item.text} {item.owner}", item.at)


def _hits(place: Place, asked: tuple[str, ...]) -> set[str]:
    there = set(words_of(f"{place.speaker} {place.text}"))
    found = {word for word in asked[:-1] if word in there}
    if asked and any(word.startswith(asked[-1]) for word in there):
        found.add(asked[-1])
    return found


def _around(text: str, asked: tuple[str, ...]) -> str:
    """A line of a text with the first word that was asked for."""
    line = " ".join(text.split())
    at = next((found.start() for found in _WORD.finditer(line) if _fits(found[0], asked)), 0)
    start = 0 if at <= _BEFORE else line.rfind(" ", 0, at - _BEFORE) + 1
    end = start + _SHOWN
    shown = line[start:end]
    return f"{'… ' if start else ''}{shown}{' …' if end < len(line) else ''}"


def _fits(word: str, asked: tuple[str, ...]) -> bool:
    folded = _folded(word)
    return folded in asked or bool(asked and folded.startswith(asked[-1]))


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    apart = normalize("NFKD", text.casefold())
    return "".join(char for char in apart if not combining(char))
