"""The mirror, on both databases: the newest that was seen stays, and is found by its keys."""

import asyncio
from functools import partial

import pytest
import sqlalchemy as sa

from dealwright.core.record import RecordId, RecordKind
from dealwright.core.written import Moment, Written
from dealwright.store.crawls import (
    crawl_is_due,
    put_page,
    rest_crawl,
    set_fresh,
    stop_crawl,
    want_crawl,
)
from dealwright.store.engine import Store
from dealwright.store.links import links, put_link
from dealwright.store.merges import merged, successor
from dealwright.store.mirror import (
    MirrorRow,
    MirrorState,
    bury,
    by_keys,
    counts,
    doubt_unseen,
    put_records,
    records,
    state,
    wipe,
)
from dealwright.store.written import put_written, written

PERSON = RecordKind.PERSON
LEAD = RecordKind.LEAD
ADA = "email=ada@love.example"
BOB = "email=bob@builder.example"
UUID = "adf21080-0e10-11eb-879b-05d71fb426ec"


def row(
    record_id: RecordId = 7,
    *keys: str,
    kind: RecordKind = PERSON,
    updated: int = 100,
    checked: int = 100,
    exact: bool = True,
    deleted: bool = False,
    body: bytes = b"{}",
) -> MirrorRow:
    return MirrorRow(kind, record_id, updated, checked, exact, deleted, body, keys or (ADA,))


def body_of(db: sa.Connection, record_id: RecordId = 7, kind: RecordKind = PERSON) -> bytes:
    return records(db, 1, kind, [record_id])[record_id].body


def state_of(db: sa.Connection, kind: RecordKind = PERSON) -> MirrorState:
    return state(db, 1)[kind]


class TestKeys:
    def test_a_record_is_found_by_each_of_its_keys(self, db: sa.Connection) -> None:
        put_records(db, 1, [row(7, ADA, "phone=+4930123456")])
        assert by_keys(db, 1, PERSON, [ADA, "phone=+4930123456", BOB]) == {
            ADA: [7],
            "phone=+4930123456": [7],
        }

    def test_records_that_share_a_key_come_in_the_order_of_their_ids(
        self, db: sa.Connection
    ) -> None:
        put_records(db, 1, [row(10), row(9), row(100)])
        assert by_keys(db, 1, PERSON, [ADA]) == {ADA: [9, 10, 100]}

    def test_the_id_of_a_lead_is_text(self, db: sa.Connection) -> None:
        put_records(db, 1, [row(UUID, kind=LEAD)])
        assert by_keys(db, 1, LEAD, [ADA]) == {ADA: [UUID]}

    def test_a_key_that_a_record_has_lost_finds_it_no_more(self, db: sa.Connection) -> None:
        put_records(db, 1, [row(7, ADA)])
        put_records(db, 1, [row(7, BOB, updated=200)])
        assert by_keys(db, 1, PERSON, [ADA, BOB]) == {BOB: [7]}

    def test_a_key_of_any_length_and_script_is_found(self, db: sa.Connection) -> None:
        key = "fieldabc=" + "ä\0\ud800" * 5_000
        put_records(db, 1, [row(7, key)])
        assert by_keys(db, 1, PERSON, [key]) == {key: [7]}

    def test_thousands_of_keys_are_asked_for_at_once(self, db: sa.Connection) -> None:
        keys = [f"email=p{number}@x.example" for number in range(2_500)]
        put_records(db, 1, [row(number, key) for number, key in enumerate(keys, 1)])
        assert len(by_keys(db, 1, PERSON, keys)) == 2_500

    @pytest.mark.parametrize(("connection_id", "kind"), [(9, PERSON), (1, RecordKind.DEAL)])
    def test_mirrors_do_not_cross(
        self, db: sa.Connection, connection_id: int, kind: RecordKind
    ) -> None:
        put_records(db, 1, [row()])
        assert by_keys(db, connection_id, kind, [ADA]) == {}
        assert records(db, connection_id, kind, [7]) == {}


