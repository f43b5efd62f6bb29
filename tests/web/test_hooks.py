"""The door for Pipedrive's messages: who comes in, what is taken, and what nobody gets to see."""

import asyncio
import base64
import io
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa
import structlog
from structlog.testing import capture_logs
from tests.clock import ManualClock
from tests.fresh import fresh_store
from tests.web.door import client_of

from dealwright.cli.logs import configure
from dealwright.core.clock import to_ms
from dealwright.core.webhook import Told
from dealwright.pipeline.hearing import Hearing
from dealwright.pipeline.hookpath import hash_credentials, hash_path
from dealwright.store.connections import NewConnection, create_connection
from dealwright.store.engine import Store
from dealwright.store.tables import webhooks
from dealwright.store.webhooks import Webhook, save_secrets, set_wanted, webhook
from dealwright.web.hooks import Ear, Hooks

SECRET = "s3cret-path-that-nobody-can-guess-0123456789"
PASSWORD = "p4ssword-that-nobody-can-guess-0123456789"
PATH = f"/hooks/pipedrive/{SECRET}"
META = {"action": "change", "entity": "person", "id": "e-1", "entity_id": "7", "version": "2.0"}
MESSAGE = {"meta": META, "data": {"id": 7, "name": "Ada"}, "previous": {}}


def basic(user: str = "dealwright", password: str = PASSWORD) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@dataclass(frozen=True, kw_only=True)
class HookDoor:
    """A client before the door, and the store behind it."""

    client: httpx2.AsyncClient
    store: Store
    clock: ManualClock

    async def tell(self, message: Any, path: str = PATH, **headers: str) -> httpx2.Response:
        return await self.client.post(
            path, json=message, headers=headers or {"authorization": basic()}
        )

    async def post(self, body: bytes) -> httpx2.Response:
        return await self.client.post(PATH, content=body, headers={"authorization": basic()})

    async def known(self) -> Webhook:
        found = await self.store.read(lambda db: webhook(db, 1))
        assert found is not None
        return found


Change = Callable[[Ear], Ear]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = fresh_store(tmp_path)
    with store.transaction() as db:
        new = NewConnection(name="acme", base_url="https://a.pipedrive.com", plan="lite", seats=1)
        create_connection(db, new, now_ms=0)
        save_secrets(
            db,
            1,
            path_hash=hash_path(SECRET),
            auth_hash=hash_credentials(f"dealwright:{PASSWORD}".encode()),
            sealed=b"sealed",
        )
    return store


@pytest.fixture
async def door(store: Store) -> AsyncIterator[HookDoor]:
    clock = ManualClock()
    async with client_of(Hooks(ear_of(store, clock))) as client:
        yield HookDoor(client=client, store=store, clock=clock)
    store.close()


def ear_of(store: Store, clock: ManualClock) -> Ear:
    hearing = Hearing(store, clock)
    return Ear(open=hearing.open, whose=hearing.whose, hear=hearing.hear)


async def test_a_message_is_taken_and_noted(door: HookDoor) -> None:
    answer = await door.tell(MESSAGE)

    assert answer.status_code == 200
    assert answer.json()["success"] is True
    assert (await door.known()).heard_at_ms == to_ms(door.clock.now())


async def test_a_repeated_message_is_taken_and_does_nothing(door: HookDoor) -> None:
    await door.tell(MESSAGE)

    assert (await door.tell(MESSAGE)).json() == {"success": True, "outcome": "repeated"}


async def test_before_the_first_message_something_may_have_been_missed(door: HookDoor) -> None:
    await door.tell(MESSAGE)

    assert (await door.known()).doubted_at_ms == to_ms(door.clock.now())


