"""What waits for people, on both databases: questions, answers, claims, and what was taught."""

import threading

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dealwright.core.delivery import State
from dealwright.core.question import AddOption, Asks, LeaveOut, Make, Question, Take
from dealwright.core.record import RecordKind
from dealwright.store.connections import NewConnection, create_connection
from dealwright.store.deliveries import NewDelivery, add_deliveries
from dealwright.store.engine import Store
from dealwright.store.retention import prune_deliveries
from dealwright.store.review_decisions import Decision, claim, last_decision, put_decision
from dealwright.store.review_questions import (
    Asked,
    answered,
    answers_of,
    ask,
    asked_of,
    how_many_wait,
    put_answer,
    waiting_for,
)
from dealwright.store.review_queue import QueueFilter, Reviewed, count_reviewed, find_reviewed
from dealwright.store.review_teachings import (
    LINK,
    OPTION,
    RECORD,
    NewTeaching,
    drop_teaching,
    list_teachings,
    put_teaching,
    stamp,
    taught,
)

ADA = Question(
    asks=Asks.RECORD,
    kind="person",
    key="email=ada@x.example",
    shown="Ada@x.example",
    role="person",
    candidates=(42, 43),
)
REVIEWED = Reviewed(held={"needs_choice"}, not_failed={"timeout"})


def put(
    db: sa.Connection, state: str = "held", code: str = "needs_choice", *, connection_id: int = 1
) -> int:
    new = NewDelivery(connection_id, 1, 1, 1, 9, "", state, code, "Two fit.", 5)
    add_deliveries(db, [new])
    return db.scalars(sa.text("SELECT max(id) FROM deliveries")).one()


def asking(db: sa.Connection, question: Question = ADA, *, code: str = "needs_choice") -> int:
    number = put(db, code=code)
    ask(db, [number], connection_id=1, code=code, asked=[Asked(0, question)])
    return number


def state_of(db: sa.Connection, number: int) -> str:
    return db.scalars(sa.text("SELECT state FROM deliveries WHERE id = :id"), {"id": number}).one()


class TestQuestions:
    def test_what_is_asked_is_read_as_it_was_asked(self, db: sa.Connection) -> None:
        number = asking(db)
        assert asked_of(db, [number]) == {(number, "needs_choice"): [Asked(0, ADA)]}

    def test_all_that_wait_for_the_same_are_found(self, db: sa.Connection) -> None:
        numbers = [asking(db), asking(db)]
        asking(db, Question(asks=Asks.RECORD, kind="person", key="email=bo@x.example"))
        found = waiting_for(db, 1, same=ADA.same)
        assert [(one.delivery_id, one.question) for one in found] == [(n, ADA) for n in numbers]

    def test_a_question_that_is_alone_is_shared_by_nobody(self, db: sa.Connection) -> None:
        alone = Question(asks=Asks.RECORD, kind="person", role="person")
        asking(db, alone)
        asking(db, alone)
        assert waiting_for(db, 1, same=alone.same) == []

    def test_a_delivery_that_waits_for_its_connection_by_now_asks_nothing(
        self, db: sa.Connection
    ) -> None:
        asking(db)
        db.execute(sa.text("UPDATE deliveries SET code = 'reauth'"))
        assert waiting_for(db, 1, same=ADA.same) == []
        assert how_many_wait(db, 1, same=[ADA.same]) == {}

    def test_what_is_asked_anew_takes_the_place_of_what_was_asked(self, db: sa.Connection) -> None:
        number = asking(db)
        other = Question(asks=Asks.VALUE, kind="person", field="Seats")
        ask(db, [number], connection_id=1, code="invalid_value", asked=[Asked(0, other)])
        assert asked_of(db, [number]) == {(number, "invalid_value"): [Asked(0, other)]}

    def test_a_meeting_asks_for_each_of_its_guests(self, db: sa.Connection) -> None:
        number = put(db, code="no_person")
        guests = [Asked(position, ADA) for position in (1, 2)]
        ask(db, [number], connection_id=1, code="no_person", asked=guests)
        assert asked_of(db, [number]) == {(number, "no_person"): guests}

    @pytest.mark.parametrize(
        "answer", [Take(record_id=7, by="Sam"), Make(by="Sam"), AddOption(), LeaveOut(by="Sam")]
    )
    def test_an_answer_is_read_as_it_was_given(
        self, db: sa.Connection, answer: Take | Make | AddOption | LeaveOut
    ) -> None:
        number = asking(db)
        put_answer(db, [number], same=ADA.same, answer=Take(record_id=1), now_ms=1)
        put_answer(db, [number], same=ADA.same, answer=answer, now_ms=2)
        assert answers_of(db, [number, 99], same=ADA.same) == {number: answer}
        assert answered(db, [number]) == [(ADA, answer)]

    def test_they_leave_with_their_deliveries(self, db: sa.Connection) -> None:
        number = asking(db)
        put_answer(db, [number], same=ADA.same, answer=Take(record_id=1), now_ms=1)
        db.execute(sa.text("UPDATE deliveries SET state = 'dropped', updated_at_ms = 1"))
        prune_deliveries(db, 1_000)
        assert asked_of(db, [number]) == {}
        assert answers_of(db, [number], same=ADA.same) == {}