class TestNewerWins:
    @pytest.mark.parametrize(
        ("later", "taken"),
        [
            pytest.param(row(updated=101, checked=50), 1, id="changed later"),
            pytest.param(row(updated=99, checked=500), 0, id="an older state, heard of later"),
            pytest.param(row(checked=101), 1, id="the same state, checked later"),
            pytest.param(row(checked=99), 0, id="the same state, checked before"),
            pytest.param(row(checked=500, exact=False), 0, id="a hint of the same state"),
            pytest.param(row(updated=101, exact=False), 1, id="a hint of a later state"),
        ],
    )
    def test_than_what_is_known_exactly(
        self, db: sa.Connection, later: MirrorRow, taken: int
    ) -> None:
        put_records(db, 1, [row()])
        assert put_records(db, 1, [later]) == taken

    @pytest.mark.parametrize(
        ("later", "taken"),
        [
            pytest.param(row(checked=50), 1, id="the same state, exactly"),
            pytest.param(row(updated=99, checked=101), 1, id="read after the hint was heard"),
            pytest.param(row(updated=99, checked=99), 0, id="read before the hint was heard"),
        ],
    )
    def test_than_a_hint(self, db: sa.Connection, later: MirrorRow, taken: int) -> None:
        put_records(db, 1, [row(exact=False)])
        assert put_records(db, 1, [later]) == taken

    def test_within_one_page_too(self, db: sa.Connection) -> None:
        put_records(db, 1, [row(updated=200, body=b"new"), row(updated=100, body=b"old")])
        assert body_of(db) == b"new"

    def test_and_the_rest_of_the_page_is_taken(self, db: sa.Connection) -> None:
        put_records(db, 1, [row(7, updated=200)])
        assert put_records(db, 1, [row(7), row(8), row(9, BOB)]) == 2


