"""Card settings: connectors set up on cards, new tokens, and what a reader chose for himself.

Cards are drawn in a thread: what Babel knows of a language is read from files.
"""

from asyncio import to_thread
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from msgspec.structs import replace

from dealwright.cards.card import Card
from dealwright.cards.known import Connector
from dealwright.cards.pages.details import Details, details_card
from dealwright.cards.pages.faults import reauth_card
from dealwright.cards.pages.home import home_card, settings_card
from dealwright.cards.pages.reading import Reading, reading_card
from dealwright.cards.pages.setup import STEPS, WRITES, Setup, setup_card
from dealwright.cards.pages.toasts import Toast, toast, told
from dealwright.cards.section import switches
from dealwright.core.cardform import FormFault
from dealwright.core.clock import Clock, from_ms, to_ms
from dealwright.core.errors import ConfigError, Unauthorized, UpstreamError
from dealwright.core.secret import Secret
from dealwright.core.ssrf import AddressRefused
from dealwright.pipedrive.urls import company_of
from dealwright.pipeline.card import Cards
from dealwright.pipeline.cardclick import Clicked, Place, Press
from dealwright.pipeline.cardconnect import Connecting, NewConnector
from dealwright.pipeline.cardfound import Ask
from dealwright.pipeline.cardreader import connector_of
from dealwright.pipeline.cardsetup import (
    checked_choices,
    checked_locale,
    checked_name,
    checked_zone,
    drafted,
    save_actions,
    save_behaviour,
    save_name,
    save_reader,
    setup_of,
)
from dealwright.pipeline.cardview import card_of
from dealwright.pipeline.condition import condition
from dealwright.store import cards as stored
from dealwright.store.connections import Connection, Run, connection, list_connections
from dealwright.store.engine import Store

