"""Alerts: one when something begins to be wrong, one when it is over, whatever restarts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import structlog

from dealwright.core.alert import AlertKind, Message, Word
from dealwright.core.clock import Clock, to_ms
from dealwright.core.errors import DealwrightError
from dealwright.pipeline.alertchannels import Channel
from dealwright.pipeline.alertstates import Limits, wrong
from dealwright.store.alerts import (
    Alert,
    NewAlert,
    Send,
    SendState,
    begin_alert,
    due_sends,
    end_alert,
    end_send,
    standing_alerts,
    take_send,
)
from dealwright.store.engine import Store

_log = structlog.get_logger(__name__)

#: Seconds between tries; then it is given up. Together about two days.
SCHEDULE_S: Final = (10, 60, 300, 1_800, 3_600, 3 * 3_600, 6 * 3_600, 12 * 3_600, 24 * 3_600)

#: Who has begun to say something, and is not heard of any more, is taken for gone after so long.
TAKEN_S: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerting:
    """Notes what is wrong, and says it by every channel: at least once, as a rule once.

    A receiver tells a repeat by its id (`webhook-id`, Message-ID).
    """

    store: Store
    clock: Clock
    channels: Mapping[str, Channel] = field(default_factory=dict[str, Channel])
    limits: Limits = field(default_factory=Limits)

    async def look(self) -> int:
        """Compare what is wrong with what is known to be; says how many began or ended."""
        now_ms, channels = to_ms(self.clock.now()), tuple(self.channels)
        begun, over = await self.store.read(
            lambda db: _news(wrong(db, self.limits, now_ms=now_ms), standing_alerts(db))
        )
        if not begun and not over:
            return 0
        return await self.store.write(
            lambda db: sum(
                [
                    *(begin_alert(db, one, channels=channels, now_ms=now_ms) for one in begun),
                    *(end_alert(db, one, channels=channels, now_ms=now_ms) for one in over),
                ]
            )
        )

    async def send_due(self) -> int:
        """Say what is to be said now; says how much was taken."""
        now_ms = to_ms(self.clock.now())
        due = await self.store.read(lambda db: due_sends(db, now_ms=now_ms))
        return sum([await self._send(one, alert) for one, alert in due])

    async def test(self) -> dict[str, str]:
        """Send a test by every channel; why it was not taken, "" where it was."""
        now_ms = to_ms(self.clock.now())
        message = Message(
            id=f"test-{now_ms}",
            kind=AlertKind.TEST,
            word=Word.RAISED,
            title="this is a test",
            text="Alerts of this hub arrive here. Nothing is wrong.",
            at_ms=now_ms,
        )
        return {name: await _said(channel, message) for name, channel in self.channels.items()}

    async def _send(self, one: Send, alert: Alert) -> bool:
        until_ms = to_ms(self.clock.now()) + TAKEN_S * 1_000
        if not await self.store.write(lambda db: take_send(db, one, until_ms=until_ms)):
            return False
        channel = self.channels.get(one.channel)
        if channel is None:
            await self._end(one, SendState.GIVEN_UP, "The channel is not configured any more.")
            return False
        fault = await _said(channel, _message(one, alert))
        if not fault:
            await self._end(one, SendState.SENT)
            return True
        _log.warning("alert.not_sent", alert_id=alert.id, channel=one.channel, reason=fault)
        last = one.attempts >= len(SCHEDULE_S)
        await self._end(one, SendState.GIVEN_UP if last else SendState.QUEUED, fault)
        return False

    async def _end(self, one: Send, state: SendState, fault: str = "") -> None:
        now_ms = to_ms(self.clock.now())
        again = state is SendState.QUEUED
        next_at_ms = now_ms + SCHEDULE_S[one.attempts] * 1_000 if again else None
        await self.store.write(
            lambda db: end_send(
                db, one.id, state=state, now_ms=now_ms, next_at_ms=next_at_ms, message=fault
            )
        )


async def _said(channel: Channel, message: Message) -> str:
    """Say it; why it was not taken, a sentence."""
    try:
        await channel.send(message)
    except DealwrightError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - one channel must not keep the others from it
        # Without its traceback: what a channel holds has passwords in it.
        _log.error("alert.defect", error=type(error).__name__)
        return f"Dealwright has a defect here ({type(error).__name__}): please report it."
    return ""


def _message(one: Send, alert: Alert) -> Message:
    over = one.word is Word.RECOVERED
    at_ms = (alert.ended_at_ms if over else None) or alert.since_ms
    return Message(
        id=f"alert-{alert.id}-{one.word.value}",
        kind=alert.kind,
        word=one.word,
        title=alert.title,
        text=f"This is over: {alert.title}." if over else alert.message,
        at_ms=at_ms,
        connection_id=alert.connection_id,
    )


def _news(
    now: Mapping[str, NewAlert], known: Mapping[str, Alert]
) -> tuple[list[NewAlert], list[Alert]]:
    begun = [one for key, one in now.items() if key not in known]
    return begun, [one for key, one in known.items() if key not in now]
