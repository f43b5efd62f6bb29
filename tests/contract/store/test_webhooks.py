"""Webhooks in the store: secrets as hashes, who checks, what was heard, what may be believed."""

import pytest
import sqlalchemy as sa

from dealwright.core.record import RecordKind
from dealwright.store.connections import NewConnection, create_connection
from dealwright.store.crawls import put_page, set_fresh, want_crawl
from dealwright.store.mirror import state
from dealwright.store.webhooks import (
    PROBATION_MS,
    SILENT_MS,
    Webhook,
    alive,
    claim_check,
    doubt_all,
    first_time,
    heard,
    hook_door,
    is_doubted,
    list_webhooks,
    missed,
    not_checked,
    registered,
    save_secrets,
    set_wanted,
    unregistered,
    webhook,
)

NOW = 1_700_000_000_000
HOUR = 3_600_000


@pytest.fixture
def acme(db: sa.Connection) -> int:
    """A Connection whose webhook has secrets."""
    return _connection(db, "acme")


@pytest.fixture
def trusted(db: sa.Connection, acme: int) -> int:
    """A Connection whose webhook is registered, and whose mirror was made since."""
    registered(db, acme, remote_id=7, address="https://hub.example", now_ms=NOW)
    _mirrored(db, acme, RecordKind.PERSON, at_ms=NOW + 1)
    _mirrored(db, acme, RecordKind.DEAL, at_ms=NOW + 1)
    return acme


def _connection(db: sa.Connection, name: str) -> int:
    new = NewConnection(name=name, base_url="https://acme.pipedrive.com", plan="lite", seats=1)
    made = create_connection(db, new, now_ms=NOW)
    save_secrets(db, made.id, path_hash=f"path {name}", auth_hash="auth", sealed=b"sealed")
    return made.id


def _mirrored(db: sa.Connection, connection_id: int, kind: RecordKind, *, at_ms: int) -> None:
    """A kind was crawled, from its beginning to its end."""
    want_crawl(db, connection_id, kinds=[kind], now_ms=at_ms, region=None)
    of = state(db, connection_id)[kind]
    put_page(db, connection_id, of=of, rows=(), next_cursor=None, now_ms=at_ms)


def _reconciled(db: sa.Connection, connection_id: int, *, at_ms: int) -> None:
    """All kinds are looked at once more."""
    for kind in (RecordKind.PERSON, RecordKind.DEAL):
        set_fresh(db, connection_id, kind, at_ms=at_ms, reconciled=True)


def _of(db: sa.Connection, connection_id: int) -> Webhook:
    found = webhook(db, connection_id)
    assert found is not None
    return found


def test_a_new_webhook_is_wanted_and_not_registered(db: sa.Connection, acme: int) -> None:
    assert _of(db, acme) == Webhook(
        connection_id=acme,
        wanted=True,
        sealed=b"sealed",
        address="",
        remote_id=None,
        code="",
        message="",
        checked_at_ms=None,
        heard_at_ms=None,
        doubted_at_ms=None,
    )


def test_a_connection_that_nobody_asked_about_has_none(db: sa.Connection) -> None:
    assert webhook(db, 99) is None


def test_messages_under_its_path_are_a_connections(db: sa.Connection, acme: int) -> None:
    door = hook_door(db, "path acme")

    assert door is not None
    assert (door.connection_id, door.auth_hash) == (acme, "auth")


@pytest.mark.usefixtures("acme")
def test_a_path_that_nobody_has_leads_nowhere(db: sa.Connection) -> None:
    assert hook_door(db, "path other") is None


def test_the_path_of_one_that_is_not_wanted_leads_nowhere(db: sa.Connection, acme: int) -> None:
    set_wanted(db, acme, on=False)

    assert hook_door(db, "path acme") is None


def test_with_new_secrets_the_old_path_leads_nowhere(db: sa.Connection, acme: int) -> None:
    save_secrets(db, acme, path_hash="path 2", auth_hash="auth 2", sealed=b"2")

    assert hook_door(db, "path acme") is None


def test_new_secrets_are_registered_nowhere(db: sa.Connection, trusted: int) -> None:
    made = save_secrets(db, trusted, path_hash="path 2", auth_hash="auth 2", sealed=b"2")

    assert made.remote_id is None


def test_new_secrets_leave_it_unwanted(db: sa.Connection, acme: int) -> None:
    set_wanted(db, acme, on=False)

    assert not save_secrets(db, acme, path_hash="p", auth_hash="a", sealed=b"2").wanted


def test_webhooks_are_listed_by_connection(db: sa.Connection, acme: int) -> None:
    other = _connection(db, "other")

    assert set(list_webhooks(db)) == {acme, other}


def test_a_check_that_is_due_is_taken_by_one(db: sa.Connection, acme: int) -> None:
    taken = [claim_check(db, acme, now_ms=NOW, every_ms=HOUR) for _ in range(2)]

    assert taken == [True, False]


def test_a_check_is_due_again_after_an_hour(db: sa.Connection, acme: int) -> None:
    claim_check(db, acme, now_ms=NOW, every_ms=HOUR)

    assert claim_check(db, acme, now_ms=NOW + HOUR, every_ms=HOUR)


