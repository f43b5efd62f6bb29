"""Which Deliveries an Event makes."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from tests.events import Said, identify

from dealwright.actionbook import actions
from dealwright.core import identifier
from dealwright.core.action import Action
from dealwright.core.delivery import State
from dealwright.core.mapping import Mapping, MatchDefaults
from dealwright.core.match import Reference
from dealwright.core.record import RecordKind
from dealwright.pipeline.route import Routed, compile_route, lanes_of, route_batch
from dealwright.pipeline.routebook import KEPT, RouteBook
from dealwright.store.connections import Connection, ConnectionState
from dealwright.store.events import StoredEvent

PERSON, ORGANIZATION = RecordKind.PERSON, RecordKind.ORGANIZATION


def mapping(**given: Any) -> Mapping:
    usual = {
        "id": 1,
        "connection_id": 1,
        "version": 1,
        "name": "Persons",
        "action": "upsert_person",
        "trigger": 'type = "identify"',
        "fields": {"match_value": {"@path": "$.userId"}, "name": {"@path": "$.traits.name"}},
    }
    return Mapping(**{**usual, **given})


def routed(
    said: Said,
    *mappings: Mapping,
    heard: tuple[int, ...] | None = None,
    chosen: dict[str, Action] | None = None,
) -> list[Routed]:
    connection = Connection(
        id=1,
        name="main",
        state=ConnectionState.OK,
        state_reason="",
        base_url="https://main.pipedrive.com",
        company_id=None,
        company_name="",
        user_id=None,
        user_name="",
        plan="growth",
        seats=1,
        delivering=True,
        position=0,
        listens_to=heard,
        defaults=MatchDefaults(),
        paused_until_ms=None,
        pause_code="",
        created_at_ms=0,
    )
    stored = StoredEvent(9, 4, 1_793_610_000_000, None, "m-9", msgspec.json.encode(said), None)
    routes = [compile_route(one, chosen or actions()) for one in mappings]
    return route_batch([stored], connection=connection, routes=routes, now_ms=5)[0]


def test_a_trigger_that_holds_makes_a_delivery() -> None:
    ((item, (row,), *_),) = routed(identify("u-ada", name="Ada"), mapping())

    assert item == (4, "m-9")
    assert (row.mapping_id, row.event_seq, row.state) == (1, 9, State.QUEUED)
    assert row.lanes == "person:4/u-ada"


def test_each_mapping_that_fires_makes_a_delivery() -> None:
    ((_, rows, *_),) = routed(identify("u-ada", name="Ada"), mapping(), mapping(id=2))

    assert [row.mapping_id for row in rows] == [1, 2]


def test_a_trigger_that_does_not_hold_makes_none() -> None:
    assert routed(identify("u-ada"), mapping(trigger='type = "group"')) == []


def test_a_source_that_is_not_listened_to_makes_none() -> None:
    assert routed(identify("u-ada"), mapping(), heard=(5,)) == []


@pytest.mark.parametrize(
    ("given", "code"),
    [
        pytest.param({"action": "unheard_of"}, "unknown_action", id="unknown action"),
        pytest.param({"fields": {"name": {"@path": 7}}}, "invalid_mapping", id="wrong directive"),
        pytest.param({"fields": {}}, "invalid_value", id="required field missing"),
    ],
)
def test_a_mapping_that_cannot_be_used_fails_its_deliveries(
    given: dict[str, Any], code: str
) -> None:
    ((_, (row,), *_),) = routed(identify("u-ada"), mapping(**given))

    assert (row.state, row.code) == (State.FAILED, code)


def test_an_action_with_a_defect_fails_its_delivery_and_not_the_batch() -> None:
    def broken(*_: object) -> Any:
        raise ZeroDivisionError

    chosen = {"upsert_person": replace(actions()["upsert_person"], references=broken)}
    ((_, (row,), *_),) = routed(identify("u-ada"), mapping(), chosen=chosen)

    assert (row.state, row.code) == (State.FAILED, "defect")


def test_an_invalid_trigger_fires_for_nothing() -> None:
    assert routed(identify("u-ada"), mapping(trigger="type = ")) == []


def test_every_key_of_a_record_is_a_lane_and_the_subjects_first_comes_first() -> None:
    references = (
        Reference(role="organization", kind=ORGANIZATION, external_id="g-love"),
        Reference(
            role="person", kind=PERSON, external_id="u-ada", keys=(identifier.email("a@l.example"),)
        ),
    )
    lanes = lanes_of(references, subject="person", source_id=4)

    assert lanes.split("\n") == [
        "person:4/u-ada",
        "organization:4/g-love",
        "person:email=a@l.example",
    ]


def test_without_an_identity_of_its_own_the_first_lane_is_empty() -> None:
    reference = Reference(role="person", kind=PERSON, external_id="u-ada")

    assert lanes_of((reference,), subject="activity", source_id=4) == "\nperson:4/u-ada"


def test_nobody_named_is_no_lane() -> None:
    assert lanes_of((), subject="person", source_id=4) == ""


def test_an_id_with_a_line_break_is_not_taken_for_two_lanes() -> None:
    one = Reference(role="person", kind=PERSON, external_id="u\nx")
    other = Reference(role="person", kind=PERSON, external_id="u\\nx")
    lanes = [lanes_of((ref,), subject="person", source_id=4) for ref in (one, other)]

    assert lanes == ["person:4/u\\nx", "person:4/u\\\\nx"]


def test_a_mapping_is_compiled_once() -> None:
    book = RouteBook(actions())

    assert book.route(mapping()) is book.route(mapping())


def test_old_versions_are_forgotten_in_the_end() -> None:
    book = RouteBook(actions())
    for version in range(KEPT + 1):
        book.route(mapping(version=version))

    assert (book.known(1, 0), book.known(1, KEPT) is None) == (None, False)


def test_what_a_new_record_will_be_found_by_is_a_lane_too() -> None:
    known = Reference(role="organization", kind=ORGANIZATION, external_id="g-1")
    lanes = lanes_of(
        [known.sharing(identifier.name("Love Ltd"))], subject="organization", source_id=4
    )

    assert lanes == "organization:4/g-1\norganization:name=love ltd"
