"""Where a trigger meant something else as Segment ships its language."""

import pytest

from dealwright.core.trigger import TriggerError, shipped_differences

DIFFERENT = {
    'type = "a" or type = "b" and event = "c"': "the last one stood for all",
    'type = "a" and (event = "b" and (name = "c" or name = "d"))': "parentheses within",
    '!(type = "a")': "`!` before parentheses",
    'groupId = "g"': "the condition on groupId was dropped",
    "type = 'a'": "single quotes",
    "properties.vip != true": "every boolean",
    "properties.count != 4": "with a number",
    "event = null": 'compared with the text "null"',
    "!contains(event, 'x')": "where the field is missing",
    'match(event, "a*b")': "only one star",
    "contains(event, name)": "nothing but a text",
    'contains(type, "tra")': "contains on type",
    '"x" in traits.list': "`in` was no part",
    "traits.a>2": "without spaces",
    "traits.a > 2\rand type = null": "carriage return",
    "properties.or = 1": "name of a keyword",
    "properties.a\\.b = 1": "backslash",
    "length(name) > 1": "length was no part",
    "traits.0 = 1": "entered by number",
    "traits = null": "traits as a whole",
    'traits.a and type = "track"': "stands alone",
    '"track" = type': "in this order",
}
THE_SAME = [
    'type = "identify"',
    'type = "track" and event = "Order Completed"',
    '(type = "track" and event = "Order") or type = "identify"',
    'contains(event, "Order") and match(name, "Or*")',
    "traits.vip = true and properties.total >= 5 and traits.email != null",
    'event != "x" or (type = "page" and name != "Home")',
]


@pytest.mark.parametrize(("trigger", "told"), DIFFERENT.items())
def test_what_is_read_otherwise_now_is_said(trigger: str, told: str) -> None:
    assert told in "; ".join(shipped_differences(trigger))


@pytest.mark.parametrize("trigger", THE_SAME)
def test_what_means_the_same_is_not_spoken_of(trigger: str) -> None:
    assert shipped_differences(trigger) == ()


def test_one_kind_of_difference_is_said_once() -> None:
    assert len(shipped_differences("type = 'a' or type = 'b'")) == 1


def test_an_invalid_trigger_is_an_error() -> None:
    with pytest.raises(TriggerError):
        shipped_differences("type ==")
