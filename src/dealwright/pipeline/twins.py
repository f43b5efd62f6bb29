"""Twins: of whom we made, somebody else has made the like at about the same time.

Pipedrive has no call that makes a record only if it is not there, so another program can do so
between our look and our Create. It cannot be prevented; it is told as soon as it is heard of.
"""

from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa
import structlog

from dealwright.core.identifier import IdentifierKind
from dealwright.store.intents import claimed
from dealwright.store.mirror import MirrorRow, by_keys

_log = structlog.get_logger(__name__)

#: How the key begins that two people do not share.
_EMAIL: Final = f"{IdentifierKind.EMAIL.value}="


def tell_twins(db: sa.Connection, connection_id: int, new: Iterable[MirrorRow]) -> None:
    """Warn, in the log, of records that have an address of one that we made.

    They are heard of for the first time, and stand in the mirror by now, as those of ours do. Who
    is looked for by that address is Ambiguous from then on, or whom the rule takes.
    """
    for row in new:
        if addresses := [key for key in row.keys if key.startswith(_EMAIL)]:
            _tell(db, connection_id, row, addresses)


def _tell(db: sa.Connection, connection_id: int, row: MirrorRow, addresses: list[str]) -> None:
    found = by_keys(db, connection_id, row.kind, addresses)
    others = {one for ids in found.values() for one in ids} - {row.record_id}
    if not others:
        return
    for record_id in claimed(db, connection_id, kind=row.kind, record_ids=list(others)):
        _log.warning(
            "mirror.twins",
            connection_id=connection_id,
            kind=row.kind.value,
            made_by_us=record_id,
            made_by_others=row.record_id,
        )
