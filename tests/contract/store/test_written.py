"""What we wrote into records, on both databases."""

import sqlalchemy as sa

from dealwright.core.record import RecordId
from dealwright.core.written import Moment, Written
from dealwright.store.written import forget_written, put_written, written

LEAD = "adf21080-0e10-11eb-879b-05d71fb426ec"
FIRST = Written(times={"name": Moment(1, 2, 3)}, wrote={"name": "digest"})
LATER = Written(times={"name": Moment(2**53, 2**40, 3)})


def put(db: sa.Connection, now: Written, record_id: RecordId = 42, connection_id: int = 1) -> None:
    put_written(db, connection_id, kind="person", record_id=record_id, now=now)


def known(db: sa.Connection, *record_ids: RecordId, kind: str = "person") -> list[RecordId]:
    return list(written(db, 1, kind=kind, record_ids=list(record_ids)))


def test_what_is_stored_comes_back_whole(db: sa.Connection) -> None:
    put(db, FIRST)

    assert written(db, 1, kind="person", record_ids=[41, 42]) == {42: FIRST}


def test_a_later_one_takes_its_place(db: sa.Connection) -> None:
    put(db, FIRST)
    put(db, LATER)

    assert written(db, 1, kind="person", record_ids=[42]) == {42: LATER}


def test_a_lead_is_known_by_its_uuid(db: sa.Connection) -> None:
    put_written(db, 1, kind="lead", record_id=LEAD, now=FIRST)

    assert known(db, LEAD, 42, kind="lead") == [LEAD]


def test_kinds_and_connections_do_not_cross(db: sa.Connection) -> None:
    put(db, FIRST, connection_id=2)

    assert known(db, 42) == known(db, 42, kind="deal") == []


def test_of_several_records_those_that_we_wrote_to_are_known(db: sa.Connection) -> None:
    put(db, FIRST, record_id=2)
    put(db, FIRST, record_id=4)

    assert known(db, *range(1, 6)) == [2, 4]


def test_a_record_that_is_no_more_is_forgotten(db: sa.Connection) -> None:
    put(db, FIRST)
    forget_written(db, 1, kind="person", record_id=42)

    assert known(db, 42) == []
