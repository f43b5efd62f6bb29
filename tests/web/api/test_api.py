"""The management API: what it does, and what it refuses."""

from tests.web.api.hub import ApiHub


async def test_health_is_told(hub: ApiHub) -> None:
    async with hub.client() as client:
        answer = await client.get("/health")

    assert answer.status_code == 200, answer.text
    assert answer.json()["newest_event"] == 1
