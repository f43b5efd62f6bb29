"""What a dry run foretells is what the delivery then does, when nothing else changes."""

import asyncio
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.clock import ManualClock
from tests.events import Said, identify, track
from tests.hub import Hub, new_sandbox, open_hub
from tests.journeys.dryrun import foretell, read_lists

from dealwright.core.foretold import Foretold, Outcome
from dealwright.core.journal import Act, Entry
from dealwright.core.mapping import MatchDefaults
from dealwright.core.match import AmbiguousRule
from dealwright.core.record import RecordKind
from dealwright.pipeline.accounts import AccountBook
from dealwright.pipeline.drytelling import outcome_of
from dealwright.pipeline.drywords import DryWords
from dealwright.pipeline.verdict import Verdict
from dealwright.sandbox.app import Sandbox
from dealwright.sandbox.edit import Edit, edit
from dealwright.store.crawls import want_crawl
from dealwright.store.delivery_list import Delivery
from dealwright.store.events import end_of_log
from dealwright.store.journal import entries_of_deliveries
from dealwright.store.mappings import NewMapping

CITY, LEVEL, OWN_ID = "c" * 40, "d" * 40, "e" * 40
FIELDS = {
    "person": [
        {"name": "City", "type": "varchar", "code": CITY},
        {"name": "Level", "type": "enum", "code": LEVEL, "labels": ["gold", "tin"]},
        {"name": "Own id", "type": "varchar", "code": OWN_ID},
    ]
}

#: A record in words; leads have UUIDs.
_RECORD = re.compile(r"\b[a-z]+ (?:[0-9a-f]{8}-[0-9a-f-]{27}|\d+)\b")

WORDS = st.sampled_from(["a", "b", "c"])
ADDRESSES = WORDS.map(lambda word: f"{word}@x.example")
RULES = st.sampled_from(["always", "if_empty", "only_new", "keep_edits"])

HELD = st.fixed_dictionaries({}, optional={CITY: WORDS, OWN_ID: WORDS})

#: Who is there before.
PERSONS = st.lists(
    st.fixed_dictionaries(
        {"name": WORDS, "emails": st.lists(ADDRESSES, min_size=1, max_size=2, unique=True)},
        optional={
            "custom_fields": st.fixed_dictionaries({}, optional={CITY: WORDS, OWN_ID: WORDS})
        },
    ),
    min_size=1,
    max_size=4,
)
DEALS = st.lists(st.fixed_dictionaries({"title": WORDS}), max_size=2)

IDENTIFY = st.builds(
    lambda user, traits: ("identify", user, traits),
    WORDS,
    st.fixed_dictionaries(
        {"name": st.one_of(WORDS, WORDS, st.none())},
        optional={
            "email": st.one_of(ADDRESSES, ADDRESSES, st.just("no address")),
            "phone": st.sampled_from(["+4930123456", "+4930654321"]),
            "company": WORDS,
            "crm": st.fixed_dictionaries(
                {},
                optional={
                    "City": st.one_of(WORDS, st.none()),
                    "Level": st.sampled_from(["gold", "tin", "new", 1]),
                    "Cities": WORDS,
                },
            ),
        },
    ),
)
TRACK = st.builds(
    lambda user, properties: ("track", user, properties),
    WORDS,
    st.fixed_dictionaries(
        {"title": WORDS, "email": ADDRESSES, "note": st.one_of(WORDS, st.none())},
        optional={
            "value": st.sampled_from([0, 1, "2.5", "much"]),
            "status": st.sampled_from(["open", "won", "lost", "deleted"]),
            "id": st.sampled_from([1, 2, 99]),
        },
    ),
)
#: What people write by hand between what was delivered and the dry run.
EDITS = st.lists(st.tuples(st.integers(1, 3), WORDS), max_size=2)

