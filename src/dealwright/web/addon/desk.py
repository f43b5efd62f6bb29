"""The desk: answers for a user whom Google has verified and the hub knows."""

from asyncio import to_thread
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, Final

import msgspec

from dealwright.cards.card import Card, Op
from dealwright.cards.known import Connector, Reader
from dealwright.cards.locale import choose_locale, choose_zone
from dealwright.cards.pages.faults import error_card
from dealwright.cards.pages.home import home_card, settings_card
from dealwright.cards.pages.toasts import told
from dealwright.cards.render import google
from dealwright.core.cardform import FormFault
from dealwright.core.clock import Clock
from dealwright.core.correspondents import Ours, Whose, addressed, decoded, ours, whose
from dealwright.core.errors import UpstreamError
from dealwright.core.people import Role
from dealwright.pipeline.card import Cards
from dealwright.pipeline.cardclick import Clicked, Clicker, MailFacts, Place
from dealwright.pipeline.cardfound import Ask
from dealwright.pipeline.cardkey import CardKeys
from dealwright.pipeline.cardops import Clicks
from dealwright.pipeline.cardreader import connector_of
from dealwright.pipeline.cardview import card_of
from dealwright.store import cards as stored
from dealwright.store.connections import list_connections
from dealwright.store.engine import Store
from dealwright.store.people import User
from dealwright.web.addon import envelopes
from dealwright.web.addon.gmail import Fetch, Opened, headers_of
from dealwright.web.addon.shape import Posted, read_form
from dealwright.web.addon.tokens import GoogleUser
from dealwright.web.auth.permissions import SMALLEST_ROLE, Permission

