"""Drift: what was renamed or deleted in an account, and whom of us that concerns.

A Thing of an account (a field, an option, an activity type, …) can be named in several ways, its
`refs`: a field by its key and by its name. A rename takes one of them away, a deletion all.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple

import msgspec
from rapidfuzz import fuzz, process

from dealwright.core.catalogue import AccountList
from dealwright.core.record import FieldDefinition
from dealwright.core.schema import FIELD_KEY

#: How like another name a name must be, of 100, to be proposed in its place.
NEAR: Final = 70.0

_FIELDS_OF: Final[Mapping[AccountList, str]] = {
    AccountList.PERSON_FIELDS: "persons",
    AccountList.ORGANIZATION_FIELDS: "organizations",
    AccountList.DEAL_FIELDS: "deals",
    AccountList.ACTIVITY_FIELDS: "activities",
}


class ThingKind(StrEnum):
    """What can be renamed or deleted in an account."""

    FIELD = "field"
    OPTION = "option"
    LABEL = "label"
    LEAD_LABEL = "lead_label"
    ACTIVITY_TYPE = "activity_type"
    STAGE = "stage"
    PIPELINE = "pipeline"
    USER = "user"


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a list of an account. `key` stays when it is renamed.

    `refs` are all ways to name it, the key first. `parent` is the key of what it belongs to (an
    option: its field), `of` the ways to name that one.
    """

    kind: ThingKind
    key: str
    name: str
    refs: tuple[str, ...]
    parent: str = ""
    of: tuple[str, ...] = ()

    def called(self, text: str) -> bool:
        """Whether a text names it; of names neither case nor white space counts."""
        return self.place_of(text) is not None

    def place_of(self, text: str) -> int | None:
        """Which of its names a text is; None where it is none."""
        if text.strip() == self.refs[0]:
            return 0
        plain = folded(text)
        if FIELD_KEY.fullmatch(plain) and plain == self.refs[0]:
            return 0
        return next((at for at, one in enumerate(self.refs) if at and folded(one) == plain), None)

    def beside(self, other: "Thing") -> bool:
        """Whether the other is of the same kind, in the same place."""
        if self.kind is not other.kind:
            return False
        return self.parent == other.parent or bool(set(self.of) & set(other.of))


class Change(NamedTuple):
    """What became of a Thing. `after` None: it is gone."""

    list: AccountList
    before: Thing
    after: Thing | None


def folded(text: str) -> str:
    """A name as it is compared; a key of a part (`<hash>_currency`) is that of its field."""
    plain = " ".join(text.split()).casefold()
    head = plain[:40]
    return head if FIELD_KEY.fullmatch(head) and plain[40:41] in {"", "_"} else plain


def things(name: AccountList, told: Iterable[Any]) -> tuple[Thing, ...]:
    """The Things of a list that can be used; deleted and inactive ones cannot."""
    if name in _FIELDS_OF:
        return tuple(one for entry in told for one in _of_field(entry))
    made = _MADE.get(name)
    return tuple(one for entry in told if (one := made(entry))) if made else ()


def changes(
    name: AccountList, before: Iterable[Thing], after: Iterable[Thing]
) -> tuple[Change, ...]:
    """What became of each Thing that was renamed or is gone; options go with their field."""
    there = tuple(after)
    same = {(one.kind, one.parent, one.key): one for one in there}
    fields = {one.key for one in there if one.kind is ThingKind.FIELD}
    found: list[Change] = []
    for old in before:
        new = same.get((old.kind, old.parent, old.key))
        whole = old.kind is not ThingKind.OPTION or old.parent in fields
        if whole and (new is None or set(new.refs) != set(old.refs)):
            found.append(Change(name, old, new))
    return tuple(found)


def stands(old: Thing, ref: str, there: Iterable[Thing]) -> bool:
    """Whether a name of a Thing leads somewhere."""
    return any(one.beside(old) and one.called(ref) for one in there)


