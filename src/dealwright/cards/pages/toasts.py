"""What a press is answered with in one line."""

from enum import StrEnum

from dealwright.cards.known import Reader
from dealwright.cards.voice import voice_of


class Toast(StrEnum):
    """The lines, in English."""

    EXPIRED = "That button is older than a day. Open the message again."
    FOREIGN = "That button was made for somebody else. Open the message again."
    FORBIDDEN = "This connector does not allow that from the card."
    READ_ONLY = "You may look, but not change anything here."
    NEEDED = "{field} is needed."
    SAVED = "Saved in Pipedrive."
    ADDED = "Added to Pipedrive."
    WRITING = "Being written. Refresh in a moment."
    DONE = "Marked as done."
    NOT_DONE = "Marked as not done."
    WON = "Won!"
    LOST = "Marked as lost."
    LOGGED = "Logged."
    LOGGED_BEFORE = "Already logged on {places}."
    FAILED = "That did not work: {reason}"
    UNREADABLE = "The form could not be read. Open the message again."
    NOTHING_CHOSEN = "Choose something first."
    KEY_GOOD = "The token works."
    KEY_BAD = "Pipedrive refuses this token."
    NOT_FOUND = "Nobody has this address."


def toast(reader: Reader, line: Toast, **values: object) -> str:
    """The line in the reader's language, of at most 200 characters, without anything like a tag."""
    said = voice_of(reader).say(str(line), **values).replace("<", "\u2039")
    return said if len(said) <= 200 else said[:199] + "…"
