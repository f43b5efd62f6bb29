"""Simpler ways of choosing lines, within the limits that the extract has to keep."""

from collections.abc import Callable, Mapping
from typing import Final

from bench.summary.gold import Gold
from dealwright.meetings.summary import ranking
from dealwright.meetings.summary.extract import Room
from dealwright.meetings.summary.speech import cues_of
from dealwright.meetings.summary.units import content_of


def _best(case: Gold, score: Callable[[int], float]) -> list[str]:
    room = Room.of(case.transcript)
    order = sorted(range(len(case.segments)), key=lambda n: (-score(n), n))
    taken: list[int] = []
    for n in order:
        if len(taken) < room.count and room.take(case.segments[n].text):
            taken.append(n)
    return [case.segments[n].text for n in sorted(taken)]


def lead(case: Gold) -> list[str]:
    """The first lines."""
    return _best(case, lambda n: -n)


def longest(case: Gold) -> list[str]:
    """The longest lines."""
    return _best(case, lambda n: len(case.segments[n].text))


def plain(case: Gold) -> list[str]:
    """The most central lines (LexRank over TF-IDF), without cues, filters and MMR."""
    cues = cues_of(case.language, ())
    lines = [content_of(segment.text, cues) for segment in case.segments]
    rank = ranking.centrality(ranking.similarities(lines))
    return _best(case, lambda n: rank[n])


PEERS: Final[Mapping[str, Callable[[Gold], list[str]]]] = {
    "lead": lead,
    "longest": longest,
    "lexrank": plain,
}
