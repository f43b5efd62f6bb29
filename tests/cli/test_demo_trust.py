"""The demo's change of a Mapping: how it is judged whether all was as it must be."""

from datetime import UTC, datetime

import pytest
from msgspec import structs

from dealwright.actionbook import actions
from dealwright.cli.demo.pipedrive import Person, Point, State
from dealwright.cli.demo.trust import EDITED, Foresight, numbered, signing_in
from dealwright.cli.demo.trustcheck import Told, faults
from dealwright.core.correction import Selection
from dealwright.core.draft import draft_faults, trying
from dealwright.core.foretold import FieldChange, Foretold, Outcome, Summary, WouldBe
from dealwright.core.mapping import Mapping
from dealwright.core.plan import Plan, Update
from dealwright.core.record import RecordKind
from dealwright.core.undo import Refused, Reversal, Turned
from dealwright.pipeline.stories import RecordStory, ValueStory, WriteStory
from dealwright.pipeline.undoplan import RecordUndo, UndoPlan

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
ADA, TOM, MINA = SIGNED = signing_in()
MAPPING = Mapping(
    id=3,
    connection_id=1,
    version=1,
    name="Persons",
    action="upsert_person",
    trigger='type = "identify"',
    fields={"match_value": {"@path": "$.userId"}, "name": {"@path": "$.traits.name"}},
)


def _state(*names: str) -> State:
    persons = tuple(
        Person(id=number, name=name, emails=(Point(one.email),))
        for number, (one, name) in enumerate(zip(SIGNED, names, strict=True), start=1)
    )
    return State(persons=persons, organizations=(), activities=())


def _foretold(number: int) -> Foretold:
    one = SIGNED[number - 1]
    name = FieldChange(field="Name", key="name", before=one.name, after=one.numbered)
    change = WouldBe(
        act="update", kind=RecordKind.PERSON, record=f"person {number}", fields=(name,)
    )
    return Foretold(
        number=number,
        events=(number,),
        outcome=Outcome.UPDATE,
        code="",
        message="",
        record_id=number,
        changes=(change,),
    )


def _story(*, after: str = ADA.numbered) -> RecordStory:
    write = WriteStory(
        at=NOW,
        delivery=9,
        before=ADA.name,
        after=after,
        made=False,
        answered=True,
        sentence="",
    )
    value = ValueStory(
        key="name", name="name", now=after, standing="stands", sentence="", writes=(write,)
    )
    return RecordStory(
        connection="acme",
        connection_id=1,
        kind="person",
        id=1,
        title=after,
        url="",
        gone=False,
        merged_into=None,
        seen_at=NOW,
        made_by=1,
        since=NOW,
        sentence="",
        values=(value,),
        happenings=(),
        decisions=(),
        causes=(),
        absorbed=(),
    )


def _undo(number: int, *, then: str) -> RecordUndo:
    """A record that is put back, or with `then` empty one that stays as it is."""
    update = Update(kind=RecordKind.PERSON, record_id=number, values={"name": then}, before={})
    turned = (Turned("name", "", then),) if then else ()
    refused = () if then else (Refused("name", "edited_since", ""),)
    plan = Plan(changes=(update,) if then else (), record_id=number)
    return RecordUndo(
        kind=RecordKind.PERSON,
        record_id=number,
        name="",
        seen=True,
        reversal=Reversal(plan=plan, turned=turned, refused=refused),
        tokens=6,
        entries=(number,),
    )


BEFORE = _state(ADA.name, TOM.name, MINA.name)
FORESIGHT = Foresight(1, [_foretold(one) for one in (1, 2, 3)], Summary(), BEFORE, BEFORE)
PLAN = UndoPlan(
    connection_id=1,
    selection=Selection(mapping_id=3, mapping_version=2),
    records=(_undo(1, then=ADA.name), _undo(2, then=""), _undo(3, then=MINA.name)),
)
TOLD = Told(
    signed=SIGNED,
    foresight=FORESIGHT,
    written=_state(ADA.numbered, TOM.numbered, MINA.numbered),
    story=_story(),
    plan=PLAN,
    ended=_state(ADA.name, EDITED, MINA.name),
)


def test_all_as_it_must_be_has_no_fault() -> None:
    assert faults(TOLD) == []


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (
            TOLD._replace(foresight=FORESIGHT._replace(after=TOLD.ended)),
            "Pipedrive is not after the dry run what it was before.",
        ),
        (
            TOLD._replace(foresight=FORESIGHT._replace(summary=Summary(spent=20))),
            "The dry run has cost 20 tokens, not 0.",
        ),
        (
            TOLD._replace(foresight=FORESIGHT._replace(results=FORESIGHT.results[:2])),
            f"{MINA.email} is called “{MINA.numbered}”; foretold was set().",
        ),
        (
            TOLD._replace(written=_state(ADA.name, TOM.numbered, MINA.numbered)),
            f"{ADA.email} is called “{ADA.name}”; foretold was {{'{ADA.numbered}'}}.",
        ),
        (
            TOLD._replace(story=structs.replace(TOLD.story, values=())),
            "0 fields are explained, not the name alone.",
        ),
        (TOLD._replace(story=_story(after="Ada")), "The name is explained so: "),
        (
            TOLD._replace(plan=UndoPlan(connection_id=1, selection=Selection(), records=())),
            f"What stays is [], not the name of {TOM.name} alone.",
        ),
        (
            TOLD._replace(ended=_state(ADA.name, TOM.name, MINA.name)),
            f"{TOM.email} is called “{TOM.name}”, not “{EDITED}”.",
        ),
        (
            TOLD._replace(ended=_state(ADA.numbered, EDITED, MINA.name)),
            f"{ADA.email} is called “{ADA.numbered}”, not “{ADA.name}”.",
        ),
    ],
)
def test_whatever_is_not_as_it_must_be_is_said(told: Told, said: str) -> None:
    assert said in faults(told)


def test_the_changed_mapping_is_one_that_could_be_added() -> None:
    assert draft_faults(numbered(MAPPING), actions()) == ()


def test_the_change_puts_the_webshops_number_behind_the_name() -> None:
    tried = trying(numbered(MAPPING), actions()["upsert_person"])
    trial = tried({"type": "identify", "userId": ADA.user_id, "traits": {"name": ADA.name}})

    assert trial.fields["name"] == ADA.numbered == "Ada Keller (shop-1001)"
