"""The fields that several Actions have: owner, labels, rules; and what they do to a Draft."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, cast

from dealwright.core.action import Account, ActionField, Choice, Values, ValueType, Writing
from dealwright.core.errors import MappingError
from dealwright.core.match import AmbiguousRule, Found
from dealwright.core.members import member_id
from dealwright.core.plan import Plan, Update, differing
from dealwright.core.record import RecordId, RecordKind
from dealwright.core.scalars import Misfit, same_number, shown
from dealwright.core.schema import UnknownLabel
from dealwright.core.upsert import Draft, appended, letting_go
from dealwright.core.visibility import VISIBILITY


class SyncMode(StrEnum):
    """Whether an Action may create, update, or both."""

    UPSERT = "upsert"
    CREATE = "create"
    UPDATE = "update"


class LabelMode(StrEnum):
    """What becomes of the labels that a record has already."""

    ADD = "add"
    REMOVE = "remove"
    REPLACE = "replace"


class WriteRule(StrEnum):
    """When a field of a record that is there is written."""

    ALWAYS = "always"
    IF_EMPTY = "if_empty"
    APPEND = "append"
    ONLY_NEW = "only_new"
    KEEP_EDITS = "keep_edits"


#: What an Action with owner, labels and custom fields can end in because of the account.
ACCOUNT_CODES: Final = (
    "unknown_user",
    "unknown_option",
    "unknown_field",
    "ambiguous_field",
    "system_field",
)

CUSTOM_FIELDS_TEXT: Final = (
    "Values by the name or the 40-digit key of the field; options by label. Empty text clears a "
    "field."
)


def _choices(**labels: str) -> tuple[Choice, ...]:
    return tuple(Choice(value=value, label=label) for value, label in labels.items())


OWNER: Final = ActionField(
    key="owner",
    label="Owner",
    description="The user who owns the record, by e-mail address or id. Empty: whoever owns it "
    "already; a new record is the token's user's.",
    dynamic="users",
)

SYNC_MODE: Final = ActionField(
    key="sync_mode",
    writing=Writing.STEERS,
    label="Create or update",
    description="Whether records may be created, updated, or both (the default).",
    choices=_choices(
        upsert="Create or update", create="Only create new ones", update="Only update"
    ),
)

AMBIGUOUS: Final = ActionField(
    key="ambiguous",
    writing=Writing.STEERS,
    label="Several fit",
    description="Which record is taken when several fit. Empty: as the Connection says, which is "
    "the oldest unless it was changed.",
    choices=_choices(
        oldest="The oldest",
        newest="The newest",
        recently_updated="The most recently updated",
        hold="None: hold the Delivery for a person to choose",
    ),
)

UNKNOWN_LABELS: Final = ActionField(
    key="unknown_labels",
    writing=Writing.STEERS,
    label="Unknown options",
    description="What becomes of a label that a field of options does not have. Labels of the "
    "record itself are never added.",
    choices=_choices(
        refuse="Fail the Delivery (the default)",
        drop="Leave the label out",
        create="Add the option to the custom field",
    ),
)

ZONE: Final = ActionField(
    key="zone",
    label="Time zone",
    description="The zone in which days and times are meant that name none, or the path of one. "
    "Empty: UTC.",
    type=ValueType.ZONE,
    writing=Writing.STEERS,
)

DROP_IF_INVALID: Final = ActionField(
    key="drop_if_invalid",
    writing=Writing.STEERS,
    label="Leave out if it does not fit",
    description="Fields of the action, and custom fields by the name used here, that are left "
    "out, with a warning, where their value does not fit. * means all. Others fail the Delivery.",
    many=True,
)

WRITE_RULES: Final = ActionField(
    key="write_rules",
    writing=Writing.STEERS,
    label="Write rules",
    description="By field: always (the default), if_empty, append (to text), only_new, "
    "keep_edits (never over what a person wrote). custom_fields is the rule of all of them, * that "
    "of every field that is written over and has none of its own.",
    type=ValueType.OBJECT,
)

RULES: Final = (SYNC_MODE, AMBIGUOUS, WRITE_RULES, UNKNOWN_LABELS, ZONE, DROP_IF_INVALID)


def labels_fields(kind: RecordKind) -> tuple[ActionField, ActionField]:
    """The labels of a record, and what becomes of those that it has."""
    return (
        ActionField(
            key="labels",
            writing=Writing.ADDS,
            label="Labels",
            description="Labels by name or id.",
            many=True,
            dynamic=f"{kind}_labels",
        ),
        ActionField(
            key="labels_mode",
            writing=Writing.STEERS,
            label="What to do with labels",
            description="Add to those that are there (the default), remove these, or replace all.",
            choices=_choices(add="Add", remove="Remove", replace="Replace"),
        ),
    )


def visible_field(noun: str) -> ActionField:
    """Who sees a record."""
    return ActionField(
        key="visible_to",
        label="Visible to",
        description=f"Who in Pipedrive sees {noun}, by meaning or by Pipedrive's code. On Lite "
        "and Growth there are only the owner and everybody. Empty: the user's default.",
        choices=VISIBILITY,
    )


def ambiguous_rule(values: Values) -> AmbiguousRule | None:
    """The Mapping's own rule; None where the Connection's holds."""
    written = values.get("ambiguous")
    return AmbiguousRule(written) if written else None


def stopped(values: Values, found: Found | None) -> Plan | None:
    """The Plan that writes nothing, where the sync mode says so."""
    mode = SyncMode(values.get("sync_mode", SyncMode.UPSERT))
    if found is not None and mode is SyncMode.CREATE:
        return Plan(changes=(), record_id=found.record.id, code="already_there")
    if found is None and mode is SyncMode.UPDATE:
        return Plan(changes=(), code="not_there")
    return None


def put_owner(made: Draft, values: Values, account: Account) -> None:
    """Set the owner. Raises MappingError (`unknown_user`)."""
    if "owner" in values:
        with letting_go("owner", values, made.warnings):
            made.values["owner_id"] = owner_id(values, account)


def owner_id(values: Values, account: Account) -> int:
    """The user who is to own the record. Raises MappingError (`unknown_user`)."""
    try:
        return member_id(values["owner"], account.users)
    except Misfit as misfit:
        raise MappingError(
            f"owner: expected {misfit.wish or 'a user'}, got {shown(values['owner'])}.",
            code="unknown_user",
            path="owner",
        ) from None


def put_labels(made: Draft, values: Values, account: Account, *, held: tuple[Any, ...]) -> None:
    """Set the labels by their mode. Raises MappingError (`unknown_option`)."""
    if "labels" not in values:
        return
    given: list[Any] = []
    for label in values["labels"]:
        label_id = _label_id(label, account, made.kind)
        if label_id is not None:
            given.append(label_id)
        elif values.get("unknown_labels") == UnknownLabel.DROP:
            made.warnings.append(f"labels: there is no label {shown(label)}; left out.")
        else:
            raise MappingError(
                f"labels: the account has no label {shown(label)} for a {made.kind}; add it in "
                "Pipedrive, or let unknown labels be dropped.",
                code="unknown_option",
                path="labels",
            )
    mode = LabelMode(values.get("labels_mode", LabelMode.ADD))
    made.values["label_ids"] = _labelled(given, list(held), mode)


def apply_rules(made: Draft, values: Values, current: Mapping[str, Any]) -> None:
    """Leave out, of an update, what the write rules keep as it is.

    `current` are the record's values by the names that the Draft has. Raises MappingError
    (`invalid_value`) for a rule that there is not.
    """
    rules = cast("Mapping[str, Any]", values.get("write_rules", {}))
    for named, written in rules.items():
        rule = _rule(named, written)
        target = _target(made.kind, named)
        if target == "custom_fields":
            made.rule = rule
        elif rule is WriteRule.KEEP_EDITS:
            _keep_edit(made, target, current.get(target), named=named)
        elif target in made.values:
            _apply(made.values, target, current.get(target), rule)


def _target(kind: RecordKind, named: str) -> str:
    """The name in the record of a field of the Action."""
    target = TARGETS.get(named, named)
    return "organization_id" if kind is RecordKind.LEAD and target == "org_id" else target


TARGETS: Final = {
    "owner": "owner_id",
    "labels": "label_ids",
    "email": "emails",
    "phone": "phones",
    "description": "public_description",
    "person_match_value": "person_id",
    "organization_match_value": "org_id",
    "deal_match_value": "deal_id",
}


def _apply(values: dict[str, Any], key: str, held: Any, rule: WriteRule) -> None:
    empty = held in (None, "", (), [])
    if rule is WriteRule.ONLY_NEW or (rule is WriteRule.IF_EMPTY and not empty):
        del values[key]
    elif rule is WriteRule.APPEND and isinstance(values[key], str):
        values[key] = appended(held or "", values[key], between="<br>" if key in _HTML else "\n")
    elif rule is WriteRule.APPEND:
        raise MappingError(
            f"write_rules: {key}: append is for text; use another rule.",
            code="invalid_value",
            path="write_rules",
        )


#: Fields of records that hold HTML, where a line break is a tag.
_HTML: Final = frozenset({"content", "note"})


def plan_ruled_update(
    made: Draft, values: Values, *, record_id: RecordId, there: Mapping[str, Any]
) -> Plan:
    """The Plan for a record without custom fields: what differs and the write rules let through."""
    apply_rules(made, values, there)
    changed = differing(made.values, there)
    before = {key: there[key] for key in changed}
    update = Update(kind=made.kind, record_id=record_id, values=changed, before=before)
    return Plan(
        changes=(update,) if changed else (),
        record_id=record_id,
        warnings=tuple(made.warnings),
        agreed=made.agreed(set(changed)),
        kept=tuple(made.kept),
    )


def _keep_edit(made: Draft, key: str, held: Any, *, named: str) -> None:
    same = key not in made.values or same_number(made.values[key], held)
    if not same and made.ours.edited(key):
        del made.values[key]
        made.keep(key, named=named)


def _rule(named: str, written: Any) -> WriteRule:
    try:
        return WriteRule(written)
    except ValueError:
        raise MappingError(
            f"write_rules: {named[:60]}: expected one of {', '.join(WriteRule)}, got "
            f"{shown(written)}.",
            code="invalid_value",
            path="write_rules",
        ) from None


def _labelled(given: list[Any], held: list[Any], mode: LabelMode) -> list[Any]:
    match mode:
        case LabelMode.REPLACE:
            return list(dict.fromkeys(given))
        case LabelMode.REMOVE:
            return [label for label in held if label not in given]
        case LabelMode.ADD:
            return [*held, *(label for label in dict.fromkeys(given) if label not in held)]


def _label_id(label: str, account: Account, kind: RecordKind) -> int | str | None:
    if kind is RecordKind.LEAD:
        known: dict[int | str, str] = {one.id: one.name for one in account.lead_labels}
    else:
        known = account.schema.labels() if account.schema else {}
    folded = label.strip().casefold()
    named = [key for key, name in known.items() if name.strip().casefold() == folded]
    return named[0] if named else next((key for key in known if str(key) == label.strip()), None)
