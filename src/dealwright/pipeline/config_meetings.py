"""The Sources of meetings of a configuration: what differs, and making it so."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from dealwright.core.errors import ConfigError, NotFound
from dealwright.meetings.settings import MeetingSettings
from dealwright.meetings.signatures import checked
from dealwright.meetings.source import Secret, Source
from dealwright.pipeline.config_file import WantedMeetingSource
from dealwright.pipeline.config_step import Do, Sign, Step
from dealwright.pipeline.meetingkeys import Keys, opened, sealed
from dealwright.pipeline.meetingsetup import (
    NewRecorder,
    add_recorder,
    recorder_of,
    settings_with,
)
from dealwright.store.connections import connection_by_name, list_connections
from dealwright.store.meeting_sources import (
    MeetingSource,
    list_meeting_sources,
    sealed_keys,
    set_home,
    set_keys,
    set_meeting_settings,
)
from dealwright.store.secrets import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """What references name, what seals it, and the recorders that there are."""

    named: Mapping[str, str]
    vault: Vault
    recorders: Mapping[str, Source]


def meeting_steps(
    db: sa.Connection, wanted: tuple[WantedMeetingSource, ...] | None, kit: Kit
) -> Iterator[Step]:
    """What differs between the Sources of meetings of a file and those of the hub."""
    if wanted is None:
        return
    there = {one.name: one for one in list_meeting_sources(db)}
    for want in wanted:
        try:
            yield from _steps(db, want, there.pop(want.name, None), kit)
        except (ConfigError, NotFound) as error:
            yield Step(sign=Sign.FAULT, text=f"meetings {want.name}: {error}")
    for name in there:
        yield Step(sign=Sign.ONLY_HERE, text=f"meetings {name}")


def exported_meetings(db: sa.Connection) -> list[dict[str, Any]]:
    """The Sources of meetings as a file has them: without what is as it is by default."""
    homes = {one.id: one.name for one in list_connections(db)}
    return [
        {
            "name": one.name,
            "kind": one.kind,
            **({"connection": homes[one.connection_id]} if one.connection_id in homes else {}),
            **({"settings": told} if (told := msgspec.to_builtins(one.settings)) else {}),
        }
        for one in list_meeting_sources(db)
    ]


def _steps(
    db: sa.Connection, want: WantedMeetingSource, found: MeetingSource | None, kit: Kit
) -> Iterator[Step]:
    source = recorder_of(want.kind, kit.recorders)
    home = None if want.connection is None else connection_by_name(db, want.connection).id
    proofs = [
        checked(source, Secret(value=kit.named[reference], scheme=want.scheme))
        for reference in (want.secret,)
        if reference is not None
    ]
    credentials = {key: kit.named[name] for key, name in want.credentials.items()}
    if found is None and not proofs:
        text = f"meetings {want.name}: it is new: name its secret. {source.proof}"
        yield Step(sign=Sign.FAULT, text=text)
        return
    if found is None:
        settings = settings_with(MeetingSettings(), want.settings)
        new = NewRecorder(
            name=want.name,
            source=source,
            secrets=proofs,
            credentials=credentials,
            settings=settings,
            connection_id=home,
        )
        yield Step(sign=Sign.NEW, text=f"meetings {want.name} of {want.kind}", do=_adding(new, kit))
        return
    if found.kind != want.kind:
        text = f"meetings {want.name}: it is of {found.kind}, which nothing changes: name it anew"
        yield Step(sign=Sign.FAULT, text=text)
        return
    yield from _settings(want, found)
    if home is not None and home != found.connection_id:
        where = f"meetings {want.name}: belong to {want.connection}"
        yield Step(sign=Sign.CHANGE, text=where, do=_homing(found.source_id, home))
    known = opened(sealed_keys(db, found.source_id), kit.vault)
    new_keys = known.with_credentials(credentials)
    for proof in proofs:
        new_keys = new_keys.with_secret(proof)
    if new_keys != known:
        where = f"meetings {want.name}: secret and credentials"
        yield Step(sign=Sign.CHANGE, text=where, do=_keying(found.source_id, new_keys, kit.vault))


def _settings(want: WantedMeetingSource, found: MeetingSource) -> Iterator[Step]:
    new = settings_with(found.settings, want.settings)
    for key in want.settings:
        old, wished = getattr(found.settings, key), getattr(new, key)
        if old != wished:
            shown = f"{_shown(old)} → {_shown(wished)}"
            text = f"meetings {want.name}: {key}: {shown}"
            yield Step(sign=Sign.CHANGE, text=text, do=_setting(found.source_id, new))


def _adding(new: NewRecorder, kit: Kit) -> Do:
    def do(db: sa.Connection, now_ms: int) -> None:
        add_recorder(db, new, vault=kit.vault, now_ms=now_ms)

    return do


def _setting(source_id: int, settings: MeetingSettings) -> Do:
    def do(db: sa.Connection, _: int) -> None:
        set_meeting_settings(db, source_id, settings=settings)

    return do


def _homing(source_id: int, connection_id: int) -> Do:
    def do(db: sa.Connection, _: int) -> None:
        set_home(db, source_id, connection_id=connection_id)

    return do


def _keying(source_id: int, keys: Keys, vault: Vault) -> Do:
    def do(db: sa.Connection, _: int) -> None:
        set_keys(db, source_id, sealed=sealed(keys, vault))

    return do


def _shown(value: Any) -> str:
    return msgspec.json.encode(value).decode()