def test_what_is_in_the_way_is_kept_until_it_is_mended(db: sa.Connection, acme: int) -> None:
    unregistered(db, acme, now_ms=NOW, code="webhook_limit", message="40 already")
    refused = _of(db, acme)
    registered(db, acme, remote_id=7, address="https://hub.example", now_ms=NOW)

    assert (refused.code, refused.message) == ("webhook_limit", "40 already")
    assert (_of(db, acme).code, _of(db, acme).message) == ("", "")


def test_a_check_without_an_answer_changes_nothing_else(db: sa.Connection, trusted: int) -> None:
    not_checked(db, trusted, now_ms=NOW + 5, code="unavailable", message="Down.")

    assert _of(db, trusted).remote_id == 7
    assert alive(db, trusted, NOW + 5)


def test_a_message_is_met_for_the_first_time_once(db: sa.Connection, acme: int) -> None:
    met = [first_time(db, acme, message_id="m-1", now_ms=NOW) for _ in range(2)]

    assert met == [True, False]


def test_two_connections_meet_the_same_message(db: sa.Connection, acme: int) -> None:
    other = _connection(db, "other")
    first_time(db, acme, message_id="m-1", now_ms=NOW)

    assert first_time(db, other, message_id="m-1", now_ms=NOW)


def test_that_a_message_came_is_written_once_a_minute(db: sa.Connection, acme: int) -> None:
    for after_ms in (0, 59_000, 61_000, 62_000):
        heard(db, acme, now_ms=NOW + after_ms)

    assert _of(db, acme).heard_at_ms == NOW + 61_000


def test_a_webhook_that_was_just_made_may_have_missed_something(
    db: sa.Connection, trusted: int
) -> None:
    registered(db, trusted, remote_id=8, address="https://hub.example", now_ms=NOW + HOUR)

    assert is_doubted(db, trusted, NOW + HOUR)
    assert not alive(db, trusted, NOW + HOUR)


def test_it_is_believed_with_a_mirror_that_was_made_since(db: sa.Connection, trusted: int) -> None:
    assert alive(db, trusted, NOW + 1)
    assert not is_doubted(db, trusted, NOW + 1)


def test_without_a_mirror_there_is_nothing_to_believe(db: sa.Connection, acme: int) -> None:
    registered(db, acme, remote_id=7, address="https://hub.example", now_ms=NOW)

    assert not alive(db, acme, NOW)


def test_a_check_that_finds_it_doubts_nothing(db: sa.Connection, trusted: int) -> None:
    registered(db, trusted, remote_id=7, address="https://hub.example", now_ms=NOW + HOUR)

    assert alive(db, trusted, NOW + HOUR)


def test_without_a_word_for_two_hours_it_is_not_believed(db: sa.Connection, trusted: int) -> None:
    assert not alive(db, trusted, NOW + 2 + SILENT_MS)


def test_a_message_keeps_it_believed(db: sa.Connection, trusted: int) -> None:
    heard(db, trusted, now_ms=NOW + SILENT_MS)

    assert alive(db, trusted, NOW + 2 * SILENT_MS)


def test_after_the_door_was_closed_messages_are_not_enough(db: sa.Connection, trusted: int) -> None:
    doubt_all(db, now_ms=NOW + 10)
    heard(db, trusted, now_ms=NOW + 20)

    assert is_doubted(db, trusted, NOW + 20)
    assert not alive(db, trusted, NOW + 20)


def test_after_the_door_was_closed_a_reconciliation_is_enough(
    db: sa.Connection, trusted: int
) -> None:
    doubt_all(db, now_ms=NOW + 10)
    _reconciled(db, trusted, at_ms=NOW + 20)

    assert alive(db, trusted, NOW + 20)


def test_every_kind_has_to_be_reconciled(db: sa.Connection, trusted: int) -> None:
    doubt_all(db, now_ms=NOW + 10)
    set_fresh(db, trusted, RecordKind.DEAL, at_ms=NOW + 20, reconciled=True)

    assert not alive(db, trusted, NOW + 20)


def test_a_reconciliation_of_before_is_none(db: sa.Connection, trusted: int) -> None:
    doubt_all(db, now_ms=NOW + 10)
    _reconciled(db, trusted, at_ms=NOW + 9)

    assert not alive(db, trusted, NOW + 20)


def test_after_a_message_was_missed_the_next_reconciliation_is_not_enough(
    db: sa.Connection, trusted: int
) -> None:
    missed(db, trusted, now_ms=NOW + 10)
    _reconciled(db, trusted, at_ms=NOW + 20)

    assert not alive(db, trusted, NOW + 20)
    assert not is_doubted(db, trusted, NOW + 20)


def test_after_a_message_was_missed_one_half_an_hour_later_is(
    db: sa.Connection, trusted: int
) -> None:
    missed(db, trusted, now_ms=NOW + 10)
    later_ms = NOW + 10 + PROBATION_MS
    due = is_doubted(db, trusted, later_ms)
    _reconciled(db, trusted, at_ms=later_ms)

    assert due
    assert alive(db, trusted, later_ms)


def test_one_that_is_gone_is_not_believed(db: sa.Connection, trusted: int) -> None:
    unregistered(db, trusted, now_ms=NOW + 5)

    assert not alive(db, trusted, NOW + 5)
    assert not is_doubted(db, trusted, NOW + 5)


def test_nobody_is_believed_without_a_webhook(db: sa.Connection) -> None:
    assert not alive(db, 99, NOW)
