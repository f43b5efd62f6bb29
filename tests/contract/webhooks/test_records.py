"""What a message tells is what a GET by the record's id would give, or is known not to be."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contract.fieldtypes.test_round_trip import FIELD_TYPES, SENT
from tests.contract.webhooks.account import Pair, TellingAccount, code_of

from dealwright.core.record import Record, RecordKind
from dealwright.pipeline.verify import keys_of

ACCOUNT = TellingAccount(list(FIELD_TYPES))

#: v2 gives the name of their zone, a message only a number that nobody publishes.
HALF_TOLD = {"time", "timerange"}


def _labelled(values: list[str]) -> list[dict[str, str]]:
    return [{"value": value} for value in values]


_names = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs", "Zs", "Cc"]), min_size=1
).filter(lambda text: bool(text.strip()) and len(text) < 100)
_emails = st.sampled_from(["Ada@X.example", "b@y.example", " c@z.example ", "no address"])
_phones = st.sampled_from(["+372 555 0101", "(555) 0102", "call me"])
_points = st.lists(_emails, max_size=3, unique=True)
_days = st.dates().filter(lambda day: day.year >= 1900).map(str)
VALUES: dict[RecordKind, st.SearchStrategy[dict[str, Any]]] = {
    RecordKind.PERSON: st.fixed_dictionaries(
        {"name": _names},
        optional={
            "emails": _points.map(_labelled),
            "phones": st.lists(_phones, max_size=2, unique=True).map(_labelled),
            "org_id": st.just(1),
            "visible_to": st.sampled_from([1, 3, 5, 7]),
        },
    ),
    RecordKind.ORGANIZATION: st.fixed_dictionaries(
        {"name": _names}, optional={"visible_to": st.sampled_from([1, 3])}
    ),
    RecordKind.DEAL: st.fixed_dictionaries(
        {"title": _names},
        optional={
            "value": st.integers(0, 10**9) | st.floats(0, 10**6).map(lambda x: round(x, 2)),
            "currency": st.sampled_from(["EUR", "USD"]),
            "person_id": st.just(1),
            "org_id": st.just(1),
            "status": st.sampled_from(["open", "won"]),
            "probability": st.integers(0, 100),
            "expected_close_date": _days,
        },
    ),
    RecordKind.LEAD: st.fixed_dictionaries(
        {"title": _names, "person_id": st.just(1)},
        optional={
            "value": st.fixed_dictionaries(
                {"amount": st.integers(0, 10**6), "currency": st.just("EUR")}
            ),
            "expected_close_date": _days,
            "visible_to": st.sampled_from(["1", "3"]),
        },
    ),
    RecordKind.ACTIVITY: st.fixed_dictionaries(
        {"subject": _names, "type": st.sampled_from(["call", "meeting"])},
        optional={
            "due_date": _days,
            "duration": st.just("00:30"),
            "done": st.booleans(),
            "participants": st.just([{"person_id": 1, "primary": True}]),
            "note": st.just("<b>Hello</b>"),
            "public_description": _names,
        },
    ),
    RecordKind.NOTE: st.fixed_dictionaries(
        {"content": _names.map("<p>{}</p>".format), "person_id": st.just(1)},
        optional={"pinned_to_person_flag": st.sampled_from([0, 1]), "org_id": st.just(1)},
    ),
}


@pytest.mark.parametrize("kind", VALUES)
def test_a_record_is_told_as_it_is_read(kind: RecordKind) -> None:
    @settings(max_examples=40, deadline=None)
    @given(VALUES[kind])
    def check(values: dict[str, Any]) -> None:
        pair = ACCOUNT.made(kind, values)
        assert shown(pair.heard.record) == shown(pair.got)
        assert pair.heard.faithful

    check()


@pytest.mark.parametrize("kind", [RecordKind.PERSON, RecordKind.DEAL])
@pytest.mark.parametrize("key", sorted(set(FIELD_TYPES) - HALF_TOLD))
def test_a_field_of_each_type_is_told_as_it_is_read(kind: RecordKind, key: str) -> None:
    for pair in pairs_of(kind, key):
        assert shown(pair.heard.record) == shown(pair.got)
        assert pair.heard.faithful


@pytest.mark.parametrize("key", sorted(FIELD_TYPES))
def test_a_field_of_each_type_is_told_of_a_lead_as_it_is_read(key: str) -> None:
    for pair in pairs_of(RecordKind.LEAD, key):
        assert shown(pair.heard.record) == shown(pair.got)
        assert pair.heard.faithful


@pytest.mark.parametrize("key", sorted(HALF_TOLD))
def test_a_time_with_a_zone_is_known_to_be_told_by_halves(key: str) -> None:
    assert not any(pair.heard.faithful for pair in pairs_of(RecordKind.PERSON, key))


@pytest.mark.parametrize("key", sorted(FIELD_TYPES))
def test_a_record_is_found_by_the_same_keys_however_it_was_learned(key: str) -> None:
    for pair in pairs_of(RecordKind.PERSON, key):
        assert set(keys_of(pair.heard.record, region="EE")) == set(keys_of(pair.got, region="EE"))


def test_the_time_of_an_activity_is_known_to_be_told_in_two_ways() -> None:
    pair = ACCOUNT.made(
        RecordKind.ACTIVITY, {"subject": "Call", "due_date": "2026-11-02", "due_time": "09:00"}
    )

    assert not pair.heard.faithful


def pairs_of(kind: RecordKind, key: str) -> Iterator[Pair]:
    """Records with some values of the field of this type."""
    field_type = FIELD_TYPES[key]
    context = ACCOUNT.account.context(field_type)
    for sent in samples(SENT[key]):
        wanted = field_type.parse(sent, context)
        code = code_of(key)
        if kind is RecordKind.LEAD and names_a_zone(wanted):
            continue
        if kind is RecordKind.LEAD:
            yield ACCOUNT.made(
                kind, {"title": "Demo", "person_id": 1, **field_type.write_flat(code, wanted)}
            )
        else:
            naming = {"title": "Demo"} if kind is RecordKind.DEAL else {"name": "Ada Love"}
            yield ACCOUNT.made(kind, {**naming, "custom_fields": {code: field_type.write(wanted)}})


def names_a_zone(wanted: Any) -> bool:
    """Whether a value is one that leads do not take."""
    return isinstance(wanted, dict) and "timezone_name" in wanted


def samples(strategy: st.SearchStrategy[Any]) -> list[Any]:
    """A dozen values."""
    found: list[Any] = []

    @settings(max_examples=12, database=None, derandomize=True, deadline=None)
    @given(strategy)
    def draw(value: Any) -> None:
        found.append(value)

    draw()
    return found


def shown(record: Record) -> dict[str, Any]:
    """A record without the fields that are empty: null is the same as not named."""
    values = msgspec.to_builtins(record)
    custom = values.get("custom_fields", {})
    values["custom_fields"] = {key: item for key, item in custom.items() if item is not None}
    return values
