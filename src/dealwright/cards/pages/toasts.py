"""What a press is answered with in one line."""

from enum import StrEnum

from dealwright.cards.known import Reader
from dealwright.cards.voice import said

_MOST = 200


class Toast(StrEnum):
    """The lines, in English."""

    # Why nothing was done.
    UNKNOWN = "This button is not one of the hub's. Open the message again."
    EXPIRED = "That button is older than a day. Open the message again."
    FOREIGN = "That button was made for somebody else. Open the message again."
    NOT_YOURS = "This card is of an account that is not yours any more."
    NO_CONNECTOR = "This connector is not there any more."
    NOTHING_HERE = "This button does nothing here. Open the message again."
    FORBIDDEN = "This connector does not allow that from the card."
    READ_ONLY = "You may look, but not change anything here."
    ADMIN_ONLY = "Only an admin of the hub can change this."
    STANDS = "{name} cannot be written to now: {reason}"
    SWITCHED_OFF = "Nothing is written to {name} while delivering is switched off there."
    NO_RECORD = "This button names no record of Pipedrive."
    NO_MAIL = "Open the message again, then log it."
    TOO_FAST = "That was too fast. Wait a minute."
    NEEDED = "{field} is needed."
    UNREADABLE = "The form could not be read. Open the message again."
    NOTHING_CHOSEN = "Choose something first."
    NOT_FOUND = "Nobody has this address."
    FAILED = "That did not work: {reason}"
    # What was done.
    SAVED = "Saved."
    ADDED = "Added to Pipedrive."
    CONTACT_ADDED = "The contact was added."
    DEAL_ADDED = "The deal was added."
    NOTE_ADDED = "The note was added."
    ACTIVITY_ADDED = "The activity was added."
    DONE = "Marked as done."
    NOT_DONE = "Marked as not done."
    WON = "Won!"
    LOST = "Marked as lost."
    MOVED = "The deal was moved."
    LABELS_SET = "The labels were saved."
    OWNER_SET = "The owner was changed."
    ADDRESS_ADDED = "The address was added."
    LOGGED = "Logged."
    # What had been done before, or comes later.
    CONTACT_THERE = "This contact is there already."
    LOGGED_BEFORE = "This e-mail is logged already."
    ADDRESS_THERE = "The contact has this address already."
    UNCHANGED = "Nothing had to be changed."
    LONG_AGO = "This was done some time ago. Open the message again."
    WRITING = "Being written. Refresh in a moment."
    # Connectors.
    KEY_GOOD = "The token works."
    KEY_BAD = "Pipedrive refuses this token."
    KEY_NEEDED = "Paste the API token first."
    NAME_LONG = "This name is too long: 200 characters are enough."
    ONE_SHOWN = "One connector is always shown: switch this on at the other one instead."
    NO_ZONE = "There is no time zone of this name. Write it as Europe/Berlin."
    CONNECTED = "{name} is connected."
    CONNECTED_BEFORE = "{name} was connected already; its token is the new one now."


def toast(reader: Reader, line: Toast, **values: object) -> str:
    """The line in the reader's language, of at most 200 characters, without anything like a tag."""
    return _short(said(reader.locale, line.value, **values))


def told(reader: Reader, sentence: str) -> str:
    """A sentence of the hub's in the reader's language, as it is where the catalogue lacks it."""
    return _short(said(reader.locale, sentence))


def _short(words: str) -> str:
    plain = words.replace("<", "\u2039")
    return plain if len(plain) <= _MOST else plain[: _MOST - 1] + "…"
