"""How somebody reads cards: everybody chooses for himself, an admin for others."""

from typing import Any

import httpx2
import pytest
from tests.web.api.hub import ApiHub

from dealwright.core.people import Role
from dealwright.store import cards
from dealwright.store.audit import entries

READER = "/card/reader"


async def _ask(
    hub: ApiHub, role: Role, method: str, path: str = READER, body: Any = None
) -> httpx2.Response:
    """Ask as somebody who is signed in in a browser."""
    own = await hub.person(role) | {"if-match": "*", "origin": "https://hub.example"}
    async with hub.client(None, **own) as client:
        return await client.request(method, path, json=body)


async def test_nobody_has_chosen_anything_at_first(hub: ApiHub) -> None:
    told = (await _ask(hub, Role.VIEWER, "GET")).json()

    assert (told["locale"], told["zone"], told["connections"]) == ("", "", None)


async def test_a_viewer_chooses_for_himself(hub: ApiHub) -> None:
    chosen = {"locale": "de-DE", "zone": "Europe/Berlin", "connections": [1]}
    answer = await _ask(hub, Role.VIEWER, "PATCH", body=chosen)
    told = answer.json()
    kept = await hub.store.read(lambda db: cards.reader(db, told["user_id"]))

    assert answer.status_code == 200, answer.text
    assert {name: told[name] for name in chosen} == chosen
    assert kept == cards.CardReader(locale="de-DE", zone="Europe/Berlin", connections=(1,))


async def test_what_is_not_given_stays(hub: ApiHub) -> None:
    await _ask(hub, Role.VIEWER, "PATCH", body={"locale": "de-DE"})
    told = (await _ask(hub, Role.VIEWER, "PATCH", body={"zone": "UTC"})).json()

    assert (told["locale"], told["zone"]) == ("de-DE", "UTC")


async def test_all_connections_again_is_null(hub: ApiHub) -> None:
    await _ask(hub, Role.VIEWER, "PATCH", body={"connections": [1]})
    told = (await _ask(hub, Role.VIEWER, "PATCH", body={"connections": None})).json()

    assert told["connections"] is None


async def test_a_choice_is_written_down(hub: ApiHub) -> None:
    told = (await _ask(hub, Role.MEMBER, "PATCH", body={"locale": "sv-SE"})).json()
    (entry,) = await hub.store.read(lambda db: entries(db, limit=1))

    assert (entry.action, entry.target) == ("card_reader.update", f"user:{told['user_id']}")
    assert (entry.before["locale"], entry.after["locale"]) == ("", "sv-SE")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"locale": "xx-XX; DROP"}, 422),
        ({"zone": "Mars/Olympus"}, 422),
        ({"connections": []}, 422),
        ({"connections": [99]}, 404),
        ({"language": "de"}, 422),
    ],
)
async def test_what_there_is_not_cannot_be_chosen(
    hub: ApiHub, body: dict[str, Any], status: int
) -> None:
    assert (await _ask(hub, Role.VIEWER, "PATCH", body=body)).status_code == status


async def test_an_admin_chooses_for_others(hub: ApiHub) -> None:
    viewer = (await _ask(hub, Role.VIEWER, "GET")).json()["user_id"]
    path = f"{READER}?user_id={viewer}"
    answer = await _ask(hub, Role.ADMIN, "PATCH", path, {"locale": "fr-FR"})

    assert (await _ask(hub, Role.VIEWER, "GET")).json()["locale"] == "fr-FR"
    assert answer.json()["user_id"] == viewer


@pytest.mark.parametrize("method", ["GET", "PATCH"])
async def test_a_member_neither_sees_nor_makes_anothers_choice(hub: ApiHub, method: str) -> None:
    viewer = (await _ask(hub, Role.VIEWER, "GET")).json()["user_id"]
    path = f"{READER}?user_id={viewer}"
    answer = await _ask(hub, Role.MEMBER, method, path, {"locale": "fr-FR"})

    assert (answer.status_code, answer.json()["code"]) == (403, "role_too_low")


async def test_an_api_key_says_whose_choice_it_means(hub: ApiHub) -> None:
    viewer = (await _ask(hub, Role.VIEWER, "GET")).json()["user_id"]
    async with hub.client(Role.ADMIN) as client:
        nobody = await client.get(READER)
        somebody = await client.get(READER, params={"user_id": viewer})

    assert (nobody.status_code, somebody.status_code) == (422, 200)


async def test_a_choice_of_something_older_is_refused(hub: ApiHub) -> None:
    own = await hub.person(Role.VIEWER) | {"origin": "https://hub.example"}
    async with hub.client(None, **own) as client:
        old = (await client.get(READER)).headers["etag"]
        await client.patch(READER, json={"locale": "de-DE"}, headers={"if-match": old})
        late = await client.patch(READER, json={"locale": "sv-SE"}, headers={"if-match": old})

    assert late.status_code == 412
