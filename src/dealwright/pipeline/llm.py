"""Summaries by the language model of the user's choice; whatever goes wrong, the local extract.

Off unless a model is given and the Source's settings want it. Source: MEETINGS 3.5.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

import msgspec
import structlog

from dealwright.core.clock import Clock
from dealwright.core.errors import DealwrightError, RateLimited, Unavailable
from dealwright.core.record import Member
from dealwright.meetings.meeting import Meeting, Summary
from dealwright.meetings.naming import type_of
from dealwright.meetings.settings import MeetingSettings
from dealwright.meetings.summary.llm import Ask, Talk, TalkFailed, Told, talk
from dealwright.meetings.summary.model import LanguageModel, Usage, tokens_of
from dealwright.meetings.summary.templates import Template, template_of
from dealwright.pipeline.meetingbench import Summarise
from dealwright.pipeline.outside import Call, Outside

_MAX_BYTES: Final = 1_000_000
_TRIES: Final = 2
_PAUSE_S: Final = 2.0
_AGAIN: Final = frozenset({429, 500, 502, 503, 504})

_log = structlog.get_logger()


class _Choice(msgspec.Struct):
    message: "_Message"


class _Message(msgspec.Struct):
    content: str | None = None


class _Used(msgspec.Struct):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Completion(msgspec.Struct):
    choices: tuple[_Choice, ...] = ()
    usage: _Used | None = None


class Day:
    """The tokens of a UTC day of this process; a model's `daily_tokens` is where it ends."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._date = clock.now().date()
        self._spent = Usage()

    @property
    def spent(self) -> Usage:
        """What today took so far."""
        if self._clock.now().date() != self._date:
            self._date, self._spent = self._clock.now().date(), Usage()
        return self._spent

    def add(self, usage: Usage) -> None:
        """Count tokens."""
        spent = self.spent
        self._spent = Usage(spent.tokens_in + usage.tokens_in, spent.tokens_out + usage.tokens_out)


class ModelSummary:
    """Asks a language model; `local` makes the summary where it is not asked or is of no use."""

    def __init__(
        self, model: LanguageModel, *, outside: Outside, local: Summarise, clock: Clock
    ) -> None:
        self._model = model
        self._outside = outside
        self._local = local
        self._clock = clock
        self.day = Day(clock)

    async def __call__(
        self, meeting: Meeting, *, settings: MeetingSettings, users: Sequence[Member]
    ) -> Summary:
        """The model's summary, or the local one with the warning `llm_failed`."""
        local = await self._local(meeting, settings=settings, users=users)
        if not settings.language_model or not meeting.transcript:
            return local
        by_rules = type_of(
            meeting, title=meeting.title, activity_types=(), rules=settings.conversation_type
        )
        template = template_of((meeting.said_type, *meeting.tags, by_rules, meeting.title))
        try:
            return await self.ask(meeting, template=template)
        except (TalkFailed, DealwrightError) as fault:
            _log.warning("summary.llm_failed", key=meeting.key, why=str(fault)[:200])
            return msgspec.structs.replace(local, warnings=(*local.warnings, "llm_failed"))

    async def ask(self, meeting: Meeting, *, template: Template) -> Summary:
        """The model's summary by a template, for the button that makes it anew.

        Raises TalkFailed and DealwrightError.
        """
        conversation = talk(meeting, model=self._model, template=template)
        try:
            made, usage = await self._carried(conversation)
        finally:
            conversation.close()
        cost = usage.cost(self._model)
        _log.info("summary.llm", key=meeting.key, tokens=usage.total, cost=round(cost, 4))
        return msgspec.structs.replace(
            made, generated_at=self._clock.now(), tokens=usage.total, cost=round(cost, 4)
        )

    async def _carried(self, conversation: Talk) -> tuple[Summary, Usage]:
        total = Usage()
        # Looking at a long transcript takes its time: not in the loop.
        ask = await asyncio.to_thread(_begin, conversation)
        while True:
            told, usage = await self._sent(ask)
            total = Usage(total.tokens_in + usage.tokens_in, total.tokens_out + usage.tokens_out)
            step = await asyncio.to_thread(_go_on, conversation, told)
            if isinstance(step, Summary):
                return step, total
            ask = step

    async def _sent(self, ask: Ask) -> tuple[Told, Usage]:
        if self.day.spent.total + ask.tokens > self._model.daily_tokens:
            raise TalkFailed("the tokens of today are spent")
        for left in reversed(range(_TRIES)):
            try:
                told, usage = await self._once(ask)
            except (Unavailable, RateLimited):
                if not left:
                    raise
            else:
                if told.status not in _AGAIN or not left:
                    return told, usage
            await self._clock.sleep(_PAUSE_S)
        raise TalkFailed("the server does not answer")

    async def _once(self, ask: Ask) -> tuple[Told, Usage]:
        key = self._model.api_key
        headers = {"content-type": "application/json"}
        reply = await self._outside.fetch(
            Call(
                url=f"{self._model.base_url.rstrip('/')}/chat/completions",
                method="POST",
                headers={**headers, "authorization": f"Bearer {key}"} if key else headers,
                body=ask.body,
                max_bytes=_MAX_BYTES,
                total_s=self._model.timeout_s,
            )
        )
        if not 200 <= reply.status < 300:
            return Told(reply.status), Usage()
        told, usage = _read(reply.body, ask)
        self.day.add(usage)
        return Told(reply.status, told), usage


def _read(body: bytes, ask: Ask) -> tuple[str, Usage]:
    try:
        read = msgspec.json.decode(body, type=_Completion)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return "", Usage(tokens_of(ask.body.decode()), 0)
    content = (read.choices[0].message.content if read.choices else None) or ""
    if read.usage is None:
        return content, Usage(tokens_of(ask.body.decode()), tokens_of(content))
    used = read.usage
    return content, Usage(max(0, used.prompt_tokens), max(0, used.completion_tokens))


def _begin(conversation: Talk) -> Ask:
    return next(conversation)


def _go_on(conversation: Talk, told: Told) -> Ask | Summary:
    try:
        return conversation.send(told)
    except StopIteration as end:
        return end.value
