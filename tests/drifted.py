"""A field of an account that was renamed, for tests of commands and of the API."""

import msgspec
import sqlalchemy as sa

from dealwright.actionbook import actions
from dealwright.core.catalogue import AccountList
from dealwright.core.record import FieldDefinition
from dealwright.pipeline.drift import notice
from dealwright.store.catalogue import keep
from dealwright.store.mappings import NewMapping, create_mapping

PLAN = "a" * 40


def drifted(db: sa.Connection, *, connection_id: int = 1) -> int:
    """Have Pipedrive call the field Tier that a new Mapping calls Plan; the Mapping's id."""
    new = NewMapping(
        connection_id=connection_id,
        name="Plans",
        action="upsert_person",
        trigger='type = "identify"',
        fields={
            "match_value": {"@path": "$.userId"},
            "custom_fields": {"Plan": {"@path": "$.traits.plan"}},
        },
    )
    made = create_mapping(db, new, now_ms=1_000)
    for at_ms, name in ((1_000, "Plan"), (2_000, "Tier")):
        _tell(db, connection_id, name=name, at_ms=at_ms)
    return made.id


def _tell(db: sa.Connection, connection_id: int, *, name: str, at_ms: int) -> None:
    field = FieldDefinition(
        field_code=PLAN, field_name=name, field_type="varchar", is_custom_field=True
    )
    body = msgspec.json.encode([field])
    keep(db, connection_id, name=AccountList.PERSON_FIELDS, fetched_at_ms=at_ms, body=body)
    notice(db, connection_id, actions=actions(), now_ms=at_ms)