#: Ops that nobody but an admin may do; anybody may look.
_CHANGING: Final = frozenset(
    {"settings_new", "settings_name", "settings_actions", "settings_authorization", "reauth"}
)
_SWITCHES: Final = tuple(switches())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A press of a button of the settings, and the Connection that it is about."""

    press: Press
    found: Connection | None

    @property
    def carried(self) -> dict[str, str]:
        """What goes along from step to step."""
        return {key: text for key, text in self.press.state.extra.items() if key != "step"}


class Steps:
    """Sets up connectors for those who may, and shows everybody how they are."""

    def __init__(self, store: Store, clock: Clock, *, cards: Cards, connecting: Connecting) -> None:
        self._store = store
        self._clock = clock
        self._cards = cards
        self._connecting = connecting
        self._doing: dict[str, Callable[[_Asked], Awaitable[Clicked]]] = {
            "settings": self._settings,
            "settings_new": self._edit,
            "settings_edit": self._edit,
            "settings_back": self._other_step,
            "settings_name": self._name,
            "settings_actions": self._actions,
            "settings_authorization": self._authorization,
            "settings_behaviour": self._behaviour,
            "settings_reader": self._reader,
            "settings_reading": self._reading,
            "reauth_form": self._reauth_form,
            "reauth": self._reauth,
            "details": self._details,
        }

    def does(self, op: str) -> bool:
        """Whether an op is one of the settings'."""
        return op in self._doing

    async def connection(self, connection_id: int) -> Connection:
        """One Connection; raises NotFound."""
        return await self._store.look(lambda db: connection(db, connection_id))

    async def dashboard(self, press: Press) -> Card:
        """What is shown where no address is."""
        mine = press.by.connections
        there = await self._store.look(list_connections)
        shown = (one for one in there if one.shown and (mine is None or one.id in mine))
        return await to_thread(home_card, tuple(connector_of(one) for one in shown), press.reader)

    async def settings_of(self, press: Press) -> Card:
        """Every connector of the hub, and how each is set up."""
        return await to_thread(settings_card, await self._connectors(), press.reader)

    async def click(self, press: Press, found: Connection | None) -> Clicked:
        """Do what a button of the settings says. Raises FormFault and StoreUnavailable."""
        op, asked = press.state.op, _Asked(press=press, found=found)
        if op in _CHANGING and not press.by.may_configure:
            # The button is of a day when he might.
            return Clicked(notice=toast(press.reader, Toast.ADMIN_ONLY))
        return await self._doing[op](asked)

    # -- what is shown

    async def _settings(self, asked: _Asked) -> Clicked:
        return Clicked(card=await self.settings_of(asked.press), place=Place.ABOVE)

    async def _edit(self, asked: _Asked) -> Clicked:
        setup = await self._setup(asked)
        card = await to_thread(setup_card, setup, asked.press.reader, step=STEPS[0])
        return Clicked(card=card, place=Place.ABOVE)

    async def _other_step(self, asked: _Asked) -> Clicked:
        return await self._step(asked, asked.press.state.extra.get("step", ""))

    async def _details(self, asked: _Asked) -> Clicked:
        found, press = asked.found, asked.press
        if found is None:
            return await self._settings(asked)
        now_ms = self._now_ms()
        now = await self._store.look(lambda db: condition(db, found, now_ms=now_ms))
        one = connector_of(found)
        if now.sentence:
            until = None if now.until_ms is None else from_ms(now.until_ms)
            one = connector_of(found, state=now.state, says=now.sentence, until=until)
        details = Details(
            connector=one,
            company=company_of(found.base_url),
            company_name=found.company_name,
            user_name=found.user_name,
            plan=found.plan,
        )
        card = await to_thread(details_card, details, press.reader, address=press.state.address)
        return Clicked(card=card, place=Place.ABOVE)

    # -- the four steps

    async def _name(self, asked: _Asked) -> Clicked:
        press, typed = asked.press, asked.press.form.text("name")
        try:
            name = checked_name(typed)
        except FormFault as fault:
            return await self._refused(asked, "name", fault, name=typed[:400])
        if asked.found is None:
            return await self._step(asked, "actions", name=name)
        found, who, now_ms = asked.found, press.by.principal, self._now_ms()
        await self._store.write(
            lambda db: save_name(db, found.id, name=name, who=who, now_ms=now_ms)
        )
        return await self._step(asked, "actions")

    async def _actions(self, asked: _Asked) -> Clicked:
        press = asked.press
        try:
            on = checked_choices(press.form.chosen("features"), _SWITCHES)
            writes = checked_choices(press.form.chosen("writes"), WRITES)
        except FormFault as fault:
            return await self._refused(asked, "actions", fault)
        if asked.found is None:
            more = {"on": ",".join(on), "writes": ",".join(writes)}
            return await self._step(asked, "authorization", **more)
        found, who, now_ms = asked.found, press.by.principal, self._now_ms()
        await self._store.write(
            lambda db: save_actions(db, found.id, on=on, allowed=writes, who=who, now_ms=now_ms)
        )
        self._cards.forget(found.id)
        return await self._step(asked, "authorization")

    async def _authorization(self, asked: _Asked) -> Clicked:
        press, token = asked.press, asked.press.form.text("token")
        setup = await self._setup(asked)
        if not token and setup.has_token:
            return await self._step(asked, "behaviour")
        if not token:
            return await self._refused(asked, "authorization", FormFault(Toast.KEY_NEEDED))
        try:
            if asked.found is None:
                return await self._connected(asked, setup, token)
            await self._renewed(asked, asked.found, token)
        except (ConfigError, UpstreamError, AddressRefused) as error:
            return await self._refused(asked, "authorization", error)
        done = await self._step(asked, "behaviour")
        return done._replace(notice=toast(press.reader, Toast.KEY_GOOD))

    async def _behaviour(self, asked: _Asked) -> Clicked:
        press, found = asked.press, asked.found
        if found is None:
            return await self._step(asked, "authorization")
        form, by, now_ms = press.form, press.by, self._now_ms()
        run = Run.MANUAL if form.text("run") == "manual" else Run.AUTOMATIC
        default = bool(form.chosen("default"))

        def save(db: sa.Connection) -> None:
            own = replace(stored.reader(db, by.user_id), locale=locale)
            save_reader(db, own, who=by.principal, user_id=by.user_id, now_ms=now_ms)
            if by.may_configure:
                save_behaviour(
                    db, found.id, run=run, default=default, who=by.principal, now_ms=now_ms
                )

        try:
            locale = await to_thread(checked_locale, form.text("locale"))
            await self._store.write(save)
        except FormFault as fault:
            automatic = run is Run.AUTOMATIC
            return await self._refused(asked, "behaviour", fault, automatic=automatic)
        self._cards.forget(found.id)
        back = asked.carried.get("to") == "dashboard"
        card = await (self.dashboard(press) if back else self.settings_of(press))
        return Clicked(card=card, notice=toast(press.reader, Toast.SAVED), place=Place.BELOW)

    # -- tokens

    async def _reauth_form(self, asked: _Asked) -> Clicked:
        if asked.found is None:
            return await self._settings(asked)
        card = await self._reauth_card(asked, asked.found, above=True)
        return Clicked(card=card, place=Place.ABOVE)

    async def _reauth(self, asked: _Asked) -> Clicked:
        press, found = asked.press, asked.found
        if found is None:
            return await self._settings(asked)
        above = press.state.extra.get("above") == "1"
        token = press.form.text("token")
        try:
            if not token:
                raise FormFault(Toast.KEY_NEEDED)
            await self._renewed(asked, found, token)
        except (ConfigError, UpstreamError, FormFault) as error:
            fault = _said(press, error)
            card = await self._reauth_card(asked, found, above=above, fault=fault)
            return Clicked(card=card, notice=fault)
        address, place = press.state.address, Place.BELOW if above else Place.HERE
        notice = toast(press.reader, Toast.KEY_GOOD)
        if not address:
            return Clicked(card=await self.dashboard(press), notice=notice, place=place)
        ask = Ask(connection=found.id, fresh=True, searches=True, connections=press.by.connections)
        answer = await self._cards.of(address, ask=ask)
        card = await to_thread(card_of, answer, press.reader)
        return Clicked(card=card, notice=notice, place=place)

    async def _renewed(self, asked: _Asked, found: Connection, token: str) -> None:
        await self._connecting.renewed(found, Secret(token), who=asked.press.by.principal)
        self._cards.forget(found.id)

    async def _connected(self, asked: _Asked, setup: Setup, token: str) -> Clicked:
        """A connector that is there from now on; its last step is still to come."""
        press = asked.press
        new = NewConnector(
            name=setup.name,
            account=press.form.text("account"),
            on=tuple(key for key in _SWITCHES if key not in setup.off),
            writes=tuple(key for key in WRITES if key not in setup.forbidden),
        )
        made = await self._connecting.connected(new, Secret(token), who=press.by.principal)
        line = Toast.CONNECTED if made.is_new else Toast.CONNECTED_BEFORE
        now = _Asked(press=press, found=made.connection)
        done = await self._step(now, "behaviour")
        return done._replace(notice=toast(press.reader, line, name=made.connection.name))

    # -- the reader's own

    async def _reader(self, asked: _Asked) -> Clicked:
        return Clicked(card=await self._reading_card(asked), place=Place.ABOVE)

    async def _reading(self, asked: _Asked) -> Clicked:
        press, there = asked.press, await self._connectors()
        form, by, now_ms = press.form, press.by, self._now_ms()
        numbers = tuple(one.id for one in there if str(one.id) in form.chosen("shown"))
        try:
            if there and not numbers:
                raise FormFault(Toast.NOTHING_CHOSEN)
            chosen = stored.CardReader(
                locale=await to_thread(checked_locale, form.text("locale")),
                zone=checked_zone(form.text("zone")),
                # All of them: those that come later, too.
                connections=None if len(numbers) == len(there) else numbers,
            )
        except FormFault as fault:
            card = await self._reading_card(asked, fault=_said(press, fault))
            return Clicked(card=card, notice=_said(press, fault))
        who = by.principal
        await self._store.write(
            lambda db: save_reader(db, chosen, who=who, user_id=by.user_id, now_ms=now_ms)
        )
        notice = toast(press.reader, Toast.SAVED)
        return Clicked(card=await self.settings_of(press), notice=notice, place=Place.BELOW)

    async def _reading_card(self, asked: _Asked, *, fault: str = "") -> Card:
        press, there = asked.press, await self._connectors()
        own = await self._store.look(lambda db: stored.reader(db, press.by.user_id))
        reading = Reading(
            locale=own.locale,
            zone=press.form.text("zone") if fault else own.zone,
            connections=own.connections,
            there=there,
            fault=fault,
        )
        return await to_thread(reading_card, reading, press.reader)

    # -- inside

    async def _connectors(self) -> tuple[Connector, ...]:
        there = await self._store.look(list_connections)
        return tuple(connector_of(one) for one in there)

    async def _setup(self, asked: _Asked) -> Setup:
        found = asked.found
        oauth = self._connecting.has_app
        if found is None:
            return replace(drafted(asked.carried), oauth=oauth)
        user_id = asked.press.by.user_id
        setup = await self._store.look(lambda db: setup_of(db, found.id, user_id=user_id))
        return replace(setup, carried=asked.carried, oauth=oauth)

    async def _step(self, asked: _Asked, step: str, **more: str) -> Clicked:
        setup = await self._setup(asked)
        if more:
            setup = replace(drafted({**asked.carried, **more}), oauth=setup.oauth)
        card = await to_thread(setup_card, setup, asked.press.reader, step=step)
        return Clicked(card=card)

    async def _refused(
        self, asked: _Asked, step: str, error: Exception, **typed: str | bool
    ) -> Clicked:
        """The same step with what is wrong above it; what was filled in stays where it can."""
        said = _said(asked.press, error)
        setup = replace(await self._setup(asked), fault=said, **typed)
        card = await to_thread(setup_card, setup, asked.press.reader, step=step)
        return Clicked(card=card, notice=said)

    async def _reauth_card(
        self, asked: _Asked, found: Connection, *, above: bool, fault: str = ""
    ) -> Card:
        return await to_thread(
            reauth_card,
            asked.press.reader,
            connector_of(found),
            company=company_of(found.base_url),
            address=asked.press.state.address,
            fault=fault,
            extra={"above": "1"} if above else {},
        )

    def _now_ms(self) -> int:
        return to_ms(self._clock.now())


def _said(press: Press, error: Exception) -> str:
    """Why something was not saved, in the reader's language as far as that goes."""
    if isinstance(error, Unauthorized):
        return toast(press.reader, Toast.KEY_BAD)
    return told(press.reader, str(error))
