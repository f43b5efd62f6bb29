"""What the hub says at the end of the story, to everybody who may ask, and what it has written."""

from collections.abc import Iterator
from itertools import islice

import httpx2
from tests.security.story import Cast, send
from tests.security.world import METRICS_TOKEN, PATIENCE_S, World

#: Commands that tell of what there is; none of them shows a secret.
COMMANDS = (
    "doctor",
    "doctor --json",
    "connections list --json",
    "deliveries --json",
    "deliveries show 1",
    "deliveries show 1 --json",
    "events --json",
    "events --rejected --json",
    "audit --json",
    "keys list --json",
    "sources list --json",
    "users list --json",
    "users sessions --json",
    "webhooks status --json",
    "budget --json",
    "secrets status --json",
    "mirror status --json",
    "db status --json",
    f"connect --url http://127.0.0.1:9 --token {'x' * 40} --json",
)

#: What stands for the places of a path.
PLACES = {"kind": "person", "picker": "stages", "version": "1", "key": "upsert_person"}


def answers(world: World, cast: Cast) -> None:
    """Every page and every endpoint that only looks, to every role, to the owner and to nobody."""
    described = httpx2.get(f"{world.url}/api/v1/openapi.json", timeout=PATIENCE_S).json()
    who = [{"authorization": f"Bearer {key}"} for key in cast.keys.values()]
    # What a browser is told of its own session is its token for changes, and meant for it.
    for headers in (*who, cast.cookie, {}):
        for path, methods in described["paths"].items():
            if "get" not in methods or path.endswith("/stream"):
                continue
            own = path.endswith("/session") and headers == cast.cookie
            world.answer("GET", f"/api/v1{_filled(path)}", headers=headers, shown=own)
    for path in ("/", "/docs", "/auth/sign-in", "/auth/set-up", "/livez", "/readyz", "/nowhere"):
        world.answer("GET", path)


def _filled(path: str) -> str:
    parts = path.removeprefix("/api/v1").split("/")
    return "/".join(PLACES.get(p[1:-1], "1") if p.startswith("{") else p for p in parts)


def stream(world: World, cast: Cast) -> None:
    """What the owner is told while something happens."""
    with httpx2.stream(
        "GET", f"{world.url}/api/v1/stream", headers=cast.cookie, timeout=PATIENCE_S
    ) as answer:
        lines = answer.iter_lines()
        first = list(islice(lines, 1))
        send(world, cast, 50)
        world.hear("stream", *(line.encode() for line in (*first, *_until_data(lines))))


def _until_data(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield line
        if line.startswith("data:"):
            return


def figures(world: World) -> None:
    """The figures of both processes."""
    for port in (world.port, world.worker_port):
        for token in (METRICS_TOKEN, "wrong"):
            headers = {"authorization": f"Bearer {token}", "x-forwarded-for": "192.0.2.1"}
            told = httpx2.get(f"http://127.0.0.1:{port}/metrics", headers=headers)
            world.hear("metrics", told.content)


def commands(world: World) -> None:
    """What commands print, and the configuration as a file."""
    world.run(*COMMANDS)
    world.run(f"backup {world.data.with_name('backup.db')}")
    world.run("config export", place="configuration")


def files(world: World) -> None:
    """What stands on the disk; the key file is where the keys are, and nothing else there."""
    for path in world.data.rglob("*"):
        if path.is_file() and path.name != "secret.key":
            world.hear("database", path.read_bytes())
    world.hear("backup", world.data.with_name("backup.db").read_bytes())
    world.hear("spans", *world.spans)
