"""Mending: writes another name in the place of one that leads nowhere, as a person accepted it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec
import sqlalchemy as sa

from dealwright.core.directives import MappingFaults
from dealwright.core.draft import Draft, draft_faults
from dealwright.core.driftuses import Subject, SubjectKind, mended
from dealwright.core.errors import ConfigError
from dealwright.core.people import Principal
from dealwright.core.record import RecordKind
from dealwright.meetings.settings import MeetingSettings
from dealwright.pipeline.drift import Actions, mentions_of, release, subject_of
from dealwright.store.audit import record
from dealwright.store.connections import connection, set_defaults
from dealwright.store.drift import Drift, DriftState, drift, end_drift
from dealwright.store.mappings import mapping, new_version
from dealwright.store.meeting_sources import set_meeting_settings


def mend(
    db: sa.Connection,
    drift_id: int,
    *,
    actions: Actions,
    by: Principal,
    now_ms: int,
    with_: str = "",
) -> Drift:
    """Accept the proposed mend of a drift, or another name; what was held for it goes on.

    A Mapping gets its next version by that. Raises NotFound, MappingFaults, and ConfigError
    (`drift_ended`, `no_mend`).
    """
    found = drift(db, drift_id)
    if found.state is not DriftState.OPEN:
        raise _over(found)
    subject, text = subject_of(db, found, actions), with_.strip() or found.mend
    if subject is None or not text:
        raise ConfigError(
            f"Nothing is proposed in the place of “{found.ref}”. Say what to write there, with "
            "--with, or change it yourself; what is held for it goes on then.",
            code="no_mend",
        )
    body = mended(subject.body, mentions_of(found, subject), with_=text)
    version = _put(db, subject, body, actions=actions, now_ms=now_ms)
    end_drift(
        db,
        drift_id,
        state=DriftState.ACCEPTED,
        by=by.name,
        now_ms=now_ms,
        mended_version=version,
    )
    record(
        db,
        at_ms=now_ms,
        principal=by,
        action="drift.accept",
        target=f"drift:{drift_id}",
        before={"ref": found.ref},
        after={"ref": text, "version": version},
    )
    release(db, found.connection_id, now_ms=now_ms)
    return drift(db, drift_id)


def let_be(db: sa.Connection, drift_id: int, *, by: Principal, now_ms: int) -> Drift:
    """Ignore a drift: what is held for it is tried again, and fails as it would have.

    Raises NotFound, and ConfigError (`drift_ended`).
    """
    found = drift(db, drift_id)
    if not end_drift(db, drift_id, state=DriftState.IGNORED, by=by.name, now_ms=now_ms):
        raise _over(found)
    record(
        db,
        at_ms=now_ms,
        principal=by,
        action="drift.ignore",
        target=f"drift:{drift_id}",
        before={"ref": found.ref},
    )
    release(db, found.connection_id, now_ms=now_ms)
    return drift(db, drift_id)


def _over(found: Drift) -> ConfigError:
    return ConfigError(f"Drift {found.id} is {found.state.value} already.", code="drift_ended")


def _put(
    db: sa.Connection, subject: Subject, body: Mapping[str, Any], *, actions: Actions, now_ms: int
) -> int:
    """Write down what was mended; the version of a Mapping, 0 for everybody else."""
    match subject.kind:
        case SubjectKind.MAPPING:
            return _next_version(db, subject, body, actions=actions, now_ms=now_ms)
        case SubjectKind.SOURCE:
            settings = msgspec.convert(body, MeetingSettings, strict=False)
            set_meeting_settings(db, subject.id, settings=settings)
        case SubjectKind.CONNECTION:
            defaults = replace(
                connection(db, subject.id).defaults,
                match_fields=_by_kind(body["match_fields"]),
                external_id_fields=_by_kind(body["external_id_fields"]),
            )
            set_defaults(db, subject.id, defaults=defaults)
    return 0


def _next_version(
    db: sa.Connection, subject: Subject, body: Mapping[str, Any], *, actions: Actions, now_ms: int
) -> int:
    one = mapping(db, subject.id)
    draft = Draft(name=one.name, action=one.action, trigger=one.trigger, fields=dict(body))
    if faults := draft_faults(draft, actions):
        raise MappingFaults(faults)
    made = new_version(db, one.id, trigger=one.trigger, fields=draft.fields, now_ms=now_ms)
    return made.version


def _by_kind(chosen: Mapping[str, str]) -> dict[RecordKind, str]:
    return {RecordKind(kind): text for kind, text in chosen.items()}
