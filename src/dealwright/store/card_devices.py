"""Devices: browsers and mail programs that show cards, and the one-time codes that open them.

A code without a device pairs a new one; a code of a device opens one card in it. Of tokens and
codes only a hash is kept.
"""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from dealwright.core.secret import Secret
from dealwright.store.card_tables import card_codes, card_devices

#: So long somebody may take to copy a code from the hub into the panel.
PAIR_MS: Final = 600_000

#: So long a panel may take to load a card.
OPEN_MS: Final = 60_000

#: That a device is in use is noted so often, and not with each card.
_TOUCH_MS: Final = 60_000

#: Nothing that is mistaken for something else when it is copied by hand.
_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIR_LENGTH: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A browser or mail program that shows cards for a user.

    `origin` is that of the extension, such as `chrome-extension://…`: the only page that may frame
    a card of this device.
    """

    id: int
    user_id: int
    label: str
    origin: str
    may_write: bool
    created_at_ms: int
    seen_at_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDevice:
    """What a device says of itself when it is paired."""

    label: str
    origin: str


def devices(db: sa.Connection, *, user_id: int | None = None) -> list[Device]:
    """The devices of a user, or of everybody; oldest first."""
    chosen = sa.select(*_DEVICE).order_by(card_devices.c.id)
    if user_id is not None:
        chosen = chosen.where(card_devices.c.user_id == user_id)
    return [_device(row) for row in db.execute(chosen)]


def device(db: sa.Connection, token: str) -> Device | None:
    """Whose device this is; None for one that was revoked, or that there never was."""
    return _chosen(db, card_devices.c.token_hash == _hash(token))


def device_by_id(db: sa.Connection, device_id: int) -> Device | None:
    """A device; None for one that was revoked, or that there never was."""
    return _chosen(db, card_devices.c.id == device_id)


def touch_device(db: sa.Connection, found: Device, *, now_ms: int) -> None:
    """Note that a device is in use, once a minute."""
    if now_ms - (found.seen_at_ms or 0) < _TOUCH_MS:
        return
    mine = card_devices.c.id == found.id
    db.execute(sa.update(card_devices).where(mine).values(seen_at_ms=now_ms))


def revoke_device(
    db: sa.Connection, device_id: int, *, user_id: int | None = None
) -> Device | None:
    """Take a device away, and its codes; None when there is no such, or it is somebody else's."""
    found = device_by_id(db, device_id)
    if found is None or user_id not in {None, found.user_id}:
        return None
    db.execute(sa.delete(card_devices).where(card_devices.c.id == device_id))
    return found


# -- pairing


def new_pairing(db: sa.Connection, *, user_id: int, may_write: bool, now_ms: int) -> Secret:
    """A code with which one device is paired, within ten minutes; the one before is void."""
    waiting = (card_codes.c.user_id == user_id) & card_codes.c.device_id.is_(None)
    db.execute(sa.delete(card_codes).where(waiting))
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_PAIR_LENGTH))
    _put(db, letters, {"user_id": user_id, "may_write": int(may_write)}, until_ms=now_ms + PAIR_MS)
    return Secret("-".join(letters[at : at + 4] for at in range(0, _PAIR_LENGTH, 4)))


def pair(
    db: sa.Connection, code: str, *, new: NewDevice, now_ms: int
) -> tuple[Device, Secret] | None:
    """Make a device of whoever brings the code, which is used up; its token is told this once.

    None for a code that is used, too old or none of ours.
    """
    row = _take(db, _typed(code), card_codes.c.device_id.is_(None), now_ms=now_ms)
    if row is None:
        return None
    token = f"dwc_{secrets.token_urlsafe(32)}"
    values = {
        "token_hash": _hash(token),
        "user_id": row.user_id,
        "label": new.label,
        "origin": new.origin,
        "may_write": row.may_write,
        "created_at_ms": now_ms,
    }
    made = sa.insert(card_devices).values(values).returning(*_DEVICE)
    return _device(db.execute(made).one()), Secret(token)


# -- opening a card


def new_opening(db: sa.Connection, found: Device, *, now_ms: int) -> Secret:
    """A code that opens a card in a device, once and within a minute."""
    token = secrets.token_urlsafe(32)
    values = {"user_id": found.user_id, "device_id": found.id, "may_write": int(found.may_write)}
    _put(db, token, values, until_ms=now_ms + OPEN_MS)
    return Secret(token)


def take_opening(db: sa.Connection, code: str, *, now_ms: int) -> Device | None:
    """The device whose code this is, which is used up; None for none of ours."""
    row = _take(db, code, card_codes.c.device_id.is_not(None), now_ms=now_ms)
    return None if row is None else device_by_id(db, row.device_id)


def _put(db: sa.Connection, code: str, values: dict[str, Any], *, until_ms: int) -> None:
    db.execute(
        sa.insert(card_codes).values(code_hash=_hash(code), expires_at_ms=until_ms, **values)
    )


def _take(
    db: sa.Connection, code: str, kind: sa.ColumnElement[bool], *, now_ms: int
) -> sa.Row[Any] | None:
    db.execute(sa.delete(card_codes).where(card_codes.c.expires_at_ms <= now_ms))
    mine = (card_codes.c.code_hash == _hash(code)) & kind
    # One statement: of two who bring the same code only one is given the row.
    return db.execute(sa.delete(card_codes).where(mine).returning(*card_codes.c)).one_or_none()


def _typed(code: str) -> str:
    return "".join(letter for letter in code.upper() if letter in _LETTERS)


_DEVICE = tuple(column for column in card_devices.c if column.name != "token_hash")


def _chosen(db: sa.Connection, condition: sa.ColumnElement[bool]) -> Device | None:
    row = db.execute(sa.select(*_DEVICE).where(condition)).one_or_none()
    return None if row is None else _device(row)


def _device(row: sa.Row[Any]) -> Device:
    return Device(
        id=row.id,
        user_id=row.user_id,
        label=row.label,
        origin=row.origin,
        may_write=bool(row.may_write),
        created_at_ms=row.created_at_ms,
        seen_at_ms=row.seen_at_ms,
    )


def _hash(token: str) -> str:
    """How a token is kept; a fast hash is right, for what is drawn is long enough."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
