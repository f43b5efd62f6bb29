"""v1 explains itself in the user's language; what a client may read stays English."""

from typing import Any

import pytest
from tests.sandbox.conftest import Visitor

LINKLESS = {"content": "x"}
NOBODY = "/api/v1/leads/00000000-0000-4000-a000-000000000000"


@pytest.fixture
async def spanish(visitor: Visitor) -> Visitor:
    await visitor.put("/_sandbox/state", {"users": [{"id": 1, "language": "es"}]})
    return visitor


async def refused(visitor: Visitor) -> Any:
    return (await visitor.post("/api/v1/notes", LINKLESS)).json


async def test_error_info_is_in_the_users_language(spanish: Visitor) -> None:
    assert (await refused(spanish))["error_info"] == (
        "Consulta developers.pipedrive.com para obtener más información sobre la API de Pipedrive."
    )


async def test_a_404_of_v1_is_in_the_users_language(spanish: Visitor) -> None:
    assert (await spanish.get(NOBODY)).json["error_info"] == "No se encontró el objeto."


async def test_the_error_itself_stays_english(spanish: Visitor) -> None:
    assert (await refused(spanish))["error"].startswith("Note must be associated")


async def test_the_gateway_speaks_english(spanish: Visitor) -> None:
    assert (await spanish.get("/api/v2/users/1")).json["error_info"] == (
        "Please check developers.pipedrive.com"
    )


async def test_a_colleague_of_another_language_reads_it_in_that_one(visitor: Visitor) -> None:
    token = (await visitor.post("/_sandbox/tokens", {"user_id": 2})).json["token"]

    body = await refused(Visitor(visitor.sandbox, token=token))

    assert body["error_info"].startswith("Weitere Informationen")


async def test_a_language_that_the_sandbox_does_not_speak_is_english(visitor: Visitor) -> None:
    await visitor.put("/_sandbox/state", {"users": [{"id": 1, "language": "et"}]})

    assert (await refused(visitor))["error_info"].startswith("Please check developers")


async def test_the_user_says_which_language_it_is(spanish: Visitor) -> None:
    assert (await spanish.get("/api/v1/users/me")).data["language"] == {
        "language_code": "es",
        "country_code": "ES",
    }
