"""Nothing old takes the place of something newer, value by value."""

from typing import Any

import pytest

from dealwright.actionbook import actions
from dealwright.core.action import Action
from dealwright.core.record import FieldDefinition
from dealwright.core.schema import Schema
from dealwright.core.written import Moment, Path, Told, Written, paths

PERSON = actions()["upsert_person"]
DEAL = actions()["upsert_deal"]
CITY = "c" * 40
SCHEMA = Schema(
    fields=(
        FieldDefinition(
            field_code=CITY, field_name="City", field_type="varchar", is_custom_field=True
        ),
    )
)


def at(at_ms: int, seq: int = 1, mapping_id: int = 1) -> Moment:
    return Moment(at_ms, seq, mapping_id)


def of(action: Action, moment: Moment, **values: Any) -> Told:
    return Told(values=values, moments=dict.fromkeys(paths(action, values), moment))


def told(moment: Moment, **values: Any) -> Told:
    return of(PERSON, moment, **values)


def after(*parts: Told) -> Written:
    """What is remembered after these, one over the other."""
    past = Written()
    for part in parts:
        fresh, _ = part.fresh(past, SCHEMA)
        past = Written(times=fresh.over(past, SCHEMA))
    return past


def test_into_a_record_that_we_never_wrote_to_everything_goes() -> None:
    given = told(at(1), name="Ada")

    assert given.fresh(Written(), SCHEMA) == (given, ())


def test_what_a_newer_event_wrote_is_left_out_and_named() -> None:
    fresh, late = told(at(1), name="Old", visible_to="3").fresh(
        after(told(at(2), name="New")), SCHEMA
    )

    assert (fresh.values, late) == ({"visible_to": "3"}, ("name",))


def test_what_an_older_event_wrote_is_written_over() -> None:
    assert told(at(3), name="New").fresh(after(told(at(2), name="Old")), SCHEMA)[1] == ()


@pytest.mark.parametrize(
    ("moment", "late"),
    [
        pytest.param(at(2, seq=4), ("name",), id="earlier in the log"),
        pytest.param(at(2, seq=6), (), id="later in the log"),
        pytest.param(at(2, seq=5, mapping_id=1), ("name",), id="an earlier Mapping"),
        pytest.param(at(2, seq=5, mapping_id=2), (), id="the same event and Mapping"),
        pytest.param(at(2, seq=5, mapping_id=3), (), id="a later Mapping"),
    ],
)
def test_at_one_moment_the_log_and_then_the_mapping_decide(
    moment: Moment, late: tuple[str, ...]
) -> None:
    past = after(told(at(2, seq=5, mapping_id=2), name="There"))

    assert told(moment, name="Other").fresh(past, SCHEMA)[1] == late


def test_custom_fields_are_told_apart_one_by_one() -> None:
    past = after(told(at(2), custom_fields={"City": "Riga"}))
    fresh, late = told(at(1), custom_fields={"City": "Oslo", "Plan": "pro"}).fresh(past, SCHEMA)

    assert (fresh.values, late) == ({"custom_fields": {"Plan": "pro"}}, ("City",))


@pytest.mark.parametrize("named", ["City", " city ", CITY, CITY.upper(), f"{CITY}_currency"])
def test_a_custom_field_is_one_however_a_mapping_calls_it(named: str) -> None:
    past = after(told(at(2), custom_fields={CITY: "Riga"}))

    assert told(at(1), custom_fields={named: "Oslo"}).fresh(past, SCHEMA)[1] == (named,)


def test_a_value_that_clears_a_custom_field_is_of_its_moment_too() -> None:
    past = after(told(at(2), custom_fields={"City": None}))

    assert told(at(1), custom_fields={"City": "Oslo"}).fresh(past, SCHEMA)[1] == ("City",)


def test_addresses_only_add_and_are_never_too_old() -> None:
    past = after(told(at(2), email=("new@x.example",)))

    assert told(at(1), email=("old@x.example",)).fresh(past, SCHEMA)[1] == ()


def test_what_finds_a_record_is_never_left_out() -> None:
    past = after(told(at(2), match_value="u-1", match_field="email"))

    assert told(at(1), match_value="u-1", match_field="id").fresh(past, SCHEMA)[1] == ()


def test_a_link_to_another_record_may_be_too_old() -> None:
    past = after(told(at(2), organization_match_value="g-new"))
    late = told(at(1), organization_match_value="g-old").fresh(past, SCHEMA)[1]

    assert late == ("organization",)


def test_a_link_is_one_whatever_it_is_found_by() -> None:
    past = after(of(DEAL, at(2), person_match_value="u-1"))
    fresh, late = of(DEAL, at(1), person_email=("a@x.example",), title="Beans").fresh(past, SCHEMA)

    assert (fresh.values, late) == ({"title": "Beans"}, ("person",))


def test_the_deal_itself_is_found_and_those_it_is_with_are_linked() -> None:
    values = {"deal_match_value": "d-1", "person_match_value": "u-1", "title": "Beans"}

    assert list(paths(DEAL, values)) == [Path("link", "person"), Path("title")]


class TestLabels:
    def test_one_that_was_removed_later_is_not_added_again(self) -> None:
        past = after(told(at(2), labels=("Trial",), labels_mode="remove"))
        fresh, late = told(at(1), labels=("trial", "Hot")).fresh(past, SCHEMA)

        assert (fresh.values["labels"], late) == (("Hot",), ("trial",))

    def test_others_are_added_whatever_their_moment(self) -> None:
        past = after(told(at(2), labels=("Hot",)))

        assert told(at(1), labels=("Cold",)).fresh(past, SCHEMA)[1] == ()

    def test_all_that_were_replaced_later_stay_so(self) -> None:
        past = after(told(at(2), labels=("Hot",), labels_mode="replace"))

        assert told(at(1), labels=("Cold",)).fresh(past, SCHEMA)[1] == ("Cold",)

    def test_none_is_replaced_that_was_added_later(self) -> None:
        past = after(told(at(2), labels=("Hot",)))
        late = told(at(1), labels=("Cold",), labels_mode="replace").fresh(past, SCHEMA)[1]

        assert late == ("labels",)

    def test_of_those_that_were_replaced_nothing_is_remembered(self) -> None:
        past = after(
            told(at(1), labels=("Hot",)), told(at(2), labels=("Cold",), labels_mode="replace")
        )

        assert set(past.times) == {"labels"}


class TestRules:
    def test_what_yields_to_what_is_there_is_of_no_moment(self) -> None:
        assert after(told(at(2), name="Ada", write_rules={"name": "if_empty"})).times == {}

    def test_what_is_appended_is_never_too_old(self) -> None:
        past = after(told(at(2), name="Ada"))

        assert told(at(1), name="Love", write_rules={"name": "append"}).fresh(past, SCHEMA)[1] == ()

    def test_what_was_appended_later_is_not_written_over(self) -> None:
        past = after(told(at(2), name="Love", write_rules={"name": "append"}))

        assert told(at(1), name="Ada").fresh(past, SCHEMA)[1] == ("name",)

    def test_an_older_text_that_was_appended_makes_nothing_older(self) -> None:
        past = after(
            told(at(2), name="Ada"), told(at(1), name="Love", write_rules={"name": "append"})
        )

        assert past.times == {"name": at(2)}
