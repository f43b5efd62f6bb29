"""Every place is found and cleared: a row that names somebody, in every table that may hold one."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from tests.clock import ManualClock
from tests.security.rows import put

from dealwright.core.people import CLI
from dealwright.core.privacy import REMOVED, Identity, IdentityKind, asked_for
from dealwright.pipeline.privacyerase import Eraser, Wish
from dealwright.pipeline.privacyfind import Asked, find
from dealwright.store.audit import record
from dealwright.store.dry_run_tables import dry_run_results
from dealwright.store.engine import Store
from dealwright.store.people_tables import audit
from dealwright.store.privacy_places import PLACES, WITH_MEETINGS
from dealwright.store.privacy_scan import Place
from dealwright.store.secrets import Vault, generate_key
from dealwright.store.tables import connections, mirror_records

EMAIL = "canary.person@birds.example"
ASKED = Asked(identities=asked_for(email=EMAIL), follow=False)
#: What is cleared with Meetings has tests of its own (test_meeting_keeping.py).
PLANTED = [one for one in PLACES if not {table.name for table in one.tables} & WITH_MEETINGS]


def plant(db: sa.Connection, place: Place) -> None:
    """A row of the place that names somebody wherever it can."""
    table = place.tables[0]
    put(db, table, sealed=b"")
    named = {"email": EMAIL, "name": "x", "id": 1, "type": "identify"}
    values: dict[str, Any] = {}
    for name in getattr(place, "json", ("trace",)):
        values[name] = msgspec.json.encode(named)
    for name in getattr(place, "texts", ("lanes", "message")):
        values[name] = f"email={EMAIL}"
    if table is mirror_records:
        values["kind"] = "person" if place.name == "mirror: persons" else "deal"
        values["deleted"] = 0
    db.execute(sa.update(table).values(values))


def dumped(db: sa.Connection, place: Place) -> bytes:
    rows = [row for table in place.tables for row in db.execute(sa.select(table))]
    values = [value for row in rows for value in row if value is not None]
    return b"\n".join(
        bytes(one) if isinstance(one, bytes | memoryview) else str(one).encode() for one in values
    )


@pytest.fixture
def eraser(store: Store, tmp_path: Path) -> Eraser:
    vault = Vault([generate_key()])
    return Eraser(store=store, clock=ManualClock(), vault=vault, media=tmp_path / "media")


def can_name(place: Place) -> bool:
    """Whether a row of the place may name somebody; others are theirs by number only."""
    return bool(getattr(place, "json", True) or getattr(place, "texts", True))


@pytest.mark.parametrize(
    "place", [one for one in PLANTED if can_name(one)], ids=lambda one: one.name
)
async def test_who_is_named_in_a_place_is_found_and_gone(
    store: Store, eraser: Eraser, place: Place
) -> None:
    await store.write(lambda db: plant(db, place))
    assert EMAIL.encode() in await store.read(lambda db: dumped(db, place))
    found = await find(store, eraser.vault, ASKED)
    assert place.name in {one.place for one in found.places}

    wish = Wish(suppress=False, compact=False)
    await eraser.run(await eraser.begin(found, wish, by=CLI))

    assert EMAIL.encode() not in await store.read(lambda db: dumped(db, place))


@pytest.mark.parametrize("name", ["links", "written", "intents", "journal"])
async def test_rows_of_a_person_of_pipedrive_go_by_its_number(
    store: Store, eraser: Eraser, name: str
) -> None:
    (place,) = [one for one in PLACES if one.name == name]
    table = place.tables[0]

    def of_person(db: sa.Connection) -> None:
        put(db, table, sealed=b"")
        db.execute(sa.update(table).values(kind="person", record_id=42, connection_id=1))

    await store.write(of_person)
    asked = Asked(identities=(Identity(IdentityKind.PERSON, "42", 1),), follow=False)
    found = await find(store, eraser.vault, asked)
    await eraser.run(await eraser.begin(found, Wish(suppress=False, compact=False), by=CLI))
    left = await store.read(lambda db: list(db.execute(sa.select(table))))
    assert left == []


async def erased(store: Store, eraser: Eraser, *identities: Identity) -> None:
    asked = Asked(identities=identities, follow=False)
    found = await find(store, eraser.vault, asked)
    await eraser.run(await eraser.begin(found, Wish(suppress=False, compact=False), by=CLI))


def taught(db: sa.Connection, shown: str, value: str) -> None:
    told = {"connection_id": 1, "about": "record", "kind": "person", "shown": shown, "value": value}
    action, target = "teaching.create", f"teaching:{value}"
    record(db, at_ms=1, principal=CLI, action=action, target=target, after=told)


async def test_the_audit_keeps_that_something_was_taught_and_not_of_whom(
    store: Store, eraser: Eraser
) -> None:
    await store.write(lambda db: taught(db, "Canaria Birdsong", "42"))
    await store.write(lambda db: taught(db, "Otto Else", "43"))
    await erased(store, eraser, Identity(IdentityKind.PERSON, "42", 1))

    lines = sa.select(audit.c.target, audit.c.after).where(audit.c.action == "teaching.create")
    rows = await store.read(lambda db: list(db.execute(lines)))
    shown = {one.target: msgspec.json.decode(one.after)["shown"] for one in rows}
    assert (shown["teaching:42"], shown["teaching:43"]) == (REMOVED, "Otto Else")


@pytest.mark.parametrize(
    ("identity", "theirs", "others"),
    [
        (
            Identity(IdentityKind.PERSON, "42", 1),
            {"kind": "person", "record_id": 42, "events": [900]},
            {"kind": "person", "record_id": 43, "events": [900]},
        ),
        (
            Identity(IdentityKind.USER_ID, "u-canary", 0),
            {"events": [900], "trace": ["person: u-canary is linked to 42"]},
            {"events": [900], "trace": ["person: u-canary-9 is linked to 43"]},
        ),
    ],
)
async def test_what_was_foretold_of_events_that_never_came_goes_by_record_and_id(
    store: Store, eraser: Eraser, identity: Identity, theirs: dict[str, Any], others: dict[str, Any]
) -> None:
    def foretell(db: sa.Connection) -> None:
        put(db, dry_run_results, sealed=b"")
        db.execute(sa.update(connections).values(state="ok", run="manual", auth="api_token"))
        chosen = sa.select(dry_run_results.c.dry_run_id)
        run = db.scalar(chosen)
        rows = enumerate((theirs, others), start=100)
        values = [
            {
                "dry_run_id": run,
                "number": n,
                "outcome": "",
                "code": "",
                "body": msgspec.json.encode(body),
            }
            for n, body in rows
        ]
        db.execute(sa.insert(dry_run_results), values)

    await store.write(foretell)
    await erased(store, eraser, identity)

    left = await store.read(lambda db: set(db.scalars(sa.select(dry_run_results.c.number))))
    assert left & {100, 101} == {101}
