"""Id fields: the custom fields of an account that hold the sender's own ids, found or made."""

from typing import Final

from dealwright.core.errors import Rejected, Unauthorized
from dealwright.core.record import RecordKind
from dealwright.pipedrive.records import Records

#: What the fields that are made are called.
FIELD_NAME: Final = "External ID"

#: Codes of what the account's user, or the app, may not do: somebody who may does it instead.
NOT_ALLOWED: Final = frozenset({"forbidden", "scope_missing"})

#: Kinds that have custom fields and that the presets write.
KINDS: Final = (RecordKind.PERSON, RecordKind.ORGANIZATION)


async def id_field(records: Records, kind: RecordKind) -> str:
    """The key of the field for the sender's own ids; made when the account has none yet."""
    for one in await records.fields(kind):
        if one.is_custom_field and one.field_name == FIELD_NAME:
            return one.field_code
    made = await records.create_field(kind, FIELD_NAME)
    return made.field_code


async def id_fields(records: Records) -> tuple[dict[RecordKind, str], str]:
    """The fields by kind, and a sentence of what the user may not make, "" where all are there.

    Raises UpstreamError for anything else.
    """
    made: dict[RecordKind, str] = {}
    try:
        for kind in KINDS:
            made[kind] = await id_field(records, kind)
    except (Rejected, Unauthorized) as error:
        if error.code not in NOT_ALLOWED:
            raise
        return made, (
            "The external-id fields were not made, for this user may not make fields: have an "
            f"admin make text fields, and name their keys with --external-id-field. {error}"
        )
    return made, ""
