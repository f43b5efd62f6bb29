"""Paging: lists in pages, newest first; what comes meanwhile never moves what is on the next."""

import base64
import binascii
from typing import Annotated, Final, Generic, TypeVar

import msgspec
from fastapi import Query
from pydantic import BaseModel, Field

from dealwright.web.api.refusals import InvalidCursor

T = TypeVar("T")

MOST: Final = 200

Limit = Annotated[int, Query(ge=1, le=MOST, description="At most so many.")]
Cursor = Annotated[
    str | None,
    Query(max_length=200, description="`next_cursor` of the page before; the first without."),
]


class Page(BaseModel, Generic[T]):
    """One page of a list. A page may hold fewer than asked for while there is a `next_cursor`."""

    items: list[T]
    next_cursor: str | None = Field(
        default=None, description="Where the next page begins; null: this is the last."
    )


class _Place(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    of: str
    before: int


def cursor_before(of: str, before: int) -> str:
    """Where the next page of a list begins. Opaque: nobody should build one."""
    packed = msgspec.json.encode(_Place(of=of, before=before))
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def place_of(cursor: str | None, *, of: str) -> int | None:
    """Before which number a page begins; raises InvalidCursor for what is no cursor of this list.

    >>> place_of(cursor_before("events", 7), of="events")
    7
    """
    if cursor is None:
        return None
    try:
        packed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        place = msgspec.json.decode(packed, type=_Place)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        place = None
    if place is None or place.of != of or not 0 < place.before < 2**62:
        raise InvalidCursor("This cursor is of no page of this list: begin without one.")
    return place.before
