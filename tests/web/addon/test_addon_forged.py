"""Whoever is not Google, or not for us, is refused before anything is looked up or fetched."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.cards.runner.shape import Recipe
from tests.cards.runner.stage import GMAIL, OAUTH
from tests.cards.runner.tokens import ACCOUNT, BASE, mint
from tests.web.addon.gmail import MESSAGE, Mailbox

OPEN = "/addon/gmail/open"
SYSTEM, USER = Recipe(kind="system"), Recipe(kind="user")


@dataclass(frozen=True, kw_only=True)
class Forged:
    """A request whose tokens are not what they should be; `says` is what is wrong."""

    says: str
    system: Recipe = SYSTEM
    user: Recipe = USER
    inside: Recipe | None = None
    headers: dict[str, str | None] = field(default_factory=dict[str, str | None])


def system(says: str, **recipe: Any) -> Forged:
    return Forged(says=says, system=Recipe(kind="system", **recipe))


def user(says: str, **recipe: Any) -> Forged:
    return Forged(says=says, user=Recipe(kind="user", **recipe))


OTHER_PROJECT = ACCOUNT.replace("123456789012", "210987654321")
FORGED = [
    Forged(says="no header", headers={"authorization": None}),
    Forged(says="no bearer", headers={"authorization": "Basic eDp5"}),
    Forged(says="an empty token", headers={"authorization": "Bearer "}),
    Forged(says="no token at all", headers={"authorization": "Bearer a.b.c"}),
    system("the address of another door", claims={"aud": f"{BASE}/addon/gmail/action"}),
    system("the address of another hub", claims={"aud": "https://else.example/addon/gmail/open"}),
    system("our address with a slash", claims={"aud": f"{BASE}{OPEN}/"}),
    system("several addresses", claims={"aud": [f"{BASE}{OPEN}", "https://else.example"]}),
    system("no address", claims={"aud": None}),
    system("another project's add-on", claims={"email": OTHER_PROJECT}),
    system("no account", claims={"email": None}),
    system("an account that is not verified", claims={"email_verified": False}),
    system("verified, in words", claims={"email_verified": "true"}),
    system("another issuer", claims={"iss": "https://evil.example"}),
    system("expired", claims={"iat": -7200, "exp": -3600}),
    system("from tomorrow", claims={"iat": 86_400, "exp": 90_000}),
    system("without an end", claims={"exp": None}),
    system("a key that Google does not publish", kid="attacker"),
    system("no algorithm", alg="none"),
    system("our public key as a shared secret", alg="HS256"),
    system("altered", tamper=True),
    Forged(says="a user's token as the system's", system=USER),
    Forged(says="another system token in the body", inside=Recipe(kind="system", kid="k2")),
    user("a user of another client", claims={"aud": "other.apps.googleusercontent.com"}),
    user("a user that is expired", claims={"iat": -7200, "exp": -3600}),
    user("a user of another issuer", claims={"iss": "https://evil.example"}),
    user("a user signed with another key", kid="attacker"),
    user("a user signed by nobody", alg="none"),
    user("a user signed with the public key", alg="HS256"),
    user("a user who was altered", tamper=True),
    Forged(says="the system's token as a user's", user=Recipe(kind="system")),
]


@pytest.mark.parametrize("forged", FORGED, ids=lambda one: one.says)
async def test_a_forged_request_is_refused_and_nothing_goes_out(
    mailbox: Mailbox, forged: Forged
) -> None:
    stage, now = mailbox.stage, int(mailbox.stage.hub.clock.now().timestamp())
    token = mint(forged.system, OPEN, now)
    inside = token if forged.inside is None else mint(forged.inside, OPEN, now)
    tokens = {
        "systemIdToken": inside,
        "userIdToken": mint(forged.user, OPEN, now),
        "userOAuthToken": OAUTH,
    }
    gmail = {"messageId": MESSAGE, "accessToken": GMAIL}
    headers = {"authorization": f"Bearer {token}"} | forged.headers
    answer = await mailbox.client.post(
        OPEN,
        json={"authorizationEventObject": tokens, "gmail": gmail},
        headers={name: value for name, value in headers.items() if value is not None},
    )

    assert (answer.status_code, stage.outdoors.asked, stage.sandbox.calls) == (401, [], [])
    assert "action" not in answer.json()
