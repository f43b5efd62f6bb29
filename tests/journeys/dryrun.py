"""What the journeys with a dry run have in common."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tests.hub import Hub

from dealwright.core.catalogue import AccountList
from dealwright.core.foretold import Foretold, Summary
from dealwright.core.mapping import Mapping
from dealwright.core.priority import Priority
from dealwright.pipedrive.client import Client
from dealwright.pipedrive.records import Records
from dealwright.pipeline.accounts import AccountBook
from dealwright.pipeline.dryevents import Span, of_log
from dealwright.pipeline.dryrun import DryRun, DrySetting
from dealwright.store.events import end_of_log
from dealwright.store.mappings import NewMapping, mapping


async def foretell(
    hub: Hub, mapping_id: int = 1, *, first: int = 1, client: Client | None = None, **draft: Any
) -> tuple[Sequence[Foretold], Summary]:
    """A dry run of a Mapping, or of a draft of it, over the log from a position on."""
    known = await hub.store.read(lambda db: mapping(db, mapping_id))
    last = await hub.store.read(end_of_log)
    run = DryRun(await setting(hub, replace(known, **draft), client=client))
    found = [one async for one in run.results(of_log(hub.store, Span(first=first, last=last)))]
    return found, await run.summary()


async def setting(hub: Hub, tried: Mapping, *, client: Client | None = None) -> DrySetting:
    """Where a dry run of the hub's takes place."""
    return DrySetting(
        store=hub.store,
        connection=await hub.connection(tried.connection_id),
        mapping=tried,
        actions=hub.actions,
        clock=hub.clock,
        pace=hub.pace,
        client=client,
        priority=Priority.BACKFILL,
    )


async def read_lists(hub: Hub) -> None:
    """Have the lists of the account read, as somebody who makes a Mapping has."""
    book = AccountBook(hub.store, connection_id=1, clock=hub.clock)
    await book.refresh(AccountList, Records(await hub.client()))


def mappings(connection_id: int) -> list[NewMapping]:
    """Persons, whose names stay as people wrote them, and deals of theirs."""
    return [
        NewMapping(
            connection_id=connection_id,
            name="Persons",
            action="upsert_person",
            trigger='type = "identify"',
            fields={
                "match_field": "email",
                "match_value": {"@path": "$.traits.email"},
                "name": {"@path": "$.traits.name"},
                "phone": {"@path": "$.traits.phone"},
                "email": {"@path": "$.traits.email"},
                "custom_fields": {"@path": "$.traits.crm"},
                "unknown_labels": "create",
                "write_rules": {"phone": "keep_edits"},
            },
        ),
        NewMapping(
            connection_id=connection_id,
            name="Deals",
            action="upsert_deal",
            trigger='type = "track"',
            fields={
                "match_field": "title",
                "match_value": {"@path": "$.properties.title"},
                "person_match_field": "email",
                "person_match_value": {"@path": "$.properties.email"},
                "title": {"@path": "$.properties.title"},
                "value": {"@path": "$.properties.value"},
                "stage_id": {"@path": "$.properties.stage_id"},
            },
        ),
    ]
