"""The revisions of the schema, as Alembic knows and runs them; `migrate` decides when."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory


def known() -> list[str]:
    """Every revision that this version has, the newest first."""
    scripts = ScriptDirectory.from_config(_config())
    return [script.revision for script in scripts.walk_revisions()]


def upgrade(db: sa.Connection, *, to: str = "head") -> None:
    """Run what is lacking up to a revision, within the transaction of `db`."""
    config = _config()
    config.attributes["connection"] = db
    command.upgrade(config, to)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    return config
