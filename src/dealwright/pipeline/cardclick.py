"""Card clicks: who presses a button, with what filled in, and what it comes to."""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import NamedTuple

from dealwright.cards.card import Card
from dealwright.cards.known import Reader
from dealwright.core.cardform import Form
from dealwright.core.cardstate import ButtonState
from dealwright.core.people import Principal, PrincipalKind, Role

Wake = Callable[[int], None]
"""Wakes the drain of a Connection."""


class MailFacts(NamedTuple):
    """An e-mail that is to be logged: its Message-ID, its subject, and when it was sent (UTC)."""

    message_id: str
    subject: str
    day: str
    time: str


MailOf = Callable[[str], Awaitable[MailFacts | None]]
"""Reads the e-mail of a message id, where whoever clicks allows that."""


class Clicker(NamedTuple):
    """Who clicks: for whom buttons were signed, and what he may. `connections` None: all.

    `may_configure`: set up Connections, as the role that he has in the hub may.
    """

    key: str
    user_id: int
    name: str
    connections: tuple[int, ...] | None = None
    may_write: bool = True
    may_configure: bool = False
    role: Role = Role.MEMBER

    @property
    def principal(self) -> Principal:
        """Who it is, for the audit log."""
        return Principal(kind=PrincipalKind.USER, id=self.user_id, name=self.name, role=self.role)


class Place(StrEnum):
    """Where the card of an answer stands, among those that lie on each other in a mailbox."""

    HERE = "here"
    ABOVE = "above"
    BELOW = "below"
    LOWEST = "lowest"


class Clicked(NamedTuple):
    """What a click came to: a card and where it stands, or only a notice.

    `suggestions` answer what is being typed. `refused`: nothing was looked at, nor done. `back`: to
    the card below.
    """

    card: Card | None = None
    notice: str = ""
    suggestions: tuple[str, ...] | None = None
    refused: bool = False
    place: Place = Place.HERE
    back: bool = False


class Press(NamedTuple):
    """A button, who pressed it, and what was filled in."""

    state: ButtonState
    by: Clicker
    form: Form
    reader: Reader
    mail_of: MailOf | None = None
