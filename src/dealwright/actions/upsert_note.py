"""Create or update a note."""

from typing import Any

from dealwright.core import identifier
from dealwright.core.action import (
    Account,
    Action,
    ActionField,
    Choice,
    Matches,
    Preset,
    Values,
    ValueType,
    Writing,
)
from dealwright.core.actionfields import (
    AMBIGUOUS,
    DROP_IF_INVALID,
    SYNC_MODE,
    WRITE_RULES,
    ambiguous_rule,
    plan_ruled_update,
    stopped,
)
from dealwright.core.errors import MappingError
from dealwright.core.html import TextFormat, note_html, same_html
from dealwright.core.mapping import MatchDefaults
from dealwright.core.match import Found, Reference
from dealwright.core.parents import parent_fields
from dealwright.core.plan import Create, Plan
from dealwright.core.record import Note, RecordKind
from dealwright.core.standins import complete
from dealwright.core.ties import (
    DEAL,
    ORGANIZATION,
    PERSON,
    found_id,
    lead_field,
    lead_reference,
    tie_fields,
    tie_references,
    tied_ids,
)
from dealwright.core.upsert import Draft

_KIND = RecordKind.NOTE
_TIES = (PERSON, ORGANIZATION, DEAL)
_PARENTS = (RecordKind.PERSON, RecordKind.ORGANIZATION)
_LINKS = (
    (RecordKind.PERSON, "person_id"),
    (RecordKind.ORGANIZATION, "org_id"),
    (RecordKind.DEAL, "deal_id"),
)
_PINS = {
    "person": ("person_id", "pinned_to_person_flag"),
    "organization": ("org_id", "pinned_to_organization_flag"),
    "deal": ("deal_id", "pinned_to_deal_flag"),
    "lead": ("lead_id", "pinned_to_lead_flag"),
}


def references(values: Values, defaults: MatchDefaults) -> tuple[Reference, ...]:
    """The note and the lead, only ever by their ids; person, organization and deal."""
    found: list[Reference] = []
    if note_id := values.get("note_id"):
        key = identifier.record_id(str(note_id))
        found.append(Reference(role="note", kind=_KIND, keys=(key,) if key else ()))
    ties = tie_references(_TIES, values, defaults, rule=ambiguous_rule(values))
    return (*found, *lead_reference(values), *ties)


def plan(values: Values, matches: Matches, account: Account) -> Plan:
    """Create the note or update what differs; links are set, never cleared.

    Raises NeedsChoice, and MappingError: for a new note `content_missing` and `no_link`,
    `note_missing` when the note named by its id is not there, `content_too_long`.
    """
    warnings: list[str] = [*values.get("dropped", ())]
    found = _found(values, matches)
    if (nothing := stopped(values, found)) is not None:
        return nothing
    wanted = _links(values, matches, account, warnings=warnings)
    linked = bool(wanted)
    current = found.record if found and isinstance(found.record, Note) else None
    _put_pins(wanted, values, current, warnings)
    if "content" in values:
        meant = TextFormat(values.get("content_format", TextFormat.AUTO))
        wanted["content"] = note_html(values["content"], field="content", meant=meant)
    if current is not None:
        made = Draft(kind=_KIND, values=wanted, ours=account.ours, warnings=warnings)
        return _update(made, values, current)
    _see_complete(wanted, linked=linked)
    create = Create(kind=_KIND, values=wanted)
    return complete(Plan(changes=(create,), warnings=tuple(warnings)))


def _found(values: Values, matches: Matches) -> Found | None:
    match = matches.get("note")
    if isinstance(match, Found):
        return match
    if "note_id" not in values:
        return None
    raise MappingError(
        f"note_id: Pipedrive has no note {values['note_id']}; map the id of one that is there, or "
        "none to make a new one.",
        code="note_missing",
        path="note_id",
    )