_SUBJECT: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What holds for readers of whom nothing better is known, and who is one of us."""

    locale: str = "en-GB"
    zone: str = "UTC"
    own_domains: tuple[str, ...] = ()
    base_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who asks: at Google, and here."""

    google: GoogleUser
    user: User
    reader: Reader
    connections: tuple[int, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signing:
    """What buttons of a card are signed with besides."""

    message: str = ""
    extra: Callable[[Op], dict[str, str]] | None = None


class Desk:
    """Makes the cards, of what was verified before."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        cards: Cards,
        clicks: Clicks,
        keys: CardKeys,
        fetch: Fetch,
        defaults: Defaults,
    ) -> None:
        self._store = store
        self._clock = clock
        self._cards = cards
        self._clicks = clicks
        self._keys = keys
        self._fetch = fetch
        self._defaults = defaults

    async def visitor(self, who: GoogleUser, posted: Posted) -> Visitor | None:
        """Whom a user of Google's is here; None for nobody."""

        def look(db: Any) -> tuple[User, stored.CardReader] | None:
            found = stored.linked_user(db, issuer=who.iss, subject=who.sub)
            return None if found is None else (found, stored.reader(db, found.id))

        found = await self._store.read(look)
        if found is None:
            return None
        user, own = found
        return Visitor(
            google=who,
            user=user,
            reader=await self.reader(posted, own, role=user.role),
            connections=own.connections,
        )

    async def reader(
        self, posted: Posted, own: stored.CardReader | None = None, *, role: Role = Role.VIEWER
    ) -> Reader:
        """How a card is shown: his own choice, else the request's, else the hub's."""
        return await to_thread(self._reader, posted, own, role=role)

    def _reader(self, posted: Posted, own: stored.CardReader | None, *, role: Role) -> Reader:
        locale, zone = (own.locale, own.zone) if own else ("", "")
        chosen = self._defaults
        asked = posted.common.user_locale or ""
        return Reader(
            now=self._clock.now(),
            locale=choose_locale(locale, asked, default=chosen.locale),
            zone=choose_zone(zone, posted.zone, default=chosen.zone),
            may_write=role.covers(Role.MEMBER),
            may_configure=role.covers(SMALLEST_ROLE[Permission.CONNECTIONS_WRITE]),
        )

    async def home(self, visitor: Visitor) -> dict[str, Any]:
        """No message is open."""
        return envelopes.shown(await self._home(visitor))

    async def open(self, visitor: Visitor, posted: Posted) -> dict[str, Any]:
        """A message was opened."""
        mail, tokens = posted.mail, posted.authorization
        if mail.message_id is None:
            return await self.home(visitor)
        opened = Opened(
            message_id=mail.message_id,
            user_token=tokens.user_o_auth_token or "",
            message_token=mail.access_token or "",
        )
        try:
            headers = await headers_of(opened, fetch=self._fetch)
        except UpstreamError as error:
            draw = partial(error_card, visitor.reader, sentence=str(error))
            return envelopes.shown(await self._drawn(draw, visitor))
        facts = _facts(headers)
        signing = _Signing(message=mail.message_id, extra=lambda op: _mail_extra(op, facts))
        found = whose(headers, us=self._us(visitor))
        return envelopes.shown(await self._of(found, visitor, signing))

    async def compose(self, visitor: Visitor, posted: Posted) -> dict[str, Any]:
        """A message is being written."""
        mail = posted.mail
        to, cc = mail.to_recipients or (), mail.cc_recipients or ()
        found = addressed(to, cc, mail.bcc_recipients or (), us=self._us(visitor))
        if found.one is None:
            return await self.home(visitor)
        return envelopes.shown(await self._of(found, visitor, _Signing()))

    async def act(self, visitor: Visitor, posted: Posted) -> dict[str, Any]:
        """Something was clicked, sent or typed."""
        by = Clicker(
            key=visitor.google.key,
            user_id=visitor.user.id,
            name=visitor.user.name or visitor.user.email,
            connections=visitor.connections,
            may_write=visitor.reader.may_write,
            may_configure=visitor.reader.may_configure,
            role=visitor.user.role,
        )
        try:
            form = read_form(posted)
        except FormFault as error:
            return envelopes.noticed(told(visitor.reader, str(error)))

        async def mail_of(message_id: str) -> MailFacts | None:
            return await self._mail(message_id, posted)

        clicked = await self._clicks.click(
            posted.parameters.get("t", ""),
            by=by,
            form=form,
            reader=visitor.reader,
            mail_of=mail_of,
        )
        return await self._answer(clicked, visitor, posted.mail.message_id or "")

    async def settings(self, visitor: Visitor) -> dict[str, Any]:
        """The three-dot menu: the connectors, and how each is set up."""
        # All of them: one that is not shown can be shown again.
        there = await self._store.read(list_connections)
        connectors = tuple(connector_of(one) for one in there)
        draw = partial(settings_card, connectors, visitor.reader)
        return envelopes.shown(await self._drawn(draw, visitor))

    async def told(self, visitor: Visitor, sentence: str) -> dict[str, Any]:
        """A card that says why there is no other."""
        return await self._drawn(partial(error_card, visitor.reader, sentence=sentence), visitor)

    async def failed(self, posted: Posted, *, reference: str) -> dict[str, Any]:
        """Something went wrong that nobody meant to; no button of its works without a user."""
        sentence = "The hub has made a mistake. It is in its log."
        draw = partial(error_card, sentence=sentence, reference=reference)
        return await self.drawn_for_nobody(draw, posted)

    async def drawn_for_nobody(
        self, draw: Callable[[Reader], Card], posted: Posted
    ) -> dict[str, Any]:
        """A card without buttons that do something."""
        reader = await self.reader(posted)
        return await to_thread(self._rendered, partial(draw, reader), lambda _: "")

    # -- inside

    async def _answer(self, clicked: Clicked, visitor: Visitor, message: str) -> dict[str, Any]:
        if clicked.suggestions is not None:
            return envelopes.suggested(clicked.suggestions)
        if clicked.back:
            return envelopes.back()
        if clicked.card is None:
            return envelopes.noticed(clicked.notice)
        there = clicked.card
        card = await self._drawn(lambda: there, visitor, _Signing(message=message))
        match clicked.place:
            case Place.ABOVE:
                return envelopes.pushed(card, notice=clicked.notice)
            case Place.BELOW:
                return envelopes.saved(card, notice=clicked.notice)
            case Place.LOWEST:
                return envelopes.saved(card, notice=clicked.notice, root=True)
            case Place.HERE:
                return envelopes.renewed(card, notice=clicked.notice)

    async def _of(self, found: Whose, visitor: Visitor, signing: _Signing) -> dict[str, Any]:
        """The card of whoever it is; nobody outside: a card that says so."""
        one = found.one
        if one is None:
            return await self._home(visitor)
        answer = await self._cards.of(
            one.address,
            ask=Ask(connections=visitor.connections),
            people=tuple(other.address for other in found.others),
            name=one.name,
        )
        answer = msgspec.structs.replace(answer, addable=not one.reads_nothing)
        return await self._drawn(partial(card_of, answer, visitor.reader), visitor, signing)

    async def _home(self, visitor: Visitor) -> dict[str, Any]:
        draw = partial(home_card, await self._connectors(visitor), visitor.reader)
        return await self._drawn(draw, visitor)

    async def _drawn(
        self, draw: Callable[[], Card], visitor: Visitor, signing: _Signing | None = None
    ) -> dict[str, Any]:
        """A card as Google takes it; in a thread, for a language is read from files."""
        with_what = signing or _Signing()
        sign = await self._keys.signer(
            user=visitor.google.key, message=with_what.message, extra=with_what.extra
        )
        return await to_thread(self._rendered, draw, sign)

    def _rendered(self, draw: Callable[[], Card], sign: Callable[[Op], str]) -> dict[str, Any]:
        return google.render(draw(), sign=sign, base_url=self._defaults.base_url)

    async def _connectors(self, visitor: Visitor) -> tuple[Connector, ...]:
        there = await self._store.read(list_connections)
        mine = visitor.connections
        return tuple(
            connector_of(one) for one in there if one.shown and (mine is None or one.id in mine)
        )

    async def _mail(self, message_id: str, posted: Posted) -> MailFacts | None:
        """The e-mail of a click, where the click brought the tokens to read it."""
        mail, tokens = posted.mail, posted.authorization
        if mail.message_id != message_id or not tokens.user_o_auth_token:
            return None
        opened = Opened(
            message_id=message_id,
            user_token=tokens.user_o_auth_token,
            message_token=mail.access_token or "",
        )
        try:
            return _facts(await headers_of(opened, fetch=self._fetch))
        except UpstreamError:
            return None

    def _us(self, visitor: Visitor) -> Ours:
        return ours((visitor.google.email, visitor.user.email), self._defaults.own_domains)


def _facts(headers: dict[str, tuple[str, ...]]) -> MailFacts:
    """What is logged of a message."""
    ids, subjects = headers.get("message-id", ("",)), headers.get("subject", ("",))
    subject = decoded(subjects[0])[:_SUBJECT]
    try:
        sent = parsedate_to_datetime(headers.get("date", ("",))[0])
    except (ValueError, IndexError):
        return MailFacts(ids[0][:_SUBJECT], subject, "", "")
    at = (sent if sent.tzinfo else sent.replace(tzinfo=UTC)).astimezone(UTC)
    return MailFacts(ids[0][:_SUBJECT], subject, at.date().isoformat(), at.strftime("%H:%M"))


def _mail_extra(op: Op, facts: MailFacts) -> dict[str, str]:
    """What a button that logs the e-mail has to know of it: a click may come without it."""
    if op.name not in {"log_email", "log_form"}:
        return {}
    told = {"mid": facts.message_id, "subject": facts.subject, "day": facts.day, "time": facts.time}
    return {key: value for key, value in told.items() if value} if facts.message_id else {}
