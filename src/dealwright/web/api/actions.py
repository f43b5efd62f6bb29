"""/actions: what can be done in Pipedrive, as forms and programs need to know it."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path
from pydantic import BaseModel

from dealwright.core.action import Action as Declared
from dealwright.core.action import ActionField, ValueType
from dealwright.core.errors import NotFound
from dealwright.web.api.act import Desk, allowed
from dealwright.web.api.paging import Page
from dealwright.web.auth.permissions import Permission

router = APIRouter(tags=["Actions"])

READ = allowed(Permission.MAPPINGS_READ)

#: What a field takes, as JSON Schema has it; senders spell numbers and moments in many ways.
_TYPES: Final[Mapping[ValueType, dict[str, Any]]] = {
    ValueType.TEXT: {"type": "string"},
    ValueType.INTEGER: {"type": ["integer", "string"]},
    ValueType.NUMBER: {"type": ["number", "string"]},
    ValueType.BOOLEAN: {"type": ["boolean", "string"]},
    ValueType.RECORD_ID: {"type": ["integer", "string"]},
    ValueType.DATETIME: {"type": ["string", "number"], "format": "date-time"},
    ValueType.DATE: {"type": ["string", "number"], "format": "date"},
    ValueType.TIME: {"type": "string", "format": "time"},
    ValueType.DURATION: {"type": ["string", "number"]},
    ValueType.OBJECT: {"type": "object"},
    ValueType.AMOUNT: {"type": ["number", "string"]},
    ValueType.CURRENCY: {"type": "string", "pattern": "^[A-Za-z]{3}$"},
    ValueType.UUID: {"type": "string", "format": "uuid"},
    ValueType.ZONE: {"type": "string"},
}


class Action(BaseModel):
    """Something that can be done. `fields` is JSON Schema of what it takes.

    In there `x-dynamic` names the picker of the catalogue that offers choices, `x-writing` says
    what the field does to a record that is there, `default` is the directive where a Mapping has
    none.
    """

    key: str
    title: str
    description: str
    kind: str
    default_trigger: str
    preset: str | None
    fields: dict[str, Any]


@router.get("/actions", dependencies=[READ])
async def list_actions(office: Desk) -> Page[Action]:
    """Every action."""
    return Page(items=[_shown(one) for one in office.actions.values()])


@router.get("/actions/{key}", dependencies=[READ])
async def action(key: Annotated[str, Path(max_length=100)], office: Desk) -> Action:
    """One action."""
    if key not in office.actions:
        raise NotFound(f"There is no action {key}. There are {', '.join(office.actions)}.")
    return _shown(office.actions[key])


def schema_of(one: Declared) -> dict[str, Any]:
    """The JSON Schema (2020-12) of what an Action's fields take."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {field.key: _property(field) for field in one.fields},
        "required": [field.key for field in one.fields if field.required],
        "additionalProperties": False,
    }


def _property(field: ActionField) -> dict[str, Any]:
    value: dict[str, Any] = dict(_TYPES[field.type])
    if field.choices:
        value["enum"] = [choice.value for choice in field.choices]
    shape = {"type": "array", "items": value} if field.many else value
    told = {"title": field.label, "description": field.description, "x-writing": field.writing}
    more = {"x-dynamic": field.dynamic, "x-wish": field.wish, "default": field.default}
    return {**shape, **told, **{key: value for key, value in more.items() if value}}


def _shown(one: Declared) -> Action:
    return Action(
        key=one.key,
        title=one.title,
        description=one.description,
        kind=one.kind,
        default_trigger=one.default_trigger,
        preset=one.preset.name if one.preset else None,
        fields=schema_of(one),
    )