def _links(
    values: Values, matches: Matches, account: Account, *, warnings: list[str]
) -> dict[str, Any]:
    ties = tied_ids(_TIES, values, matches=matches, account=account, warnings=warnings)
    links: dict[str, Any] = {key: ties[kind] for kind, key in _LINKS if kind in ties}
    if "lead_id" in values:
        lead_id = found_id(matches, "lead")
        if lead_id is None:
            warnings.append(f"lead_id: no lead {values['lead_id']} is there; the link is left out.")
        else:
            links["lead_id"] = lead_id
    return links


def _put_pins(
    wanted: dict[str, Any], values: Values, current: Note | None, warnings: list[str]
) -> None:
    for named in values.get("pin_to", ()):
        if named not in _PINS:
            raise MappingError(
                f"pin_to: expected {', '.join(_PINS)}, got “{named[:60]}”.",
                code="invalid_value",
                path="pin_to",
            )
        link, flag = _PINS[named]
        if wanted.get(link) is None and (current is None or getattr(current, link) is None):
            warnings.append(f"pin_to: the note has no link to a {named}; it is not pinned there.")
        else:
            wanted[flag] = 1


def _update(made: Draft, values: Values, current: Note) -> Plan:
    wanted = made.values
    there: dict[str, Any] = {key: getattr(current, key) for key in wanted}
    if "content" in wanted and same_html(wanted["content"], there["content"]):
        del wanted["content"]
    return complete(plan_ruled_update(made, values, record_id=current.id, there=there))


def _see_complete(wanted: dict[str, Any], *, linked: bool) -> None:
    if not wanted.get("content", "").strip():
        raise MappingError(
            "content: a new note needs one and it was empty; map content.",
            code="content_missing",
            path="content",
        )
    if not linked:
        raise MappingError(
            "A new note needs a lead, person, organization or deal that Pipedrive knows; none was "
            "found. Map the id or match value of one that is there, or create it first.",
            code="no_link",
            path=PERSON.match_value,
        )


def _property(key: str, label: str, description: str, **more: Any) -> ActionField:
    default = {"@path": f"$.properties.{key}"}
    return ActionField(key=key, label=label, description=description, default=default, **more)


ACTION = Action(
    key="upsert_note",
    title="Create or update a note",
    description="Writes a note on the person, organization, deal or lead it is about.",
    kind=_KIND,
    default_trigger='type = "track" and event = "Note Upserted"',
    fields=(
        _property(
            "note_id",
            "Note id",
            "Pipedrive's id of the note to update. Empty: a new note.",
            type=ValueType.RECORD_ID,
            writing=Writing.FINDS,
        ),
        lead_field({"@path": "$.properties.lead_id"}, writing=Writing.LINKS),
        *tie_fields(PERSON, to="the note"),
        *tie_fields(ORGANIZATION, to="the note"),
        *tie_fields(DEAL, to="the note"),
        *parent_fields(*_PARENTS),
        _property(
            "content",
            "Content",
            "HTML, cleaned to what Pipedrive keeps, or plain text; at most 100 KB. A new note "
            "needs it.",
        ),
        ActionField(
            key="content_format",
            writing=Writing.STEERS,
            label="Content is",
            description="Empty: HTML if there is any markup in it, else plain text.",
            choices=(
                Choice(value="auto", label="HTML if there is markup in it"),
                Choice(value="html", label="HTML"),
                Choice(value="text", label="Plain text"),
            ),
        ),
        ActionField(
            key="pin_to",
            writing=Writing.ADDS,
            label="Pin to",
            description="Where the note is pinned: person, organization, deal, lead.",
            many=True,
        ),
        SYNC_MODE,
        AMBIGUOUS,
        WRITE_RULES,
        DROP_IF_INVALID,
    ),
    references=references,
    plan=plan,
    subject="note",
    codes=(
        "invalid_value",
        "needs_choice",
        "note_missing",
        "content_missing",
        "content_too_long",
        "no_link",
    ),
    preset=Preset(
        name="Notes from “Note Upserted”",
        trigger='type = "track" and event = "Note Upserted"',
        enabled=False,
    ),
)
