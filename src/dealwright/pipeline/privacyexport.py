"""PrivacyExport: everything of somebody as a ZIP that people and programs can read."""

import io
import zipfile
from typing import Any, Final

import msgspec

from dealwright.core.clock import Clock
from dealwright.pipeline.meetingexport import export_person
from dealwright.pipeline.privacyfind import Asked, Found, find, known_of, places, walk
from dealwright.store.engine import Store
from dealwright.store.privacy_scan import shown
from dealwright.store.secrets import Vault

_README: Final = """\
This archive has everything that a Dealwright hub held of one person at {at}.

person.json     By what the person is known here (addresses, numbers, ids of senders, persons of
                Pipedrive), and where each of that was found.
summary.json    How much stands in each place. "theirs": rows of the person's own. "named": rows of
                somebody else in which the person is named; they are counted and not copied, for
                they are of other people. "held": rows that a legal hold keeps.
data/           One file for each place, with the person's own rows, one JSON object a line. Times
                that end with _ms are milliseconds since 1970, UTC.
meetings/       Every meeting that the person was in or invited to, as Markdown and as vCon.
pipedrive.json  The person's records in Pipedrive itself, with links. Pipedrive has an export of its
                own; nothing of it is in this archive but what the hub's mirror had copied.

Recordings of meetings are not in this archive: they are played, and fetched, from the meeting's
page. Backups of the hub's database are not in it either.
"""

#: What of a row is of use to nobody outside.
_LEFT_OUT: Final = frozenset({"keys", "lanes", "envelope"})


async def export(store: Store, vault: Vault, asked: Asked, *, clock: Clock) -> tuple[bytes, Found]:
    """The ZIP, and what is in it; raises StoreUnavailable and ConfigError (`wrong_key`)."""
    found = await find(store, vault, asked)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        at = clock.now().isoformat(timespec="seconds")
        archive.writestr("README.txt", _README.format(at=at))
        archive.writestr("person.json", _json(found.known_as))
        summary = {"places": found.places, "meetings": found.meetings, "held": found.held}
        archive.writestr("summary.json", _json(summary))
        archive.writestr("pipedrive.json", _json(found.in_pipedrive))
        await _rows(archive, store, vault, found)
        await _meetings(archive, store, found)
    return packed.getvalue(), found


async def _rows(archive: zipfile.ZipFile, store: Store, vault: Vault, found: Found) -> None:
    sought = found.sought
    for place in places(vault):
        lines: list[bytes] = []
        async for look in walk(store, place, sought):
            lines += [_line(hit.row) for hit in look.hits if hit.is_theirs]
        if lines:
            name = place.name.replace(": ", "-").replace(" ", "-")
            archive.writestr(f"data/{name}.jsonl", b"\n".join(lines) + b"\n")


async def _meetings(archive: zipfile.ZipFile, store: Store, found: Found) -> None:
    known = known_of(found.sought)
    if known is None or not (found.meetings or found.held):
        return
    told = await store.read(lambda db: export_person(db, known))
    with zipfile.ZipFile(io.BytesIO(told)) as inner:
        for name in inner.namelist():
            archive.writestr(f"meetings/{name}", inner.read(name))


def _line(row: Any) -> bytes:
    told = {key: value for key, value in shown(row).items() if key not in _LEFT_OUT}
    return msgspec.json.encode(told)


def _json(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"
