"""Gmail, as far as the hub meets it: posts what Google posts, for rep or for a colleague."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx2
import msgspec
from tests.cards.google import add_on
from tests.cards.runner.shape import Recipe
from tests.cards.runner.stage import GMAIL, OAUTH, Theatre, theatre
from tests.cards.runner.tokens import REP, mint

from dealwright.core.cardstate import ButtonState, sealed
from dealwright.pipeline.cardkey import CardKeys
from dealwright.store.card_acts import keys

FIXTURES: Final = Path(__file__).resolve().parents[2] / "cards" / "fixtures"
COLLEAGUE: Final = "110248495921238986999"
MESSAGE: Final = "msg-f:1813245678901234567"
HEADERS: Final = {
    "payload": {
        "headers": [
            {"name": "From", "value": "Ann Lee <ann@acme.test>"},
            {"name": "Subject", "value": "Re: Offer"},
            {"name": "Date", "value": "Sun, 22 Nov 2026 09:14:03 +0100"},
            {"name": "Message-ID", "value": "<abc@mail.acme.test>"},
        ]
    }
}


@dataclass(kw_only=True)
class Mailbox:
    """Somebody's Gmail with the add-on in it."""

    stage: Theatre
    client: httpx2.AsyncClient

    async def post(
        self, path: str, body: Any, *, sub: str = REP, **headers: str
    ) -> httpx2.Response:
        """Post a body as Google does; its tokens are put in."""
        now = int(self.stage.hub.clock.now().timestamp())
        system = mint(Recipe(kind="system"), path, now)
        user = mint(Recipe(kind="user", claims={"sub": sub}), path, now)
        tokens = {"systemIdToken": system, "userIdToken": user, "userOAuthToken": OAUTH}
        if isinstance(body, dict):
            body = {"authorizationEventObject": tokens, **body}
        sent = {"authorization": f"Bearer {system}", "content-type": "application/json"} | headers
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        found = await self.stage.hub.pumped(self.client.post(path, content=content, headers=sent))
        while self.stage.tasks:
            await self.stage.hub.run_until_idle()
            self.stage.tasks -= {task for task in self.stage.tasks if task.done()}
        return found

    async def open(self, *, sub: str = REP) -> dict[str, Any]:
        """Open the message of Ann's."""
        gmail = {"messageId": MESSAGE, "accessToken": GMAIL}
        return (await self.post("/addon/gmail/open", {"gmail": gmail}, sub=sub)).json()

    async def press(self, token: str, /, *, sub: str = REP, **form: str) -> dict[str, Any]:
        """Press a button, with what was filled in."""
        inputs = {name: {"stringInputs": {"value": [value]}} for name, value in form.items()}
        common = {"parameters": {"t": token}, "formInputs": inputs}
        answer = await self.post("/addon/gmail/action", {"commonEventObject": common}, sub=sub)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def button(self, op: str, *, sub: str = REP, nonce: str = "n-1", **state: Any) -> str:
        """A button as the hub signs it."""
        stage = self.stage
        await CardKeys(stage.hub.store, stage.vault, stage.hub.clock).signer(user="nobody")
        found = await stage.hub.store.read(keys)
        made = ButtonState(
            op=op,
            connection=1,
            address="ann@acme.test",
            user=f"google https://accounts.google.com {sub}",
            at_s=int(stage.hub.clock.now().timestamp()),
            nonce=nonce,
            **state,
        )
        return sealed(made, stage.vault.open(found[0]))

    @property
    def writes(self) -> list[str]:
        """What Pipedrive was told to change."""
        return [
            f"{one.method} {one.path}" for one in self.stage.sandbox.calls if one.method != "GET"
        ]


def notice(answer: dict[str, Any]) -> str:
    """The line that a click is answered with."""
    return answer["renderActions"]["action"].get("notification", {}).get("text", "")


def buttons(node: Any) -> list[dict[str, str]]:
    """The parameters of every action in an answer."""
    if isinstance(node, list):
        return [found for one in node for found in buttons(one)]
    if not isinstance(node, dict):
        return []
    own = (
        [{one["key"]: one["value"] for one in node.get("parameters", [])}]
        if ("function" in node)
        else []
    )
    return own + [found for value in node.values() for found in buttons(value)]


@asynccontextmanager
async def open_mailbox(folder: Path) -> AsyncGenerator[Mailbox]:
    """A hub with the account of the fixtures."""
    seed = msgspec.json.decode((FIXTURES / "seed.json").read_bytes())
    async with theatre(folder, seed, mirrored=False) as stage:
        stage.outdoors.reply, stage.outdoors.message_id = HEADERS, MESSAGE
        app = stage.app()
        async with (
            add_on(app) as client,
            app.pages.router.lifespan_context(app.pages),
        ):
            yield Mailbox(stage=stage, client=client)
