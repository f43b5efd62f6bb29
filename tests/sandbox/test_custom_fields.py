"""Custom fields: 16 types written in v2, shown in v2 and v1, refused when they do not fit."""

from typing import Any

import pytest
from tests.sandbox.conftest import Visitor

from dealwright.sandbox.customvalues import as_v1, as_webhook
from dealwright.sandbox.fielddefs import FieldDef

# type, value as v2 writes and reads it
SIMPLE = [
    ("varchar", "Gold"),
    ("varchar_auto", "Gold"),
    ("text", "A long story"),
    ("double", 12.5),
    ("phone", "+372 5555"),
    ("date", "2026-11-22"),
    ("user", 2),
    ("org", 3),
    ("people", 4),
    ("daterange", {"value": "2026-11-22", "until": "2026-11-30"}),
    ("monetary", {"value": 500, "currency": "USD"}),
]


async def field(visitor: Visitor, kind: str, *labels: str) -> Any:
    body: Any = {"field_name": "F", "field_type": kind}
    if labels:
        body["options"] = [{"label": label} for label in labels]
    return (await visitor.post("/api/v2/personFields", body)).data


async def write(visitor: Visitor, code: str, value: Any) -> Any:
    return await visitor.patch("/api/v2/persons/1", {"custom_fields": {code: value}})


@pytest.mark.parametrize(("kind", "value"), SIMPLE)
async def test_a_value_comes_back_as_it_was_written(
    visitor: Visitor, kind: str, value: Any
) -> None:
    code = (await field(visitor, kind))["field_code"]

    reply = await write(visitor, code, value)

    assert reply.data["custom_fields"][code] == value


@pytest.mark.parametrize(("kind", "value"), SIMPLE)
async def test_null_clears_a_value(visitor: Visitor, kind: str, value: Any) -> None:
    code = (await field(visitor, kind))["field_code"]
    await write(visitor, code, value)

    reply = await write(visitor, code, None)

    assert reply.data["custom_fields"][code] is None


async def test_an_option_is_written_by_id(visitor: Visitor) -> None:
    made = await field(visitor, "enum", "S", "L")

    reply = await write(visitor, made["field_code"], made["options"][1]["id"])

    assert reply.data["custom_fields"][made["field_code"]] == made["options"][1]["id"]


@pytest.mark.parametrize("bad", ["S", "1", 9999])
async def test_an_option_is_not_written_by_label(visitor: Visitor, bad: Any) -> None:
    made = await field(visitor, "enum", "S", "L")

    assert (await write(visitor, made["field_code"], bad)).status == 400


async def test_an_empty_set_is_refused(visitor: Visitor) -> None:
    made = await field(visitor, "set", "S", "L")

    assert (await write(visitor, made["field_code"], [])).status == 400


async def test_option_labels_come_when_asked_for(visitor: Visitor) -> None:
    made = await field(visitor, "set", "S", "L")
    code, option = made["field_code"], made["options"][0]["id"]
    await write(visitor, code, [option])

    reply = await visitor.get("/api/v2/persons/1?include_option_labels=true")

    assert reply.data["custom_fields"][code] == [{"id": option, "label": "S"}]


async def test_a_time_without_a_zone_gets_the_users(visitor: Visitor) -> None:
    code = (await field(visitor, "time"))["field_code"]

    reply = await write(visitor, code, {"value": "09:00"})

    assert reply.data["custom_fields"][code]["timezone_name"] == "Europe/Tallinn"


async def test_an_address_is_completed_with_nulls(visitor: Visitor) -> None:
    code = (await field(visitor, "address"))["field_code"]

    reply = await write(visitor, code, {"value": "1 Road"})

    assert reply.data["custom_fields"][code]["postal_code"] is None


async def test_an_empty_text_is_refused_with_advice(visitor: Visitor) -> None:
    code = (await field(visitor, "varchar"))["field_code"]

    reply = await write(visitor, code, "")

    assert "Expected non-empty 'string'" in reply.error
    assert code in reply.error


async def test_an_unknown_key_fails_the_whole_request(visitor: Visitor) -> None:
    reply = await visitor.patch(
        "/api/v2/persons/1", {"name": "Changed", "custom_fields": {"title": "x"}}
    )

    assert reply.error == "Validation failed: custom_fields: Unknown key 'title'"
    assert (await visitor.get("/api/v2/persons/1")).data["name"] == "Ada Kask"


