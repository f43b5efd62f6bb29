"""An account with a custom field of each type, and the real client to write and read it."""

from dataclasses import dataclass
from typing import Any

from tests.clock import ManualClock
from tests.hub import TOKEN, new_sandbox

from dealwright.core.fieldtype import FieldContext, FieldType
from dealwright.core.record import FieldDefinition, FieldOption, Member, RecordKind
from dealwright.core.secret import Secret
from dealwright.pipedrive.client import Client
from dealwright.pipedrive.gate import Gate
from dealwright.pipedrive.records import Records
from dealwright.pipedrive.sender import AsgiSender
from dealwright.sandbox.app import Sandbox

LABELS = ("Trial", "Team, small", "10")


class HastyClock(ManualClock):
    """Time that passes at once for whoever waits."""

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldAccount:
    """A sandbox whose persons and deals have one field of every type."""

    sandbox: Sandbox
    records: Records

    def context(self, field_type: FieldType) -> FieldContext:
        rows = self.sandbox.world.default_company.fields["person"].custom
        row = rows[code_of(field_type.key)]
        options = tuple(FieldOption(id=one.id, label=one.label) for one in row.options or ())
        field = FieldDefinition(
            field_code=row.code,
            field_name=row.name,
            field_type=row.type,
            is_custom_field=True,
            options=options,
        )
        return FieldContext(field=field, users=(Member(id=1, email="mara@tallinncoffee.example"),))

    async def kept(self, field_type: FieldType, value: Any) -> Any:
        """What a person holds after the value was written."""
        code = code_of(field_type.key)
        body = {"custom_fields": {code: field_type.write(value)}}
        await self.records.update(RecordKind.PERSON, 1, body)
        record = await self.records.get(RecordKind.PERSON, 1)
        return getattr(record, "custom_fields", {}).get(code)

    async def kept_by_lead(self, field_type: FieldType, value: Any) -> Any:
        """What a lead holds after the value was written, in v2's form."""
        code = code_of(field_type.key)
        body = {"title": "Demo", "person_id": 1, **field_type.write_flat(code, value)}
        made = await self.records.create(RecordKind.LEAD, body)
        lead = await self.records.get(RecordKind.LEAD, made.id)
        return field_type.read_flat(code, getattr(lead, "custom_fields", {}))


def code_of(key: str) -> str:
    """The key of the account's field of a type."""
    return key.encode().hex().ljust(40, "0")


def new_field_account(field_types: list[str]) -> FieldAccount:
    """An account with person 1, organization 1 and the fields."""
    clock = HastyClock()
    sandbox = new_sandbox(clock, plan="ultimate")
    fields = [
        {
            "name": key,
            "type": key,
            "code": code_of(key),
            "labels": LABELS if key in {"enum", "set"} else (),
        }
        for key in field_types
    ]
    sandbox.put_state({"fields": {"person": fields, "deal": fields}})
    sandbox.put_state({"organizations": [{"id": 1, "name": "Love Ltd"}]})
    sandbox.put_state({"persons": [{"id": 1, "name": "Ada Love"}]})
    client = Client(
        sender=AsgiSender(sandbox, "https://acme.pipedrive.com", Secret(TOKEN)),
        clock=clock,
        gate=Gate(clock, burst=1_000_000),
        purpose="events",
        on_call=lambda _: None,
    )
    return FieldAccount(sandbox=sandbox, records=Records(client))
