"""Sources of meetings on the command line: made, tried, changed, and how they do."""

import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
import typer
from rich.markup import escape

from dealwright.app import outside, outside_of_senders
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.moments import moment
from dealwright.cli.output import Output, bold
from dealwright.core.errors import ConfigError
from dealwright.meetings.settings import MeetingSettings
from dealwright.meetings.signatures import checked
from dealwright.meetings.source import Access, Polled, Scheme, Secret, Source
from dealwright.parts import own_address
from dealwright.pipeline.meetingkeys import opened, sealed
from dealwright.pipeline.meetingsetup import (
    MadeRecorder,
    NewRecorder,
    add_recorder,
    made_secret,
    recorder_of,
    settings_with,
)
from dealwright.pipeline.polling import BACK
from dealwright.pipeline.providers import Providers, asked
from dealwright.recorders import recorders
from dealwright.store.connections import connection_by_name
from dealwright.store.meeting_sources import (
    MeetingSource,
    list_meeting_sources,
    meeting_source,
    refusals,
    sealed_keys,
    set_keys,
    set_meeting_settings,
)
from dealwright.store.sources import source_by_name


class Wanted(NamedTuple):
    """What a person asks for who adds a recorder."""

    kind: str
    name: str | None
    secret: str | None
    connection: str | None
    poll_minutes: int | None
    settings: Sequence[str]
    scheme: Scheme = Scheme.SIGNATURE


def add_meeting(out: Output, wanted: Wanted) -> None:
    """Make a Source of meetings and say where its recorder posts to."""
    source = _recorder(wanted.kind)
    secret, is_ours = _secret(source, wanted.secret, scheme=wanted.scheme)
    credentials = _credentials(source)
    made, address = with_hub(
        lambda hub: _added(hub, source, wanted, secret=secret, credentials=credentials)
    )
    shown = f"\nIts secret, shown only now:\n  [bold]{escape(secret)}[/bold]" if is_ours else ""
    url = f"{address}{made.path}"
    out.say(
        f"[green]✓[/green] Source {bold(wanted.name or source.title)}. Its meetings are posted to "
        f"this address, shown only now:\n  [bold]{url}[/bold]{shown}",
        id=made.source_id,
        name=wanted.name or source.title,
        kind=source.key,
        url=url,
        **({"secret": secret} if is_ours else {}),
    )
    out.hint(
        f"While it is the only one of its kind, {address}{source.path} will do. To try it: "
        f"dealwright sources test {shlex.quote(wanted.name or source.title)}"
    )


async def _added(
    hub: Hub, source: Source, wanted: Wanted, *, secret: str, credentials: Mapping[str, str]
) -> tuple[MadeRecorder, str]:
    def change(db: sa.Connection) -> MadeRecorder:
        home = None
        if wanted.connection is not None:
            home = connection_by_name(db, wanted.connection).id
        new = NewRecorder(
            name=wanted.name or source.title,
            source=source,
            secrets=[Secret(value=secret, scheme=wanted.scheme)],
            credentials=credentials,
            settings=with_settings(MeetingSettings(), wanted.settings),
            connection_id=home,
            poll_s=None if wanted.poll_minutes is None else wanted.poll_minutes * 60,
        )
        made = add_recorder(db, new, vault=hub.vault, now_ms=hub.now_ms())
        after = {"name": new.name, "kind": source.key, "settings": list(wanted.settings)}
        hub.note(db, "source.create", f"source:{made.source_id}", after=after)
        return made

    return await hub.write(change), own_address(hub.settings)


def change_keys(out: Output, name: str, given: str | None, *, scheme: Scheme) -> None:
    """Give a Source another secret, and credentials where there are any."""
    found = with_hub(lambda hub: hub.read(lambda db: _found(db, name)))
    source = _recorder(found.kind)
    secret, is_ours = _secret(source, given, scheme=scheme)
    proof = checked(source, Secret(value=secret, scheme=scheme))
    credentials = _credentials(source)

    def change(hub: Hub, db: sa.Connection) -> None:
        keys = opened(sealed_keys(db, found.source_id), hub.vault)
        keys = keys.with_secret(proof).with_credentials(credentials)
        set_keys(db, found.source_id, sealed=sealed(keys, hub.vault))
        hub.note(db, "source.secret", f"source:{found.source_id}")

    with_hub(lambda hub: hub.write(lambda db: change(hub, db)))
    shown = f" It is shown only now:\n  [bold]{escape(secret)}[/bold]" if is_ours else ""
    out.say(
        f"[green]✓[/green] {bold(name)} has another secret; the one before counts as well.{shown}",
        id=found.source_id,
        name=name,
        **({"secret": secret} if is_ours else {}),
    )


def _found(db: sa.Connection, name: str) -> MeetingSource:
    return meeting_source(db, source_by_name(db, name).id)


def with_settings(settings: MeetingSettings, given: Sequence[str]) -> MeetingSettings:
    """Settings with `KEY=VALUE`s laid over them; a value is JSON, or a text.

    Raises ConfigError (`invalid_settings`).
    """
    return settings_with(settings, pairs_of(given))


