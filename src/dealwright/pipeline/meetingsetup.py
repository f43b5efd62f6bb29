"""Setting up a Source of meetings: a recorder, what proves it, and how its meetings are treated."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import msgspec
import sqlalchemy as sa

from dealwright.core.errors import ConfigError
from dealwright.meetings.settings import MeetingSettings
from dealwright.meetings.signatures import checked
from dealwright.meetings.source import Scheme, Secret, Source
from dealwright.pipeline.eventhooks import new_secret
from dealwright.pipeline.meetingkeys import Keys, hash_segment, new_segment, sealed
from dealwright.pipeline.polling import EVERY_S
from dealwright.store.meeting_sources import add_meeting_source
from dealwright.store.secrets import Vault
from dealwright.store.sources import create_source

#: Recorders whose secret anybody may choose; those of _TEXTS take any text.
_CHOSEN_HERE: Final = frozenset({"generic", "vcon", "fireflies"})
_TEXTS: Final = frozenset({"fireflies"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRecorder:
    """A Source to be made. `poll_s` None: as often as is usual, where its API can be asked."""

    name: str
    source: Source
    secrets: Sequence[Secret]
    credentials: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    settings: MeetingSettings = field(default_factory=MeetingSettings)
    connection_id: int | None = None
    poll_s: int | None = None


class MadeRecorder(NamedTuple):
    """A Source that was made, and the path with the last segment that only it has."""

    source_id: int
    path: str


def add_recorder(db: sa.Connection, new: NewRecorder, *, vault: Vault, now_ms: int) -> MadeRecorder:
    """Make a Source of meetings; the path is told only here, for its last segment is a secret.

    Raises ConfigError: `name_taken`, `invalid_secret`, `unknown_credential`.
    """
    source = new.source
    keys = Keys()
    for secret in reversed(new.secrets):
        keys = keys.with_secret(checked(source, secret))
    keys = keys.with_credentials(_known(source, new.credentials))
    made = create_source(db, new.name, now_ms=now_ms)
    segment = new_segment()
    add_meeting_source(
        db,
        made.id,
        kind=source.key,
        path_hash=hash_segment(segment),
        sealed=sealed(keys, vault),
        settings=new.settings,
        connection_id=new.connection_id,
        poll_s=_poll_s(new),
        now_ms=now_ms,
    )
    return MadeRecorder(made.id, f"{source.path}/{segment}")


def made_secret(source: Source, scheme: Scheme) -> str | None:
    """A fresh secret for a recorder that is told one; None for those that make their own."""
    if source.key not in _CHOSEN_HERE:
        return None
    is_text = source.key in _TEXTS or scheme is not Scheme.SIGNATURE
    return secrets.token_urlsafe(24) if is_text else new_secret()


def settings_with(settings: MeetingSettings, told: Mapping[str, Any]) -> MeetingSettings:
    """Settings with others laid over them; raises ConfigError (`invalid_settings`)."""
    if unknown := sorted(told.keys() - set(MeetingSettings.__struct_fields__)):
        known = ", ".join(MeetingSettings.__struct_fields__)
        raise ConfigError(
            f"{unknown[0]}: no such setting. There are: {known}.", code="invalid_settings"
        )
    laid: dict[str, Any] = {**msgspec.to_builtins(settings), **told}
    try:
        return msgspec.convert(laid, MeetingSettings)
    except msgspec.ValidationError as fault:
        raise ConfigError(f"A setting does not fit: {fault}.", code="invalid_settings") from None


def recorder_of(kind: str, there: Mapping[str, Source]) -> Source:
    """A recorder by its key; raises ConfigError (`unknown_recorder`)."""
    if kind not in there:
        raise ConfigError(
            f"There is no recorder {kind}. There are: {', '.join(sorted(there))}.",
            code="unknown_recorder",
        )
    return there[kind]


def _known(source: Source, given: Mapping[str, str]) -> Mapping[str, str]:
    known = {one.key for one in source.credentials}
    if unknown := sorted(given.keys() - known):
        raise ConfigError(
            f"{source.title} has no credential {unknown[0]}. It takes: "
            f"{', '.join(sorted(known)) or 'none'}.",
            code="unknown_credential",
        )
    return given


def _poll_s(new: NewRecorder) -> int:
    """How often it is asked; never without everything that its API wants."""
    if new.source.poll is None or len(new.credentials) < len(new.source.credentials):
        return 0
    return EVERY_S if new.poll_s is None else new.poll_s
