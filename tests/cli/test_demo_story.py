"""The demo's story, what it must lead to, and how that is judged."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import structs

from dealwright.cards.known import EventLine, Finding, Known, MeetingLine, Reader
from dealwright.cli.demo import talks
from dealwright.cli.demo.author import Said
from dealwright.cli.demo.cardcheck import Shown
from dealwright.cli.demo.cardcheck import faults as card_faults
from dealwright.cli.demo.cast import BUYER
from dealwright.cli.demo.check import faults
from dealwright.cli.demo.pipedrive import Activity, Organization, Person, Point, State
from dealwright.cli.demo.price import elsewhere
from dealwright.cli.demo.story import ActivityWanted, PersonWanted, Wanted, story
from dealwright.core.record import Activity as CardActivity
from dealwright.core.record import Deal, Labelled, Note
from dealwright.core.record import Person as CardPerson
from dealwright.meetings.files.upload import read_upload
from dealwright.meetings.source import Accepted, Arrival, Secret, receive
from dealwright.meetings.summary.extract import extract
from dealwright.pipeline.cardfound import CardAnswer, CardFound
from dealwright.pipeline.cardview import card_of
from dealwright.recorders import recorders

BEFORE = State(persons=(), organizations=(), activities=())

WANTED = Wanted(
    people=(PersonWanted(name="Ada", email="ada@kiln.example", phones=frozenset({"1"})),),
    organizations=("Kiln",),
    activities=(ActivityWanted(subject="Call", email="ada@kiln.example", organization="Kiln"),),
    failed=0,
    rejected=0,
)

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)

ADA = Person(id=1, name="Ada", emails=(Point("ada@kiln.example"),), phones=(Point("1"),))
KILN = Organization(id=2, name="Kiln")
CALL = Activity(id=3, subject="Call", type="call", person_id=1, org_id=2)


def _state(
    *,
    persons: tuple[Person, ...] = (ADA,),
    organizations: tuple[Organization, ...] = (KILN,),
    activities: tuple[Activity, ...] = (CALL,),
) -> State:
    return State(persons=persons, organizations=organizations, activities=activities)


def test_all_as_wanted_has_no_fault() -> None:
    assert faults(WANTED, BEFORE, _state()) == []


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (_state(persons=()), "The person “ada@kiln.example” is there 0 times, not once."),
        (
            _state(persons=(ADA, Person(id=9, name="Ada", emails=ADA.emails, phones=ADA.phones))),
            "The person “ada@kiln.example” is there 2 times, not once.",
        ),
        (
            _state(persons=(ADA, Person(id=9, name="Somebody"))),
            "There are 2 persons, not 1.",
        ),
        (
            _state(persons=(Person(id=1, name="Bo", emails=ADA.emails, phones=ADA.phones),)),
            "ada@kiln.example is called “Bo”, not “Ada”.",
        ),
        (
            _state(persons=(Person(id=1, name="Ada", emails=ADA.emails),)),
            "ada@kiln.example has the phones [], not ['1'].",
        ),
        (_state(organizations=()), "The organization “Kiln” is there 0 times, not once."),
        (
            _state(activities=(Activity(id=3, subject="Call", type="call", org_id=2),)),
            "“Call” is not linked to ada@kiln.example.",
        ),
        (
            _state(activities=(Activity(id=3, subject="Call", type="call", person_id=1),)),
            "“Call” is not linked to Kiln.",
        ),
    ],
)
def test_whatever_is_not_as_wanted_is_said(state: State, said: str) -> None:
    assert said in faults(WANTED, BEFORE, state)


def test_whom_pipedrive_knew_before_is_there_once_too() -> None:
    known = PersonWanted(name="Bo", email="bo@kiln.example", phones=frozenset())

    said = faults(replace(WANTED, known=(known,)), BEFORE, _state())
    assert said == ["The person “bo@kiln.example” is there 0 times, not once."]


def _card(**more: Any) -> Shown:
    """The buyer's card with all that it must have, from the mirror."""
    known = Known(
        connection=1,
        connection_name="acme",
        company="acme",
        address=BUYER.email,
        person=CardPerson(id=1, name=BUYER.name, phones=(Labelled(value=BUYER.phone),)),
        notes=(Note(id=1, content="<p>Budget is 28,000 EUR</p>"),),
        deals=(Deal(id=1, title=BUYER.deal, status="open"),),
        activities=(CardActivity(id=1, subject=talks.MEETING_TITLE),),
        meetings=(MeetingLine(title=talks.MEETING_TITLE, at=NOW, url="", state="synced"),),
        events=(EventLine(name="Sample Ordered", at=NOW),),
    )
    known = structs.replace(known, **more)
    found = CardFound(connection=1, name="acme", company="acme", finding=Finding.MATCH, known=known)
    answer = CardAnswer(address=BUYER.email, found=found)
    return Shown(card_of(answer, Reader(now=NOW)), answer)


