"""/drift and /alerts: what was renamed or deleted in Pipedrive, its mend, and what is wrong."""

from datetime import datetime
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter
from pydantic import BaseModel, Field

from dealwright.core.alert import AlertKind, Word
from dealwright.core.clock import from_ms
from dealwright.core.driftuses import SubjectKind
from dealwright.pipeline.drifthold import told_of
from dealwright.pipeline.driftmend import let_be, mend
from dealwright.store import alerts as alerts_of
from dealwright.store import drift as store_of
from dealwright.store.alerts import SendState
from dealwright.store.drift import DriftState
from dealwright.web.api.act import Act, Desk, acting, allowed
from dealwright.web.api.paging import Cursor, Limit, Page, cursor_before, place_of
from dealwright.web.api.shapes import Given, Id, moment
from dealwright.web.auth.permissions import Permission

router = APIRouter(tags=["Drift"])

READ = allowed(Permission.MAPPINGS_READ)
ALERTS = allowed(Permission.HEALTH_READ)
Configuring = Annotated[Act, acting(Permission.MAPPINGS_WRITE)]


class Drift(BaseModel):
    """A name, `ref`, of something of the account that was renamed or is gone.

    `breaks`: the name leads nowhere. `mend` is what to write instead, "" where nothing is near.
    `mended_version` is the version of the Mapping that mends it.
    """

    id: int
    connection_id: int
    subject: SubjectKind
    subject_id: int
    kind: str
    ref: str
    before: str
    after: str
    sentence: str
    advice: str
    mend: str
    breaks: bool
    state: DriftState
    since: datetime
    ended_at: datetime | None
    ended_by: str
    mended_version: int | None


class MendIn(Given):
    """What to write instead of what is proposed; without it the proposal."""

    instead: Annotated[str, Field(max_length=255)] = ""


class Said(BaseModel):
    """What was said of an alert by a channel, or is still to be; `message`: why it was not."""

    channel: str
    word: Word
    state: SendState
    attempts: int
    sent_at: datetime | None
    message: str


class Alert(BaseModel):
    """Something that is or was wrong; `ended_at` null: it is."""

    id: int
    kind: AlertKind
    connection_id: int
    title: str
    message: str
    since: datetime
    ended_at: datetime | None
    said: list[Said]


@router.get("/drift", dependencies=[READ])
async def list_drift(
    office: Desk,
    connection_id: int | None = None,
    state: DriftState | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Drift]:
    """What has changed under Mappings, Sources of meetings and Connections, newest first."""
    before, states = place_of(cursor, of="drift"), () if state is None else (state,)
    found = await office.read(
        lambda db: store_of.list_drifts(
            db, connection_id=connection_id, states=states, limit=limit, before=before
        )
    )
    following = cursor_before("drift", found[-1].id) if len(found) == limit else None
    return Page(items=[shown(one) for one in found], next_cursor=following)


@router.get("/drift/{drift_id}", dependencies=[READ])
async def one_drift(drift_id: Id, office: Desk) -> Drift:
    """One drift, and its mend."""
    return shown(await office.read(lambda db: store_of.drift(db, drift_id)))


@router.post("/drift/{drift_id}/accept")
async def accept_drift(drift_id: Id, given: MendIn, act: Configuring) -> Drift:
    """Write what is proposed, as the Mapping's next version; what was held for it goes on."""

    def change(db: sa.Connection) -> Drift:
        office = act.office
        return shown(
            mend(
                db,
                drift_id,
                actions=office.actions,
                by=act.who,
                now_ms=office.now_ms(),
                with_=given.instead,
            )
        )

    return await act.do(change, answer=Drift)


@router.post("/drift/{drift_id}/ignore")
async def ignore_drift(drift_id: Id, act: Configuring) -> Drift:
    """Let a drift be: what is held for it is tried again, and fails as it would have."""

    def change(db: sa.Connection) -> Drift:
        return shown(let_be(db, drift_id, by=act.who, now_ms=act.office.now_ms()))

    return await act.do(change, answer=Drift)


@router.get("/alerts", dependencies=[ALERTS])
async def list_alerts(office: Desk, limit: Limit = 50, cursor: Cursor = None) -> Page[Alert]:
    """What is or was wrong, newest first, and what was said of it."""
    before = place_of(cursor, of="alerts")
    found = await office.read(lambda db: alerts_of.list_alerts(db, limit=limit, before=before))
    sends = await office.read(lambda db: alerts_of.sends_of(db, [one.id for one in found]))
    following = cursor_before("alerts", found[-1].id) if len(found) == limit else None
    return Page(items=[_alert(one, sends) for one in found], next_cursor=following)


def shown(one: store_of.Drift) -> Drift:
    """A drift as answers have it."""
    return Drift(
        id=one.id,
        connection_id=one.connection_id,
        subject=one.subject,
        subject_id=one.subject_id,
        kind=one.thing.kind.value,
        ref=one.ref,
        before=one.thing.name,
        after=one.after,
        sentence=one.sentence,
        advice=told_of(one),
        mend=one.mend,
        breaks=one.breaks,
        state=one.state,
        since=from_ms(one.since_ms),
        ended_at=moment(one.ended_at_ms),
        ended_by=one.ended_by,
        mended_version=one.mended_version or None,
    )


def _alert(one: alerts_of.Alert, sends: list[alerts_of.Send]) -> Alert:
    return Alert(
        id=one.id,
        kind=one.kind,
        connection_id=one.connection_id,
        title=one.title,
        message=one.message,
        since=from_ms(one.since_ms),
        ended_at=moment(one.ended_at_ms),
        said=[
            Said(
                channel=send.channel,
                word=send.word,
                state=send.state,
                attempts=send.attempts,
                sent_at=moment(send.sent_at_ms),
                message=send.message,
            )
            for send in sends
            if send.alert_id == one.id
        ],
    )
