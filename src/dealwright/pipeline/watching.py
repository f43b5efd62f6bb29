"""Watching: who looks on while a worker works: counters, spans, and the log in any case."""

from dataclasses import dataclass

from dealwright.pipedrive.watch import Several, Watch
from dealwright.pipeline.drain import Dial
from dealwright.pipeline.meter import WorkMeter
from dealwright.pipeline.notice import Listener, Notice, log_notice
from dealwright.pipeline.tracing import Span, Tracing, no_span


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """What an operator wants to see; without either it costs nothing."""

    meter: WorkMeter | None = None
    tracing: Tracing | None = None

    @property
    def listener(self) -> Listener:
        """Who hears what becomes of Deliveries."""
        meter = self.meter
        if meter is None:
            return log_notice

        def told(notice: Notice) -> None:
            log_notice(notice)
            meter.noticed(notice)

        return told

    @property
    def span(self) -> Span:
        """What makes spans around tries."""
        return no_span if self.tracing is None else self.tracing.span

    def over(self, dial: Dial) -> Dial:
        """The same way to an account, with somebody who hears of every call."""
        looking = [one for one in (self.meter, self.tracing) if one is not None]
        if not looking:
            return dial
        return lambda one, sealed: dial(one, sealed).watched(
            _together([each.of(one.id) for each in looking])
        )


def _together(watches: list[Watch]) -> Watch:
    return watches[0] if len(watches) == 1 else Several(*watches)
