"""/sources/{id}/privacy: what is kept of the events of a Source."""

from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Response
from pydantic import Field

from dealwright.core.privacyrules import Hashing, Rules
from dealwright.pipeline.privacysources import previewed, rules_from, set_rules, told
from dealwright.store.privacy import rules_of
from dealwright.store.sources import source
from dealwright.web.api.act import Act, Desk, allowed, configuring
from dealwright.web.api.shapes import Configured, Given, Id, tagged
from dealwright.web.auth.permissions import Permission

router = APIRouter(tags=["Sources"])

READ = allowed(Permission.SOURCES_READ)
Configuring = Annotated[Act, configuring(Permission.PRIVACY)]
PathOf = Annotated[str, Field(min_length=1, max_length=300)]


class RulesIn(Given):
    """Rules, by dotted paths as `traits.email`; they are applied before an event is stored.

    `allow` null: everything is kept. Then `hash`, then `mask`.
    """

    allow: list[PathOf] | None = Field(default=None, max_length=500)
    hash: dict[PathOf, Hashing] = Field(default={}, max_length=500)
    mask: list[PathOf] = Field(default=[], max_length=500)

    def rules(self) -> Rules:
        """As they are compiled; raises ConfigError."""
        return rules_from(self.model_dump(mode="json"))


class SourceRules(Configured):
    """The rules of a Source."""

    allow: list[str] | None
    hash: dict[str, Hashing]
    mask: list[str]


class PreviewIn(Given):
    """An event as it would be sent; with `rules` these are tried, else those of the Source."""

    event: dict[str, Any]
    rules: RulesIn | None = None


class Preview(Given):
    """What would be stored of it."""

    event: dict[str, Any]


@router.get("/sources/{source_id}/privacy", dependencies=[READ])
async def source_rules(source_id: Id, office: Desk, response: Response) -> SourceRules:
    """What is kept of the events of a Source."""
    return tagged(await office.read(lambda db: _rules(db, source_id)), response)


@router.put("/sources/{source_id}/privacy")
async def change_source_rules(source_id: Id, given: RulesIn, act: Configuring) -> SourceRules:
    """Keep so much of its events from now on; what is stored already stays as it is."""
    rules = given.rules()

    def change(db: sa.Connection) -> SourceRules:
        before = _rules(db, source_id)
        act.check(before.etag())
        office = act.office
        set_rules(db, source_id, rules, vault=office.vault, now_ms=office.now_ms())
        after = _rules(db, source_id)
        act.note(db, "source.privacy", f"source:{source_id}", before=before, after=after)
        return after

    return tagged(await act.do(change, answer=SourceRules), act.response)


@router.post("/sources/{source_id}/privacy/preview", dependencies=[READ])
async def preview_source_rules(source_id: Id, given: PreviewIn, office: Desk) -> Preview:
    """What rules leave of an event; nothing is stored."""
    chosen = None if given.rules is None else given.rules.rules()

    def look(db: sa.Connection) -> Preview:
        source(db, source_id)
        rules = chosen or rules_of(db, source_id)
        return Preview(event=previewed(db, rules, given.event, vault=office.vault))

    return await office.read(look)


def _rules(db: sa.Connection, source_id: int) -> SourceRules:
    source(db, source_id)
    return SourceRules.model_validate(told(rules_of(db, source_id)))
