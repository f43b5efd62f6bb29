"""What reaches the disk of events at a door with rules and a suppression list."""

from collections.abc import AsyncIterator

import msgspec
import pytest
from tests.clock import ManualClock

from dealwright.core.clock import to_ms
from dealwright.core.privacy import Identity, IdentityKind, asked_for
from dealwright.core.privacyrules import Hashing, Rules
from dealwright.pipeline.accept import Accepting, Acceptor
from dealwright.pipeline.privacykeys import privacy_keys
from dealwright.pipeline.privacyscreen import STALE_AFTER_S, Screen
from dealwright.store.append import Appender, EventRow, RejectRow
from dealwright.store.engine import Store
from dealwright.store.events import recent_events, recent_rejects
from dealwright.store.privacy import Suppressed, put_rules, suppress, unsuppress
from dealwright.store.secrets import Vault, generate_key
from dealwright.store.sources import create_source

RAW = b"ada@canary.example"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def vault() -> Vault:
    return Vault([generate_key()])


@pytest.fixture
async def accept(store: Store, clock: ManualClock, vault: Vault) -> AsyncIterator[Accepting]:
    """The door, with a Source behind it whose number is 1."""
    with store.transaction() as db:
        create_source(db, "shop", now_ms=1)
    appender = Appender(store)
    yield Screen(store, clock, vault).around(Acceptor(appender.append, lambda: None).accept)
    await appender.close()


def row(payload: bytes, *, envelope: bytes | None = None, message_id: str = "m-1") -> EventRow:
    return EventRow(1, 1, None, message_id, payload, envelope)


async def put_on_list(store: Store, vault: Vault, *identities: Identity) -> list[bytes]:
    keys = await privacy_keys(store, vault, now_ms=1)
    digests = [keys.digest(one) for one in identities]
    lines = [Suppressed(one, "email", "test", 1, None) for one in digests]
    await store.write(lambda db: suppress(db, lines))
    return digests


async def rule(store: Store, vault: Vault, rules: Rules) -> None:
    await privacy_keys(store, vault, now_ms=1)
    await store.write(lambda db: put_rules(db, 1, rules, now_ms=1))


async def payloads(store: Store) -> list[bytes]:
    found = await store.read(lambda db: recent_events(db, limit=10))
    return [bytes(one.payload) for one in found]


IDENTIFY = b'{"userId":"u-1","traits":{"email":"ADA@canary.example","plan":"pro"}}'


async def test_without_rules_the_senders_own_bytes_are_stored(
    store: Store, accept: Accepting
) -> None:
    await accept([row(IDENTIFY)], [])
    assert await payloads(store) == [IDENTIFY]


async def test_a_suppressed_address_is_a_reject_without_its_body(
    store: Store, accept: Accepting, vault: Vault
) -> None:
    await put_on_list(store, vault, *asked_for(email="ada@canary.example"))
    await accept([row(IDENTIFY)], [])
    rejected = await store.read(lambda db: recent_rejects(db, limit=10))
    assert [(one.code, bytes(one.payload)) for one in rejected] == [("suppressed", b"")]


async def test_a_suppressed_user_id_is_not_stored_from_any_source(
    store: Store, accept: Accepting, vault: Vault
) -> None:
    await put_on_list(store, vault, *asked_for(user_id="u-1"))
    await accept([row(b'{"userId":"u-1","event":"x"}')], [])
    assert await payloads(store) == []


async def test_a_user_id_of_one_source_is_nobodys_in_another(
    store: Store, accept: Accepting, vault: Vault
) -> None:
    await put_on_list(store, vault, Identity(IdentityKind.USER_ID, "u-1", 2))
    await accept([row(b'{"userId":"u-1","event":"x"}')], [])
    assert len(await payloads(store)) == 1


async def test_a_suppressed_phone_is_known_however_it_is_written(
    store: Store, accept: Accepting, vault: Vault
) -> None:
    await put_on_list(store, vault, *asked_for(phone="+46701234567"))
    await accept([row(b'{"userId":"u-1","traits":{"phone":"0046 (0)70-123 45 67"}}')], [])
    assert await payloads(store) == []


async def test_traits_of_the_batch_count_as_those_of_the_event(
    store: Store, accept: Accepting, vault: Vault
) -> None:
    await put_on_list(store, vault, *asked_for(email="ada@canary.example"))
    around = b'{"context":{"traits":{"email":"ada@canary.example"}}}'
    await accept([row(b'{"userId":"u-1","event":"x"}', envelope=around)], [])
    assert await payloads(store) == []


