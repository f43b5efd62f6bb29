"""User: a user of the account, by id or by e-mail address."""

from typing import Any

from dealwright.core.fieldtype import FieldContext, FieldType, first_of, parts_of
from dealwright.core.members import member_id


def parse(raw: Any, context: FieldContext) -> int:
    """The id or the e-mail address of the user, also in an object."""
    parts = parts_of(raw)
    given = raw if parts is None else first_of(parts, "id", "value", "email")
    return member_id(given, context.users)


FIELD_TYPE = FieldType(
    key="user",
    label="User",
    wish="the id or e-mail address of an active user of the account",
    parse=parse,
)
