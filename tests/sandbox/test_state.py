"""What is kept between starts, seeds from a file, and several companies and users."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.sandbox.conftest import QUIET, Visitor

from dealwright.sandbox.app import Sandbox, create_app
from dealwright.sandbox.state import StateError


def kept(folder: Path) -> Sandbox:
    return create_app(replace(QUIET, state_dir=folder))


async def test_a_killed_sandbox_keeps_what_was_written(tmp_path: Path) -> None:
    await Visitor(kept(tmp_path)).post("/api/v2/persons", {"name": "Ada Love"})

    reply = await Visitor(kept(tmp_path)).get("/api/v2/persons/26")

    assert reply.data["name"] == "Ada Love"


async def test_a_stopped_sandbox_comes_back_the_same(tmp_path: Path) -> None:
    first = kept(tmp_path)
    visitor = Visitor(first)
    await visitor.patch("/api/v2/deals/1", {"status": "won"})
    await visitor.put("/api/v1/persons/6/merge", {"merge_with_id": 7})
    before = (await visitor.get("/_sandbox/state")).json
    first.close()

    assert (await Visitor(kept(tmp_path)).get("/_sandbox/state")).json == before


async def test_a_new_field_is_kept(tmp_path: Path) -> None:
    body = {"field_name": "Tier", "field_type": "varchar"}
    made = await Visitor(kept(tmp_path)).post("/api/v2/personFields", body)

    reply = await Visitor(kept(tmp_path)).get(f"/api/v2/personFields/{made.data['field_code']}")

    assert reply.data["field_name"] == "Tier"


async def test_a_half_written_last_line_is_passed_over(tmp_path: Path) -> None:
    await Visitor(kept(tmp_path)).post("/api/v2/persons", {"name": "Ada Love"})
    with (tmp_path / "journal.jsonl").open("ab") as file:
        file.write(b'{"company_id":1574')

    assert len(kept(tmp_path).records("persons")) == 26


def test_a_token_that_was_made_up_is_kept(tmp_path: Path) -> None:
    options = replace(QUIET, token=None, state_dir=tmp_path)

    assert create_app(options).token == create_app(options).token


def test_the_snapshot_is_for_its_owner_only(tmp_path: Path) -> None:
    kept(tmp_path)

    assert (tmp_path / "snapshot.json").stat().st_mode & 0o077 == 0


def test_a_seed_file_fills_a_fresh_account(tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text('{"persons": [{"name": "Only One"}]}')

    sandbox = create_app(replace(QUIET, seed=str(seed)))

    assert [person["name"] for person in sandbox.records("persons")] == ["Only One"]


def test_a_seed_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="no-such"):
        create_app(replace(QUIET, seed=str(tmp_path / "no-such.json")))


async def test_companies_do_not_see_each_other(visitor: Visitor) -> None:
    other = (await visitor.post("/_sandbox/companies", {"domain": "rival"})).json
    stranger = Visitor(visitor.sandbox, token=other["token"])

    assert (await stranger.get("/api/v2/persons")).data == []


async def test_companies_have_budgets_of_their_own(visitor: Visitor) -> None:
    other = (await visitor.post("/_sandbox/companies", {"domain": "rival"})).json
    await visitor.get("/api/v2/persons")

    reply = await visitor.get(f"/_sandbox/budget?company={other['id']}")

    assert reply.json["spent_since_start"] == 0


async def colleague(visitor: Visitor, user_id: int) -> Visitor:
    token = (await visitor.post("/_sandbox/tokens", {"user_id": user_id})).json["token"]
    return Visitor(visitor.sandbox, token=token)


async def test_a_colleague_does_not_see_what_is_only_the_owners(visitor: Visitor) -> None:
    await visitor.patch("/api/v2/persons/1", {"visible_to": 1})

    reply = await (await colleague(visitor, 2)).get("/api/v2/persons/1")

    assert reply.status == 404


async def test_a_colleague_does_not_find_what_is_only_the_owners(visitor: Visitor) -> None:
    await visitor.patch("/api/v2/persons/1", {"visible_to": 1})

    reply = await (await colleague(visitor, 2)).get("/api/v2/persons/search?term=Ada Kask")

    assert reply.data["items"] == []


async def test_ids_leave_out_what_a_colleague_may_not_see(visitor: Visitor) -> None:
    await visitor.patch("/api/v2/persons/1", {"visible_to": 1})

    reply = await (await colleague(visitor, 2)).get("/api/v2/persons?ids=1,2")

    assert [person["id"] for person in reply.data] == [2]


async def test_an_admin_sees_everything(visitor: Visitor) -> None:
    await visitor.patch("/api/v2/persons/2", {"visible_to": 1})

    assert (await visitor.get("/api/v2/persons/2")).status == 200


async def test_small_plans_have_two_visibilities(visitor: Visitor) -> None:
    assert (await visitor.patch("/api/v2/persons/1", {"visible_to": 5})).status == 400


async def test_big_plans_have_four_visibilities() -> None:
    visitor = Visitor(create_app(replace(QUIET, plan="premium")))

    assert (await visitor.patch("/api/v2/persons/1", {"visible_to": 5})).status == 200


async def test_the_token_of_a_deactivated_user_is_dead(visitor: Visitor) -> None:
    stranger = await colleague(visitor, 4)

    assert (await stranger.get("/api/v1/users/me")).status == 401


async def test_only_admins_make_activity_types(visitor: Visitor) -> None:
    body = {"name": "Tasting", "icon_key": "lunch"}

    reply = await (await colleague(visitor, 2)).post("/api/v1/activityTypes", body)

    assert (reply.status, reply.error) == (403, "You do not have permissions to do this.")


async def test_what_a_colleague_makes_is_the_colleagues(visitor: Visitor) -> None:
    reply = await (await colleague(visitor, 2)).post("/api/v2/persons", {"name": "A"})

    assert reply.data["owner_id"] == 2