async def test_what_is_none_of_our_kinds_is_taken_and_ignored(door: HookDoor) -> None:
    answer = await door.tell({"meta": META | {"entity": "deal_installment"}, "data": {"id": 1}})

    assert (answer.status_code, answer.json()["outcome"]) == (200, "ignored")


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        basic(password="wrong"),
        basic(user="admin"),
        basic(password=PASSWORD + " "),
        basic(password=""),
        "Basic",
        "Basic !!!",
        "Basic " + "A" * 100_000,
        "Bearer " + basic().removeprefix("Basic "),
        basic(user="déalwright"),
    ],
)
async def test_whoever_cannot_sign_in_is_sent_away(door: HookDoor, authorization: str) -> None:
    answer = await door.tell(MESSAGE, authorization=authorization)

    assert (answer.status_code, answer.json()["code"]) == (401, "hook_not_authorized")
    assert (await door.known()).heard_at_ms is None


@pytest.mark.parametrize("written", ["basic {}", "BASIC {}", "Basic  {} "])
async def test_the_scheme_may_be_written_as_one_likes(door: HookDoor, written: str) -> None:
    pair = basic().removeprefix("Basic ")

    assert (await door.tell(MESSAGE, authorization=written.format(pair))).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/hooks/",
        "/hooks/pipedrive",
        "/hooks/pipedrive/",
        f"/hooks/pipedrive/{SECRET[:-1]}x",
        f"/hooks/pipedrive/{SECRET}/more",
        f"/hooks/pipedrive/{SECRET}%00",
        f"/hooks/pipedrive/../pipedrive/{SECRET}x",
        "/hooks/pipedrive/" + "a" * 5_000,
        f"/hooks/other/{SECRET}",
    ],
)
async def test_elsewhere_there_is_nothing(door: HookDoor, path: str) -> None:
    answer = await door.tell(MESSAGE, path)

    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_path")


async def test_of_a_webhook_that_is_switched_off_nothing_is_taken(door: HookDoor) -> None:
    await door.store.write(lambda db: set_wanted(db, 1, on=False))

    assert (await door.tell(MESSAGE)).status_code == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "HEAD"])
async def test_messages_come_by_post(door: HookDoor, method: str) -> None:
    answer = await door.client.request(method, PATH, headers={"authorization": basic()})

    assert answer.status_code == 405


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe{",
        b'{"meta":',
        b'{"meta":null,"data":{}}',
        b'{"meta":{"action":1,"entity":"person"}}',
        b'{"meta":{"action":"change","entity":"person"},"data":"text"}',
        b'{"meta":{"action":"change","entity":"person"},"data":{"x":1e999}}',
        b'{"meta":{"action":"change","entity":"person"},"data":{"x":"\\ud800"}}',
        b'{"current":{"id":1},"event":"updated.person","meta":{"v":1}}',
        b'{"meta":' * 5_000,
        b"[" * 200_000,
    ],
)
async def test_garbage_is_refused_with_a_code(door: HookDoor, body: bytes) -> None:
    answer = await door.post(body)

    assert (answer.status_code, answer.json()["code"]) == (400, "webhook_unreadable")


@pytest.mark.parametrize(
    "change",
    [
        {"entity_id": None},
        {"entity_id": "not a number"},
        {"entity_id": "9" * 5_000},
        {"entity_id": -3},
        {"entity": "person\0", "id": "\0"},
        {"entity": "lead", "entity_id": "'; drop table leads; --"},
        {"action": "exploded"},
        {"id": "x" * 100_000},
        {"timestamp": 1e300},
        {"timestamp": "yesterday"},
        {"user_id": {}},
    ],
)
async def test_odd_messages_do_no_harm(door: HookDoor, change: dict[str, Any]) -> None:
    answer = await door.tell(MESSAGE | {"meta": META | change})

    assert answer.status_code in {200, 400}
    assert (await door.tell(MESSAGE | {"meta": META | {"id": "e-2"}})).status_code == 200


async def test_a_body_without_end_is_not_taken(door: HookDoor) -> None:
    answer = await door.post(b" " * (8 * 1024 * 1024 + 1))

    assert (answer.status_code, answer.json()["code"]) == (400, "body_too_large")


