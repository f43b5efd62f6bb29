"""The cards of a Connection in a configuration: sections, what may be written, notes of deals."""

from collections.abc import Iterator
from typing import Any

import msgspec
import sqlalchemy as sa

from dealwright.cards.section import switches
from dealwright.pipeline.config_file import WantedCard
from dealwright.pipeline.config_step import Sign, Step
from dealwright.store.cards import CardSettings, set_settings, settings
from dealwright.store.connections import Connection


def card_steps(db: sa.Connection, found: Connection, wanted: WantedCard | None) -> Iterator[Step]:
    """What differs between the cards of a file and those of the hub."""
    if wanted is None:
        return
    where = f"connection {found.name}: card"
    if unknown := sorted(set(wanted.sections or ()) - switches().keys()):
        known = ", ".join(switches())
        text = f"{where}: there is no section {unknown[0]}. There are: {known}"
        yield Step(sign=Sign.FAULT, text=text)
        return
    old = settings(db, found.id)
    new = _wished(old, wanted)
    for key in ("sections", "writes_forbidden", "deal_notes"):
        was, will = getattr(old, key), getattr(new, key)
        if was != will:

            def do(db: sa.Connection, now_ms: int) -> None:
                set_settings(db, found.id, chosen=new, now_ms=now_ms)

            text = f"{where}: {key}: {_shown(was)} → {_shown(will)}"
            yield Step(sign=Sign.CHANGE, text=text, do=do)


def exported_card(db: sa.Connection, connection_id: int) -> dict[str, Any]:
    """The cards of a Connection as a file has them; nothing where all is as it is by default."""
    found = settings(db, connection_id)
    if found == CardSettings():
        return {}
    told: dict[str, Any] = {
        "writes_forbidden": list(found.writes_forbidden),
        "deal_notes": found.deal_notes,
    }
    if found.sections is not None:
        told["sections"] = list(found.sections)
    return {"card": told}


def _wished(old: CardSettings, wanted: WantedCard) -> CardSettings:
    new = old
    if wanted.sections is not None:
        new = new.switched(wanted.sections, known=switches().keys())
    if wanted.writes_forbidden is not None:
        new = msgspec.structs.replace(new, writes_forbidden=tuple(wanted.writes_forbidden))
    if wanted.deal_notes is not None:
        new = msgspec.structs.replace(new, deal_notes=wanted.deal_notes)
    return new


def _shown(value: Any) -> str:
    return "as it is by default" if value is None else msgspec.json.encode(value).decode()
