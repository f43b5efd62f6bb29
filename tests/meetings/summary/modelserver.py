"""A server that speaks as OpenAI's does, over a real socket, with answers of the test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import web

from dealwright.core.ssrf import allow_list
from dealwright.meetings.summary.model import LanguageModel
from dealwright.pipeline.outside import Outside


@dataclass
class ModelServer:
    """Answers each request with the next of `answers`, the last one again and again.

    An answer is a status, or the words of the model; `asked` and `headers` are what came.
    """

    answers: list[int | str]
    port: int = 0
    usage: dict[str, int] | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def outside(self) -> Outside:
        return Outside(allow_list([f"127.0.0.1:{self.port}"]))

    def model(self, **changes: Any) -> LanguageModel:
        return LanguageModel(base_url=self.base_url, model="tiny", **changes)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(msgspec.json.decode(await request.read()))
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        said = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(said, int):
            return web.Response(status=said, text="no")
        choice = {"index": 0, "message": {"role": "assistant", "content": said}}
        body: dict[str, Any] = {"object": "chat.completion", "choices": [choice]}
        return web.json_response(body | ({"usage": self.usage} if self.usage else {}))


@asynccontextmanager
async def serving(*answers: int | str) -> AsyncIterator[ModelServer]:
    server = ModelServer(list(answers))
    app = web.Application()
    app.router.add_post("/v1/chat/completions", server.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.port = runner.addresses[0][1]
    try:
        yield server
    finally:
        await runner.cleanup()
