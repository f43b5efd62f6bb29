"""Keys and what they seal: every column is found, and sealed anew by the first key."""

import asyncio

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from tests.security.rows import put, seal_everywhere

from dealwright.core.errors import ConfigError
from dealwright.core.people import CLI
from dealwright.core.secret import Secret
from dealwright.pipeline.rotation import rotate
from dealwright.store import sealed
from dealwright.store.audit import entries
from dealwright.store.engine import Store
from dealwright.store.sealed import (
    BATCH,
    UNNAMED,
    Place,
    check_keys,
    counts,
    note_keys,
    reseal_some,
    sealed_columns,
)
from dealwright.store.secrets import Vault, generate_key, key_id
from dealwright.store.tables import connections, event_hooks

OLD, NEW = generate_key(), generate_key()
WORDS = b"hunter2-canary"


def values(db: sa.Connection) -> list[bytes]:
    found = [db.scalars(sa.select(c).where(c.is_not(None))).all() for c in sealed_columns()]
    return [bytes(value) for some in found for value in some]


def many(db: sa.Connection, number: int, sealed_as: bytes) -> None:
    """Sources that sign, so many that one batch does not hold them."""
    for n in range(number):
        db.execute(
            sa.text("INSERT INTO sources (name, created_at_ms) VALUES (:name, 1)"), {"name": f"{n}"}
        )
    ids = db.scalars(sa.text("SELECT id FROM sources")).all()
    rows = [{"source_id": one, "kind": "standard-webhooks", "sealed": sealed_as} for one in ids]
    db.execute(sa.insert(event_hooks), rows)


def test_every_column_that_is_named_like_a_secret_is_known_to_be_sealed() -> None:
    secretive = ("seal", "secret", "credential", "totp", "password", "token")
    plain = [
        f"{table.name}.{column.name}"
        for table in connections.metadata.sorted_tables
        for column in table.columns
        if column.type.python_type is bytes
        and any(word in column.name for word in secretive)
        and column not in sealed_columns()
    ]
    assert plain == []


def test_no_table_is_without_a_key_to_find_its_rows_by() -> None:
    assert all(column.table.primary_key.columns for column in sealed_columns())


async def test_a_rotation_seals_every_column_anew(store: Store) -> None:
    names = await store.write(lambda db: seal_everywhere(db, Vault([OLD]).seal(WORDS)))

    done = await rotate(store, Vault([NEW, OLD]), who=CLI, now_ms=1)

    assert sorted(done.resealed) == names
    assert (done.lost, done.left) == ({}, {})
    assert {Vault([NEW]).open(value) for value in await store.read(values)} == {WORDS}


async def test_values_from_before_keys_had_ids_are_sealed_anew_too(store: Store) -> None:
    bare = Fernet(OLD.reveal()).encrypt(WORDS)
    await store.write(lambda db: seal_everywhere(db, bare))
    before = await store.read(counts)

    await rotate(store, Vault([NEW, OLD]), who=CLI, now_ms=1)

    assert list(before) == [UNNAMED]
    assert list(await store.read(counts)) == [key_id(NEW)]


async def test_a_rotation_takes_several_batches(store: Store) -> None:
    await store.write(lambda db: many(db, 2 * BATCH + 5, Vault([OLD]).seal(WORDS)))

    done = await rotate(store, Vault([NEW, OLD]), who=CLI, now_ms=1)

    assert done.resealed == {"event_hooks.sealed": 2 * BATCH + 5}


async def test_a_rotation_that_was_cut_off_goes_on_with_what_is_left(store: Store) -> None:
    both = Vault([NEW, OLD])
    await store.write(lambda db: many(db, BATCH + 5, Vault([OLD]).seal(WORDS)))
    first = Place(column=event_hooks.c.sealed)
    await store.write(lambda db: reseal_some(db, first, vault=both))

    done = await rotate(store, both, who=CLI, now_ms=1)

    assert done.resealed == {"event_hooks.sealed": 5}


