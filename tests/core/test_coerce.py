"""Coercion: what the directives gave, fitted to a declaration."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealwright import actions
from dealwright.core.action import Account, Action, ActionField, Choice, ValueType
from dealwright.core.coerce import coerce
from dealwright.core.errors import DealwrightError, MappingError, NeedsChoice
from dealwright.core.mapping import MatchDefaults
from dealwright.core.match import Missing
from dealwright.core.plan import Plan
from dealwright.core.record import RecordKind
from dealwright.core.registry import discover

ACTIONS = discover(actions, "ACTION", Action)


def coerced(field: ActionField, raw: Any) -> Any:
    action = Action(
        key="try",
        title="Try",
        description="One field.",
        kind=RecordKind.PERSON,
        default_trigger="",
        fields=(field,),
        references=lambda *_: (),
        plan=lambda *_: Plan(changes=()),
        subject="person",
    )
    return coerce(action, {"it": raw, "unknown": 1}).get("it", "absent")


def one(type: ValueType, **more: Any) -> ActionField:
    return ActionField(key="it", label="It", description="", type=type, **more)


FITS = [
    (ValueType.TEXT, 5, "5"),
    (ValueType.TEXT, 5.0, "5"),
    (ValueType.TEXT, True, "true"),
    (ValueType.TEXT, ["x"], "x"),
    (ValueType.TEXT, "  ", "  "),
    (ValueType.TEXT, "", "absent"),
    (ValueType.TEXT, None, "absent"),
    (ValueType.TEXT, "ÅÄÖ", "ÅÄÖ"),
    (ValueType.INTEGER, "12", 12),
    (ValueType.INTEGER, 12.0, 12),
    (ValueType.INTEGER, 0, 0),
    (ValueType.NUMBER, "99.5", 99.5),
    (ValueType.NUMBER, "1e3", 1000.0),
    (ValueType.BOOLEAN, "true", True),
    (ValueType.BOOLEAN, "false", False),
    (ValueType.BOOLEAN, 1, True),
    (ValueType.BOOLEAN, 0, False),
    (ValueType.RECORD_ID, "812", 812),
    (ValueType.DATETIME, "2024-02-29", "2024-02-29T00:00:00Z"),
    (ValueType.DATE, "2026/4/1", "2026-04-01"),
    (ValueType.TIME, "2:30pm", "14:30:00"),
    (ValueType.DURATION, "1h", "01:00:00"),
    (ValueType.OBJECT, {"a": [None, {"b": ""}]}, {"a": [None, {"b": ""}]}),
]


@pytest.mark.parametrize(("type", "raw", "expected"), FITS, ids=repr)
def test_a_value_is_fitted(type: ValueType, raw: Any, expected: Any) -> None:
    assert coerced(one(type), raw) == expected


MISFITS = [
    (ValueType.TEXT, {"a": 1}),
    (ValueType.TEXT, ["x", "y"]),
    (ValueType.TEXT, []),
    (ValueType.TEXT, "a\0b"),
    (ValueType.TEXT, "\ud800"),
    (ValueType.INTEGER, 12.5),
    (ValueType.INTEGER, True),
    (ValueType.INTEGER, 2**60),
    (ValueType.INTEGER, "twelve"),
    (ValueType.NUMBER, "1,200.50"),
    (ValueType.NUMBER, "1e999"),
    (ValueType.NUMBER, 10**400),
    (ValueType.NUMBER, []),
    (ValueType.BOOLEAN, "1"),
    (ValueType.BOOLEAN, "yes"),
    (ValueType.BOOLEAN, 2),
    (ValueType.BOOLEAN, {}),
    (ValueType.RECORD_ID, 0),
    (ValueType.RECORD_ID, -1),
    (ValueType.DATETIME, True),
    (ValueType.DATETIME, "29/02/2024"),
    (ValueType.DATE, {}),
    (ValueType.OBJECT, "oops"),
    (ValueType.OBJECT, [1]),
    (ValueType.OBJECT, {"a": "\ud800"}),
    (ValueType.OBJECT, {"a": "x\0"}),
]


@pytest.mark.parametrize(("type", "raw"), MISFITS, ids=repr)
def test_a_value_that_does_not_fit_is_refused(type: ValueType, raw: Any) -> None:
    with pytest.raises(MappingError) as caught:
        coerced(one(type), raw)
    assert caught.value.path == "it"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("a", ("a",)),
        (["a", None, "", 7], ("a", "7")),
        ([], "absent"),
        ([None], "absent"),
        (["a"], ("a",)),
    ],
)
def test_a_field_of_many_takes_one_or_several(raw: Any, expected: Any) -> None:
    assert coerced(one(ValueType.TEXT, many=True), raw) == expected


def test_a_choice_is_compared_after_coercion() -> None:
    field = one(ValueType.TEXT, choices=(Choice(value="5", label="Five"),))
    assert coerced(field, 5) == "5"


def test_the_case_of_a_choice_counts() -> None:
    with pytest.raises(MappingError, match="expected one of won, got “WON”"):
        coerced(one(ValueType.TEXT, choices=(Choice(value="won", label="Won"),)), "WON")


def test_a_field_may_say_in_words_what_it_takes() -> None:
    with pytest.raises(MappingError, match="it: expected the word yes, got 5"):
        coerced(one(ValueType.DATE, wish="the word yes"), 5)


def test_a_long_value_is_cut_in_the_sentence() -> None:
    with pytest.raises(MappingError, match=r"got “x{57}\.\.\.”"):
        coerced(one(ValueType.NUMBER), "x" * 100)


@pytest.mark.parametrize("resolved", [None, [], "text", 5])
def test_a_mapping_that_gives_no_object_is_refused(resolved: Any) -> None:
    with pytest.raises(MappingError):
        coerce(ACTIONS["upsert_person"], resolved)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
LIKELY = st.sampled_from(
    ["u-1", "12", "ada@byron.example", "+46701234567", "email", "name", "2026-04-01", "14:30Z"]
)


@pytest.mark.parametrize("key", sorted(ACTIONS))
@given(data=st.data())
def test_whatever_a_mapping_gives_only_the_documented_errors_come(
    key: str, data: st.DataObject
) -> None:
    action = ACTIONS[key]
    fields = {field.key: JSON | LIKELY for field in action.fields}
    resolved = data.draw(st.fixed_dictionaries({}, optional=fields))
    try:
        values = coerce(action, resolved)
        references = action.references(values, MatchDefaults(region="SE"))
        matches = {reference.role: Missing() for reference in references}
        outcome: object = action.plan(values, matches, Account())
    except (MappingError, NeedsChoice) as error:
        outcome = error
    assert isinstance(outcome, Plan | DealwrightError)
