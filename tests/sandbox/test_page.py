"""The page at `/`, without a browser."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from tests.sandbox.conftest import TOKEN, Visitor

from dealwright.sandbox.app import Sandbox
from dealwright.sandbox.pageform import FORMS
from dealwright.sandbox.pageparts import PRESETS, TABS


class Reader:
    """Somebody who looks at the page and fills in its forms."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.http = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=sandbox), base_url="http://127.0.0.1:8900"
        )

    async def read(self, path: str = "/") -> str:
        return (await self.http.get(path)).text

    async def parts(self, **query: Any) -> Any:
        return (await self.http.get("/_page/parts", params=query)).json()

    async def send(self, deed: str, **form: str) -> str:
        answer = await self.http.post(
            f"/_page/{deed}", data=form, headers={"accept": "application/json"}
        )
        return answer.json()["said"]


@pytest.fixture
async def reader(sandbox: Sandbox) -> AsyncIterator[Reader]:
    reader = Reader(sandbox)
    yield reader
    await reader.http.aclose()


async def test_it_shows_the_company_and_its_token(reader: Reader) -> None:
    page = await reader.read()

    assert ("Tallinn Coffee Machines" in page, TOKEN in page) == (True, True)


@pytest.mark.parametrize("tab", TABS)
async def test_each_kind_of_record_is_shown(reader: Reader, tab: str) -> None:
    assert 'aria-label="Edit ' in await reader.read(f"/?tab={tab}")


async def test_deleted_records_are_not_shown(reader: Reader, visitor: Visitor) -> None:
    await visitor.delete("/api/v2/persons/1")

    assert "Ada Kask" not in await reader.read()


async def test_what_a_record_holds_cannot_write_into_the_page(
    reader: Reader, visitor: Visitor
) -> None:
    await visitor.patch("/api/v2/persons/1", {"name": "<script>alert(1)</script>{{token}}"})

    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{token}}" in await reader.read()


async def test_calls_are_shown_with_their_cost(reader: Reader, visitor: Visitor) -> None:
    await visitor.get("/api/v2/persons?limit=1")

    assert '<span class="cost">10</span>' in (await reader.parts())["calls"]


async def test_a_token_in_the_address_is_shown_beside_the_call(
    reader: Reader, visitor: Visitor
) -> None:
    await Visitor(visitor.sandbox, token="").get(
        f"/api/v1/users/me?api_token={visitor.sandbox.token}"
    )

    assert "token in the address" in (await reader.parts())["calls"]


async def test_only_new_calls_are_given(reader: Reader, visitor: Visitor) -> None:
    await visitor.get("/api/v2/persons")
    seen = (await reader.parts())["next"]

    assert (await reader.parts(since=seen))["calls"] == ""


async def test_looking_costs_nothing_and_is_no_call(reader: Reader, sandbox: Sandbox) -> None:
    await reader.read()
    await reader.parts()

    assert (sandbox.total_cost, sandbox.calls) == (0, [])


@pytest.mark.parametrize("fault", PRESETS)
async def test_each_bad_day_can_be_switched_on_and_off(
    reader: Reader, sandbox: Sandbox, fault: str
) -> None:
    await reader.send("fault", fault=fault, turn="on")
    in_force = [len(sandbox.faults.rules()) + len(sandbox.deliveries.faults.rules())]
    await reader.send("fault", fault=fault, turn="off")
    in_force.append(len(sandbox.faults.rules()) + len(sandbox.deliveries.faults.rules()))

    assert in_force == [1, 0]


async def test_rules_armed_by_a_script_are_counted(reader: Reader, sandbox: Sandbox) -> None:
    sandbox.add_fault(path="/api/v2/deals", status=500)

    assert "And 1 by script." in await reader.read()


async def test_all_can_be_well_again(reader: Reader, sandbox: Sandbox) -> None:
    sandbox.add_fault(status=500)
    await reader.send("well")

    assert sandbox.faults.rules() == []


async def test_the_clock_can_be_moved(reader: Reader, sandbox: Sandbox) -> None:
    before = sandbox.clock.now_ms()
    await reader.send("clock", advance_s="60")

    assert sandbox.clock.now_ms() - before == 60_000


