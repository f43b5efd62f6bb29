"""The rest of the web side: health, the home page, and the browser SDK's settings."""

from tests.web.door import KEY, Door, open_door

from dealwright.core.errors import StoreUnavailable
from dealwright.web.app import WebOptions


async def test_the_browser_is_sent_to_the_host_that_it_asked(door: Door) -> None:
    answer = await door.client.get(f"/v1/projects/{KEY}/settings")

    assert answer.json()["integrations"] == {
        "Segment.io": {
            "apiKey": KEY,
            "apiHost": "hub.example/v1",
            "protocol": "http",
            "deliveryStrategy": {
                "strategy": "batching",
                "config": {"size": 10, "timeout": 2000},
            },
        }
    }
    assert answer.json()["metrics"] == {"sampleRate": 0}


async def test_the_browser_is_sent_to_the_public_address_where_there_is_one() -> None:
    async with open_door(WebOptions(public_url="https://events.shop.example/hub")) as door:
        answer = await door.client.get(f"/v1/projects/{KEY}/settings")

    sent_to = answer.json()["integrations"]["Segment.io"]
    assert (sent_to["protocol"], sent_to["apiHost"]) == ("https", "events.shop.example/hub/v1")


async def test_a_host_that_is_no_host_is_not_repeated(door: Door) -> None:
    answer = await door.client.get(f"/v1/projects/{KEY}/settings", headers={"host": 'x"><script>'})

    assert "script" not in answer.text


async def test_settings_of_an_unknown_write_key_are_refused(door: Door) -> None:
    answer = await door.client.get("/v1/projects/wrong/settings")

    assert (answer.status_code, answer.json()["code"]) == (401, "unknown_write_key")


async def test_settings_are_only_read(door: Door) -> None:
    answer = await door.client.post(f"/v1/projects/{KEY}/settings")

    assert answer.status_code == 405


async def test_the_hub_is_alive_whatever_the_store_does(door: Door) -> None:
    door.log.fault = StoreUnavailable("The disk is full.")

    assert (await door.client.get("/livez")).text == "ok"


async def test_the_hub_is_ready_when_the_store_answers(door: Door) -> None:
    assert (await door.client.get("/readyz")).json() == {"ready": True}


async def test_the_hub_is_not_ready_without_its_store(door: Door) -> None:
    door.log.fault = StoreUnavailable("The disk is full.")

    answer = await door.client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {
        "ready": False,
        "code": "store_unavailable",
        "message": "The disk is full.",
    }


async def test_the_home_page_says_where_to_go(door: Door) -> None:
    assert "/v1/batch" in (await door.client.get("/")).text