def pairs_of(given: Sequence[str]) -> dict[str, Any]:
    """What `KEY=VALUE`s say; a value is JSON, or a text.

    Raises ConfigError (`invalid_settings`).
    """
    told: dict[str, Any] = {}
    for one in given:
        key, equals, text = one.partition("=")
        if not equals:
            raise ConfigError(f"{key}: give it as KEY=VALUE.", code="invalid_settings")
        try:
            told[key] = msgspec.json.decode(text)
        except msgspec.DecodeError:
            told[key] = text
    return told


async def changed(hub: Hub, name: str, given: Sequence[str]) -> MeetingSettings:
    """The settings of a Source, after these changes; raises NotFound and ConfigError."""

    def change(db: sa.Connection) -> MeetingSettings:
        found = _found(db, name)
        settings = with_settings(found.settings, given)
        if given:
            set_meeting_settings(db, found.source_id, settings=settings)
            before = msgspec.to_builtins(found.settings)
            after = msgspec.to_builtins(settings)
            target = f"source:{found.source_id}"
            hub.note(db, "source.update", target, before=before, after=after)
        return settings

    return await hub.write(change)


async def tried(hub: Hub, name: str) -> tuple[MeetingSource, Sequence[Polled] | None]:
    """A Source, and what its recorder tells of the last day; None: it cannot be asked.

    Raises NotFound, ConfigError, and the UpstreamError tree.
    """
    found = await hub.read(lambda db: _found(db, name))
    source = _recorder(found.kind)
    stored = await hub.read(lambda db: sealed_keys(db, found.source_id))
    keys = opened(stored, hub.vault)
    if not keys.secrets:
        raise ConfigError(f"{name} has no secret, so nothing is taken from it.", code="no_secret")
    if source.poll is None or len(keys.credentials) < len(source.credentials):
        return found, None
    ask = Providers(known=outside(hub.settings), senders=outside_of_senders(hub.settings))
    now = hub.clock.now()
    asking = source.poll(Access(credentials=keys.credentials), now - BACK, now)
    return found, await asked(asking, source, ask=ask)


def tell_tried(out: Output, found: MeetingSource, polled: Sequence[Polled] | None) -> None:
    """Say how a Source does."""
    heard = "never" if found.heard_at_ms is None else str(moment(found.heard_at_ms))
    asked_of = (
        "its API is not asked" if polled is None else f"its API told of {len(polled)} in a day"
    )
    out.say(
        f"[green]✓[/green] {bold(found.name)} has a secret; {asked_of}. Last delivery: {heard}.",
        id=found.source_id,
        kind=found.kind,
        meetings=None if polled is None else len(polled),
        last_delivery=None if found.heard_at_ms is None else moment(found.heard_at_ms),
    )


def meeting_rows(db: sa.Connection) -> dict[int, dict[str, Any]]:
    """What `sources list` adds of Sources of meetings, by their numbers."""
    refused: dict[str, int] = {}
    for one in refusals(db):
        refused[one.path] = refused.get(one.path, 0) + one.times
    paths = {source.key: source.path for source in recorders().values()}
    return {
        one.source_id: {
            "kind": f"meetings of {one.kind}",
            "heard": None if one.heard_at_ms is None else moment(one.heard_at_ms),
            "received": one.received,
            "ignored": one.ignored,
            "dead": one.dead,
            "refused": refused.get(paths.get(one.kind, ""), 0),
            "poll": one.poll_code or ("on" if one.poll_s and one.settings.poll else "off"),
        }
        for one in list_meeting_sources(db)
    }


def _recorder(kind: str) -> Source:
    return recorder_of(kind, recorders())


def _secret(source: Source, given: str | None, *, scheme: Scheme) -> tuple[str, bool]:
    """The secret, and whether it was made here."""
    if given:
        return given, False
    if (made := made_secret(source, scheme)) is not None:
        return made, True
    if not sys.stdin.isatty():
        raise ConfigError(
            f"{source.title} needs its secret: set WEBHOOK_SECRET. It is: {source.proof}",
            code="secret_missing",
        )
    return typer.prompt(f"{source.proof}\nSecret", hide_input=True), False


def _credentials(source: Source) -> dict[str, str]:
    """What its API wants: of the environment, of files that it names, or of whoever is there."""
    found: dict[str, str] = {}
    for one in source.credentials:
        variable = f"{source.key}_{one.key}".upper()
        if text := os.environ.get(variable, ""):
            found[one.key] = text
        elif file := os.environ.get(f"{variable}_FILE", ""):
            found[one.key] = _of_file(Path(file), variable)
        elif sys.stdin.isatty():
            text = typer.prompt(
                f"{source.title}: {one.title} (Enter: none, its API is not asked)",
                hide_input=True,
                default="",
                show_default=False,
            )
            if not text:
                return {}
            found[one.key] = text
    return found


def _of_file(path: Path, variable: str) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(
            f"{variable}_FILE: {path} cannot be read ({error.strerror}).", code="file_unreadable"
        ) from error
