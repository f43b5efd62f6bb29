"""Alembic's folder: how a database of an older Dealwright becomes one of this."""
