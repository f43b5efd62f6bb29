"""Create or update a lead."""

from collections.abc import Mapping
from typing import Any

from dealwright.core.action import (
    Account,
    Action,
    ActionField,
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
from dealwright.core.match import Found, Reference
from dealwright.core.parents import parent_fields
from dealwright.core.plan import Create, Plan, Update, differing
from dealwright.core.record import Lead, RecordKind
from dealwright.core.scalars import Misfit
from dealwright.core.standins import complete
from dealwright.core.ties import (
    ORGANIZATION,
    PERSON,
    lead_field,
    lead_reference,
    tie_fields,
    tie_references,
    tied_ids,
)
from dealwright.core.upsert import Draft, draft
from dealwright.core.zone import day_in

_KIND = RecordKind.LEAD
_TIES = (PERSON, ORGANIZATION)
_PARENTS = (RecordKind.PERSON, RecordKind.ORGANIZATION)


def references(values: Values, defaults: MatchDefaults) -> tuple[Reference, ...]:
    """The lead, only ever by its id; and the person and organization that it is with."""
    ties = tie_references(_TIES, values, defaults, rule=ambiguous_rule(values))
    return (*lead_reference(values), *ties)


def plan(values: Values, matches: Matches, account: Account) -> Plan:
    """Create the lead or update what differs; links are set, never cleared.

    Raises NeedsChoice, and MappingError: for a new lead `title_missing` and `no_link`,
    `lead_missing` when the lead named by its id is not there.
    """
    found = _found(values, matches)
    if (nothing := stopped(values, found)) is not None:
        return nothing
    current = found.record if found and isinstance(found.record, Lead) else None
    wanted = draft(_KIND, values, account, external_id="")
    if "title" in values:
        wanted.values["title"] = values["title"]
    if "visible_to" in wanted.values:
        # v1 takes the level as text.
        wanted.values["visible_to"] = str(wanted.values["visible_to"])
    if "expected_close_date" in values:
        day = day_in(values["expected_close_date"], values.get("zone", ""))
        wanted.values["expected_close_date"] = day
    _put_value(wanted, values, account, current)
    put_owner(wanted, values, account)
    put_labels(wanted, values, account, held=current.label_ids if current else ())
    ties = tied_ids(_TIES, values, matches=matches, account=account, warnings=wanted.warnings)
    keys = ((RecordKind.PERSON, "person_id"), (RecordKind.ORGANIZATION, "organization_id"))
    wanted.values |= {key: ties[kind] for kind, key in keys if kind in ties}
    if current is not None:
        return _update(wanted, values, current)
    _see_complete(wanted, linked=bool(ties))
    body = {**wanted.values, **_flat(wanted, {})}
    create = Create(kind=_KIND, values=body)
    return complete(Plan(changes=(create,), warnings=tuple(wanted.warnings)))


def _found(values: Values, matches: Matches) -> Found | None:
    match = matches.get("lead")
    if isinstance(match, Found):
        return match
    if "lead_id" not in values:
        return None
    raise MappingError(
        f"lead_id: Pipedrive has no lead {values['lead_id']}; map the id of one that is there, or "
        "none to make a new one.",
        code="lead_missing",
        path="lead_id",
    )


def _put_value(wanted: Draft, values: Values, account: Account, current: Lead | None) -> None:
    """v1 takes an amount only with its currency; 0 is an amount."""
    if "amount" not in values:
        if "currency" in values:
            wanted.warnings.append("currency: there is no amount with it; left out.")
        return
    held = current.value.currency if current and current.value else None
    default = account.me.default_currency if account.me else None
    currency = values.get("currency") or held or default
    if currency is None:
        raise MappingError(
            "currency: the amount has none, and the user has no default currency; map currency.",
            code="invalid_value",
            path="currency",
        )
    wanted.values["value"] = {"amount": values["amount"], "currency": currency}


def _update(wanted: Draft, values: Values, current: Lead) -> Plan:
    held: dict[str, Any] = {
        "title": current.title,
        "owner_id": current.owner_id,
        "person_id": current.person_id,
        "organization_id": current.organization_id,
        "expected_close_date": current.expected_close_date,
        "visible_to": current.visible_to,
        "label_ids": list(current.label_ids),
        "value": _money(current),
    }
    apply_rules(wanted, values, held)
    changed = differing(wanted.values, held)
    if "value" in changed and same_money(changed["value"], held["value"]):
        del changed["value"]
    before = {key: held[key] for key in changed}
    flat = _flat(wanted, current.custom_fields)
    changed |= flat
    before |= {key: current.custom_fields.get(key) for key in flat}
    update = Update(kind=_KIND, record_id=current.id, values=changed, before=before)
    plan = Plan(
        changes=(update,) if changed else (),
        record_id=current.id,
        warnings=tuple(wanted.warnings),
        agreed=wanted.agreed({key[:40] for key in changed}),
        kept=tuple(wanted.kept),
    )
    return complete(plan)


def _money(lead: Lead) -> dict[str, Any] | None:
    return {"amount": lead.value.amount, "currency": lead.value.currency} if lead.value else None


def same_money(wanted: Mapping[str, Any], held: Mapping[str, Any] | None) -> bool:
    """Whether two values of leads are equal, 0.1 as Decimal and as double too."""
    return held is not None and not differing(wanted, held)


def _flat(wanted: Draft, held: Mapping[str, Any]) -> dict[str, Any]:
    """The custom fields that differ, in v1's flat form."""
    flat: dict[str, Any] = {}
    for key, value in wanted.custom_fields.items():
        kind = wanted.schema.type_of(key) if wanted.schema else None
        if kind is None:
            if held.get(key) != value:
                flat[key] = value
            continue
        there = kind.read_flat(key, held)
        same = there is None if value is None else kind.same(value, there)
        if same or wanted.keeps(key, there):
            continue
        try:
            flat |= kind.write_flat(key, value)
        except Misfit as misfit:
            raise MappingError(
                f"custom_fields: {key}: expected {misfit.wish}.",
                code="invalid_value",
                path="custom_fields",
            ) from None
    return flat


def _see_complete(wanted: Draft, *, linked: bool) -> None:
    if not wanted.values.get("title"):
        raise MappingError(
            "title: a new lead needs one and it was empty; map title.",
            code="title_missing",
            path="title",
        )
    if not linked:
        raise MappingError(
            "A new lead needs a person or an organization that Pipedrive knows; none was found. "
            "Map the match value of one that is there, or create it first.",
            code="no_link",
            path=PERSON.match_value,
        )


def _either(key: str, label: str, description: str, **more: Any) -> ActionField:
    return ActionField(
        key=key, label=label, description=description, default=_trait_or_property(key), **more
    )


def _trait_or_property(key: str) -> dict[str, Any]:
    trait = {"@path": f"$.traits.{key}"}
    return {"@if": {"exists": trait, "then": trait, "else": {"@path": f"$.properties.{key}"}}}


ACTION = Action(
    key="upsert_lead",
    title="Create or update a lead",
    description="Creates a lead for a person or an organization, or writes what differs to the "
    "lead named by its id.",
    kind=_KIND,
    default_trigger='type = "identify"',
    fields=(
        lead_field(_trait_or_property("lead_id"), writing=Writing.FINDS),
        *tie_fields(PERSON, to="the lead"),
        *tie_fields(ORGANIZATION, to="the lead"),
        *parent_fields(*_PARENTS),
        _either("title", "Title", "What it is called. A new lead needs one."),
        _either("amount", "Amount", "What it may be worth; 0 counts.", type=ValueType.AMOUNT),
        _either(
            "currency",
            "Currency",
            "Three letters. An amount without takes the user's default; a currency without an "
            "amount is left out with a warning.",
            type=ValueType.CURRENCY,
            dynamic="currencies",
        ),
        _either(
            "expected_close_date",
            "Expected close date",
            "The day on which it should be closed.",
            type=ValueType.DATE,
        ),
        visible_field("the lead"),
        OWNER,
        *labels_fields(_KIND),
        ActionField(
            key="custom_fields",
            label="Custom fields",
            description=f"Leads have the deal's. {CUSTOM_FIELDS_TEXT}",
            type=ValueType.OBJECT,
            dynamic="deal_custom_fields",
        ),
        *RULES,
    ),
    references=references,
    plan=plan,
    subject="lead",
    codes=(
        "invalid_value",
        "needs_choice",
        "lead_missing",
        "title_missing",
        "no_link",
        *ACCOUNT_CODES,
    ),
    needs=frozenset({Need.FIELDS, Need.USERS, Need.ME, Need.LEAD_LABELS}),
    preset=Preset(name="Leads from identify calls", trigger='type = "identify"', enabled=False),
)
