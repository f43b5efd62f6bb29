"""Why: what people ask when a meeting does not stand where they expect it, answered for this one.

The questions are those of the troubleshooting list that the product was asked for: no note, no note
on the deal, no activity, the wrong person, nothing works any more.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from dealwright.meetings.deciding import SENTENCES, Becomes
from dealwright.meetings.outcome import Matched, MeetingResult, Seen
from dealwright.meetings.participants import Role


class Question(StrEnum):
    """What is asked."""

    NO_NOTE = "no_note"
    NOT_ON_DEAL = "not_on_deal"
    NO_ACTIVITY = "no_activity"
    WRONG_PERSON = "wrong_person"
    STOPPED = "stopped_working"
    CHANGED_BY_PEOPLE = "changed_by_people"


#: The questions as a person asks them.
ASKED: Final = {
    Question.NO_NOTE: "Why is there no note?",
    Question.NOT_ON_DEAL: "Why is the note not on the deal that I expected?",
    Question.NO_ACTIVITY: "Why is there no activity?",
    Question.WRONG_PERSON: "Why this person?",
    Question.STOPPED: "Why does nothing reach Pipedrive any more?",
    Question.CHANGED_BY_PEOPLE: "Why does the note not show the newest summary?",
}


class Fix(StrEnum):
    """What a person can do about it, as a button names it."""

    CHOOSE_PERSON = "choose_person"
    LINK_DEAL = "link_deal"
    RETRY = "retry"
    REFRESH_TYPES = "refresh_types"
    RECONNECT = "reconnect"
    SETTINGS = "settings"
    WAIT = "wait"


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One answer: a stable `code`, a sentence that says what is so, and what helps."""

    question: Question
    code: str
    sentence: str
    fixes: tuple[Fix, ...] = ()


class Standing(NamedTuple):
    """How things stand beside the meeting itself.

    `connection` is the state of the Connection ("" where it has none) and `connection_says` its
    reason; `delivery` and `delivery_code` are those of the newest Delivery, `delivery_says` its
    sentence. `notes` and `activities` count what stands in Pipedrive.
    """

    state: str
    connection: str
    connection_says: str = ""
    delivery: str = ""
    delivery_code: str = ""
    delivery_says: str = ""
    notes: int = 0
    activities: int = 0


_NOTE_FIXES: Final[dict[Becomes, tuple[Fix, ...]]] = {
    Becomes.PENDING: (Fix.WAIT, Fix.RETRY),
    Becomes.UNAVAILABLE: (Fix.CHOOSE_PERSON,),
    Becomes.ANONYMOUS: (Fix.CHOOSE_PERSON,),
    Becomes.AMBIGUOUS: (Fix.CHOOSE_PERSON,),
    Becomes.NO_PERSON: (Fix.CHOOSE_PERSON, Fix.SETTINGS),
    Becomes.SEVERAL_DEALS: (Fix.LINK_DEAL,),
    Becomes.EXCLUDED: (Fix.SETTINGS,),
    Becomes.INTERNAL_ONLY: (Fix.SETTINGS, Fix.CHOOSE_PERSON),
}


def answers(result: MeetingResult, standing: Standing) -> tuple[Answer, ...]:
    """Every question that this meeting raises, answered; () where all stands as it should."""
    return (
        *_stopped(standing),
        *_no_note(standing),
        *_not_on_deal(result, standing),
        *_no_activity(result, standing),
        *_wrong_person(result),
        *_by_people(result),
    )


def _stopped(standing: Standing) -> Iterator[Answer]:
    if standing.connection in {"", "ok"}:
        return
    sentence = standing.connection_says or f"The Connection is {standing.connection}."
    fixes = (Fix.RECONNECT,) if standing.connection in {"reauth", "error"} else ()
    code = f"connection_{standing.connection}"
    yield Answer(question=Question.STOPPED, code=code, sentence=sentence, fixes=fixes)


def _no_note(standing: Standing) -> Iterator[Answer]:
    if standing.notes:
        return
    known = next((end for end in Becomes if end == standing.state), None)
    if known is not None and known is not Becomes.SYNCED:
        fixes = _NOTE_FIXES.get(known, ())
        yield Answer(
            question=Question.NO_NOTE, code=known.code, sentence=SENTENCES[known], fixes=fixes
        )
    elif not standing.connection:
        yield Answer(
            question=Question.NO_NOTE,
            code="no_connection",
            sentence="No Pipedrive account is connected that this meeting belongs to.",
            fixes=(Fix.SETTINGS,),
        )
    elif standing.delivery in {"failed", "waiting", "held"}:
        yield Answer(
            question=Question.NO_NOTE,
            code=standing.delivery_code,
            sentence=standing.delivery_says,
            fixes=(Fix.RETRY,),
        )
    else:
        yield Answer(
            question=Question.NO_NOTE,
            code="queued",
            sentence="The meeting is in the queue; its note is written within a minute.",
            fixes=(Fix.WAIT,),
        )


