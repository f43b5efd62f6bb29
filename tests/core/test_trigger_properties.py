"""What holds for every trigger and every event."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dealwright.core.fql.parse import parse
from dealwright.core.trigger import TriggerError, compile_trigger, print_trigger

PARTS = st.sampled_from(["type", "traits", "and", "7up", "odd key", "a.b", "é", "x-y", "in", "\n"])
TEXTS = st.text(max_size=12)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3)
)
EVENTS = st.dictionaries(PARTS, VALUES | st.dictionaries(PARTS, VALUES, max_size=3), max_size=5)


def word(part: str) -> str:
    return "".join(f"\\{sign}" for sign in part)


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


PATHS = st.lists(PARTS, min_size=1, max_size=3).map(lambda parts: ".".join(map(word, parts)))
NUMBERS = st.integers(-(10**20), 10**20).map(str) | st.decimals(
    -1000, 1000, places=4, allow_nan=False
).map(lambda number: format(number, "f"))
QUOTED = TEXTS.map(quoted)
CONSTANTS = NUMBERS | QUOTED | st.sampled_from(["true", "false", "null"])
LISTS = st.lists(CONSTANTS | PATHS, max_size=3).map(lambda items: f"[{', '.join(items)}]")
CALLS = st.tuples(st.sampled_from(["typeof", "bool", "string"]), CONSTANTS | PATHS).map(
    lambda call: f"{call[0]}({call[1]})"
)
GLOBS = st.text(alphabet="ab*?[]-\\^", max_size=8).map(quoted)
CONDITIONS = st.one_of(
    PATHS,
    st.tuples(
        PATHS | CONSTANTS | CALLS, st.sampled_from(["=", "!="]), PATHS | CONSTANTS | LISTS
    ).map(" ".join),
    st.tuples(PATHS | NUMBERS, st.sampled_from(["<", "<=", ">", ">="]), PATHS | NUMBERS).map(
        " ".join
    ),
    st.tuples(PATHS | CONSTANTS, st.just("in"), LISTS | PATHS).map(" ".join),
    st.tuples(PATHS | QUOTED, GLOBS).map(lambda both: f"match({both[0]}, {both[1]})"),
    st.tuples(PATHS, QUOTED).map(lambda both: f"contains({both[0]}, {both[1]})"),
)
TRIGGERS = st.recursive(
    CONDITIONS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(" ".join),
        inner.map(lambda text: f"!({text})"),
        inner.map(lambda text: f"({text})"),
    ),
    max_leaves=8,
)


@given(TRIGGERS)
def test_a_trigger_printed_and_read_again_is_the_same_trigger(text: str) -> None:
    assert parse(print_trigger(text)) == parse(text)


@given(TRIGGERS)
def test_printing_twice_is_printing_once(text: str) -> None:
    printed = print_trigger(text)
    assert print_trigger(printed) == printed


@given(TRIGGERS, EVENTS)
def test_a_valid_trigger_gives_a_boolean_for_every_event(text: str, event: dict[str, Any]) -> None:
    assert compile_trigger(text)(event) in (True, False)


@given(TRIGGERS, EVENTS)
def test_a_printed_trigger_fires_for_the_same_events(text: str, event: dict[str, Any]) -> None:
    assert compile_trigger(print_trigger(text))(event) is compile_trigger(text)(event)


def place(text: str) -> int:
    """Where a text is faulty; 0 for one that is not."""
    try:
        compile_trigger(text)
    except TriggerError as error:
        return error.position.offset
    return 0


@given(st.text(max_size=40) | st.text(alphabet="ab. ()[],!=<>'\"\\and or in 1-+*", max_size=40))
def test_any_text_compiles_or_is_refused_with_its_place(text: str) -> None:
    assert 0 <= place(text) <= len(text)
