"""Asking: what the endpoints of people and sessions know of a request before they begin."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from dealwright.core.people import Principal
from dealwright.store.sessions import Stage
from dealwright.web.auth.account import Account
from dealwright.web.auth.guard import Guard, SignedIn
from dealwright.web.auth.people import People, Visitor
from dealwright.web.auth.permissions import Permission, Required, check
from dealwright.web.auth.site import Place, check_origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request of a browser: from where, by whom, and what answers it."""

    people: People
    guard: Guard
    place: Place
    visitor: Visitor

    @property
    def account(self) -> Account:
        """What somebody can change about their own way in."""
        return Account(self.people)


async def asked(request: Request) -> Asked:
    """A request of somebody who need not be signed in, from a page of ours or no page at all."""
    guard: Guard = request.app.state.guard
    place = guard.place(request)
    check_origin(request.headers, place)
    visitor = Visitor(
        address=place.address,
        agent=request.headers.get("user-agent", ""),
        session=await guard.session(request, place),
    )
    return Asked(people=request.app.state.people, guard=guard, place=place, visitor=visitor)


class OwnSession(Required):
    """A dependency of endpoints that are for people themselves: an API key opens none of them."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(Permission.ACCOUNT)
        self.stage = stage

    async def __call__(self, request: Request) -> Principal:
        """The Principal; its session is in `request.state.signed_in`."""
        signed: SignedIn = await request.app.state.guard.signed_in(request, self.stage)
        check(signed.principal, self.permission)
        request.state.signed_in = signed
        return signed.principal


_own = OwnSession(Stage.FULL)
_halfway = OwnSession(Stage.SECOND_FACTOR)


async def _signed(request: Request, _: Annotated[Principal, Depends(_own)]) -> SignedIn:
    signed: SignedIn = request.state.signed_in
    return signed


async def _before_code(request: Request, _: Annotated[Principal, Depends(_halfway)]) -> SignedIn:
    signed: SignedIn = request.state.signed_in
    return signed


Asking = Annotated[Asked, Depends(asked)]
Own = Annotated[SignedIn, Depends(_signed)]
Halfway = Annotated[SignedIn, Depends(_before_code)]
