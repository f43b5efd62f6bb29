"""Draft: a Mapping as it stands in a file, before a Connection has it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeAlias, cast

import msgspec

from dealwright.core.action import Action, Values, Writing
from dealwright.core.coerce import coerce
from dealwright.core.directives import Fault, MappingFaults, compile_directives, mapping_faults
from dealwright.core.errors import MappingError
from dealwright.core.trigger import Clause, TriggerError, compile_trigger, explain_trigger


class Draft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a file says of a Mapping; `fields` are directives by field key.

    Without a trigger it is for every event; without an action its fields are not fitted to one.
    """

    fields: dict[str, Any]
    name: str = ""
    action: str = ""
    trigger: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a Draft makes of one event.

    `fires` and `clauses` tell of its trigger, true and empty without one. `fields` is what the
    directives gave; `values` what of that goes to the action, None without one; `error` is set
    where either failed.
    """

    fires: bool
    clauses: tuple[Clause, ...] = ()
    fields: Any = None
    values: Values | None = None
    error: MappingError | None = None


Try: TypeAlias = Callable[[Mapping[str, Any]], Trial]
"""Tries one event; raises nothing."""


def read_draft(document: object) -> Draft:
    """Read a whole Mapping, or its fields alone; raises MappingError (`invalid_mapping_file`).

    An object with an object under `fields` and nothing else but name, action and trigger is a whole
    Mapping; any other object is taken for the fields.
    """
    if not isinstance(document, dict):
        raise MappingError("A mapping must be an object.", code="invalid_mapping_file")
    entries = cast("dict[str, Any]", document)
    whole = isinstance(entries.get("fields"), dict) and entries.keys() <= _KEYS
    try:
        return msgspec.convert(entries if whole else {"fields": entries}, Draft)
    except msgspec.ValidationError as error:
        raise MappingError(
            f"The mapping cannot be read: {error}.", code="invalid_mapping_file"
        ) from (error)


#: What a Draft without a trigger has.
_ALWAYS = "!false"
_KEYS = frozenset(Draft.__struct_fields__)


def draft_faults(draft: Draft, actions: Mapping[str, Action]) -> tuple[Fault, ...]:
    """List all that keeps a Draft from becoming a Mapping."""
    return tuple(_faults(draft, actions))


def _faults(draft: Draft, actions: Mapping[str, Action]) -> Iterator[Fault]:
    try:
        compile_trigger(draft.trigger)
    except TriggerError as error:
        yield Fault(path="/trigger", message=str(error))
    yield from mapping_faults(draft.fields)
    action = actions.get(draft.action)
    if action is None:
        known = ", ".join(sorted(actions))
        named = f"`{draft.action}` is no action" if draft.action else "names no action"
        yield Fault(path="/action", message=f"{named}; there are {known}.")
        return
    yield from _action_faults(draft.fields, action)


def _action_faults(fields: Mapping[str, Any], action: Action) -> Iterator[Fault]:
    keys = {field.key for field in action.fields}
    for key in fields.keys() - keys:
        near = get_close_matches(key, keys, n=1)
        there = f"“{near[0]}” is near" if near else f"it has {', '.join(sorted(keys))}"
        yield Fault(path=f"/{key}", message=f"{action.key} has no such field; {there}.")
    for field in action.fields:
        if field.required and field.key not in fields:
            yield Fault(path=f"/{field.key}", message=f"{action.key} needs this field.")
    if lacks_link(fields, action):
        keys = link_keys(action)
        message = (
            f"a new {action.kind} must be linked: map {', '.join(keys[:-1])} or {keys[-1]}, or set "
            "sync_mode to update, so that none is created."
        )
        yield Fault(path=f"/{keys[0]}", message=message)


def lacks_link(fields: Mapping[str, Any], action: Action) -> bool:
    """Whether a Mapping may create a record that must be linked, and offers no link for it."""
    if fixed(fields.get("sync_mode")) == "update" or fixed(fields.get("status")) == "deleted":
        return False
    keys = link_keys(action)
    also = ("person_email", "person_phone")
    return bool(keys) and not any(offers(fields.get(key)) for key in (*keys, *also))


def link_keys(action: Action) -> tuple[str, ...]:
    """The fields of which a new record needs one; none where it can stand alone."""
    if "no_link" not in action.codes:
        return ()
    return tuple(
        field.key
        for field in action.fields
        if field.writing is Writing.LINKS and field.key.endswith(("_match_value", "_id"))
    )


def offers(directive: Any) -> bool:
    """Whether a directive may give anything at all."""
    return fixed(directive) not in (None, "", [], {})


def fixed(directive: Any) -> Any:
    """What a directive gives whatever the event: itself, where it says nothing of the event."""
    if isinstance(directive, dict):
        entries = cast("dict[str, Any]", directive)
        return entries.get("@literal", entries)
    return directive


def trying(draft: Draft, action: Action | None) -> Try:
    """Compile a Draft to be tried; raises MappingFaults with all faults of trigger and fields.

    With an Action also those of fields that it does not have, or lacks.
    """
    faults = list(mapping_faults(draft.fields))
    if draft.trigger:
        try:
            compile_trigger(draft.trigger)
        except TriggerError as error:
            faults.insert(0, Fault(path="/trigger", message=str(error)))
    if action is not None:
        faults += _action_faults(draft.fields, action)
    if faults:
        raise MappingFaults(faults)
    resolve = compile_directives(draft.fields)
    fires = compile_trigger(draft.trigger or _ALWAYS)

    def tried(event: Mapping[str, Any]) -> Trial:
        clauses = explain_trigger(draft.trigger, event) if draft.trigger else ()
        fields: Any = None
        values: Values | None = None
        error: MappingError | None = None
        try:
            fields = resolve(event)
            values = coerce(action, fields) if action else None
        except MappingError as raised:
            error = raised
        return Trial(fires=fires(event), clauses=clauses, fields=fields, values=values, error=error)

    return tried
