"""The story as data: which events are sent, in which chapter, and what must come of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from dealwright.cli.demo.author import Author, Member, Said
from dealwright.cli.demo.cast import BUYER, FIRST, LATER, Customer


class Turn(Enum):
    """What happens before a chapter: time passes, or Pipedrive goes away, or it comes back."""

    NONE = "none"
    TIME_PASSES = "time passes"
    PIPEDRIVE_GOES = "pipedrive goes"
    PIPEDRIVE_RETURNS = "pipedrive returns"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A part of the story. Its `turn` is what changes before it is told."""

    title: str
    events: tuple[Said, ...]
    turn: Turn = Turn.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonWanted:
    """A person that must be there once, with every phone number that was ever told."""

    name: str
    email: str
    phones: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityWanted:
    """An activity that must be there once, with this person and this organization."""

    subject: str
    email: str
    organization: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What Pipedrive must hold when the story is over, beside what it held before.

    `known` are persons whom it held already, once then and once now. `failed` Deliveries and
    `rejected` events are wrong on purpose.
    """

    people: tuple[PersonWanted, ...]
    known: tuple[PersonWanted, ...] = ()
    organizations: tuple[str, ...]
    activities: tuple[ActivityWanted, ...]
    failed: int
    rejected: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What is told, and what must come of it."""

    chapters: tuple[Chapter, ...]
    wanted: Wanted

    @property
    def events(self) -> list[Said]:
        """All of it, repeats too."""
        return [event for chapter in self.chapters for event in chapter.events]


def story() -> Story:
    """The story of a maker of coffee machines and its customers; the same at each telling."""
    author = Author()
    opening = _together(author.joins(customer) for customer in FIRST)
    regulars = list(author.people)
    week = _week(author, regulars)
    joining = _together(author.joins(customer) for customer in LATER)
    newcomers = author.people[len(regulars) :]
    movers = regulars[::6]
    away = (
        *joining,
        *(author.knows(member, phone=member.phone(50)) for member in movers),
        *(author.meets(member, turn) for turn, member in enumerate(newcomers)),
    )
    chapters = (
        Chapter(title="Twelve cafés open accounts", events=opening),
        Chapter(title="A week of sign-ins, orders, visits", events=week, turn=Turn.TIME_PASSES),
        Chapter(title="Pipedrive is away, four more join", events=away, turn=Turn.PIPEDRIVE_GOES),
        Chapter(title="The webshop sends its day again", events=(*week[-40:], *away)),
        Chapter(title="Two wrong events", events=_wrong(author), turn=Turn.PIPEDRIVE_RETURNS),
        Chapter(title="A second round of visits", events=_visits(author, regulars[::2])),
        Chapter(title="A buyer of old signs in and orders", events=tuple(author.returns(BUYER))),
    )
    return Story(chapters=chapters, wanted=_wanted(author, movers))


def _together(parts: Iterable[Iterable[Said]]) -> tuple[Said, ...]:
    return tuple(event for part in parts for event in part)


def _week(author: Author, members: Sequence[Member]) -> tuple[Said, ...]:
    told: list[Said] = []
    for turn, member in enumerate(members):
        told += author.browses(member)
        told.append(author.knows(member, phone=member.phone()))
        told.append(author.meets(member, turn))
    return tuple(told)


def _visits(author: Author, members: Sequence[Member]) -> tuple[Said, ...]:
    # Odd turns: nobody gets the kind of visit a second time that the week brought.
    return tuple(author.meets(member, 2 * i + 1) for i, member in enumerate(members))


def _wrong(author: Author) -> tuple[Said, ...]:
    """One without the name of what happened, and one whose day no calendar has."""
    member = author.people[0]
    nameless = author.say("track", user_id=member.user_id, event="")
    dayless = author.say(
        "track",
        user_id=member.user_id,
        event="Activity Upserted",
        properties={"subject": "A visit on no day", "type": "call", "due_date": "next Tuesday"},
    )
    return (replace(nameless, wrong=True), replace(dayless, wrong=True))


def _wanted(author: Author, movers: Sequence[Member]) -> Wanted:
    people = tuple(
        PersonWanted(
            name=member.name,
            email=member.email,
            phones=frozenset(
                {member.phone(), member.phone(50)} if member in movers else {member.phone()}
            ),
        )
        for member in author.people
    )
    customers: Sequence[Customer] = (*FIRST, *LATER)
    buyer = PersonWanted(name=BUYER.name, email=BUYER.email, phones=frozenset({BUYER.phone}))
    return Wanted(
        people=people,
        known=(buyer,),
        organizations=tuple(customer.name for customer in customers),
        activities=tuple(
            ActivityWanted(subject=subject, email=member.email, organization=member.customer.name)
            for subject, member in author.visits
        ),
        failed=1,
        rejected=1,
    )
