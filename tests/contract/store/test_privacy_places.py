"""Every place is found and cleared: a row that names somebody, in every table that may hold one."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from tests.clock import ManualClock
from tests.security.rows import put

from dealwright.core.people import CLI
from dealwright.core.privacy import Identity, IdentityKind, asked_for
from dealwright.pipeline.privacyerase import Eraser, Wish
from dealwright.pipeline.privacyfind import Asked, find
from dealwright.store.engine import Store
from dealwright.store.privacy_places import PLACES, WITH_MEETINGS
from dealwright.store.privacy_scan import Place
from dealwright.store.secrets import Vault, generate_key
from dealwright.store.tables import mirror_records

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
