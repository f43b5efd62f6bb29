"""Anew: a summary is made once more because somebody asks for it, by a template if they like."""

from collections.abc import Sequence
from typing import Protocol

from dealwright.core.clock import Clock, to_ms
from dealwright.core.errors import NotFound
from dealwright.core.people import Principal
from dealwright.core.record import Member
from dealwright.meetings.meeting import Summary
from dealwright.meetings.summary.templates import Template, template_named
from dealwright.pipeline.meetinghome import home_of
from dealwright.pipeline.meetingpages import put_summary
from dealwright.store.engine import Store
from dealwright.store.meetings import StoredMeeting, meeting, meeting_by_public_id


class Make(Protocol):
    """Makes a summary: by the language model where the Source may use it, else the extract."""

    async def __call__(
        self, stored: StoredMeeting, *, template: Template, users: Sequence[Member]
    ) -> Summary:
        """The summary. Raises DealwrightError."""
        ...


class Anew:
    """Makes summaries anew. `has_model`: a language model is there, for Sources that use it."""

    def __init__(self, store: Store, clock: Clock, *, make: Make, has_model: bool) -> None:
        self._store = store
        self._clock = clock
        self._make = make
        self._has_model = has_model

    def by_model(self, stored: StoredMeeting) -> bool:
        """Whether a language model would be asked for this meeting."""
        return self._has_model and stored.settings.language_model

    async def __call__(self, public_id: str, template: str, *, by: Principal) -> int:
        """Make the summary of a meeting anew and use it; its version.

        Raises NotFound for no such meeting, template or transcript, and what `make` raises.
        """
        chosen = _template(template)
        stored = await self._store.read(lambda db: meeting_by_public_id(db, public_id))
        if not stored.body.transcript:
            raise NotFound("There is no transcript of this meeting to make a summary of.")
        kept = stored.connection_id
        home = await self._store.read(lambda db: home_of(db, kept=kept, default=None, presenter=""))
        made = await self._make(stored, template=chosen, users=home.users)
        now_ms = to_ms(self._clock.now())
        return await self._store.write(
            lambda db: put_summary(
                db, meeting(db, stored.id), made, what="regenerate", by=by, now_ms=now_ms
            )
        )


def _template(key: str) -> Template:
    try:
        return template_named(key)
    except KeyError:
        raise NotFound(f"There is no template {key[:50]}.") from None
