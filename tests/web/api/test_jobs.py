"""Files of events are taken in, and what goes on for long tells how far it is."""

import gzip
from typing import Any

from tests.web.api.hub import ApiHub

from dealwright.core.people import Role
from dealwright.store.imports import SILENT_MS, create_import

ADA = b'{"type":"identify","userId":"ada","traits":{"name":"Ada"}}'
BO = b'{"type":"track","userId":"bo","event":"Signed Up"}'


async def send(hub: ApiHub, body: bytes, *, role: Role = Role.MEMBER, **asked: Any) -> Any:
    """Send a file, and wait until it is read; the answer's JSON with its status."""
    key = asked.pop("key", "")
    headers = {"idempotency_key": key} if key else {}
    async with hub.client(role, **headers) as client:
        answer = await client.post("/jobs/imports", params={"source_id": 1, **asked}, content=body)
    await hub.office.importer.idle()
    return answer.json() | {"status": answer.status_code}


async def seen(hub: ApiHub, path: str) -> Any:
    async with hub.client(Role.VIEWER) as client:
        return (await client.get(path)).json()


async def test_a_file_of_events_becomes_events(hub: ApiHub) -> None:
    sent = await send(hub, ADA + b"\n\n" + BO + b"\n", name="old.jsonl")
    told = await seen(hub, f"/jobs/{sent['id']}")

    assert (sent["status"], sent["state"]) == (202, "running")
    assert (told["state"], told["made"], told["refused"]) == ("done", 2, 0)
    assert told["done"] == told["total"] == len(ADA) + len(BO) + 3
    assert len((await seen(hub, "/events"))["items"]) == 3


async def test_a_line_that_is_no_event_is_kept_as_a_reject(hub: ApiHub) -> None:
    sent = await send(hub, ADA + b"\nnot json\n")
    told = await seen(hub, f"/jobs/{sent['id']}")

    assert (told["made"], told["refused"]) == (1, 1)
    assert len((await seen(hub, "/rejects"))["items"]) == 1


async def test_a_packed_file_is_unpacked(hub: ApiHub) -> None:
    sent = await send(hub, gzip.compress(ADA), name="old.jsonl.gz")

    assert (await seen(hub, f"/jobs/{sent['id']}"))["made"] == 1


async def test_a_table_becomes_events_by_its_columns(hub: ApiHub) -> None:
    body = b"Id,E-mail\nu-1,ada@example.com\nu-2,bo@example.com\n"
    mapping = ["userId=Id", "traits.email=E-mail"]
    sent = await send(hub, body, name="people.csv", map=mapping)
    newest = await seen(hub, "/events/3")

    assert (await seen(hub, f"/jobs/{sent['id']}"))["made"] == 2
    assert newest["body"]["traits"] == {"email": "bo@example.com"}


async def test_a_table_without_a_column_that_is_named_fails_with_a_sentence(hub: ApiHub) -> None:
    sent = await send(hub, b"Id\nu-1\n", name="people.csv", map=["userId=Nr"])
    told = await seen(hub, f"/jobs/{sent['id']}")

    assert (told["state"], told["code"]) == ("failed", "invalid_columns")
    assert "There is no column Nr" in told["message"]


async def test_a_file_that_ends_too_early_fails_with_what_was_taken(hub: ApiHub) -> None:
    sent = await send(hub, gzip.compress(ADA)[:-4], name="old.gz")
    told = await seen(hub, f"/jobs/{sent['id']}")

    assert (told["state"], told["code"]) == ("failed", "unreadable_file")


async def test_a_line_that_is_endless_is_refused_and_the_next_is_taken(hub: ApiHub) -> None:
    body = b'{"x":"' + b"y" * 5_000_000 + b'"}\n' + ADA
    sent = await send(hub, gzip.compress(body))
    told = await seen(hub, f"/jobs/{sent['id']}")

    assert (told["state"], told["made"], told["refused"]) == ("done", 1, 1)


async def test_a_file_may_be_larger_than_other_bodies(hub: ApiHub) -> None:
    sent = await send(hub, b"\n".join([ADA] * 20_000))

    assert sent["status"] == 202


async def test_a_repeated_upload_with_one_key_is_taken_once(hub: ApiHub) -> None:
    first = await send(hub, ADA, key="k-1")
    again = await send(hub, ADA, key="k-1")

    assert first["id"] == again["id"]
    assert len((await seen(hub, "/jobs?kind=import"))["items"]) == 1


async def test_an_empty_file_is_refused(hub: ApiHub) -> None:
    assert (await send(hub, b""))["code"] == "invalid_request"


async def test_a_file_for_a_source_that_is_not_there_is_refused(hub: ApiHub) -> None:
    assert (await send(hub, ADA, source_id=9))["code"] == "not_found"


async def test_a_viewer_sends_no_file(hub: ApiHub) -> None:
    assert (await send(hub, ADA, role=Role.VIEWER))["code"] == "role_too_low"


async def test_an_import_whose_process_is_gone_says_so(hub: ApiHub) -> None:
    old_ms = hub.now_ms() - SILENT_MS - 1
    await hub.store.write(
        lambda db: create_import(
            db, source_id=1, name="old", total_bytes=5, made_by="ada", now_ms=old_ms
        )
    )

    assert (await seen(hub, "/jobs/import-1"))["state"] == "interrupted"


async def test_crawls_and_replays_are_jobs_too(hub: ApiHub) -> None:
    async with hub.client() as client:
        await client.post("/connections/1/crawl", json={"kinds": ["person"]})
        await client.post("/replays", json={"mapping_id": 1, "from_event": 1})
    found = (await seen(hub, "/jobs"))["items"]

    assert [(one["id"], one["state"]) for one in found] == [
        ("replay-1", "running"),
        ("crawl-1", "running"),
    ]


async def test_one_job_is_found_by_its_id(hub: ApiHub) -> None:
    async with hub.client() as client:
        await client.post("/replays", json={"mapping_id": 1, "from_event": 1})

    assert (await seen(hub, "/jobs/replay-1"))["total"] == 1
    assert (await seen(hub, "/jobs/crawl-1"))["code"] == "not_found"