PERSON = st.fixed_dictionaries(
    {
        "match_value": st.sampled_from([{"@path": "$.userId"}]),
        "name": st.just({"@path": "$.traits.name"}),
        "email": st.just({"@path": "$.traits.email"}),
    },
    optional={
        "phone": st.just({"@path": "$.traits.phone"}),
        "custom_fields": st.just({"@path": "$.traits.crm"}),
        "unknown_labels": st.sampled_from(["refuse", "drop", "create"]),
        "sync_mode": st.sampled_from(["upsert", "create", "update"]),
        "drop_if_invalid": st.just(["*"]),
        "match_field": st.sampled_from(["Own id", "name"]),
        "write_rules": st.fixed_dictionaries(
            {}, optional={"name": RULES, "phone": RULES, "custom_fields": RULES}
        ),
        "organization_match_field": st.just("name"),
        "organization_match_value": st.just({"@path": "$.traits.company"}),
        "organization_name": st.just({"@path": "$.traits.company"}),
        "create_missing": st.just(["organization"]),
    },
)
DEAL = st.fixed_dictionaries(
    {
        "deal_match_field": st.just("title"),
        "deal_match_value": st.just({"@path": "$.properties.title"}),
        "person_match_field": st.sampled_from(["id", "name"]),
        "person_match_value": st.just({"@path": "$.userId"}),
        "person_email": st.just({"@path": "$.properties.email"}),
        "title": st.just({"@path": "$.properties.title"}),
    },
    optional={
        "create_missing": st.just(["person"]),
        "value": st.just({"@path": "$.properties.value"}),
        "status": st.just({"@path": "$.properties.status"}),
        "write_rules": st.fixed_dictionaries({}, optional={"value": RULES}),
    },
)
NOTE = st.fixed_dictionaries(
    {
        "person_match_field": st.just("name"),
        "person_match_value": st.just({"@path": "$.userId"}),
        "content": st.just({"@path": "$.properties.note"}),
    }
)
ACTIVITY = st.fixed_dictionaries(
    {
        "subject": st.just({"@path": "$.properties.title"}),
        "note": st.just({"@path": "$.properties.note"}),
    },
    optional={
        "person_match_value": st.just({"@path": "$.userId"}),
        "activity_id": st.just({"@path": "$.properties.id"}),
    },
)
ORGANIZATION = st.fixed_dictionaries(
    {
        "match_field": st.just("name"),
        "match_value": st.just({"@path": "$.userId"}),
        "name": st.just({"@path": "$.traits.name"}),
    },
    optional={
        "sync_mode": st.sampled_from(["upsert", "create", "update"]),
        "write_rules": st.fixed_dictionaries({}, optional={"name": RULES}),
    },
)
LEAD = st.fixed_dictionaries(
    {
        "person_match_field": st.just("name"),
        "person_match_value": st.just({"@path": "$.userId"}),
        "title": st.just({"@path": "$.properties.title"}),
    },
    optional={
        "amount": st.just({"@path": "$.properties.value"}),
        "currency": st.just("EUR"),
    },
)
#: What each does, and of which events.
DOINGS = st.sampled_from(
    [
        ("upsert_person", PERSON, IDENTIFY),
        ("upsert_person", PERSON, IDENTIFY),
        ("upsert_deal", DEAL, TRACK),
        ("upsert_organization", ORGANIZATION, IDENTIFY),
        ("upsert_lead", LEAD, TRACK),
        ("upsert_note", NOTE, TRACK),
        ("upsert_activity", ACTIVITY, TRACK),
    ]
)