async def test_a_number_as_text_is_refused(visitor: Visitor) -> None:
    code = (await field(visitor, "double"))["field_code"]

    assert (await write(visitor, code, "12")).status == 400


async def test_a_date_that_does_not_exist_is_refused(visitor: Visitor) -> None:
    code = (await field(visitor, "date"))["field_code"]

    assert (await write(visitor, code, "2026-02-30")).status == 400


async def test_a_field_code_is_40_hex(visitor: Visitor) -> None:
    code = (await field(visitor, "varchar"))["field_code"]

    assert (len(code), set(code) <= set("0123456789abcdef")) == (40, True)


async def test_the_plan_bounds_the_number_of_fields(visitor: Visitor) -> None:
    rows = [{"name": f"F{i}", "type": "varchar"} for i in range(95)]
    visitor.sandbox.put_state({"fields": {"person": rows}})

    reply = await visitor.post(
        "/api/v2/personFields", {"field_name": "Last", "field_type": "varchar"}
    )

    assert reply.status == 403


async def test_leads_carry_deal_fields_flat(visitor: Visitor) -> None:
    made = await visitor.post(
        "/api/v2/dealFields", {"field_name": "Cost", "field_type": "monetary"}
    )
    code = made.data["field_code"]
    body = {"title": "L", "person_id": 1, code: "500", f"{code}_currency": "USD"}

    reply = await visitor.post("/api/v1/leads", body)

    assert (reply.data[code], reply.data[f"{code}_currency"]) == (500, "USD")


async def test_v1_lists_subfields_as_rows_of_their_own(visitor: Visitor) -> None:
    code = (await field(visitor, "timerange"))["field_code"]

    reply = await visitor.get("/api/v1/personFields?limit=500")

    keys = [row["key"] for row in reply.data]
    assert keys[-3:] == [code, f"{code}_until", f"{code}_timezone_id"]


async def test_two_fields_may_share_a_name(visitor: Visitor) -> None:
    rows = (await visitor.get("/api/v2/personFields?limit=500")).data

    assert [row["field_name"] for row in rows].count("Source") == 2


def definition(kind: str) -> FieldDef:
    return FieldDef(id=1, code="h", name="H", type=kind, add_time=0, update_time=0)


V1_FORMS: list[tuple[str, Any, dict[str, Any]]] = [
    ("enum", 123, {"h": "123"}),
    ("set", [123, 456], {"h": "123,456"}),
    ("monetary", {"value": 5, "currency": "USD"}, {"h": 5, "h_currency": "USD"}),
    ("daterange", {"value": "a", "until": "b"}, {"h": "a", "h_until": "b"}),
    (
        "time",
        {"value": "09:00:00", "timezone_id": 3, "timezone_name": "X"},
        {"h": "09:00:00", "h_timezone_id": 3},
    ),
    ("varchar", None, {"h": None}),
]


@pytest.mark.parametrize(("kind", "stored", "shown"), V1_FORMS)
def test_a_stored_value_has_a_v1_form(kind: str, stored: Any, shown: dict[str, Any]) -> None:
    assert as_v1(definition(kind), stored) == shown


WEBHOOK_FORMS: list[tuple[str, Any, Any]] = [
    ("varchar", "x", {"type": "varchar", "value": "x"}),
    ("enum", 1, {"type": "enum", "id": 1}),
    ("set", [1, 2], {"type": "set", "values": [{"id": 1}, {"id": 2}]}),
    ("daterange", {"value": "a", "until": "b"}, {"type": "daterange", "from": "a", "until": "b"}),
    ("varchar", None, None),
]


@pytest.mark.parametrize(("kind", "stored", "shown"), WEBHOOK_FORMS)
def test_a_stored_value_has_a_webhook_form(kind: str, stored: Any, shown: Any) -> None:
    assert as_webhook(definition(kind), stored) == shown


async def test_a_deleted_field_takes_its_values_with_it(visitor: Visitor) -> None:
    code = (await field(visitor, "varchar"))["field_code"]
    await write(visitor, code, "x")
    await visitor.delete(f"/api/v2/personFields/{code}")

    assert code not in (await visitor.get("/api/v2/persons/1")).data["custom_fields"]


async def test_a_deleted_field_cannot_be_written(visitor: Visitor) -> None:
    code = (await field(visitor, "varchar"))["field_code"]
    await visitor.delete(f"/api/v2/personFields/{code}")

    assert (await write(visitor, code, "x")).status == 400