async def test_what_no_key_opens_stays_and_is_counted(store: Store) -> None:
    gone = Vault([generate_key()]).seal(WORDS)
    await store.write(lambda db: many(db, BATCH + 5, gone))

    done = await rotate(store, Vault([NEW, OLD]), who=CLI, now_ms=1)

    assert done.lost == {"event_hooks.sealed": BATCH + 5}
    assert set(await store.read(values)) == {gone}


async def test_what_is_written_anew_because_a_neighbour_failed_is_counted_once(
    store: Store,
) -> None:
    await store.write(lambda db: many(db, 5, Vault([OLD]).seal(WORDS)))
    rotation = asyncio.create_task(rotate(store, Vault([NEW, OLD]), who=CLI, now_ms=1))

    async def fail_beside_it() -> None:
        while not rotation.done():
            with pytest.raises(ZeroDivisionError):
                await store.write(lambda _: 1 // 0)

    await asyncio.gather(rotation, fail_beside_it(), fail_beside_it())

    assert (await rotation).resealed == {"event_hooks.sealed": 5}


async def test_a_rotation_is_written_down(store: Store) -> None:
    await store.write(lambda db: many(db, 1, Vault([OLD]).seal(WORDS)))
    await rotate(store, Vault([NEW, OLD]), who=CLI, now_ms=1)

    (entry,) = await store.read(lambda db: entries(db, limit=5))
    assert (entry.action, entry.target) == ("secrets.rotate", f"secret_key:{key_id(NEW)}")
    assert entry.after == {"resealed": 1, "lost": 0}


async def test_a_key_is_counted_by_what_it_seals(store: Store) -> None:
    await store.write(lambda db: put(db, connections, sealed=Vault([OLD]).seal(WORDS)))

    assert await store.read(counts) == {key_id(OLD): {"connections.credentials": 1}}


def noted(db: sa.Connection, *keys: Secret) -> None:
    note_keys(db, Vault(keys), now_ms=1)


def test_a_key_is_noted_at_the_first_start(db: sa.Connection) -> None:
    assert not check_keys(db, Vault([OLD]))
    noted(db, OLD)
    assert check_keys(db, Vault([OLD]))


def test_a_wrong_key_is_found_out_at_start(db: sa.Connection) -> None:
    noted(db, OLD)
    put(db, connections, sealed=Vault([OLD]).seal(WORDS))

    with pytest.raises(ConfigError, match=key_id(OLD)) as caught:
        check_keys(db, Vault([NEW]))
    assert caught.value.code == "wrong_key"


def test_an_old_key_that_seals_nothing_is_not_missed(db: sa.Connection) -> None:
    noted(db, OLD)
    noted(db, NEW)

    assert check_keys(db, Vault([NEW]))
    assert list(sealed.since(db)) == [key_id(NEW)]


def test_a_wrong_key_for_values_from_before_keys_had_ids_is_found_out(db: sa.Connection) -> None:
    put(db, connections, sealed=Fernet(OLD.reveal()).encrypt(WORDS))

    with pytest.raises(ConfigError, match=UNNAMED):
        check_keys(db, Vault([NEW]))


def test_one_that_opens_them_is_right(db: sa.Connection) -> None:
    put(db, connections, sealed=Fernet(OLD.reveal()).encrypt(WORDS))
    noted(db, NEW, OLD)

    assert check_keys(db, Vault([NEW, OLD]))


def test_a_lost_key_can_be_gone_without(db: sa.Connection) -> None:
    noted(db, OLD)
    put(db, connections, sealed=Vault([OLD]).seal(WORDS))
    lost = sealed.lacking(db, Vault([NEW]))
    sealed.go_without_others(db, Vault([NEW]), now_ms=2)

    assert lost == {key_id(OLD): 1}
    assert check_keys(db, Vault([NEW]))