async def test_without_a_store_pipedrive_shall_come_again(door: HookDoor, tmp_path: Path) -> None:
    (tmp_path / "dealwright.db").unlink()

    answer = await door.tell(MESSAGE)

    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")


async def test_what_was_not_stored_is_taken_when_it_is_repeated(
    door: HookDoor, tmp_path: Path
) -> None:
    file = tmp_path / "dealwright.db"
    await door.tell(MESSAGE)
    file.rename(tmp_path / "away")
    refused = await door.tell(MESSAGE | {"meta": META | {"id": "e-2"}})
    (tmp_path / "away").rename(file)
    again = await door.tell(MESSAGE | {"meta": META | {"id": "e-2"}})

    assert (refused.status_code, again.status_code) == (503, 200)
    assert again.json()["outcome"] != "repeated"


async def with_ear(store: Store, change: Change, ask: Callable[[httpx2.AsyncClient], Any]) -> Any:
    """Ask a door whose ear is another."""
    ear = change(ear_of(store, ManualClock()))
    async with client_of(Hooks(ear)) as client:
        return await ask(client)


async def telling(client: httpx2.AsyncClient) -> httpx2.Response:
    return await client.post(PATH, json=MESSAGE, headers={"authorization": basic()})


def breaking(error: Exception) -> Callable[[int, Told], Awaitable[str]]:
    async def hear(_: int, __: Told) -> str:
        raise error

    return hear


async def test_a_defect_of_ours_is_500_and_comes_again(store: Store) -> None:
    answer = await with_ear(store, lambda ear: replace(ear, hear=breaking(KeyError("x"))), telling)

    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")


@pytest.mark.parametrize(
    "told",
    [
        lambda door: door.tell(MESSAGE),
        lambda door: door.tell(MESSAGE, authorization=basic(password="wrong")),
        lambda door: door.tell(MESSAGE, PATH + "x"),
        lambda door: door.post(b"garbage"),
    ],
    ids=["taken", "wrong password", "wrong path", "garbage"],
)
async def test_the_log_never_holds_a_secret(
    door: HookDoor, told: Callable[[HookDoor], Awaitable[Any]]
) -> None:
    with capture_logs() as lines:
        await told(door)

    assert SECRET not in repr(lines)
    assert PASSWORD not in repr(lines)
    assert basic().removeprefix("Basic ") not in repr(lines)


@pytest.fixture
def _put_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.mark.usefixtures("_put_back")
@pytest.mark.parametrize("form", ["text", "json"])
async def test_the_log_of_a_defect_holds_no_secret(store: Store, form: str) -> None:
    stream = io.StringIO()
    # The client of this test tells its own requests, at info.
    configure(stream=stream, form=form, level="warning")
    await with_ear(store, lambda ear: replace(ear, hear=breaking(KeyError("x"))), telling)

    printed = stream.getvalue()
    assert "hook.failed" in printed
    assert SECRET not in printed
    assert PASSWORD not in printed


async def test_whoever_hangs_up_is_not_answered(door: HookDoor) -> None:
    sent: list[Any] = []

    async def gone() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": PATH,
        "headers": [(b"authorization", basic().encode())],
    }
    await Hooks(ear_of(door.store, door.clock))(scope, gone, send)

    assert sent == []


async def test_many_at_once_are_all_taken(door: HookDoor) -> None:
    messages = [MESSAGE | {"meta": META | {"id": f"e-{number}"}} for number in range(50)]
    answers = await asyncio.gather(*(door.tell(message) for message in messages))

    assert {answer.status_code for answer in answers} == {200}


def test_nothing_that_opens_the_door_is_in_the_store(store: Store) -> None:
    with store.snapshot() as db:
        rows = db.execute(sa.select(webhooks)).all()
    store.close()

    assert SECRET not in repr(rows)
    assert PASSWORD not in repr(rows)
