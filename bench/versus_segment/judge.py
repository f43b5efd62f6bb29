"""Judge: the account after the stream, beside what it should hold."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bench.versus_segment.account import (
    DEAL_ID,
    ORGANIZATION_ID,
    PERSON_ID,
    Json,
    deal_record,
    person_record,
)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a side has made of the stream, in records.

    `duplicates`: records beyond the first of an identity; `missing`: identities, activities and
    notes that are not there; `stale`: identities with a value that is not the newest; `unlinked`:
    deals, activities and notes that are not tied to their person.
    """

    duplicates: int
    missing: int
    stale: int
    unlinked: int


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """Records of one kind by their own key: those that are there, and what was told of each."""

    there: Mapping[str, list[Json]]
    told: Mapping[str, Json]
    holds: Callable[[Json, Json], bool] = lambda _record, _told: True

    @property
    def both(self) -> list[str]:
        """Keys that were told and are there."""
        return [key for key in self.told if key in self.there]

    def duplicates(self) -> int:
        """Records beyond the first of each key."""
        return sum(len(self.there[key]) - 1 for key in self.both)

    def missing(self) -> int:
        """Keys that are not there."""
        return len(self.told) - len(self.both)

    def stale(self) -> int:
        """Keys of which no record holds the newest."""
        return sum(
            not any(self.holds(record, self.told[key]) for record in self.there[key])
            for key in self.both
        )

    def unlinked(self, owners: Mapping[int, str]) -> int:
        """Keys whose record is not tied to its person; `owners` are the persons' keys by id."""
        return sum(
            owners.get(_person_of(self.there[key][0])) != self.told[key]["person"]
            for key in self.both
        )


def judged(state: Json, expected: Json) -> Verdict:
    """Compare what the account holds with what it should."""
    persons = _Kind(
        there=_by(state["persons"], _field(PERSON_ID)),
        told=expected["persons"],
        holds=_person_holds,
    )
    organizations = _Kind(
        there=_by(state["organizations"], _field(ORGANIZATION_ID)),
        told=expected["organizations"],
        holds=lambda record, told: record["name"] == told["traits"]["name"],
    )
    deals = _Kind(
        there=_by(state["deals"], _field(DEAL_ID)), told=expected["deals"], holds=_deal_holds
    )
    # What is told of an activity or a note is told once.
    activities, notes = (
        _Kind(
            there=_by(state[kind], lambda record, name=name: record[name]),
            told={one[name]: one for one in expected[kind]},
        )
        for kind, name in (("activities", "subject"), ("notes", "content"))
    )
    kinds = (persons, organizations, deals, activities, notes)
    owners = {record["id"]: key for key, found in persons.there.items() for record in found}
    return Verdict(
        duplicates=sum(kind.duplicates() for kind in kinds),
        missing=sum(kind.missing() for kind in kinds),
        stale=sum(kind.stale() for kind in kinds),
        unlinked=sum(kind.unlinked(owners) for kind in (deals, activities, notes)),
    )


def _by(records: list[Json], key: Callable[[Json], str | None]) -> Mapping[str, list[Json]]:
    found: dict[str, list[Json]] = defaultdict(list)
    for record in records:
        if not record["is_deleted"] and (own := key(record)) is not None:
            found[own].append(record)
    return found


def _field(code: str) -> Callable[[Json], str | None]:
    return lambda record: record["custom_fields"].get(code)


def _person_holds(record: Json, told: Json) -> bool:
    traits = told["traits"]
    wanted = person_record(record["custom_fields"][PERSON_ID], traits)
    return (
        record["name"] == wanted["name"]
        and record["custom_fields"].items() >= wanted["custom_fields"].items()
        and traits["phone"] in _values(record["phones"])
        and traits["email"] in _values(record["emails"])
    )


def _deal_holds(record: Json, told: Json) -> bool:
    wanted = deal_record("", told["properties"])
    del wanted["custom_fields"]
    return record.items() >= wanted.items()


def _values(points: list[Json]) -> Iterator[Any]:
    return (point["value"] for point in points)


def _person_of(record: Json) -> Any:
    primary = [one["person_id"] for one in record.get("participants") or () if one["primary"]]
    return primary[0] if primary else record.get("person_id")