def _not_on_deal(result: MeetingResult, standing: Standing) -> Iterator[Answer]:
    gone = [one for one in result.warnings if one.startswith("linked_deal_not_found:")]
    for warning in gone:
        number = warning.partition(":")[2]
        yield _deal(
            "linked_deal_not_found",
            f"The meeting is linked to deal {number}, which is deleted or was never there; the "
            "person's newest deal was taken.",
        )
    if result.deal is None or not standing.notes:
        return
    if result.deal.deal_id is None:
        yield _deal(
            result.deal.why,
            "The person has no deal, neither active nor archived, that the rule for deals allows, "
            "and the meeting is not linked to one.",
        )
    elif result.deal.why != "linked" and not gone:
        yield _deal(
            result.deal.why,
            f"The meeting is not linked to a deal, so the person's newest one, deal "
            f"{result.deal.deal_id}, was taken.",
        )


def _deal(code: str, sentence: str) -> Answer:
    return Answer(
        question=Question.NOT_ON_DEAL, code=code, sentence=sentence, fixes=(Fix.LINK_DEAL,)
    )


def _no_activity(result: MeetingResult, standing: Standing) -> Iterator[Answer]:
    if standing.activities or not standing.notes or not result.activity_reason:
        return
    code, name = result.activity_reason, result.conversation_type
    sentences = {
        "activity_type_not_found": f"No active activity type in Pipedrive is called “{name}”. "
        "Create or rename one so that it has exactly this name; nothing has to be reconnected.",
        "activity_forbidden": "Pipedrive refused the activity: the connected user may not add "
        "activities, or the plan has no room for more.",
        "activities_off": "Activities are switched off for this Source or conversation type.",
    }
    fixes = {
        "activity_type_not_found": (Fix.REFRESH_TYPES, Fix.SETTINGS),
        "activity_forbidden": (Fix.RETRY,),
        "activities_off": (Fix.SETTINGS,),
    }
    sentence = sentences.get(code, "")
    if misses := _near_misses(result):
        sentence = f"{sentence} {misses}"
    yield Answer(
        question=Question.NO_ACTIVITY, code=code, sentence=sentence, fixes=fixes.get(code, ())
    )


def _near_misses(result: MeetingResult) -> str:
    """What comes close, in words."""
    words = {"inactive": "is not active", "case": "differs in capital letters"}
    told = [f"“{miss.name}” {words[miss.why]}" for miss in result.near_misses]
    return f"Close to it: {', '.join(told)}." if told else ""


def _wrong_person(result: MeetingResult) -> Iterator[Answer]:
    for conflict in result.conflicts:
        ids = ", ".join(map(str, conflict.candidates))
        what = "e-mail address" if conflict.why == "duplicate_email" else "phone number"
        chosen = (
            f"person {conflict.chosen} was taken ({conflict.decided_by})"
            if conflict.chosen is not None
            else "nobody was taken"
        )
        yield Answer(
            question=Question.WRONG_PERSON,
            code=conflict.why,
            sentence=f"Persons {ids} have the {what} of {conflict.participant}; {chosen}. Merge "
            "them in Pipedrive, or give each an address of their own.",
            fixes=(Fix.CHOOSE_PERSON,),
        )
    if "phone_name_differs" in result.warnings:
        yield Answer(
            question=Question.WRONG_PERSON,
            code="phone_name_differs",
            sentence="The person was found by phone, and is called otherwise in Pipedrive: the "
            "number may have another owner by now.",
            fixes=(Fix.CHOOSE_PERSON,),
        )
    found = [one for one in result.participants if one.role is Role.EXTERNAL and one.person_id]
    if found:
        yield Answer(
            question=Question.WRONG_PERSON,
            code="matched",
            sentence=_matched(found),
            fixes=(Fix.CHOOSE_PERSON,),
        )


_HOW: Final = {
    Matched.LINKED: "as somebody said",
    Matched.EMAIL: "by e-mail address",
    Matched.PHONE: "by phone number",
    Matched.CREATED: "made for this meeting, for nobody was found",
}


def _matched(found: Sequence[Seen]) -> str:
    told = [
        f"{one.name or one.email or one.phone} is person {one.person_id}, "
        f"{_HOW.get(one.match, 'found') if one.match else 'found'}"
        for one in found
    ]
    return f"{'; '.join(told)}."


def _by_people(result: MeetingResult) -> Iterator[Answer]:
    if result.edited:
        yield Answer(
            question=Question.CHANGED_BY_PEOPLE,
            code="edited_in_pipedrive",
            sentence=f"Somebody edited {', '.join(result.edited)} in Pipedrive, and that stays. A "
            "setting can have new summaries follow it, or replace it.",
            fixes=(Fix.SETTINGS,),
        )
