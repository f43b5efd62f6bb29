"""Was all as the dry run foretold, is it explained, and was it taken back, but for one?"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from dealwright.cli.demo.pipedrive import Person
from dealwright.cli.demo.pipedrive import State as Records
from dealwright.cli.demo.trust import EDITED, Foresight, SignsIn
from dealwright.core.foretold import Outcome
from dealwright.core.undofields import Why
from dealwright.pipeline.stories import RecordStory
from dealwright.pipeline.undoplan import UndoPlan

_FIELD: Final = "name"


class Told(NamedTuple):
    """What happened: `signed` are those who signed in, the second of them was renamed by hand.

    `written` is Pipedrive after the three sign-ins, `ended` after the undo.
    """

    signed: Sequence[SignsIn]
    foresight: Foresight
    written: Records
    story: RecordStory
    plan: UndoPlan
    ended: Records


def faults(told: Told) -> list[str]:
    """What is not as it must be, each as a sentence."""
    return [*_foretold(told), *_explained(told), *_planned(told), *_taken_back(told)]


def _foretold(told: Told) -> Iterator[str]:
    seen = told.foresight
    if seen.before != seen.after:
        yield "Pipedrive is not after the dry run what it was before."
    if seen.summary.spent:
        yield f"The dry run has cost {seen.summary.spent} tokens, not 0."
    renamed = sum(one.outcome is Outcome.UPDATE for one in seen.results)
    people = len([one for one in seen.before.persons if _is_numbered(one, seen)])
    if renamed != people:
        yield f"{renamed} persons would be renamed, of whom {people} are there."
    found = _named(told.written)
    for one in told.signed:
        foretold = {
            field.after
            for result in seen.results
            for change in result.changes
            for field in change.fields
            if field.key == _FIELD and field.before == one.name
        }
        if foretold != {found.get(one.email)}:
            yield f"{one.email} is called “{found.get(one.email)}”; foretold was {foretold}."


def _is_numbered(person: Person, seen: Foresight) -> bool:
    return any(person.id == one.record_id for one in seen.results)


def _explained(told: Told) -> Iterator[str]:
    first, values = told.signed[0], told.story.values
    if [one.key for one in values] != [_FIELD]:
        yield f"{len(values)} fields are explained, not the name alone."
        return
    last = values[0].writes[-1]
    if (values[0].standing, last.before, last.after) != ("stands", first.name, first.numbered):
        yield f"The name is explained so: {values[0].sentence}"


def _planned(told: Told) -> Iterator[str]:
    turned = {field.then for one in told.plan.to_do for field in one.reversal.turned}
    edited = told.signed[1]
    wanted = {one.name for one in told.signed if one != edited}
    if turned != wanted:
        yield f"Put back would be {sorted(turned)}, not {sorted(wanted)}."
    kept = [(why.field, why.code) for one in told.plan.records for why in one.reversal.refused]
    if kept != [(_FIELD, Why.EDITED.value)]:
        yield f"What stays is {kept}, not the name of {edited.name} alone."


def _taken_back(told: Told) -> Iterator[str]:
    wanted = {**_named(told.foresight.before), told.signed[1].email: EDITED}
    found = _named(told.ended)
    for email in wanted.keys() | found.keys():
        if wanted.get(email) != found.get(email):
            yield f"{email} is called “{found.get(email)}”, not “{wanted.get(email)}”."
    if len(told.ended.persons) != len(told.foresight.before.persons):
        yield "There are more persons, or fewer, than before."


def _named(records: Records) -> dict[str, str]:
    return {
        point.value: one.name
        for one in records.persons
        for point in one.emails
        if not one.is_deleted
    }
