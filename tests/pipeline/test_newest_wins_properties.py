"""In whatever order and groups events are delivered, a record ends as if they had come in order."""

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dealwright.actionbook import actions
from dealwright.core.action import Values
from dealwright.core.errors import MappingError
from dealwright.core.written import Written
from dealwright.pipeline.coalesce import Dated, coalesce

PERSON = actions()["upsert_person"]
TEXTS = st.sampled_from(["a", "b", "c"])
SOME = st.lists(TEXTS, min_size=1, max_size=3, unique=True).map(tuple)

VALUES = st.fixed_dictionaries(
    {"match_value": st.just("u-1")},
    optional={
        "name": TEXTS,
        "visible_to": TEXTS,
        "organization_match_value": TEXTS,
        "custom_fields": st.dictionaries(TEXTS, st.sampled_from([None, "x", "y"]), min_size=1),
        "email": SOME,
        "labels": SOME,
        "labels_mode": st.sampled_from(["add", "remove"]),
    },
)


class Record:
    """A record as the Actions write it: what is set, what is added, what is taken away."""

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}
        self.lists: dict[str, set[str]] = {"email": set(), "labels": set()}
        self.past = Written()

    def deliver(self, parts: Sequence[Dated]) -> None:
        """Write a Group; one by one where it cannot be one write."""
        try:
            told = coalesce(PERSON, parts, mapping_id=1)
        except MappingError:
            for part in parts:
                self.deliver([part])
            return
        fresh, _ = told.fresh(self.past, None)
        self.past = Written(times=fresh.over(self.past, None))
        self.write(fresh.values)

    def write(self, values: Values) -> None:
        """Do to the record what the values say."""
        self.fields |= {
            key: values[key]
            for key in ("name", "visible_to", "organization_match_value")
            if key in values
        }
        self.fields |= values.get("custom_fields", {})
        self.lists["email"] |= set(values.get("email", ()))
        if values.get("labels_mode") == "remove":
            self.lists["labels"] -= set(values.get("labels", ()))
        else:
            self.lists["labels"] |= set(values.get("labels", ()))


@given(st.lists(VALUES, min_size=2, max_size=7), st.data())
def test_any_order_and_any_groups_give_the_record_of_the_right_order(
    said: list[Values], data: st.DataObject
) -> None:
    events = [Dated(at_ms, at_ms, values) for at_ms, values in enumerate(said)]
    right, other = Record(), Record()
    for event in events:
        right.deliver([event])
    left = data.draw(st.permutations(events))
    while left:
        size = data.draw(st.integers(1, len(left)))
        other.deliver(left[:size])
        left = left[size:]

    assert (other.fields, other.lists) == (right.fields, right.lists)


@given(st.lists(VALUES, min_size=1, max_size=5), st.data())
def test_delivering_again_what_was_delivered_changes_nothing(
    said: list[Values], data: st.DataObject
) -> None:
    events = [Dated(at_ms, at_ms, values) for at_ms, values in enumerate(said)]
    once = Record()
    for event in events:
        once.deliver([event])
    fields, lists = dict(once.fields), {key: set(some) for key, some in once.lists.items()}
    for event in data.draw(st.lists(st.sampled_from(events))):
        once.deliver([event])

    assert (once.fields, once.lists) == (fields, lists)
