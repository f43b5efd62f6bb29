"""The types of custom fields: one file each; every one defines FIELD_TYPE."""
