"""Large text: at most 65,535 characters."""

from dealwright.core.fieldtype import FieldType, limited_text

FIELD_TYPE = FieldType(
    key="text",
    label="Large text",
    wish="text of at most 65,535 characters",
    parse=limited_text(65_535),
    searchable=True,
)
