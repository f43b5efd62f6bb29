"""Somebody is forgotten: wherever and however they were named."""

import pytest

from dealwright.meetings.meeting import Attendee, Meeting, Segment
from dealwright.meetings.redaction import subject_in, without_person

ADA = Attendee(name="Ada Lee Keller", emails=("ada@love.example",), phones=("070-123 45 67",))
BO = Attendee(name="Bo Keller", emails=("bo@love.example",))


def said(text: str) -> str:
    """What is left of an utterance."""
    told = Meeting(
        key="k", source="s", attendees=(ADA, BO), transcript=(Segment(start=0, text=text),)
    )
    who = subject_in(told, emails={"ada@love.example"}, phones={"+46701234567"}, region="SE")
    assert who is not None
    return without_person(told, who, region="SE").transcript[0].text


@pytest.mark.parametrize(
    "text",
    [
        "Ada Lee Keller",
        "ADA LEE  KELLER",
        "ada@love.example",
        "ADA@LOVE.example",
        "Ada",
        "+46 70 123 45 67",
        "070-123 45 67",
        "0701234567",
    ],
)
def test_every_way_of_naming_them_goes(text: str) -> None:
    assert said(f"So {text}, then.") == "So Removed person, then."


@pytest.mark.parametrize("text", ["Bo Keller", "Adagio", "ada", "by 2026-11-18", "bo@love.example"])
def test_what_is_not_them_stays(text: str) -> None:
    assert said(f"So {text}, then.") == f"So {text}, then."


def test_who_was_not_there_is_nobody() -> None:
    told = Meeting(key="k", source="s", attendees=(BO,))
    assert subject_in(told, emails={"ada@love.example"}, phones=set(), region=None) is None