async def test_a_clock_that_cannot_be_moved_says_so(reader: Reader) -> None:
    assert await reader.send("clock", advance_s="soon") == "Say by how many seconds."


async def test_the_budget_can_be_used_up(reader: Reader, sandbox: Sandbox) -> None:
    await reader.send("spend")

    assert sandbox.world.default_company.ledger.remaining(sandbox.clock.now_ms()) == 0


async def test_one_can_start_over(reader: Reader, visitor: Visitor) -> None:
    await visitor.delete("/api/v2/persons/1")
    await reader.send("reset")

    assert visitor.sandbox.record("person", 1) is not None


@pytest.mark.parametrize(
    ("kind", "form", "holds"),
    [
        ("person", {"name": "Eva", "emails": "a@x.example, b@x.example"}, {"name": "Eva"}),
        ("organization", {"name": "Eva Ltd", "address": "Pikk 1"}, {"name": "Eva Ltd"}),
        ("deal", {"title": "Two", "value": "12.5", "stage_id": "2"}, {"value": 12.5}),
        ("activity", {"subject": "Ring", "done": "yes", "participants": "3"}, {"done": True}),
        ("lead", {"title": "Hot", "person_id": "3", "value": "9 EUR"}, {"title": "Hot"}),
        ("note", {"content": "Hello", "person_id": "3"}, {"person_id": 3}),
    ],
)
async def test_each_kind_of_record_can_be_made(
    reader: Reader, sandbox: Sandbox, kind: str, form: dict[str, str], holds: dict[str, Any]
) -> None:
    await reader.send("edit", kind=kind, id="", user="2", action="create", **form)
    made = sandbox.records(COLLECTIONS[kind])[-1]

    assert made | holds == made


COLLECTIONS = {kind: tab for tab, (kind, _) in TABS.items()}


async def test_a_form_changes_only_what_was_changed_in_it(reader: Reader, sandbox: Sandbox) -> None:
    before = sandbox.record("person", 1)
    assert before is not None
    await reader.send(
        "edit", kind="person", id="1", user="2", action="change", name="Ada Tamm",
        emails=before["emails"][0]["value"],
    )  # fmt: skip
    after = sandbox.record("person", 1)
    assert after is not None

    assert {k for k in after if after[k] != before[k]} == {"name", "last_name"}


async def test_a_record_can_be_deleted(reader: Reader) -> None:
    assert await reader.send("edit", kind="deal", id="1", user="2", action="delete") == (
        "Deal 1 deleted."
    )


async def test_pipedrives_refusal_is_shown(reader: Reader) -> None:
    said = await reader.send("edit", kind="deal", id="1", user="1", action="change", value="much")

    assert said.startswith("Pipedrive refuses it: Validation failed: value: ")


@pytest.mark.parametrize(
    "form",
    [
        {"kind": "dragon"},
        {"kind": "deal", "id": "1", "action": "explode"},
        {"kind": "deal", "id": "", "action": "change"},
        {"kind": "deal", "id": "1", "action": "change", "user": "99"},
    ],
)
async def test_a_form_that_nobody_drew_is_answered_with_a_sentence(
    reader: Reader, form: dict[str, str]
) -> None:
    assert await reader.send("edit", **form) != ""


async def test_without_a_script_the_page_comes_back_and_says_it(reader: Reader) -> None:
    answer = await reader.http.post("/_page/well", data={"tab": "deals"})

    assert (answer.status_code, answer.headers["location"]) == (
        303, "/?tab=deals&said=All+is+well+again.",
    )  # fmt: skip


async def test_every_tab_has_a_form() -> None:
    assert {kind for kind, _ in TABS.values()} == set(FORMS)


async def test_the_page_asks_nobody_else_by_its_own_policy(reader: Reader) -> None:
    policy = (await reader.http.get("/")).headers["content-security-policy"]

    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")


@pytest.mark.parametrize("file", ["page.css", "page.js"])
async def test_its_files_come_from_the_sandbox(reader: Reader, file: str) -> None:
    assert (await reader.http.get(f"/_page/{file}")).status_code == 200


async def test_there_is_nothing_else_below_it(reader: Reader) -> None:
    assert (await reader.http.get("/_page/secret")).status_code == 404