class TestGone:
    def test_a_deleted_record_has_no_key(self, db: sa.Connection) -> None:
        put_records(db, 1, [row()])
        put_records(db, 1, [row(updated=200, deleted=True)])
        assert by_keys(db, 1, PERSON, [ADA]) == {}
        assert records(db, 1, PERSON, [7])[7].deleted

    def test_a_buried_record_has_no_key(self, db: sa.Connection) -> None:
        put_records(db, 1, [row()])
        bury(db, 1, PERSON, record_id=7, at_ms=150)
        assert by_keys(db, 1, PERSON, [ADA]) == {}

    @pytest.mark.parametrize(
        ("seen", "there"),
        [
            pytest.param(row(checked=140), False, id="a page asked for before"),
            pytest.param(row(checked=160), True, id="a read asked for after"),
            pytest.param(row(updated=170, checked=140), True, id="it was changed since"),
        ],
    )
    def test_a_buried_record_is_revived_only_by_what_is_newer(
        self, db: sa.Connection, seen: MirrorRow, there: object
    ) -> None:
        put_records(db, 1, [row()])
        bury(db, 1, PERSON, record_id=7, at_ms=150)
        put_records(db, 1, [seen])
        assert (ADA in by_keys(db, 1, PERSON, [ADA])) is there

    def test_a_record_that_was_never_seen_can_be_buried(self, db: sa.Connection) -> None:
        bury(db, 1, PERSON, record_id=7, at_ms=150)
        put_records(db, 1, [row(checked=140)])
        assert by_keys(db, 1, PERSON, [ADA]) == {}

    def test_what_was_read_after_a_burial_was_asked_for_stays(self, db: sa.Connection) -> None:
        put_records(db, 1, [row(checked=160)])
        bury(db, 1, PERSON, record_id=7, at_ms=150)
        assert by_keys(db, 1, PERSON, [ADA]) == {ADA: [7]}

    def test_after_a_merge_the_links_lead_to_who_is_left(self, db: sa.Connection) -> None:
        put_records(db, 1, [row(7), row(8, BOB)])
        put_link(db, 1, source_id=2, kind=PERSON, external_id="u-1", record_id=7)
        merged(db, 1, PERSON, lost=7, into=8, at_ms=150)
        found = links(db, 1, source_id=2, kind=PERSON, external_ids=["u-1"])
        assert found == {"u-1": 8}

    def test_after_a_merge_who_is_left_is_to_be_read(self, db: sa.Connection) -> None:
        put_records(db, 1, [row(7), row(8, BOB)])
        merged(db, 1, PERSON, lost=7, into=8, at_ms=150)
        assert by_keys(db, 1, PERSON, [ADA, BOB]) == {BOB: [8]}
        assert not records(db, 1, PERSON, [8])[8].exact

    def test_merges_that_are_told_the_wrong_way_round_are_followed_to_the_end(
        self, db: sa.Connection
    ) -> None:
        put_link(db, 1, source_id=2, kind=PERSON, external_id="u-1", record_id=7)
        merged(db, 1, PERSON, lost=8, into=9, at_ms=150)
        merged(db, 1, PERSON, lost=7, into=8, at_ms=151)
        assert links(db, 1, source_id=2, kind=PERSON, external_ids=["u-1"]) == {"u-1": 9}

    def test_one_merge_after_the_other_is_followed_to_the_end(self, db: sa.Connection) -> None:
        merged(db, 1, PERSON, lost=7, into=8, at_ms=150)
        merged(db, 1, PERSON, lost=8, into=9, at_ms=151)
        assert successor(db, 1, PERSON, 7) == 9

    def test_who_was_merged_is_found_although_it_was_read_as_deleted_since(
        self, db: sa.Connection
    ) -> None:
        merged(db, 1, LEAD, lost=UUID, into="other", at_ms=150)
        put_records(db, 1, [row(UUID, kind=LEAD, checked=160, deleted=True, body=b"")])
        assert successor(db, 1, LEAD, UUID) == "other"

    def test_two_that_are_told_to_have_become_each_other_lead_nowhere(
        self, db: sa.Connection
    ) -> None:
        merged(db, 1, PERSON, lost=7, into=8, at_ms=150)
        merged(db, 1, PERSON, lost=8, into=7, at_ms=151)
        assert successor(db, 1, PERSON, 7) == 8

    def test_who_is_deleted_has_no_successor(self, db: sa.Connection) -> None:
        bury(db, 1, PERSON, record_id=7, at_ms=150)
        assert successor(db, 1, PERSON, 7) is None

    def test_nothing_older_than_what_either_was_told_is_written_after_a_merge(
        self, db: sa.Connection
    ) -> None:
        lost = Written(times={"name": Moment(5, 1, 1), "phones": Moment(9, 1, 1)})
        left = Written(times={"name": Moment(7, 1, 1)}, wrote={"name": "digest"})
        put_written(db, 1, kind=PERSON, record_id=7, now=lost)
        put_written(db, 1, kind=PERSON, record_id=8, now=left)
        merged(db, 1, PERSON, lost=7, into=8, at_ms=150)
        assert written(db, 1, kind=PERSON, record_ids=[7, 8]) == {
            8: Written(
                times={"name": Moment(7, 1, 1), "phones": Moment(9, 1, 1)},
                wrote={"name": "digest"},
            )
        }

    def test_a_wiped_mirror_knows_nothing(self, db: sa.Connection) -> None:
        put_records(db, 1, [row()])
        want_crawl(db, 1, kinds=[PERSON], now_ms=1)
        wipe(db, 1)
        assert (by_keys(db, 1, PERSON, [ADA]), counts(db, 1), state(db, 1)) == ({}, {}, {})


