"""Card search: persons by name, in mirrors first, then in Pipedrive where that may know more."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final

from dealwright.cards.pages.named import Named
from dealwright.core.errors import DealwrightError, StoreUnavailable
from dealwright.core.record import Person, RecordKind
from dealwright.pipedrive.cardcalls import named_so
from dealwright.pipedrive.cardcalls import persons as persons_by_id
from dealwright.pipedrive.cardnames import LEAST
from dealwright.pipeline.cardlines import Line
from dealwright.pipeline.cardnames import Names, Trust
from dealwright.pipeline.cardparts import SLOW
from dealwright.store.connections import Connection, ConnectionState, Run, list_connections
from dealwright.store.engine import Store

OpenLine = Callable[[int], AbstractAsyncContextManager[Line]]
"""Opens the account of a Connection."""

_NOBODY: Final[tuple[Person, ...]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NameSearch:
    """Finds persons by name; one account may take `patience_s`."""

    store: Store
    names: Names
    line: OpenLine
    patience_s: float

    async def called(self, term: str, *, connections: Sequence[int] | None) -> tuple[Named, ...]:
        """Persons whose name has all the words, by Connection; `connections` None: all shown ones.

        Pipedrive is asked (21 tokens) where the mirror may lack somebody and the Connection is one
        that is asked without being told to, or the only one. Raises StoreUnavailable.
        """
        there = await self.store.look(list_connections)
        mine = [
            one for one in there if (one.shown if connections is None else one.id in connections)
        ]
        looks = (
            self._called(one, term, asks=len(mine) == 1 or one.run is Run.AUTOMATIC) for one in mine
        )
        return tuple(await asyncio.gather(*looks))

    async def _called(self, one: Connection, term: str, *, asks: bool) -> Named:
        persons, says = await self.names.persons(one.id, term), ""
        usable = asks and len(term) >= LEAST and one.state is ConnectionState.OK
        trust = await self.names.trust(one.id, RecordKind.PERSON)
        if usable and trust is not Trust.SURE:
            asked, says = await self._asked(one.id, term)
            persons = tuple({who.id: who for who in (*persons, *asked)}.values())
        return Named(
            connection=one.id,
            connection_name=one.name,
            persons=persons,
            organizations=await self.names.organizations_of(one.id, persons),
            says=says,
        )

    async def _asked(self, connection_id: int, term: str) -> tuple[tuple[Person, ...], str]:
        """Whom Pipedrive knows, and why it could not say."""
        try:
            async with asyncio.timeout(self.patience_s), self.line(connection_id) as line:
                ids = [hit.id for hit in await named_so(line.client, term)]
                found = await persons_by_id(line.client, ids) if ids else []
        except StoreUnavailable:
            raise
        except TimeoutError:
            return _NOBODY, SLOW
        except DealwrightError as error:
            return _NOBODY, str(error)
        return tuple(one for one in found if not one.is_deleted), ""
