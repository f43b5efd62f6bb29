"""Alert: what is wrong with a hub, as it is said outside of it: once when it begins, once after."""

from dataclasses import dataclass
from enum import StrEnum

from dealwright.core.clock import from_ms


class AlertKind(StrEnum):
    """What an alert is about. `test` is sent by a command and stands for nothing."""

    DRIFT = "drift"
    CONNECTION = "connection"
    BUDGET = "budget"
    DEAD_LETTERS = "dead_letters"
    MIRROR = "mirror"
    REVIEW = "review"
    TEST = "test"


class Word(StrEnum):
    """What is said of an alert."""

    RAISED = "raised"
    RECOVERED = "recovered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a channel is to say. `id` is the same however often it is sent."""

    id: str
    kind: AlertKind
    word: Word
    title: str
    text: str
    at_ms: int
    connection_id: int = 0

    @property
    def subject(self) -> str:
        """The first line."""
        return f"Dealwright: {'recovered: ' if self.word is Word.RECOVERED else ''}{self.title}"

    @property
    def body(self) -> str:
        """All of it, as plain text."""
        return f"{self.text}\n\n{from_ms(self.at_ms):%Y-%m-%d %H:%M} UTC\n"