async def test_somebody_elses_event_is_stored_without_their_name(
    store: Store, accept: Accepting, vault: Vault
) -> None:
    await put_on_list(store, vault, *asked_for(email="ada@canary.example"))
    told = b'{"userId":"u-2","event":"Invited","properties":{"who":"Ada <ada@canary.example>"}}'
    await accept([row(told)], [])
    (stored,) = await payloads(store)
    assert msgspec.json.decode(stored)["properties"]["who"] == "Ada <Removed person>"


async def test_an_address_written_with_escapes_is_known(
    store: Store, accept: Accepting, vault: Vault
) -> None:
    await put_on_list(store, vault, *asked_for(email="ada@canary.example"))
    await accept([row(b'{"userId":"u-1","traits":{"email":"\\u0061da\\u0040canary.example"}}')], [])
    assert await payloads(store) == []


async def test_a_reject_that_names_them_keeps_no_body(
    store: Store, accept: Accepting, vault: Vault
) -> None:
    await put_on_list(store, vault, *asked_for(email="ada@canary.example"))
    await accept([], [RejectRow(1, 1, "invalid_json", "No JSON.", b'{"email":"' + RAW)])
    (rejected,) = await store.read(lambda db: recent_rejects(db, limit=10))
    assert bytes(rejected.payload) == b""


async def test_who_is_taken_from_the_list_is_stored_again_after_a_second(
    store: Store, accept: Accepting, vault: Vault, clock: ManualClock
) -> None:
    digests = await put_on_list(store, vault, *asked_for(email="ada@canary.example"))
    await accept([row(IDENTIFY)], [])
    await store.write(lambda db: unsuppress(db, digests))
    clock.advance(STALE_AFTER_S + 0.1)
    await accept([row(IDENTIFY)], [])
    assert await payloads(store) == [IDENTIFY]


async def test_rules_count_for_the_first_event_after_a_second(
    store: Store, accept: Accepting, vault: Vault, clock: ManualClock
) -> None:
    await accept([row(IDENTIFY)], [])
    await rule(store, vault, Rules(allow=("traits.plan",)))
    clock.advance(STALE_AFTER_S + 0.1)
    await accept([row(IDENTIFY)], [])
    assert (await payloads(store))[0] == b'{"userId":"u-1","traits":{"plan":"pro"}}'


async def test_a_hashed_value_is_never_stored_as_it_came(
    store: Store, accept: Accepting, vault: Vault
) -> None:
    await rule(store, vault, Rules(hash={"traits.email": Hashing.KEYED}))
    around = b'{"context":{"traits":{"email":"ada@canary.example"}}}'
    await accept([row(IDENTIFY, envelope=around)], [])
    (stored,) = await store.read(lambda db: recent_events(db, limit=10))
    assert RAW not in bytes(stored.payload).lower() + bytes(stored.envelope or b"")


async def test_what_cannot_be_ruled_is_not_stored_as_it_came(
    store: Store, accept: Accepting, vault: Vault
) -> None:
    await rule(store, vault, Rules(mask=("traits.email",)))
    await accept([row(b'{"traits":{"email":1e999}, "x":' + b"[" * 5000)], [])
    (rejected,) = await store.read(lambda db: recent_rejects(db, limit=10))
    assert (rejected.code, bytes(rejected.payload)) == ("privacy_rules", b"")


async def test_a_digest_of_the_senders_bytes_is_keyed_under_rules(
    store: Store, accept: Accepting, vault: Vault
) -> None:
    await rule(store, vault, Rules(mask=("traits.email",)))
    await accept([row(IDENTIFY, message_id="hash-0123")], [])
    (stored,) = await store.read(lambda db: recent_events(db, limit=10))
    assert stored.message_id.startswith("hash-")
    assert stored.message_id != "hash-0123"


async def test_a_repeat_is_known_under_rules(store: Store, accept: Accepting, vault: Vault) -> None:
    await rule(store, vault, Rules(mask=("traits.email",)))
    await accept([row(IDENTIFY, message_id="hash-0123")] * 2, [])
    found = await store.read(lambda db: recent_events(db, limit=10))
    assert len({one.message_id for one in found}) == 1


async def test_nobody_reads_an_address_in_the_list(store: Store, vault: Vault) -> None:
    (digest,) = await put_on_list(store, vault, *asked_for(email="ada@canary.example"))
    other = await privacy_keys(store, vault, now_ms=to_ms(ManualClock().now()))
    assert RAW not in digest
    assert digest == other.digest(asked_for(email="ADA@canary.example")[0])
