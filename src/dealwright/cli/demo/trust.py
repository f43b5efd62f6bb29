"""A Mapping is changed, looked at before, explained after, and taken back: what happens."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from dealwright.actionbook import actions
from dealwright.cli.demo.author import Author, Said
from dealwright.cli.demo.cast import FIRST
from dealwright.cli.demo.pipedrive import State as Records
from dealwright.cli.demo.play import Player, sdk_for
from dealwright.cli.demo.stand import Stand, until
from dealwright.cli.demo.story import Chapter, story
from dealwright.cli.mapping_dryrun import account_in
from dealwright.cli.mapping_files import changed
from dealwright.cli.undo import begun
from dealwright.core.correction import Selection
from dealwright.core.delivery import State
from dealwright.core.draft import Draft
from dealwright.core.foretold import Foretold, Summary
from dealwright.core.mapping import Mapping
from dealwright.core.record import RecordKind
from dealwright.pipeline.dryevents import newest, see_that_it_fits
from dealwright.pipeline.dryrun import USUAL
from dealwright.pipeline.dryruns import DryRuns, Wanted, begin, drafted
from dealwright.pipeline.explainrecord import explain_record, only, persons_with
from dealwright.pipeline.mirrored import record_of
from dealwright.pipeline.stories import RecordStory
from dealwright.pipeline.undoplan import UndoPlan, plan_undo
from dealwright.store.connections import connection
from dealwright.store.corrections import correction_states
from dealwright.store.mappings import list_mappings
from dealwright.store.mirror import records

#: What somebody wants to read behind every name: the webshop's number.
NUMBERED: Final = {"@template": "{{traits.name}} ({{userId}})"}

#: Who sees Tom Reyes for what he is called, and what she writes.
EDITOR: Final = "Mara Lind"
EDITED: Final = "Thomas Reyes"

_AT_REST: Final = frozenset({State.DELIVERED, State.UNCHANGED, State.FAILED, State.DROPPED})


class SignsIn(NamedTuple):
    """Somebody who signs in while the change stands; `user_id` is the webshop's."""

    name: str
    email: str
    user_id: str

    @property
    def numbered(self) -> str:
        """The name with the number behind it."""
        return f"{self.name} ({self.user_id})"


class Foresight(NamedTuple):
    """A dry run, and Pipedrive before and after it."""

    number: int
    results: Sequence[Foretold]
    summary: Summary
    before: Records
    after: Records


def signing_in() -> tuple[SignsIn, ...]:
    """The people of the first café."""
    author = Author()
    list(author.joins(FIRST[0]))
    return tuple(SignsIn(one.name, one.email, one.user_id) for one in author.people)


def numbered(of: Mapping) -> Draft:
    """The Mapping of persons, with the number behind the name."""
    return Draft(
        name=of.name,
        action=of.action,
        trigger=of.trigger,
        fields={**of.fields, "name": NUMBERED},
    )


def as_it_was(of: Mapping) -> Draft:
    """The Mapping of persons as a file has it."""
    return Draft(name=of.name, action=of.action, trigger=of.trigger, fields=dict(of.fields))


async def persons_mapping(stand: Stand) -> Mapping:
    """The Mapping that makes persons of the webshop's sign-ins."""
    there = await stand.hub.read(lambda db: list_mappings(db, stand.connection_id))
    return next(one for one in there if one.action == "upsert_person")


async def foreseen(stand: Stand, draft: Draft, of: Mapping) -> Foresight:
    """Try a draft over all of the story's events, as `mappings dry-run` does."""
    hub = stand.hub
    before = await stand.pipedrive.state()

    def ask(db: sa.Connection) -> Wanted:
        account, span = connection(db, of.connection_id), newest(db, USUAL)
        version = drafted(draft, of=of, connection=account)
        total = see_that_it_fits(db, span)
        wanted = Wanted(connection=account, mapping=version, total=total, span=span)
        return replace(wanted, draft=True, made_by="cli")

    wanted = await hub.read(ask)
    runs = DryRuns(hub.store, clock=hub.clock, actions=actions(), open_account=account_in(hub))
    number = (await hub.write(lambda db: begin(db, wanted, now_ms=hub.now_ms()))).id
    results: list[Foretold] = []
    summary = await runs.run(number, wanted, heard=results.append)
    return Foresight(number, results, summary, before, after=await stand.pipedrive.state())


async def change(stand: Stand, mapping_id: int, draft: Draft) -> Mapping:
    """Make a draft the next version, as `mappings change` does."""
    return await stand.hub.write(lambda db: changed(db, stand.hub, mapping_id, draft))


async def signed_in(stand: Stand, people: Sequence[SignsIn]) -> None:
    """Have them sign in to the webshop again, and what that leads to written."""
    refused: list[str] = []
    player = Player(
        sdk=sdk_for(stand.url, stand.write_key, refused),
        pipedrive=stand.pipedrive,
        hub=stand.hub,
        connection_id=stand.connection_id,
        console=stand.console,
        refused=refused,
    )
    said = tuple(_sign_in(number, one) for number, one in enumerate(people, start=1))
    chapter = Chapter(title="The three of Amber Lane Café sign in again", events=said)
    await player.play(replace(story(), chapters=(chapter,)))


def _sign_in(number: int, one: SignsIn) -> Said:
    traits = {"name": one.name, "email": one.email}
    arguments: dict[str, Any] = {"user_id": one.user_id, "traits": traits}
    return Said(call="identify", arguments={**arguments, "message_id": f"demo-again-{number}"})


async def edited(stand: Stand, whom: SignsIn) -> None:
    """Somebody corrects a name in Pipedrive; ends when the mirror has heard of it."""
    there = await stand.pipedrive.state()
    person_id = next(
        one.id for one in there.persons if whom.email in {point.value for point in one.emails}
    )
    await stand.pipedrive.edits("person", person_id, {"name": EDITED}, user=EDITOR)

    def heard(db: sa.Connection) -> bool:
        row = records(db, stand.connection_id, RecordKind.PERSON, [person_id]).get(person_id)
        return row is not None and getattr(record_of(row), "name", None) == EDITED

    await until(stand, heard, f"The mirror has not heard that {whom.name} is {EDITED}")


async def explained(stand: Stand, whom: SignsIn, field: str) -> RecordStory:
    """Why a field of somebody looks as it does, as `explain` tells it."""

    def look(db: sa.Connection) -> RecordStory:
        ((account, person_id), *_) = persons_with(db, whom.email)
        told = explain_record(db, account, RecordKind.PERSON, person_id, actions=actions())
        return only(told, field)

    return await stand.hub.read(look)


async def planned(stand: Stand, of: Mapping) -> UndoPlan:
    """What taking back all that a version has written would do, as `undo --mapping` tells it."""
    selection = Selection(mapping_id=of.id, mapping_version=of.version)
    return await stand.hub.read(lambda db: plan_undo(db, selection))


async def undone(stand: Stand, plan: UndoPlan) -> int:
    """Take it back, as `undo --yes` does; returns the undo's number once it is done."""
    made = await stand.hub.write(lambda db: begun(db, stand.hub, plan))
    await until(
        stand,
        lambda db: correction_states(db, made.id).keys() <= _AT_REST,
        f"Undo {made.id} is not done",
    )
    return made.id
