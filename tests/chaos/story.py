"""The story of a bad day: who says what of whom, in which order it arrives, and the truth."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from tests.events import Said

PERSONS, ORGANIZATIONS, EVENTS, SENDERS = 600, 200, 5_000, 8
#: The Sources: each belongs to half of the senders, and each calls the same persons by other ids.
SOURCES = ("website", "app")
#: Custom fields of the account.
PERSON_PLAN, ORGANIZATION_ID, ORGANIZATION_PLAN = "c1" * 20, "c2" * 20, "c3" * 20

_START = datetime(2026, 3, 14, 8, 0, tzinfo=UTC)
#: As many neighbours of an event may arrive before it.
_OVERTAKING = 40
_REPEATED = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What a sender puts into one request."""

    source: str
    events: tuple[Said, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What the account must hold: the newest name and plan of everybody, and every activity."""

    persons: dict[str, tuple[str, str | None]]
    organizations: dict[str, tuple[str, str | None]]
    activities: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that is sent, by sender in order of arrival, and what it amounts to."""

    senders: tuple[tuple[Batch, ...], ...]
    truth: Truth

    @property
    def message_ids(self) -> set[str]:
        """The id of every event."""
        return {
            said["messageId"]
            for batches in self.senders
            for batch in batches
            for said in batch.events
        }


def story(random: Random) -> Story:
    """A story for this luck; the same luck tells the same one."""
    told = [_event(random, number) for number in range(EVENTS)]
    arriving = sorted(range(EVENTS), key=lambda number: number + random.random() * _OVERTAKING)
    spoken: list[list[Said]] = [[] for _ in range(SENDERS)]
    for number in arriving:
        sender = random.randrange(SENDERS)
        said = _as_source(told[number], SOURCES[sender % len(SOURCES)])
        spoken[sender] += [said] * (2 if random.random() < _REPEATED else 1)
    senders = tuple(
        tuple(_batches(random, SOURCES[sender % len(SOURCES)], said))
        for sender, said in enumerate(spoken)
    )
    return Story(senders=senders, truth=_truth(told))


def _event(random: Random, number: int) -> Said:
    moment = _START + timedelta(milliseconds=700 * number)
    head = {"messageId": f"m-{number:05}", "timestamp": moment.isoformat()}
    # Everybody is spoken of at least once, and by name the first time.
    if number < PERSONS:
        return _person(head, number, {"name": f"Name {number}"})
    if number < PERSONS + ORGANIZATIONS:
        return _organization(head, number - PERSONS, {"name": f"Group {number}"})
    traits = random.choice(
        [
            {"name": f"Name {number}"},
            {"plan": f"plan {number}"},
            {"name": f"Name {number}", "plan": f"plan {number}"},
        ]
    )
    kind = random.random()
    if kind < 0.72:
        return _person(head, _somebody(random, PERSONS), traits)
    if kind < 0.92:
        # Pipedrive makes no organization without a name, and this event may come first.
        named = {"name": f"Group {number}", **traits}
        return _organization(head, _somebody(random, ORGANIZATIONS), named)
    properties = {"subject": f"Activity {number}"}
    named = {"userId": f"u-{_somebody(random, PERSONS)}", "event": "Activity Upserted"}
    return {"type": "track", **head, **named, "properties": properties}


def _somebody(random: Random, many: int) -> int:
    """A fifth of them is spoken of half of the time."""
    return random.randrange(many // 5 if random.random() < 0.5 else many)


def _person(head: Said, number: int, traits: dict[str, str]) -> Said:
    email = f"u{number}@people.example"
    return {
        "type": "identify",
        **head,
        "userId": f"u-{number}",
        "traits": {"email": email, **traits},
    }


def _organization(head: Said, number: int, traits: dict[str, str]) -> Said:
    return {
        "type": "group",
        **head,
        "userId": "u-0",
        "groupId": f"g-{number}",
        "traits": traits,
    }


def _as_source(said: Said, source: str) -> Said:
    return {**said, "userId": f"{source}-{said['userId']}"}


def _batches(random: Random, source: str, said: list[Said]) -> list[Batch]:
    batches: list[Batch] = []
    start = 0
    while start < len(said):
        size = random.randrange(1, 13)
        batches.append(Batch(source=source, events=tuple(said[start : start + size])))
        start += size
    return batches


def _truth(told: list[Said]) -> Truth:
    persons: dict[str, tuple[str, str | None]] = {}
    organizations: dict[str, tuple[str, str | None]] = {}
    for said in told:
        if said["type"] == "track":
            continue
        known = persons if said["type"] == "identify" else organizations
        traits = said["traits"]
        key = traits["email"] if said["type"] == "identify" else said["groupId"]
        name, plan = known.get(key, ("", None))
        known[key] = (traits.get("name", name), traits.get("plan", plan))
    subjects = (said["properties"]["subject"] for said in told if said["type"] == "track")
    return Truth(persons=persons, organizations=organizations, activities=frozenset(subjects))