def proposed(change: Change, ref: str, there: Iterable[Thing]) -> str:
    """What to write in the place of a name that leads nowhere; "" when nothing is near.

    What was renamed has another name at the same place; in the place of what is gone stands the
    Thing with the name that is nearest. Nobody is proposed in the place of a person.
    """
    old = change.before
    place = old.place_of(ref) or 0
    if change.after is not None:
        return change.after.refs[place]
    if old.kind is ThingKind.USER:
        return ""
    by_name = {one.name: one for one in there if one.beside(old)}
    near = process.extractOne(
        old.name, list(by_name), scorer=fuzz.WRatio, processor=folded, score_cutoff=NEAR
    )
    return by_name[near[0]].refs[place] if near else ""


def said(change: Change) -> str:
    """What has happened, a sentence."""
    what = _titled(change)
    if change.before.kind is ThingKind.USER:
        return (
            f"{what} is gone or deactivated."
            if change.after is None
            else f"{what} has another address."
        )
    if change.after is None:
        return f"{what} is gone."
    return f"{what} is now called “{change.after.name}”."


def _titled(change: Change) -> str:
    one = change.before
    match one.kind:
        case ThingKind.FIELD:
            return f"The field “{one.name}” of {_FIELDS_OF[change.list]}"
        case ThingKind.OPTION:
            return f"The option “{one.name}” of the field “{one.of[-1]}”"
        case ThingKind.LABEL:
            return f"The label “{one.name}” of {_FIELDS_OF[change.list]}"
        case _:
            return f"The {one.kind.replace('_', ' ')} “{one.name}”"


def _of_field(entry: FieldDefinition) -> Iterable[Thing]:
    refs = (entry.field_code, entry.field_name)
    if entry.is_custom_field:
        yield Thing(kind=ThingKind.FIELD, key=refs[0], name=refs[1], refs=refs)
        kind, parent, of = ThingKind.OPTION, refs[0], refs
    elif entry.field_code in {"label", "label_ids"}:
        kind, parent, of = ThingKind.LABEL, "label", ()
    else:
        return
    for option in entry.options or ():
        names = (str(option.id), option.label)
        yield Thing(kind=kind, key=names[0], name=names[1], refs=names, parent=parent, of=of)


def _activity_type(entry: Any) -> Thing | None:
    refs = (entry.key_string, entry.name)
    kind = ThingKind.ACTIVITY_TYPE
    return Thing(kind=kind, key=refs[0], name=entry.name, refs=refs) if entry.active_flag else None


def _user(entry: Any) -> Thing | None:
    refs = (str(entry.id), *([entry.email] if entry.email else []))
    name = entry.name or refs[-1]
    there = entry.active_flag
    return Thing(kind=ThingKind.USER, key=refs[0], name=name, refs=refs) if there else None


def _stage(entry: Any) -> Thing | None:
    key, parent = str(entry.id), str(entry.pipeline_id)
    made = Thing(kind=ThingKind.STAGE, key=key, name=entry.name, refs=(key,), parent=parent)
    return None if entry.is_deleted else made


def _pipeline(entry: Any) -> Thing | None:
    key = str(entry.id)
    made = Thing(kind=ThingKind.PIPELINE, key=key, name=entry.name, refs=(key,))
    return None if entry.is_deleted else made


def _lead_label(entry: Any) -> Thing:
    refs = (entry.id, entry.name)
    return Thing(kind=ThingKind.LEAD_LABEL, key=entry.id, name=entry.name, refs=refs)


_MADE: Final[Mapping[AccountList, Any]] = {
    AccountList.ACTIVITY_TYPES: _activity_type,
    AccountList.USERS: _user,
    AccountList.STAGES: _stage,
    AccountList.PIPELINES: _pipeline,
    AccountList.LEAD_LABELS: _lead_label,
}

#: Lists in which something can drift.
WATCHED: Final = (*_FIELDS_OF, *_MADE)