class TestTheQueue:
    def test_only_what_a_person_decides_of_is_in_it(self, db: sa.Connection) -> None:
        wanted = [put(db), put(db, "failed", "rejected")]
        for state, code in (("held", "reauth"), ("failed", "timeout"), ("queued", "")):
            put(db, state, code)
        found = find_reviewed(db, QueueFilter(), REVIEWED, limit=9)
        assert [one.id for one in found] == wanted[::-1]

    def test_its_pages_follow_each_other(self, db: sa.Connection) -> None:
        first, second, third = put(db), put(db), put(db)
        page = find_reviewed(db, QueueFilter(), REVIEWED, limit=2)
        assert [one.id for one in page] == [third, second]
        rest = find_reviewed(db, QueueFilter(), REVIEWED, limit=2, before=second)
        assert [one.id for one in rest] == [first]

    @pytest.mark.parametrize(
        ("where", "count"),
        [
            (QueueFilter(connection_id=2), 1),
            (QueueFilter(codes={"rejected"}), 1),
            (QueueFilter(not_codes={"rejected"}), 2),
            (QueueFilter(same=ADA.same), 1),
            (QueueFilter(mapping_id=9), 0),
        ],
    )
    def test_it_is_narrowed(self, db: sa.Connection, where: QueueFilter, count: int) -> None:
        asking(db)
        put(db, "failed", "rejected")
        put(db, connection_id=2)
        assert sum(count_reviewed(db, where, REVIEWED).values()) == count


class TestClaims:
    def test_a_claim_queues_the_delivery_anew(self, db: sa.Connection) -> None:
        number = asking(db)
        assert claim(db, number, code="needs_choice", now_ms=9)
        assert state_of(db, number) == State.QUEUED

    def test_a_second_claim_comes_too_late(self, db: sa.Connection) -> None:
        number = asking(db)
        claim(db, number, code="needs_choice", now_ms=9)
        assert not claim(db, number, code="needs_choice", now_ms=9)

    def test_a_claim_of_what_is_asked_otherwise_by_now_is_refused(self, db: sa.Connection) -> None:
        assert not claim(db, asking(db), code="unknown_option", now_ms=9)

    async def test_of_many_at_once_one_is_first(self, store: Store) -> None:
        number = await store.write(asking)
        together, won = threading.Barrier(4), list[bool]()

        def race() -> None:
            together.wait()
            with store.transaction() as db:
                won.append(claim(db, number, code="needs_choice", now_ms=9))

        threads = [threading.Thread(target=race) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(won) == [False, False, False, True]

    def test_the_last_decision_is_told_to_those_who_waited_for_the_same(
        self, db: sa.Connection
    ) -> None:
        first, second = asking(db), asking(db)
        made = Decision("delivery-1", "Sam", 9, 1, b"{}")
        put_decision(db, made, connection_id=1, delivery_id=first, same=ADA.same)
        assert last_decision(db, second, item="delivery-2") == made


@pytest.fixture
def known(db: sa.Connection) -> sa.Connection:
    """With Connections 1 and 2."""
    for name in ("one", "two"):
        new = NewConnection(name=name, base_url=f"https://{name}.x", plan="growth", seats=1)
        create_connection(db, new, now_ms=0)
    return db


def lesson(key: str = "email=ada@x.example", value: str = "42", **more: object) -> NewTeaching:
    about = {"connection_id": 1, "about": RECORD, "kind": RecordKind.PERSON, "shown": key}
    return NewTeaching(key=key, value=value, taught_by="Sam", **{**about, **more})  # type: ignore[arg-type]


class TestTeachings:
    def test_what_is_taught_later_takes_the_place_of_the_earlier(
        self, known: sa.Connection
    ) -> None:
        put_teaching(known, lesson(value="42"), now_ms=1)
        second = put_teaching(known, lesson(value="43"), now_ms=2)
        found = taught(known, 1).records
        assert found == {(RecordKind.PERSON, "email=ada@x.example"): (43, second.id, "Sam")}

    def test_connections_know_their_own_only(self, known: sa.Connection) -> None:
        put_teaching(known, lesson(), now_ms=1)
        assert taught(known, 2).records == {}

    def test_labels_are_known_by_their_field(self, known: sa.Connection) -> None:
        for label in ("gold", "silver"):
            new = lesson(f"{'a' * 40}\n{label}", "7", about=OPTION, shown=label.title())
            put_teaching(known, new, now_ms=1)
        (options,) = taught(known, 1).options[RecordKind.PERSON].values()
        assert [(one.label, one.option_id) for one in options] == [("Gold", 7), ("Silver", 7)]

    def test_a_senders_own_id_is_a_link_and_obeyed_as_one(self, known: sa.Connection) -> None:
        put_teaching(known, lesson("external_id=u-1", about=LINK, source_id=1), now_ms=1)
        assert taught(known, 1).records == {}
        assert len(list_teachings(known, 1, limit=9)) == 1

    def test_keys_of_any_length_are_taught(self, known: sa.Connection) -> None:
        put_teaching(known, lesson(f"name={'x' * 5_000}"), now_ms=1)
        ((_, key),) = taught(known, 1).records
        assert key.startswith("sha256:")

    def test_a_teaching_is_taken_back_once(self, known: sa.Connection) -> None:
        made = put_teaching(known, lesson(), now_ms=1)
        assert [drop_teaching(known, made.id), drop_teaching(known, made.id)] == [True, False]
        assert taught(known, 1).records == {}


_CHANGES = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["42", "43", None])), max_size=8
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=_CHANGES)
def test_whatever_changes_changes_the_stamp(
    known: sa.Connection, changes: list[tuple[str, str | None]]
) -> None:
    with known.begin_nested() as point:
        seen = {stamp(known, 1): taught(known, 1).records}
        for key, value in changes:
            if value is None:
                for one in list_teachings(known, 1, limit=1):
                    drop_teaching(known, one.id)
            else:
                put_teaching(known, lesson(f"email={key}@x.example", value), now_ms=1)
            now = taught(known, 1).records
            assert seen.setdefault(stamp(known, 1), now) == now
        point.rollback()
