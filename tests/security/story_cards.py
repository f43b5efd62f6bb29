"""What contact cards and shared pages take that is secret: devices, buttons, tickets, links."""

import asyncio
import re
from contextlib import closing
from urllib.parse import urlsplit

from tests.cards.runner.shape import Recipe
from tests.cards.runner.tokens import mint
from tests.security.story import Cast
from tests.security.world import World, now_s

from dealwright.store.cards import GoogleUser, new_ticket
from dealwright.store.engine import Store

SHELL = "chrome-extension://enkhhkkpcbjbbehojdpoendgngipkfif"
PHRASE = "phrase-canary-harbour-30c1"
GOOGLE_TOKENS = ("ya29.canary-of-a-user-5511", "AOs.canary-of-a-message-5512")
ANN = "u1@x.example"


def devices(world: World, cast: Cast) -> None:
    """A panel is paired, shows a card, and its buttons are pressed, altered and sent again."""
    form = {"csrf": cast.cookie["x-csrf-token"], "may_write": "1"}
    page = world.answer("POST", "/pair", data=form, headers=cast.cookie, shown=True)
    (code,) = re.findall(r"<strong translate=\"no\">([^<]+)<", page.text)
    world.canaries.keep("card pairing code", code)
    laptop = {"code": code, "label": "Laptop", "origin": SHELL}
    token = _ask(world, "/shell/pair", laptop, shown=True)["token"]
    world.canaries.keep("card device token", token)
    _ask(world, "/shell/pair", laptop)
    opening = _ask(world, "/shell/open", {}, token=token, shown=True)["code"]
    world.canaries.keep("card opening code", opening)
    states = _card(world, "/card/embed", code=opening, email=ANN)
    _card(world, "/card/embed", code=opening, email=ANN)
    world.canaries.keep("card button", *states, *(one.rpartition(".")[2] for one in states))
    for state in (states[0], f"{states[0]}x", states[-1]):
        _card(world, "/card/embed/1/act", t=state, address=ANN)
    asked = f"t={states[0]}&token={token}"
    # On the way to sign in a browser is told once more where it wanted to go.
    world.answer("GET", f"/card?{asked}", headers={"origin": SHELL}, shown=True)
    world.answer("GET", f"/static/card/card.css?{asked}")
    _ask(world, "/shell/open", {"token": token}, token=f"{token}x")
    world.run("card devices", "card devices --json", "card show u1@x.example")
    _ask(world, "/shell/leave", {}, token=token)
    _ask(world, "/shell/open", {}, token=token)


def _ask(
    world: World, path: str, body: dict[str, str], *, token: str = "", shown: bool = False
) -> dict[str, str]:
    headers = {"origin": SHELL} | ({"authorization": f"Bearer {token}"} if token else {})
    told: dict[str, str] = world.answer(
        "POST", path, json=body, headers=headers, shown=shown
    ).json()
    return told


def _card(world: World, path: str, **form: str) -> list[str]:
    """The buttons of a card in its frame, as they were signed."""
    page = world.answer("POST", path, data=form, headers={"origin": "null"}, shown=True)
    return re.findall(r'name="t" value="([^"]+)"', page.text)


def shares(world: World, cast: Cast, meeting: str) -> None:
    """A meeting is shared behind a phrase; somebody guesses, somebody knows it, and it is over."""
    place = f"/api/v1/meetings/{meeting}/shares"
    world.canaries.keep("share phrase", PHRASE)
    given = {"scope": "transcript", "days": 7, "phrase": PHRASE}
    made = world.answer("POST", place, json=given, headers=cast.cookie, shown=True).json()
    path = urlsplit(made["url"]).path
    world.canaries.keep("share token", path.rpartition("/")[2])
    for phrase in (f"{PHRASE}x", PHRASE):
        world.answer("POST", path, data={"phrase": phrase}, shown=True)
    for asked in (path, f"{path}/transcript.vtt"):
        world.answer("GET", asked)
    world.answer("GET", f"{path}x")
    world.answer("GET", f"{path}/nothing")
    world.answer("GET", place, headers=cast.cookie)
    world.answer("DELETE", f"{place}/{made['id']}", headers=cast.cookie)
    world.answer("GET", path)


def google(world: World, cast: Cast) -> None:
    """Gmail calls with tokens that are not Google's; somebody links a mailbox by a ticket."""
    recipes = [Recipe(kind="system", alg="HS256"), Recipe(kind="user", alg="HS256")]
    system, user = (mint(one, "/addon/gmail/open", now_s()) for one in recipes)
    world.canaries.keep("Google ID token", system, user)
    world.canaries.keep("Google access token", *GOOGLE_TOKENS)
    own = {"systemIdToken": system, "userIdToken": user, "userOAuthToken": GOOGLE_TOKENS[0]}
    body = {
        "authorizationEventObject": own,
        "gmail": {"messageId": "m-1", "accessToken": GOOGLE_TOKENS[1]},
    }
    for headers in ({"authorization": f"Bearer {system}"}, {"authorization": system}, {}):
        for kept in (body, {**body, "gmail": GOOGLE_TOKENS}):
            world.answer("POST", "/addon/gmail/open", json=kept, headers=headers)
    _linked(world, cast)


def _linked(world: World, cast: Cast) -> None:
    whom = GoogleUser(issuer="https://accounts.google.com", subject="1", email="ada@gmail.example")
    with closing(Store.open(f"sqlite:///{world.data / 'dealwright.db'}")) as store:
        ticket = asyncio.run(store.write(lambda db: new_ticket(db, whom, now_ms=now_s() * 1000)))
    token, path = ticket.reveal(), "/addon/gmail/link"
    world.canaries.keep("Google ticket", token)
    for headers in ({}, cast.cookie):
        # Whoever brings a ticket is shown it: in the form, or on the way to sign in.
        world.answer("GET", f"{path}?ticket={token}", headers=headers, shown=True)
    form = {"csrf": cast.cookie["x-csrf-token"], "ticket": token}
    for sent in (form | {"csrf": "wrong"}, form, form):
        world.answer("POST", path, data=sent, headers=cast.cookie)
    world.answer("GET", f"{path}?ticket={token}", headers=cast.cookie)
