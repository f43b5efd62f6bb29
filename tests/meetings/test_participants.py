"""Who was there, and which of them is one of us."""

from typing import Any

import pytest

from dealwright.core.record import Member
from dealwright.meetings.meeting import Attendee, Meeting, Part
from dealwright.meetings.participants import Judge, Participant, Role
from dealwright.meetings.settings import MeetingSettings

BEN = Member(id=12, name="Ben Okafor", email="ben@other.example")
OURS = MeetingSettings(
    internal_domains=("northwind.example",),
    internal_emails=("boss@home.example",),
    internal_phones=("+46846500400",),
    default_region="SE",
)


def people(*attendees: Attendee, known: tuple[str, ...] = (), **told: Any) -> list[Participant]:
    """Who took part, with Ben a user of Pipedrive."""
    meeting = Meeting(key="zoom:1", source="zoom", attendees=attendees, **told)
    return list(Judge(OURS, users=[BEN], known=known).people(meeting))


def role(**told: Any) -> Role:
    """Who one attendee is."""
    (one,) = people(Attendee(**told))
    return one.role


@pytest.mark.parametrize(
    "address",
    [
        "ana@northwind.example",
        "Ana+notes@Northwind.example",
        "ops@mail.northwind.example",
        "boss@home.example",
        "ben@other.example",
    ],
)
def test_an_address_of_ours_is_internal(address: str) -> None:
    assert role(emails=(address,)) is Role.INTERNAL


def test_a_domain_that_only_ends_like_ours_is_not() -> None:
    assert role(emails=("eve@evilnorthwind.example",)) is Role.EXTERNAL


def test_our_own_number_is_internal_without_an_address() -> None:
    assert role(phones=("+46 8 465 004 00",)) is Role.INTERNAL


def test_our_own_number_identifies_nobody_else() -> None:
    (guest,) = people(Attendee(emails=("p@globex.example",), phones=("08-465 004 00",)))
    assert (guest.role, guest.phones) == (Role.EXTERNAL, ())


def test_a_name_alone_is_unknown() -> None:
    assert role(name="Mystery Guest") is Role.UNKNOWN


def test_a_hint_does_not_make_a_colleague_a_guest() -> None:
    assert role(emails=("ana@northwind.example",), internal=False) is Role.INTERNAL


@pytest.mark.parametrize("told", [{"emails": ("kim@acme.example",)}, {"phones": ("+46701740605",)}])
def test_a_hint_does_not_make_a_guest_a_colleague(told: dict[str, Any]) -> None:
    assert role(**told, internal=True) is Role.EXTERNAL


def test_a_hint_counts_where_there_is_only_a_name() -> None:
    assert role(name="Kim", internal=True) is Role.INTERNAL


def test_a_sender_who_may_decide_is_believed() -> None:
    told = {"emails": ("ana@northwind.example",), "internal": False, "internal_decided": True}
    assert role(**told) is Role.EXTERNAL


@pytest.mark.parametrize(
    "told",
    [
        {"emails": ("fred@fireflies.ai",)},
        {"emails": ("notetaker@read.ai",)},
        {"name": "Otter.ai Notetaker"},
        {"name": "Read.ai meeting notes"},
        {"name": "Fathom AI Assistant"},
        {"name": "Anybody", "part": Part.BOT},
    ],
)
def test_bots_are_told_by_address_name_and_word_of_the_source(told: dict[str, Any]) -> None:
    assert role(**told) is Role.BOT


def test_somebody_who_works_for_a_maker_of_bots_is_a_person() -> None:
    assert role(emails=("anna.smith@gong.io",)) is Role.EXTERNAL


def test_whom_pipedrive_knows_is_no_bot() -> None:
    (one,) = people(Attendee(emails=("notes@gong.io",)), known=("notes@gong.io",))
    assert one.role is Role.EXTERNAL


def test_an_assistant_of_no_maker_is_a_person() -> None:
    assert role(name="Kim, assistant", emails=("kim@acme.example",)) is Role.EXTERNAL


@pytest.mark.parametrize("address", ["room-7@resource.calendar.google.com", "noreply@acme.example"])
def test_rooms_and_nobody_are_left_out(address: str) -> None:
    assert people(Attendee(emails=(address,))) == []


def test_one_person_in_two_lists_is_one() -> None:
    (one,) = people(
        Attendee(emails=("jonas@acme.example",), part=Part.HOST),
        Attendee(name="Jonas Berg", emails=("Jonas@acme.example",), phones=("0701740605",)),
    )
    assert (one.name, one.phone, one.part) == ("Jonas Berg", "+46701740605", Part.HOST)


def test_two_addresses_are_two_people_though_they_share_a_name() -> None:
    there = people(
        Attendee(name="Kim", emails=("kim@acme.example",)),
        Attendee(name="Kim", emails=("kim@globex.example",)),
    )
    assert len(there) == 2


def test_a_colleague_is_called_as_in_pipedrive() -> None:
    (ben,) = people(Attendee(emails=("ben@other.example",)))
    assert ben.name == "Ben Okafor"


def test_speakers_count_when_only_a_bot_and_colleagues_are_listed() -> None:
    there = people(
        Attendee(emails=("ben@other.example",)),
        Attendee(emails=("fred@fireflies.ai",)),
        speakers_if_alone=("Ben Okafor", "Priya Nair", "Fireflies.ai Notetaker"),
    )
    assert [one.name for one in there if one.role is Role.UNKNOWN] == ["Priya Nair"]


def test_speakers_do_not_count_beside_a_guest() -> None:
    there = people(Attendee(emails=("p@globex.example",)), speakers_if_alone=("Priya Nair",))
    assert len(there) == 1