def test_a_card_with_everything_has_no_fault() -> None:
    assert card_faults(_card()) == []


@pytest.mark.parametrize("part", ["notes", "deals", "activities", "meetings", "events"])
def test_what_a_card_lacks_is_said(part: str) -> None:
    assert [said.split()[2] for said in card_faults(_card(**{part: ()}))] == [part]


def test_a_card_that_was_paid_for_is_said() -> None:
    shown = _card()
    assert shown.answer.found is not None
    paid = structs.replace(shown.answer.found, tokens=20, calls=1)

    said = card_faults(shown._replace(answer=structs.replace(shown.answer, found=paid)))
    assert said == ["The card took 20 tokens and 1 calls, not 0."]


def test_the_story_is_the_same_at_each_telling() -> None:
    assert story() == story()


def test_the_story_has_a_few_hundred_events_and_repeats_among_them() -> None:
    events = story().events

    assert (len(events), len({event.message_id for event in events})) == (304, 232)


def test_everybody_in_the_story_is_somebody_else() -> None:
    wanted = story().wanted

    assert len({person.email for person in wanted.people}) == len(wanted.people) == 39


def test_every_activity_of_the_story_is_told_from_the_others() -> None:
    wanted = story().wanted

    assert len({activity.subject for activity in wanted.activities}) == len(wanted.activities)


@pytest.mark.parametrize(
    ("event", "price"),
    [
        (Said(call="identify", arguments={"message_id": "1"}), (1, 50)),
        (Said(call="group", arguments={"message_id": "1"}), (1, 50)),
        (Said(call="track", arguments={"message_id": "1", "event": "Activity Upserted"}), (1, 50)),
        (
            Said(
                call="track",
                arguments={
                    "message_id": "1",
                    "event": "Activity Upserted",
                    "context": {"groupId": "g"},
                },
            ),
            (1, 90),
        ),
        (Said(call="track", arguments={"message_id": "1", "event": "Order Placed"}), (0, 0)),
        (Said(call="identify", arguments={"message_id": "1"}, wrong=True), (0, 0)),
    ],
)
def test_the_other_design_is_priced_by_its_searches_and_writes(
    event: Said, price: tuple[int, int]
) -> None:
    assert elsewhere([event]) == price


def test_a_repeat_costs_the_other_design_nothing() -> None:
    event = Said(call="identify", arguments={"message_id": "1"})

    assert elsewhere([event, event]) == (1, 50)


@pytest.mark.parametrize(
    ("kind", "secret", "told"),
    [
        ("fathom", "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz", talks.fathom),
        ("aircall", "c" * 32, talks.aircall),
    ],
)
def test_what_the_recorders_of_the_demo_post_is_authentic(
    kind: str, secret: str, told: Callable[..., talks.Post]
) -> None:
    post = told(secret, now=NOW)
    arrival = Arrival(path=post.path, headers=post.headers, body=post.body, now=NOW)

    assert isinstance(receive(recorders()[kind], arrival, [Secret(value=secret)]), Accepted)


def test_the_transcript_of_the_demo_holds_promises() -> None:
    read = read_upload(talks.TRANSCRIPT.encode(), filename="talk.vtt", sources=recorders())
    found = extract(read.told[0].meeting.transcript, language="en")

    assert [item.owner for item in found.action_items][:2] == ["Jonas Weber", "Jonas Weber"]
