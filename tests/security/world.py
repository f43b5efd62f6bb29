"""The hub as it is run: two real processes, an account, an OpenID provider and a collector."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from tests.cards.runner.tokens import CLIENT, PROJECT
from tests.cli.conftest import serving
from tests.journeys.test_process import served, wait_until
from tests.security.canaries import Canaries
from tests.web.provider import CLIENT_ID, CLIENT_SECRET, IdProvider

from dealwright.cli.sockets import free_port
from dealwright.pipedrive.oauth import CALLBACK
from dealwright.pipeline.clock import SystemClock
from dealwright.sandbox.app import Sandbox, create_app
from dealwright.sandbox.integrations import App
from dealwright.sandbox.oauthscopes import SCOPES
from dealwright.sandbox.options import NO_LIMITS, Options

API_TOKEN = "a91c0ffee" * 4 + "beef"
APP_SECRET = "app-secret-canary-5ec7e7"
METRICS_TOKEN = "metrics-token-canary-1"
MODEL_KEY = "sk-model-canary-1"
PATIENCE_S = 90


@dataclass(kw_only=True)
class World:
    """Everything around the hub, and what the hub has said so far.

    `said` is what was gathered, by the place where it stood: logs, answers, the database …
    """

    data: Path
    port: int
    worker_port: int
    sandbox: Sandbox
    sandbox_url: str
    provider: IdProvider
    collector: str
    spans: list[bytes]
    canaries: Canaries = field(default_factory=Canaries)
    said: dict[str, list[bytes]] = field(default_factory=dict[str, list[bytes]])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def hear(self, place: str, *said: bytes) -> None:
        """Keep what was said in a place."""
        self.said.setdefault(place, []).extend(said)

    def run(
        self, *commands: str, place: str = "commands", shown: bool = False, **more: str
    ) -> list[str]:
        """Run commands to their ends; what they print, which is kept unless it is `shown` once.

        `more` is set in their environment.
        """
        lines = [json.dumps(command.split()) for command in commands]
        ran = subprocess.run(
            [sys.executable, "-m", "tests.security.commands", *lines],
            env=self.environment() | {"PIPEDRIVE_API_TOKEN": API_TOKEN} | more,
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
        )
        self.hear(place, ran.stderr, b"" if shown else ran.stdout)
        return ran.stdout.decode().splitlines()

    def told(self, *commands: str) -> list[dict[str, Any]]:
        """What each command says this once, in JSON."""
        said = self.run(*(f"{command} --json" for command in commands), shown=True)
        assert len(said) == len(commands), said
        return [json.loads(line) for line in said]

    def answer(self, method: str, path: str, *, shown: bool = False, **how: Any) -> httpx2.Response:
        """Ask the hub; the answer is kept unless it shows a secret on purpose."""
        answer = httpx2.request(method, f"{self.url}{path}", timeout=PATIENCE_S, **how)
        if not shown:
            kept = [(k, v) for k, v in answer.headers.multi_items() if k != "set-cookie"]
            self.hear("answers", repr(kept).encode(), answer.content)
        return answer

    @contextmanager
    def running(self, *, web: str, worker: str) -> Generator[None]:
        """Run both processes, each with logs of a form, at the level debug."""
        with ExitStack() as stack:
            for role, form in (("web", web), ("worker", worker)):
                stack.enter_context(self._process(role, form))
            yield

    @contextmanager
    def _process(self, role: str, form: str) -> Generator[None]:
        port = self.port if role == "web" else self.worker_port
        environment = self.environment() | {"DEALWRIGHT_LOG_FORMAT": form}
        environment |= {"DEALWRIGHT_METRICS_PORT": str(self.worker_port)}
        command = [sys.executable, "-m", "dealwright", "serve", "--role", role, "--port", str(port)]
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as process:
            assert process.stderr is not None
            lines: list[bytes] = []
            thread = threading.Thread(target=lines.extend, args=[process.stderr])
            thread.start()
            try:
                ready = f"{role}.ready".encode()
                wait_until(lambda: not thread.is_alive() or any(ready in line for line in lines))
                assert process.poll() is None, b"".join(lines).decode()
                yield
            finally:
                process.terminate()
                process.wait(PATIENCE_S)
                thread.join()
                self.hear(f"logs, {form}", *lines)

    def environment(self) -> dict[str, str]:
        """What an operator sets."""
        kept = {n: v for n, v in os.environ.items() if not n.startswith("DEALWRIGHT_")}
        return kept | {
            "DEALWRIGHT_DATA": str(self.data),
            "DEALWRIGHT_PUBLIC_URL": self.url,
            "DEALWRIGHT_LOG_LEVEL": "debug",
            "DEALWRIGHT_PIPEDRIVE_CLIENT_ID": "hub",
            "DEALWRIGHT_PIPEDRIVE_CLIENT_SECRET": APP_SECRET,
            "DEALWRIGHT_OIDC_ISSUER": self.provider.issuer,
            "DEALWRIGHT_OIDC_CLIENT_ID": CLIENT_ID,
            "DEALWRIGHT_OIDC_CLIENT_SECRET": CLIENT_SECRET,
            "DEALWRIGHT_METRICS_TOKEN": METRICS_TOKEN,
            "DEALWRIGHT_LLM_BASE_URL": "https://models.example/v1",
            "DEALWRIGHT_LLM_MODEL": "tiny",
            "DEALWRIGHT_LLM_API_KEY": MODEL_KEY,
            "DEALWRIGHT_GOOGLE_PROJECT_NUMBER": PROJECT,
            "DEALWRIGHT_GOOGLE_CLIENT_ID": CLIENT,
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.collector,
            "NO_PROXY": "127.0.0.1",
        }


@contextmanager
def around(folder: Path) -> Generator[World]:
    """An account with our app in it, a provider and a collector, all over loopback."""
    sandbox = create_app(Options(token=API_TOKEN, lag_s=0, seed="empty", limits=NO_LIMITS))
    provider = IdProvider(clock=SystemClock())  # type: ignore[arg-type]
    spans: list[bytes] = []
    with ExitStack() as stack:
        provider.issuer = stack.enter_context(serving(provider.app()))
        world = World(
            data=folder / "hub",
            port=free_port(),
            worker_port=free_port(),
            sandbox=sandbox,
            sandbox_url=stack.enter_context(served(sandbox)),
            provider=provider,
            collector=stack.enter_context(serving(_collector(spans))),
            spans=spans,
        )
        sandbox.grants.register(
            App(
                id="hub",
                client_secret=APP_SECRET,
                name="Dealwright",
                redirect_uri=f"{world.url}{CALLBACK}",
                scopes=tuple(scope for scope in SCOPES if scope != "admin"),
            )
        )
        yield world


def _collector(spans: list[bytes]) -> Starlette:
    async def take(request: Request) -> Response:
        spans.append(await request.body())
        return Response(b"", media_type="application/x-protobuf")

    return Starlette(routes=[Route("/v1/traces", take, methods=["POST"])])


def soon(holds: Callable[[], bool]) -> None:
    """Wait until something holds; the world is real, and so is its time."""
    wait_until(holds)


def now_s() -> int:
    """The moment that senders and authenticator apps say."""
    return int(time.time())
