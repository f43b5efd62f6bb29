"""Each line of the troubleshooting list, answered for a meeting that has the fault."""

from typing import Any

import pytest

from dealwright.meetings.deciding import Becomes
from dealwright.meetings.outcome import (
    Conflict,
    DealChoice,
    Matched,
    MeetingResult,
    NearMiss,
    Seen,
)
from dealwright.meetings.participants import Role
from dealwright.meetings.why import ASKED, Answer, Fix, Question, Standing, answers

NOT_WRITTEN = [end for end in Becomes if end not in {Becomes.SYNCED, Becomes.FORBIDDEN}]


def asked(question: Question, *, standing: Standing | None = None, **told: Any) -> list[Answer]:
    """The answers to one question; all stands well but what is told."""
    well = Standing(state="synced", connection="ok", notes=1, activities=1)
    result = MeetingResult(**{"state": "synced", **told})
    return [one for one in answers(result, standing or well) if one.question is question]


def standing(**told: Any) -> Standing:
    """How things stand where nothing is written."""
    return Standing(**{"state": "synced", "connection": "ok", **told})


@pytest.mark.parametrize("question", list(Question))
def test_a_meeting_that_stands_as_it_should_raises_no_question(question: Question) -> None:
    assert asked(question) == []


@pytest.mark.parametrize("question", list(Question))
def test_every_question_is_asked_as_a_person_asks(question: Question) -> None:
    assert ASKED[question].endswith("?")


@pytest.mark.parametrize("end", NOT_WRITTEN)
def test_each_state_without_a_note_says_why(end: Becomes) -> None:
    (answer,) = asked(Question.NO_NOTE, standing=standing(state=end.value))
    assert (answer.code, answer.sentence) == (end.code, end.sentence)


def test_a_guest_without_address_and_number_can_be_chosen() -> None:
    (answer,) = asked(Question.NO_NOTE, standing=standing(state=Becomes.ANONYMOUS.value))
    assert Fix.CHOOSE_PERSON in answer.fixes


def test_a_summary_that_is_still_made_is_waited_for() -> None:
    (answer,) = asked(Question.NO_NOTE, standing=standing(state=Becomes.PENDING.value))
    assert Fix.WAIT in answer.fixes


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"connection": ""}, "no_connection"),
        ({"delivery": "failed", "delivery_code": "unavailable"}, "unavailable"),
        ({"delivery": "queued"}, "queued"),
    ],
)
def test_a_note_that_is_not_there_yet_says_why(more: dict[str, str], code: str) -> None:
    (answer,) = asked(Question.NO_NOTE, standing=standing(**more))
    assert answer.code == code


def test_a_person_without_a_deal_says_so() -> None:
    deal = DealChoice(deal_id=None, why="person_has_no_deal")
    (answer,) = asked(Question.NOT_ON_DEAL, deal=deal)
    assert (answer.code, answer.fixes) == ("person_has_no_deal", (Fix.LINK_DEAL,))


def test_a_deal_that_was_not_linked_says_which_was_taken() -> None:
    (answer,) = asked(Question.NOT_ON_DEAL, deal=DealChoice(deal_id=8, why="latest_created"))
    assert "deal 8" in answer.sentence


def test_a_linked_deal_that_is_gone_is_named() -> None:
    deal = DealChoice(deal_id=8, why="latest_created")
    (answer,) = asked(Question.NOT_ON_DEAL, deal=deal, warnings=("linked_deal_not_found:77",))
    assert "deal 77" in answer.sentence


@pytest.mark.parametrize(
    "reason", ["activity_type_not_found", "activity_forbidden", "activities_off"]
)
def test_each_reason_for_no_activity_is_a_sentence(reason: str) -> None:
    (answer,) = asked(
        Question.NO_ACTIVITY,
        standing=standing(notes=1),
        conversation_type="Demo",
        activity_reason=reason,
    )
    assert answer.sentence.endswith(".")
    assert answer.fixes


def test_what_comes_close_to_the_type_is_told() -> None:
    (answer,) = asked(
        Question.NO_ACTIVITY,
        standing=standing(notes=1),
        conversation_type="demo",
        activity_reason="activity_type_not_found",
        near_misses=(NearMiss(name="Demo", why="case"),),
    )
    assert "“Demo” differs in capital letters" in answer.sentence


@pytest.mark.parametrize(
    ("why", "chosen", "words"),
    [
        ("duplicate_email", 101, "person 101 was taken"),
        ("shared_phone", None, "nobody was taken"),
    ],
)
def test_several_persons_are_named(why: str, chosen: int | None, words: str) -> None:
    conflict = Conflict(participant="Jonas", why=why, candidates=(101, 102), chosen=chosen)
    (answer,) = asked(Question.WRONG_PERSON, conflicts=(conflict,))
    assert words in answer.sentence
    assert Fix.CHOOSE_PERSON in answer.fixes


def test_how_a_person_was_found_is_told() -> None:
    jonas = Seen(role=Role.EXTERNAL, name="Jonas", match=Matched.PHONE, person_id=101)
    (answer,) = asked(Question.WRONG_PERSON, participants=(jonas,))
    assert answer.sentence == "Jonas is person 101, by phone number."


def test_an_expired_token_asks_to_reconnect() -> None:
    (answer,) = asked(Question.STOPPED, standing=standing(connection="reauth", notes=1))
    assert answer.fixes == (Fix.RECONNECT,)


def test_an_edited_note_is_named() -> None:
    (answer,) = asked(Question.CHANGED_BY_PEOPLE, edited=("note 7",))
    assert "note 7" in answer.sentence