class TestCrawl:
    def test_a_page_and_the_next_cursor_are_stored_together(self, db: sa.Connection) -> None:
        want_crawl(db, 1, kinds=[PERSON], now_ms=50)
        put_page(db, 1, of=state_of(db), rows=[row()], next_cursor="c2", now_ms=60)
        assert (state_of(db).crawl_cursor, state_of(db).crawled) == ("c2", 1)
        assert counts(db, 1) == {PERSON: 1}

    def test_a_page_is_stored_by_one_of_two(self, db: sa.Connection) -> None:
        want_crawl(db, 1, kinds=[PERSON], now_ms=50)
        begun = state_of(db)
        assert put_page(db, 1, of=begun, rows=[row()], next_cursor="c2", now_ms=60)
        assert not put_page(db, 1, of=begun, rows=[row()], next_cursor="c2", now_ms=60)

    def test_the_last_page_makes_it_complete_and_fresh_since_its_start(
        self, db: sa.Connection
    ) -> None:
        want_crawl(db, 1, kinds=[PERSON], now_ms=50)
        put_page(db, 1, of=state_of(db), rows=[], next_cursor=None, now_ms=60)
        assert state_of(db).complete
        assert not state_of(db).crawling
        assert state_of(db).fresh_at_ms == 50

    def test_a_poll_during_the_crawl_stays_fresher(self, db: sa.Connection) -> None:
        want_crawl(db, 1, kinds=[PERSON], now_ms=50)
        set_fresh(db, 1, PERSON, at_ms=55)
        put_page(db, 1, of=state_of(db), rows=[], next_cursor=None, now_ms=60)
        assert state_of(db).fresh_at_ms == 55

    def test_what_a_second_crawl_did_not_meet_is_to_be_read(self, db: sa.Connection) -> None:
        put_records(db, 1, [row(7), row(8, checked=250)])
        want_crawl(db, 1, kinds=[PERSON], now_ms=200)
        put_page(db, 1, of=state_of(db), rows=[], next_cursor=None, now_ms=300)
        known = records(db, 1, PERSON, [7, 8])
        assert [known[7].exact, known[8].exact] == [False, True]

    def test_wanting_a_crawl_that_is_under_way_does_not_begin_it_anew(
        self, db: sa.Connection
    ) -> None:
        want_crawl(db, 1, kinds=[PERSON], now_ms=50)
        put_page(db, 1, of=state_of(db), rows=[row()], next_cursor="c2", now_ms=60)
        want_crawl(db, 1, kinds=[PERSON], now_ms=70)
        assert state_of(db).crawl_cursor == "c2"

    def test_during_a_second_crawl_the_mirror_stays_complete(self, db: sa.Connection) -> None:
        want_crawl(db, 1, kinds=[PERSON], now_ms=50)
        put_page(db, 1, of=state_of(db), rows=[], next_cursor=None, now_ms=50)
        want_crawl(db, 1, kinds=[PERSON], now_ms=50)
        assert (state_of(db).complete, state_of(db).crawling) == (True, True)

    def test_a_crawl_that_is_stopped_leaves_what_is_complete(self, db: sa.Connection) -> None:
        want_crawl(db, 1, kinds=[PERSON], now_ms=50)
        put_page(db, 1, of=state_of(db), rows=[], next_cursor=None, now_ms=60)
        want_crawl(db, 1, kinds=[PERSON, LEAD], now_ms=70)
        stop_crawl(db, 1)
        assert list(state(db, 1)) == [PERSON]
        assert not state_of(db).crawling

    @pytest.mark.parametrize(("now_ms", "due"), [(99, False), (100, True)])
    def test_a_crawl_is_due_when_it_has_rested(
        self, db: sa.Connection, now_ms: int, due: object
    ) -> None:
        want_crawl(db, 1, kinds=[PERSON], now_ms=50)
        rest_crawl(db, 1, PERSON, until_ms=100)
        assert bool(db.scalar(sa.select(crawl_is_due(sa.literal(1), now_ms)))) is due

    def test_freshness_never_becomes_less(self, db: sa.Connection) -> None:
        want_crawl(db, 1, kinds=[PERSON], now_ms=50)
        set_fresh(db, 1, PERSON, at_ms=100, reconciled=True)
        set_fresh(db, 1, PERSON, at_ms=90, reconciled=True)
        assert (state_of(db).fresh_at_ms, state_of(db).reconciled_at_ms) == (100, 100)


def test_doubt_says_how_many(db: sa.Connection) -> None:
    put_records(db, 1, [row(7), row(8), row(9, checked=300)])
    assert doubt_unseen(db, 1, PERSON, since_ms=200) == 2


async def test_writers_of_the_same_records_do_not_wait_for_each_other_for_ever(
    store: Store,
) -> None:
    rows = [row(number, f"email=p{number}@x.example") for number in range(1, 400)]
    pages = (rows, rows[::-1], rows[100:], rows[:300][::-1])
    await asyncio.gather(
        *(store.write(partial(put_records, connection_id=1, rows=page)) for page in pages)
    )

    assert await store.read(lambda db: counts(db, 1)) == {PERSON: 399}
