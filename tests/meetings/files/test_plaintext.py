"""Plain text: names, times, header lines, and lines of nobody."""

import pytest

from dealwright.meetings.files.plaintext import read_text


def _said(text: str) -> list[tuple[float, str, str]]:
    return [(one.start, one.speaker, one.text) for one in read_text(text)]


@pytest.mark.parametrize(
    "text",
    [
        "[00:01:02] Ana: Hello\n[00:01:09] Jonas Berg: Yes",
        "00:01:02 Ana: Hello\n1:09 Jonas Berg: Yes",
        "(1:02) Ana: Hello\n(1:09) - Jonas Berg: Yes",
        "Ana  1:02\nHello\n\nJonas Berg  1:09\nYes\n",
        "Ana (00:01:02)\nHello\nJonas Berg (00:01:09)\nYes",
    ],
)
def test_names_and_times_are_read_in_every_form(text: str) -> None:
    assert _said(text) == [(62.0, "Ana", "Hello"), (69.0, "Jonas Berg", "Yes")]


def test_names_without_times_are_enough() -> None:
    assert _said("Ana: Hello\nJo: Yes: of course") == [
        (0.0, "Ana", "Hello"),
        (0.0, "Jo", "Yes: of course"),
    ]


def test_a_line_without_a_name_goes_on_with_what_was_said() -> None:
    assert _said("Ana: Hello\nand welcome\nJo: Hi") == [
        (0.0, "Ana", "Hello and welcome"),
        (0.0, "Jo", "Hi"),
    ]


def test_without_speakers_each_line_is_an_utterance_of_nobody() -> None:
    assert _said("Hello.\n\nPlease call: on Monday.\nthanks\nbye") == [
        (0.0, "", "Hello."),
        (0.0, "", "Please call: on Monday."),
        (0.0, "", "thanks"),
        (0.0, "", "bye"),
    ]


def test_times_of_nobody_are_kept() -> None:
    assert _said("[0:05] hello there\n[0:09] bye") == [
        (5.0, "", "hello there"),
        (9.0, "", "bye"),
    ]


@pytest.mark.parametrize("text", ["", "  \n\t\n", "\0\0"])
def test_nothing_is_nothing(text: str) -> None:
    assert _said(text) == []


@pytest.mark.parametrize(
    "text", ["a" * 200_000, "A: " * 50_000, "1:" * 50_000, "[" * 100_000, " \u2028" * 50_000]
)
def test_a_line_without_end_costs_no_more_than_its_length(text: str) -> None:
    assert len(read_text(text)) <= 1
