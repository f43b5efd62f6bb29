"""Card set-up: what the four steps of a connector save, each by itself, and what they begin with.

What is changed is written down with who changed it, as when the API changes it.
"""

from collections.abc import Collection, Mapping
from typing import Final

import msgspec
import sqlalchemy as sa

from dealwright.cards.locale import locale_of
from dealwright.cards.pages.setup import DEFAULT_NAME, WRITES, Setup
from dealwright.cards.pages.toasts import Toast
from dealwright.cards.section import switches
from dealwright.core.cardform import FormFault
from dealwright.core.people import Principal
from dealwright.core.zone import zone_of
from dealwright.pipedrive.urls import company_of
from dealwright.pipeline.connecting import told
from dealwright.store import cards as stored
from dealwright.store.audit import record
from dealwright.store.behaviour import make_default, set_behaviour, set_name
from dealwright.store.connections import Connection, ConnectionState, Run, connection

LONGEST_NAME: Final = 200
_LONGEST_ZONE: Final = 64
_UTC: Final = frozenset({"UTC", "GMT", "Z"})

#: Sections are modules: found here, not while somebody waits.
_SWITCHES: Final = tuple(switches())


def setup_of(db: sa.Connection, connection_id: int, *, user_id: int) -> Setup:
    """How a Connection is set up, and what its reader chose for himself. Raises NotFound."""
    one, chosen = connection(db, connection_id), stored.settings(db, connection_id)
    forbidden = chosen.writes_forbidden
    return Setup(
        connection=one.id,
        name=one.name,
        company=company_of(one.base_url),
        off=chosen.off(_SWITCHES),
        forbidden=tuple(key for key in WRITES if key in forbidden),
        automatic=one.run is Run.AUTOMATIC,
        default=one.is_default,
        locale=stored.reader(db, user_id).locale,
        has_token=one.state is not ConnectionState.DISABLED,
    )


def drafted(carried: Mapping[str, str]) -> Setup:
    """A connector that is not there yet, as far as its steps have gone."""
    on, writes = carried.get("on"), carried.get("writes")
    return Setup(
        name=carried.get("name") or DEFAULT_NAME,
        off=() if on is None else tuple(key for key in _SWITCHES if key not in on.split(",")),
        forbidden=()
        if writes is None
        else tuple(key for key in WRITES if key not in writes.split(",")),
        carried=dict(carried),
    )


def checked_name(name: str) -> str:
    """A name as it is kept; an empty one is the usual one. Raises FormFault."""
    if len(name) > LONGEST_NAME:
        raise FormFault(Toast.NAME_LONG)
    return name or DEFAULT_NAME


def checked_choices(keys: Collection[str], there: Collection[str]) -> tuple[str, ...]:
    """Those that are switched on. Raises FormFault for one that there is not."""
    if not set(keys) <= set(there):
        raise FormFault("What was chosen is not in the list. Open the card again.")
    return tuple(key for key in there if key in keys)


def save_name(
    db: sa.Connection, connection_id: int, *, name: str, who: Principal, now_ms: int
) -> None:
    """Step 1."""
    before = connection(db, connection_id)
    set_name(db, connection_id, name=name)
    _note_connection(db, before, who=who, now_ms=now_ms)


def save_actions(
    db: sa.Connection,
    connection_id: int,
    *,
    on: Collection[str],
    allowed: Collection[str],
    who: Principal,
    now_ms: int,
) -> None:
    """Step 2: features that are on, and what may be written; the order of sections stays."""
    before = stored.settings(db, connection_id)
    order = [*(before.sections or ()), *_SWITCHES]
    after = before.switched([key for key in order if key in on], known=_SWITCHES)
    # Ops that somebody has forbidden by name are not in this step.
    named = [key for key in before.writes_forbidden if key not in WRITES]
    forbidden = tuple(sorted({*named, *(key for key in WRITES if key not in allowed)}))
    after = msgspec.structs.replace(after, writes_forbidden=forbidden)
    if after.off(_SWITCHES) == before.off(_SWITCHES) and forbidden == before.writes_forbidden:
        return
    stored.set_settings(db, connection_id, chosen=after, now_ms=now_ms)
    record(
        db,
        at_ms=now_ms,
        principal=who,
        action="card_settings.update",
        target=f"connection:{connection_id}",
        before=msgspec.to_builtins(before),
        after=msgspec.to_builtins(after),
    )


def save_behaviour(
    db: sa.Connection,
    connection_id: int,
    *,
    run: Run,
    default: bool,
    who: Principal,
    now_ms: int,
) -> None:
    """Step 4. One Connection is always the default: raises FormFault where none would be."""
    before = connection(db, connection_id)
    if before.is_default and not default:
        raise FormFault(Toast.ONE_SHOWN)
    set_behaviour(db, connection_id, run=run, shown=True if default else None)
    if default and not before.is_default:
        make_default(db, connection_id)
    _note_connection(db, before, who=who, now_ms=now_ms)


def save_reader(
    db: sa.Connection, chosen: stored.CardReader, *, who: Principal, user_id: int, now_ms: int
) -> None:
    """What a reader chose for himself."""
    before = stored.reader(db, user_id)
    if chosen == before:
        return
    stored.set_reader(db, user_id, chosen=chosen, now_ms=now_ms)
    record(
        db,
        at_ms=now_ms,
        principal=who,
        action="card_reader.update",
        target=f"user:{user_id}",
        before=msgspec.to_builtins(before),
        after=msgspec.to_builtins(chosen),
    )


def checked_locale(tag: str) -> str:
    """A locale that can be used, or "" for that of the mailbox. Raises FormFault."""
    if tag and locale_of(tag) is None:
        raise FormFault("What was chosen is not in the list. Open the card again.")
    return tag


def checked_zone(name: str) -> str:
    """A time zone's name, or "" for that of the mailbox. Raises FormFault."""
    known = name.upper() in _UTC or str(zone_of(name)) == name
    if name and (len(name) > _LONGEST_ZONE or not known):
        raise FormFault(Toast.NO_ZONE)
    return name


def _note_connection(db: sa.Connection, before: Connection, *, who: Principal, now_ms: int) -> None:
    after = connection(db, before.id)
    if told(after) == told(before):
        return
    record(
        db,
        at_ms=now_ms,
        principal=who,
        action="connection.update",
        target=f"connection:{before.id}",
        before=told(before),
        after=told(after),
    )
