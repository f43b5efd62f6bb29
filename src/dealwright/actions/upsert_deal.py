"""Create, update or delete a deal."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from dealwright.core import identifier
from dealwright.core.action import (
    Account,
    Action,
    ActionField,
    Choice,
    Matches,
    Need,
    Preset,
    Values,
    ValueType,
    Writing,
)
from dealwright.core.actionfields import (
    ACCOUNT_CODES,
    CUSTOM_FIELDS_TEXT,
    OWNER,
    RULES,
    ambiguous_rule,
    apply_rules,
    labels_fields,
    put_labels,
    put_owner,
    stopped,
    visible_field,
)
from dealwright.core.errors import MappingError
from dealwright.core.mapping import MatchDefaults
from dealwright.core.match import Ambiguous, Found, Reference
from dealwright.core.parents import parent_fields
from dealwright.core.participants import (
    participant_fields,
    participant_ids,
    participant_references,
)
from dealwright.core.plan import Delete, Join, Plan
from dealwright.core.record import Deal, RecordKind, image
from dealwright.core.reference import match_field
from dealwright.core.standins import complete
from dealwright.core.ties import (
    DEAL,
    ORGANIZATION,
    PERSON,
    tie_fields,
    tie_references,
    tied_ids,
)
from dealwright.core.upsert import (
    Draft,
    draft,
    letting_go,
    plan_create,
    plan_update,
    refuse_to_choose,
    write_external_id,
    write_match_key,
)
from dealwright.core.zone import day_in

_KIND = RecordKind.DEAL
_TIES = (PERSON, ORGANIZATION)
_PARENTS = (RecordKind.PERSON, RecordKind.ORGANIZATION)
_DELETED: Final = "deleted"

#: Fields that go out as they are, by the same names.
_PLAIN = ("title", "value", "currency", "stage_id", "pipeline_id", "status", "probability")


def references(values: Values, defaults: MatchDefaults) -> tuple[Reference, ...]:
    """The deal; and the person and organization that it is with, unless it is to be deleted."""
    ties = (DEAL,) if values.get("status") == _DELETED else (DEAL, *_TIES)
    rule = ambiguous_rule(values)
    found = [_titled(one, values) for one in tie_references(ties, values, defaults, rule=rule)]
    if values.get("status") == _DELETED:
        return tuple(found)
    return (*found, *participant_references(values, defaults, rule=rule))


def _titled(reference: Reference, values: Values) -> Reference:
    """Where deals are found by their title, one is found by the title that it gets as well."""
    by_title = any(key.field == "title" for key in reference.keys)
    if reference.kind is not _KIND or not by_title or not values.get("title"):
        return reference
    return reference.sharing(identifier.field("title", values["title"]))


def plan(values: Values, matches: Matches, account: Account) -> Plan:
    """Create the deal, update what differs, or delete it; links are set, never cleared.

    Raises NeedsChoice, and MappingError: for a new deal `title_missing` and `no_link`, for both
    what the account has not (`unknown_user`, `unknown_option`, …) and `invalid_value`.
    """
    match = matches.get("deal")
    if isinstance(match, Ambiguous):
        refuse_to_choose(match, role="deal")
    found = match if isinstance(match, Found) and isinstance(match.record, Deal) else None
    if values.get("status") == _DELETED:
        return _plan_delete(found)
    if (nothing := stopped(values, found)) is not None:
        return nothing
    return _plan_write(values, matches, account, found=found)


def _plan_delete(found: Found | None) -> Plan:
    if found is None or not isinstance(found.record, Deal):
        return Plan(changes=(), code="already_absent")
    deal = found.record
    change = Delete(kind=_KIND, record_id=deal.id, before=deal.title, image=image(deal))
    warning = f"Pipedrive's API cannot restore deal {deal.id} “{deal.title[:60]}”."
    return Plan(changes=(change,), record_id=deal.id, warnings=(warning,))


def _plan_write(values: Values, matches: Matches, account: Account, *, found: Found | None) -> Plan:
    current = found.record if found and isinstance(found.record, Deal) else None
    wanted = _wanted(values, account, found=found)
    ties = tied_ids(_TIES, values, matches=matches, account=account, warnings=wanted.warnings)
    for kind, key in ((RecordKind.PERSON, "person_id"), (RecordKind.ORGANIZATION, "org_id")):
        if kind in ties:
            wanted.values[key] = ties[kind]
    joining = participant_ids(values, matches, warnings=wanted.warnings)
    put_labels(wanted, values, account, held=current.label_ids if current else ())
    _put_lost_reason(wanted, values, current)
    _put_created_at(wanted, values)
    if found is None or current is None:
        _see_complete(wanted, linked=bool(ties))
        return complete(_joined(plan_create(wanted, add_time=None), joining, deal=None))
    held = _held(current)
    apply_rules(wanted, values, held)
    plan = plan_update(wanted, found, current=held)
    return complete(_joined(plan, joining, deal=current.id))


def _joined(plan: Plan, person_ids: Sequence[Any], *, deal: int | None) -> Plan:
    """The Plan with those at its end who are to take part."""
    if not person_ids:
        return plan
    return replace(plan, changes=(*plan.changes, Join(deal=deal, person_ids=tuple(person_ids))))


def _wanted(values: Values, account: Account, *, found: Found | None) -> Draft:
    defaults = account.defaults
    value = values.get(DEAL.match_value, "")
    named = match_field(_KIND, values.get(DEAL.match_field), defaults)
    own_field = defaults.external_id_fields.get(_KIND, "")
    own_id = value if named in ("id", own_field) else ""
    wanted = draft(_KIND, values, account, external_id=own_id)
    wanted.values |= {key: values[key] for key in _PLAIN if key in values}
    if "expected_close_date" in values:
        day = day_in(values["expected_close_date"], values.get("zone", ""))
        wanted.values["expected_close_date"] = day
    with letting_go("probability", values, wanted.warnings):
        _see_probability(wanted)
    put_owner(wanted, values, account)
    if value:
        write_match_key(wanted, match_field=named, value=value)
        write_external_id(wanted, own_field=own_field, found=found)
    return wanted


def _see_probability(wanted: Draft) -> None:
    if 0 <= wanted.values.get("probability", 0) <= 100:
        return
    raise MappingError(
        f"probability: expected 0 to 100, got {wanted.values.pop('probability'):g}.",
        code="invalid_value",
        path="probability",
    )


def _put_lost_reason(wanted: Draft, values: Values, current: Deal | None) -> None:
    if "lost_reason" not in values:
        return
    status = wanted.values.get("status") or (current.status if current else "open")
    if status == "lost":
        wanted.values["lost_reason"] = values["lost_reason"]
    else:
        wanted.warnings.append(f"lost_reason: the deal is {status}, not lost; left out.")


def _put_created_at(wanted: Draft, values: Values) -> None:
    """v2 takes no `add_time` for deals; on wish a date field of the account does."""
    if "add_time" not in values:
        return
    named = values.get("created_at_field")
    if named is None or wanted.schema is None:
        wanted.warnings.append(
            "add_time: deal_created_at_unsupported: Pipedrive takes no creation time for deals; "
            "left out. Name a date field in created_at_field to keep it there."
        )
        return
    wanted.custom_fields |= wanted.schema.fit(
        {named: values["add_time"]}, zone=values.get("zone", "")
    ).values


def _see_complete(wanted: Draft, *, linked: bool) -> None:
    if not wanted.values.get("title"):
        raise MappingError(
            "title: a new deal needs one and it was empty; map title.",
            code="title_missing",
            path="title",
        )
    if not linked:
        raise MappingError(
            "A new deal needs a person or an organization that Pipedrive knows; none was found. "
            "Map the match value of one that is there, or create it first.",
            code="no_link",
            path=PERSON.match_value,
        )


def _held(deal: Deal) -> Mapping[str, Any]:
    held: dict[str, Any] = {key: getattr(deal, key) for key in _PLAIN}
    return held | {
        "expected_close_date": deal.expected_close_date,
        "lost_reason": deal.lost_reason,
        "visible_to": deal.visible_to,
        "owner_id": deal.owner_id,
        "person_id": deal.person_id,
        "org_id": deal.org_id,
        "label_ids": list(deal.label_ids),
    }


def _property(key: str, label: str, description: str, **more: Any) -> ActionField:
    default = {"@path": f"$.properties.{more.pop('path', key)}"}
    return ActionField(key=key, label=label, description=description, default=default, **more)


ACTION = Action(
    key="upsert_deal",
    title="Create, update or delete a deal",
    description="Finds the deal the event is about and writes what differs; creates it when there "
    "is none and a person or an organization is known.",
    kind=_KIND,
    default_trigger='type = "track" and event = "Deal Upserted"',
    fields=(
        *tie_fields(DEAL, to="the event", missing="a new deal is made", writing=Writing.FINDS),
        *tie_fields(PERSON, to="the deal"),
        *tie_fields(ORGANIZATION, to="the deal"),
        *parent_fields(*_PARENTS),
        *participant_fields(to="the deal"),
        _property("title", "Title", "What it is called. A new deal needs one."),
        _property(
            "value",
            "Value",
            "What it is worth. A new deal without is worth 0.",
            type=ValueType.AMOUNT,
        ),
        _property(
            "currency",
            "Currency",
            "Three letters. A new deal without has the user's default currency.",
            type=ValueType.CURRENCY,
            dynamic="currencies",
        ),
        _property(
            "stage_id",
            "Stage id",
            "The stage, which decides the pipeline. A new deal without is in the first stage of "
            "the default pipeline.",
            type=ValueType.RECORD_ID,
            dynamic="stages",
        ),
        ActionField(
            key="pipeline_id",
            label="Pipeline id",
            description="The pipeline whose first stage a deal enters; the stage wins over it.",
            type=ValueType.RECORD_ID,
            dynamic="pipelines",
        ),
        ActionField(
            key="status",
            label="Status",
            description="What became of it. A new deal without is open. Deleted deletes the deal "
            "that is found and does nothing else; Pipedrive's API cannot restore it.",
            choices=(
                Choice(value="open", label="Open"),
                Choice(value="won", label="Won"),
                Choice(value="lost", label="Lost"),
                Choice(value="deleted", label="Deleted"),
            ),
        ),
        _property(
            "expected_close_date",
            "Expected close date",
            "The day on which it should be closed.",
            type=ValueType.DATE,
        ),
        _property(
            "probability",
            "Success probability",
            "0 to 100 percent; shown only where the pipeline has it switched on.",
            type=ValueType.NUMBER,
            path="success_probability",
        ),
        _property(
            "lost_reason",
            "Lost reason",
            "Why it was lost; left out with a warning unless the deal is lost after this write.",
        ),
        visible_field("the deal"),
        ActionField(
            key="add_time",
            label="Created at",
            description="When the deal came to be. Pipedrive's API takes none for deals: it is "
            "left out with a warning, or kept in the date field that is named below.",
            type=ValueType.DATETIME,
        ),
        ActionField(
            key="created_at_field",
            writing=Writing.STEERS,
            label="Field for created at",
            description="The name or key of a custom date field that takes the creation time.",
            dynamic="deal_date_fields",
        ),
        OWNER,
        *labels_fields(_KIND),
        ActionField(
            key="custom_fields",
            label="Custom fields",
            description=CUSTOM_FIELDS_TEXT,
            type=ValueType.OBJECT,
            dynamic="deal_custom_fields",
        ),
        *RULES,
    ),
    references=references,
    plan=plan,
    subject="deal",
    codes=("invalid_value", "needs_choice", "title_missing", "no_link", *ACCOUNT_CODES),
    needs=frozenset({Need.FIELDS, Need.USERS}),
    preset=Preset(
        name="Deals from “Deal Upserted”",
        trigger='type = "track" and event = "Deal Upserted"',
        enabled=False,
    ),
)
