"""ReviewItem: one thing that waits for a person: what is asked, why, and what may be decided."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dealwright.core.delivery import State
from dealwright.core.question import Question
from dealwright.core.record import RecordId
from dealwright.meetings.deciding import Becomes
from dealwright.pipeline.reviewasking import PARENTS


class Do(StrEnum):
    """What a person may decide.

    CHOOSE this record or deal; TEACH that it is the one from now on; CREATE a new one; MAP_OPTION
    to one that the field has, or ADD_OPTION to it; LEAVE_OUT the field; RETRY as it is; SKIP it.
    """

    CHOOSE = "choose"
    TEACH = "teach"
    CREATE = "create"
    MAP_OPTION = "map_option"
    ADD_OPTION = "add_option"
    LEAVE_OUT = "leave_out"
    RETRY = "retry"
    SKIP = "skip"


class Topic(StrEnum):
    """What kind of question an item is."""

    RECORD = "record"
    GUEST = "guest"
    DEAL = "deal"
    OPTION = "option"
    PARENT = "parent"
    VALUE = "value"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewChoice:
    """One thing that may be decided, in a sentence.

    `known` is what the mirror, or the account's list, knows of the record or option.
    """

    do: Do
    sentence: str
    record_id: RecordId | None = None
    option_id: int | None = None
    known: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewItem:
    """One thing that waits for a person.

    `id` stays while it waits (`delivery-123`, `meeting-7-guest-2`, `meeting-7-deal`, `meeting-7`);
    `version` changes when it is asked anew. `waiting` is how many wait for the same answer, this
    one among them. `meeting` is the meeting's public id, "" for events.
    """

    id: str
    version: str
    topic: Topic
    code: str
    asked: str
    why: str
    connection_id: int
    delivery_id: int
    since_ms: int
    waiting: int
    choices: tuple[ReviewChoice, ...]
    question: Question | None = None
    mapping_id: int = 0
    event_seq: int = 0
    meeting_id: int | None = None
    meeting: str = ""

    @property
    def same(self) -> str:
        """What all have in common that one answer settles; "" for one that is alone."""
        return self.question.same if self.question else ""

    @property
    def may(self) -> frozenset[Do]:
        """What can be decided of it."""
        return frozenset(one.do for one in self.choices)


#: Codes of held Deliveries that a person decides of; whatever else is held waits for its
#: Connection.
HELD: Final = {
    "needs_choice": Topic.RECORD,
    "unclear_create": Topic.RECORD,
    Becomes.NO_PERSON.code: Topic.GUEST,
    Becomes.AMBIGUOUS.code: Topic.GUEST,
    Becomes.ANONYMOUS.code: Topic.GUEST,
    Becomes.UNAVAILABLE.code: Topic.GUEST,
    Becomes.SEVERAL_DEALS.code: Topic.DEAL,
}

#: Codes of failed Deliveries that are nothing to decide of: a Mapping is wrong, or this program,
#: or nobody answered for days. All others are.
NOT_ASKED: Final = frozenset(
    {
        "defect",
        "event_gone",
        "invalid_liquid",
        "invalid_mapping",
        "invalid_trigger",
        "mapping_too_large",
        "timeout",
        "unavailable",
        "unknown_action",
        "unknown_method",
        "unreadable_answer",
        "unsupported_change",
        "unsupported_key",
        "upstream_error",
    }
)

_FAILED: Final = {
    "unknown_option": Topic.OPTION,
    "option_forbidden": Topic.OPTION,
    **dict.fromkeys(PARENTS, Topic.PARENT),
}


def topic_of(code: str) -> Topic:
    """What kind of question a code is."""
    return HELD.get(code) or _FAILED.get(code, Topic.VALUE)


def is_reviewed(state: State, code: str) -> bool:
    """Whether a Delivery in a state is something that a person decides of."""
    if state is State.HELD:
        return code in HELD
    return state is State.FAILED and code not in NOT_ASKED


def codes_of(topic: Topic) -> frozenset[str]:
    """The codes of a kind of question; of VALUE none, since it is all others."""
    known = {**HELD, **_FAILED}
    return frozenset(code for code, of in known.items() if of is topic is not Topic.VALUE)


#: All that have a topic of their own.
OWN_TOPIC: Final = frozenset(code for code, topic in _FAILED.items() if topic is not Topic.VALUE)


def delivery_item(delivery_id: int) -> str:
    """The id of what a Delivery of an event asks."""
    return f"delivery-{delivery_id}"


def meeting_item(meeting_id: int, topic: Topic, position: int) -> str:
    """The id of what a Meeting asks: of a guest, of its deal, or of all of it."""
    if topic is Topic.DEAL:
        return f"meeting-{meeting_id}-deal"
    return f"meeting-{meeting_id}-guest-{position}" if position else f"meeting-{meeting_id}"