class Case(NamedTuple):
    """An account, a Mapping, what was delivered before, and what is foretold."""

    persons: list[Any]
    deals: list[Any]
    action: str
    fields: dict[str, Any]
    rule: AmbiguousRule
    before: list[Any]
    edits: list[Any]
    events: list[Any]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A Mapping with the events that it is for."""
    action, fields, event = draw(DOINGS)
    return Case(
        persons=draw(PERSONS),
        deals=draw(DEALS),
        action=action,
        fields=draw(fields),
        rule=draw(st.sampled_from([AmbiguousRule.OLDEST, AmbiguousRule.HOLD])),
        before=draw(st.lists(event, max_size=3)),
        edits=draw(EDITS),
        events=draw(st.lists(event, min_size=1, max_size=6)),
    )


@given(cases())
@settings(max_examples=30)
def test_what_is_foretold_is_what_is_done(case: Case) -> None:
    asyncio.run(_played(case))


async def _played(case: Case) -> None:
    clock = ManualClock()
    pipedrive = new_sandbox(clock)
    pipedrive.put_state({"fields": FIELDS, "persons": case.persons, "deals": case.deals})
    with tempfile.TemporaryDirectory() as folder:
        async with open_hub(Path(folder), clock=clock) as hub:
            await hub.connect(
                pipedrive,
                mappings=lambda number: [_mapping(number, case.action, case.fields)],
                defaults=MatchDefaults(ambiguous=case.rule),
                mirrored=RecordKind,
            )
            await hub.run_until_idle()
            await read_lists(hub)
            await _happened(hub, pipedrive, case)
            first = await hub.store.read(end_of_log) + 1
            for event in case.events:
                await hub.send(_said(*event))
            foretold, _ = await foretell(hub, first=first)
            await hub.run_until_idle()
            await read_lists(hub)
            known = [one for one in foretold if one.outcome is not Outcome.UNKNOWN]
            assert _foretold(known) == await _done(hub, known)


async def _happened(hub: Hub, pipedrive: Sandbox, case: Case) -> None:
    """What was delivered before; then people edit, and the mirror knows of all that."""
    for event in case.before:
        await hub.send(_said(*event))
    await hub.run_until_idle()
    # Of what is seen in the instant of several writes, the mirror keeps what was written.
    hub.advance(1)
    for number, word in case.edits:
        data = {"name": word, "custom_fields": {CITY: word}}
        edit(
            pipedrive, pipedrive.world.default_company, Edit(object="person", id=number, data=data)
        )
    now_ms = int(hub.clock.now().timestamp() * 1000)
    await hub.store.write(
        lambda db: want_crawl(db, 1, kinds=RecordKind, now_ms=now_ms, region=None)
    )
    await hub.run_until_idle()


def _said(kind: str, user: str, facts: dict[str, Any]) -> Said:
    return identify(user, **facts) if kind == "identify" else track(user, "Said", **facts)


def _mapping(connection_id: int, action: str, fields: dict[str, Any]) -> NewMapping:
    of_traits = {"upsert_person", "upsert_organization"}
    kind = "identify" if action in of_traits else "track"
    return NewMapping(
        connection_id=connection_id,
        name="Tried",
        action=action,
        trigger=f'type = "{kind}"',
        fields=fields,
    )


def _foretold(found: Sequence[Foretold]) -> dict[int, Any]:
    """By Event: how it ends, with which record, and all that is written."""
    return {
        seq: (
            str(one.outcome),
            one.code,
            one.record,
            one.tokens,
            [
                (
                    change.act,
                    change.record,
                    {field.key: (field.before, field.after) for field in change.fields},
                )
                for change in one.changes
                if change.act in {"create", "update", "delete"}
            ],
        )
        for one in found
        for seq in one.events
    }


async def _done(hub: Hub, foretold: Sequence[Foretold]) -> dict[int, Any]:
    """The same of what the delivery did; new records have the names of the dry run."""
    await hub.look()
    seqs = {seq for one in foretold for seq in one.events}
    deliveries = [seen.now for seen in hub.deliveries() if seen.now.event_seq in seqs]
    entries = await hub.store.read(lambda db: _entries(db, deliveries))
    book = AccountBook(hub.store, connection_id=1, clock=hub.clock)
    words = DryWords(catalogue=await book.catalogue())
    names = _names(foretold, deliveries, entries)
    done: dict[int, Any] = {}
    spent = {one.id: one.tokens for one in deliveries}
    for one in deliveries:
        verdict = Verdict(state=one.state, code=one.code, message=one.message)
        record = f"{one.record_kind} {one.record_id}" if one.record_id is not None else ""
        done[one.event_seq] = (
            str(outcome_of(verdict)),
            one.code,
            _named(record, names),
            spent[one.written_by or one.id],
            [_change(entry, words, names) for entry in entries[one.written_by or one.id]],
        )
    return done


def _entries(db: sa.Connection, deliveries: Sequence[Delivery]) -> dict[int, list[Entry]]:
    acts = {Act.CREATE, Act.UPDATE, Act.DELETE}
    found: dict[int, list[Entry]] = {one.id: [] for one in deliveries}
    for entry in entries_of_deliveries(db, list(found)):
        if entry.act in acts:
            found[entry.delivery_id].append(entry)
    return found


def _names(
    foretold: Sequence[Foretold],
    deliveries: Sequence[Delivery],
    entries: dict[int, list[Entry]],
) -> dict[str, str]:
    """Which new record of the dry run is which: they are made in the same order by each write."""
    by_event = {seq: one for one in foretold for seq in one.events}
    names: dict[str, str] = {}
    for one in deliveries:
        changes = by_event[one.event_seq].changes
        told = [change.record for change in changes if change.act == "create"]
        made = [entry for entry in entries[one.id] if entry.act is Act.CREATE]
        for entry, name in zip(made, told, strict=bool(made)):
            names[f"{entry.kind} {entry.record_id}"] = name
    return names


def _change(
    entry: Entry, words: DryWords, names: dict[str, str]
) -> tuple[str, str, dict[str, tuple[str, str]]]:
    kind = RecordKind(entry.kind)
    before, after = _flat(entry.before), _flat(entry.after)
    fields = {
        key: (
            _named(words.value(kind, key, before.get(key)), names),
            _named(words.value(kind, key, value), names),
        )
        for key, value in after.items()
    }
    return entry.act.value, _named(f"{entry.kind} {entry.record_id}", names), fields


def _flat(body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a body, custom ones beside the others."""
    flat = {**body, **(body.get("custom_fields") or {})}
    return {key: value for key, value in flat.items() if key != "custom_fields"}


def _named(text: str, names: dict[str, str]) -> str:
    return _RECORD.sub(lambda found: names.get(found[0], found[0]), text)
