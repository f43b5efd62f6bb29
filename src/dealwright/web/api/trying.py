"""/mappings/test: what a Mapping makes of an event, before it is let near an account."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter
from pydantic import BaseModel, Field

from dealwright.core.draft import Draft, Trial, trying
from dealwright.core.errors import InvalidEvent, NotFound
from dealwright.core.suggesting import suggest
from dealwright.store.mappings import mapping
from dealwright.web.api.act import Desk, allowed
from dealwright.web.api.log import body_of, stored_event
from dealwright.web.api.mappings import MappingIn
from dealwright.web.api.office import Office
from dealwright.web.api.refusals import InvalidRequest
from dealwright.web.api.shapes import LARGEST, Given, Id
from dealwright.web.auth.permissions import Permission

router = APIRouter(tags=["Mappings"])

READ = allowed(Permission.MAPPINGS_READ)


class Sample(Given):
    """The event to try with: one of the log by its number, or one that is given."""

    number: Annotated[int, Field(ge=1, le=LARGEST)] | None = None
    event: dict[str, Any] | None = None


class DraftTest(Given):
    """A Mapping that need not exist yet, and the event to try it with."""

    mapping: MappingIn
    sample: Sample


class SuggestionOf(Given):
    """Of which events of the log a Mapping is to be suggested, and what it is to do."""

    action: Annotated[str, Field(max_length=100)]
    events: Annotated[
        list[Annotated[int, Field(ge=1, le=LARGEST)]], Field(min_length=1, max_length=50)
    ]
    name: Annotated[str, Field(max_length=200)] = ""


class Suggested(BaseModel):
    """A draft, and what it makes of these events; `faults` say why of some it makes nothing.

    `unused` are paths that the events have and no directive reads, each with an example.
    """

    name: str
    action: str
    trigger: str
    fields: dict[str, Any]
    values: list[dict[str, Any]]
    faults: list[str]
    unused: dict[str, str]


class Clause(BaseModel):
    """One condition of the trigger, and whether it holds; `fields`: what the event has there."""

    text: str
    holds: bool
    fields: list[tuple[str, Any]]


class TestResult(BaseModel):
    """What a Mapping makes of an event; nothing was written anywhere.

    `fields` is what the directives gave, `values` what of that goes to the action; `error` says
    why there is none.
    """

    __test__ = False

    fires: bool
    clauses: list[Clause]
    fields: Any
    values: dict[str, Any] | None
    error: str | None


@router.post("/mappings/test", dependencies=[READ])
async def test_draft(given: DraftTest, office: Desk) -> TestResult:
    """Try a draft on an event. All that is wrong with the draft is told with its path."""
    return _tried(office, given.mapping.draft(), await _event(office, given.sample))


@router.post("/mappings/suggest", dependencies=[READ])
async def suggest_mapping(given: SuggestionOf, office: Desk) -> Suggested:
    """Make a draft of events that came, all of one type and name; nothing is kept of it."""
    action = office.actions.get(given.action)
    if action is None:
        raise NotFound(f"There is no action “{given.action}”; GET /actions lists them.")
    events = [await _event(office, Sample(number=number)) for number in given.events]
    found = suggest(action, events, name=given.name)
    return Suggested(
        name=found.draft.name,
        action=found.draft.action,
        trigger=found.draft.trigger,
        fields=found.draft.fields,
        values=[_plain(one) for one in found.values],
        faults=list(found.faults),
        unused=dict(found.unused),
    )


@router.post("/mappings/{mapping_id}/test", dependencies=[READ])
async def test_mapping(mapping_id: Id, given: Sample, office: Desk) -> TestResult:
    """Try a Mapping as it is now on an event."""
    one = await office.read(lambda db: mapping(db, mapping_id))
    draft = Draft(name=one.name, action=one.action, trigger=one.trigger, fields=dict(one.fields))
    return _tried(office, draft, await _event(office, given))


async def _event(office: Office, sample: Sample) -> dict[str, Any]:
    if (sample.number is None) == (sample.event is None):
        raise InvalidRequest("Give either the number of an event of the log, or an event.")
    if sample.event is not None:
        return sample.event
    number = sample.number or 0
    body, error = body_of(await office.read(lambda db: stored_event(db, number)))
    if body is None:
        raise InvalidEvent(f"Event {number} cannot be read: {error}")
    return body


def _tried(office: Office, draft: Draft, event: dict[str, Any]) -> TestResult:
    found = trying(draft, office.actions.get(draft.action))(event)
    return _shown(found)


def _shown(found: Trial) -> TestResult:
    return TestResult(
        fires=found.fires,
        clauses=[
            Clause(text=one.text, holds=one.holds, fields=_plain(list(one.fields)))
            for one in found.clauses
        ],
        fields=_plain(found.fields),
        values=None if found.values is None else _plain(dict(found.values)),
        error=None if found.error is None else str(found.error),
    )


def _plain(value: Any) -> Any:
    """As JSON has it: amounts and moments become texts."""
    return msgspec.to_builtins(value, enc_hook=str)
