"""Next steps as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealwright.meetings.meeting import ActionItem
from dealwright.meetings.steps import steps_of_text, steps_text

WORDS = st.text(alphabet="abc déf", min_size=1, max_size=20).map(
    lambda text: f"x{' '.join(text.split())}"
)


@pytest.mark.parametrize(
    ("line", "item"),
    [
        ("Send it", ActionItem(text="Send it")),
        ("Ada Keller: send it", ActionItem(text="send it", owner="Ada Keller")),
        ("- send it (due Friday)", ActionItem(text="send it", due="Friday")),
        ("[x] Ada: send it", ActionItem(text="send it", owner="Ada", done=True)),
        ("See https://a.example/b", ActionItem(text="See https://a.example/b")),
    ],
)
def test_a_line_is_a_step(line: str, item: ActionItem) -> None:
    assert steps_of_text(line) == (item,)


def test_empty_lines_are_none() -> None:
    assert steps_of_text("\n  \n- \n") == ()


@given(st.lists(st.builds(ActionItem, text=WORDS, owner=WORDS, due=WORDS, done=st.booleans())))
def test_steps_are_read_as_they_were_written(items: list[ActionItem]) -> None:
    assert steps_of_text(steps_text(items)) == tuple(items[:100])
