"""Sources of meetings by the API: made, changed, their secrets told once."""

from typing import Any

from tests.web.api.hub import ApiHub

from dealwright.store.audit import entries

GENERIC = {"name": "Zapier", "kind": "generic", "settings": {"internal_domains": ["hub.example"]}}


async def made(hub: ApiHub, **more: Any) -> Any:
    """A Source that was just made."""
    async with hub.client() as client:
        answer = await client.post("/meeting-sources", json={**GENERIC, **more})
    return answer.json() | {"status": answer.status_code}


async def test_the_recorders_say_what_they_need(hub: ApiHub) -> None:
    async with hub.client() as client:
        found = (await client.get("/recorders")).json()["items"]

    zoom = next(one for one in found if one["kind"] == "zoom")
    assert zoom["path"] == "/hooks/meetings/zoom"
    assert set(zoom["credentials"]) == {"account_id", "client_id", "client_secret"}


async def test_a_source_gets_an_address_and_a_secret_that_are_told_once(hub: ApiHub) -> None:
    source = await made(hub)
    async with hub.client() as client:
        again = (await client.get(f"/meeting-sources/{source['id']}")).json()

    assert source["status"] == 201
    assert "/hooks/meetings/generic/" in source["url"]
    assert source["secret"].startswith("whsec_")
    assert not {"url", "secret"} & again.keys()


async def test_no_secret_reaches_the_audit_log(hub: ApiHub) -> None:
    source = await made(hub)
    log = await hub.store.read(lambda db: entries(db, limit=5))

    assert source["secret"] not in str(log)
    assert source["url"].rpartition("/")[2] not in str(log)


async def test_a_recorder_with_a_secret_of_its_own_has_to_be_told_it(hub: ApiHub) -> None:
    refused = await made(hub, kind="fathom")

    assert (refused["status"], refused["code"]) == (422, "invalid_request")


async def test_what_is_no_recorder_is_named(hub: ApiHub) -> None:
    assert (await made(hub, kind="tape"))["code"] == "unknown_recorder"


async def test_a_setting_that_does_not_fit_is_named(hub: ApiHub) -> None:
    refused = await made(hub, settings={"deal_rule": "best"})

    assert refused["code"] == "invalid_settings"
    assert "deal_rule" in refused["detail"]


async def test_settings_are_laid_over_those_that_are_there(hub: ApiHub) -> None:
    source = await made(hub)
    async with hub.client() as client:
        there = await client.get(f"/meeting-sources/{source['id']}")
        changed = await client.patch(
            f"/meeting-sources/{source['id']}",
            json={"settings": {"note_per": "primary_only"}},
            headers={"If-Match": there.headers["ETag"]},
        )

    told = changed.json()["settings"]
    assert (told["note_per"], told["internal_domains"]) == ("primary_only", ["hub.example"])


async def test_settings_that_somebody_else_has_changed_are_not_overwritten(hub: ApiHub) -> None:
    source = await made(hub)
    async with hub.client() as client:
        changed = await client.patch(
            f"/meeting-sources/{source['id']}",
            json={"settings": {"note_per": "primary_only"}},
            headers={"If-Match": '"another"'},
        )

    assert changed.status_code == 412


async def test_another_secret_is_told_once(hub: ApiHub) -> None:
    source = await made(hub)
    async with hub.client() as client:
        new = (await client.post(f"/meeting-sources/{source['id']}/secret", json={})).json()

    assert new["secret"].startswith("whsec_")
    assert new["secret"] != source["secret"]
