"""Text: at most 255 characters."""

from dealwright.core.fieldtype import FieldType, limited_text

FIELD_TYPE = FieldType(
    key="varchar",
    label="Text",
    wish="text of at most 255 characters",
    parse=limited_text(255),
    searchable=True,
)
