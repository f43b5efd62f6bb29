"""Uses: where a Mapping, a Source of meetings or a Connection names Things of the account."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, NamedTuple, cast

from msgspec.structs import replace

from dealwright.core.action import Action
from dealwright.core.catalogue import FIELD_LISTS, OFFERS, AccountList
from dealwright.core.drift import Thing, ThingKind, folded
from dealwright.core.record import RecordKind

#: Keys and places in lists, from the root.
Path = tuple[str | int, ...]


class SubjectKind(StrEnum):
    """Of what a name stands that no longer leads anywhere."""

    MAPPING = "mapping"
    SOURCE = "source"
    CONNECTION = "connection"


class Mention(NamedTuple):
    """A place that names a Thing. `on_key`: the last step of the path itself is the name."""

    path: Path
    text: str
    on_key: bool = False


Find = Callable[[AccountList, Thing], Iterable[Mention]]
"""Where something names a Thing of a list, in whatever way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whoever may name Things: `body` is JSON, of a Mapping its fields."""

    kind: SubjectKind
    id: int
    name: str
    body: Mapping[str, Any]
    find: Find = field(repr=False)
    version: int = 0

    @property
    def title(self) -> str:
        """What people call it."""
        return f"{self.kind.value.capitalize()} {self.id} “{self.name}”"


def as_known(kind: SubjectKind, thing: Thing) -> Thing:
    """A Thing as somebody knows it: meetings find activity types by their names alone."""
    if kind is SubjectKind.SOURCE and thing.kind is ThingKind.ACTIVITY_TYPE:
        return replace(thing, refs=(thing.name,))
    return thing


#: The pickers whose entries are of a kind.
_PICKERS: Final[Mapping[ThingKind, tuple[str, ...]]] = {
    ThingKind.FIELD: ("_match_fields", "_custom_fields", "_date_fields"),
    ThingKind.LABEL: ("person_labels", "organization_labels", "deal_labels"),
    ThingKind.LEAD_LABEL: ("lead_labels",),
    ThingKind.ACTIVITY_TYPE: ("activity_types",),
    ThingKind.STAGE: ("stages",),
    ThingKind.PIPELINE: ("pipelines",),
    ThingKind.USER: ("users",),
}


def of_mapping(action: Action, fields: Mapping[str, Any]) -> Find:
    """Where a Mapping names a Thing: keys of custom fields, and texts of directives."""

    def find(name: AccountList, thing: Thing) -> Iterator[Mention]:
        for entry in action.fields:
            # Of custom fields the keys are names; their values are looked at below.
            plain = entry.key in fields and entry.key != "custom_fields"
            if plain and _picks(entry.dynamic, name, thing.kind):
                yield from _texts(fields[entry.key], thing, (entry.key,))
        custom = fields.get("custom_fields")
        if not isinstance(custom, Mapping):
            return
        if thing.kind is ThingKind.USER:
            yield from _texts(custom, thing, ("custom_fields",))
        elif FIELD_LISTS.get(action.kind) is name:
            yield from _in_custom(cast("Mapping[str, Any]", custom), fields, thing)

    return find


def of_defaults(defaults: Mapping[str, Mapping[str, Any]]) -> Find:
    """Where a Connection's way to match names a field."""

    def find(name: AccountList, thing: Thing) -> Iterator[Mention]:
        if thing.kind is not ThingKind.FIELD:
            return
        for part, chosen in defaults.items():
            for kind, text in chosen.items():
                if FIELD_LISTS.get(RecordKind(kind)) is name and thing.called(text):
                    yield Mention((part, kind), text)

    return find


def of_meetings(settings: Mapping[str, Any], *, usual_type: str) -> Find:
    """Where the settings of a Source of meetings name a type, a stage or a pipeline.

    Types are found by name there. Of a conversation type the alias is what is mended.
    """

    def find(name: AccountList, thing: Thing) -> Iterator[Mention]:
        del name
        if thing.kind is ThingKind.ACTIVITY_TYPE:
            yield from _types(settings, thing, usual_type)
        for kind, key in _DEALS.items():
            if thing.kind is kind:
                yield from _texts(settings.get(key, []), thing, (key,))

    return find


_DEALS: Final = {ThingKind.STAGE: "deal_stages", ThingKind.PIPELINE: "deal_pipelines"}


def _types(settings: Mapping[str, Any], thing: Thing, usual_type: str) -> Iterator[Mention]:
    rules: Mapping[str, Any] = settings.get("activities", {})
    aliases: Mapping[str, str] = rules.get("aliases", {})
    named: Mapping[str, Any] = settings.get("conversation_type", {})
    types = [named.get("default", usual_type)]
    types += [rule["type"] for rule in named.get("title_rules", [])]
    places = {("activities", "fallback"): rules.get("fallback", "")}
    places |= {("activities", "aliases", key): text for key, text in aliases.items()}
    places |= {("activities", "aliases", one): one for one in types if one not in aliases}
    for path, text in places.items():
        if text and folded(text) == folded(thing.name):
            yield Mention(path, text)


def mended(body: Mapping[str, Any], mentions: Iterable[Mention], *, with_: str) -> dict[str, Any]:
    """The same with another name at these places; what is no longer there stays away."""
    made: Any = body
    for mention in mentions:
        made = _put(made, mention.path, mention, with_)
    return cast("dict[str, Any]", made)


def _put(body: Any, path: Path, mention: Mention, text: str) -> Any:
    """A copy with another text at a path."""
    if not path:
        return int(text) if isinstance(body, int) and text.isdecimal() else text
    step, rest = path[0], path[1:]
    if isinstance(body, list | tuple):
        items = enumerate(cast("Sequence[Any]", body))
        return [_put(one, rest, mention, text) if at == step else one for at, one in items]
    there, key = cast("Mapping[str, Any]", body), cast("str", step)
    if mention.on_key and not rest:
        return {(_with_part(text, key) if one == key else one): there[one] for one in there}
    return {**there, key: _put(there.get(key, {} if rest else ""), rest, mention, text)}


def _with_part(text: str, key: str) -> str:
    """The key of a part (`<hash>_currency`) stays that of the part."""
    return text + key[40:] if folded(key) != key.casefold() and len(key) > 40 else text


def _picks(dynamic: str, name: AccountList, kind: ThingKind) -> bool:
    if not dynamic or kind not in _PICKERS or name not in OFFERS[dynamic].lists:
        return False
    return dynamic.endswith(_PICKERS[kind])


def _in_custom(
    custom: Mapping[str, Any], fields: Mapping[str, Any], thing: Thing
) -> Iterator[Mention]:
    if thing.kind is ThingKind.FIELD:
        yield from _by_key(fields, thing)
    elif thing.kind is ThingKind.OPTION:
        of = {folded(ref) for ref in thing.of}
        for key in (key for key in custom if folded(key) in of):
            yield from _texts(custom[key], thing, ("custom_fields", key))


def _by_key(fields: Mapping[str, Any], thing: Thing) -> Iterator[Mention]:
    for part in ("custom_fields", "write_rules"):
        for key in cast("Mapping[str, Any]", fields.get(part) or {}):
            if thing.called(key):
                yield Mention((part, key), key, on_key=True)
    yield from _texts(fields.get("drop_if_invalid", []), thing, ("drop_if_invalid",))


def _texts(value: Any, thing: Thing, path: Path) -> Iterator[Mention]:
    """Where a text or a number of a directive names a Thing."""
    match value:
        case bool() | None:
            return
        case str() | int():
            if thing.called(str(value)):
                yield Mention(path, str(value))
        case Mapping():
            for key, one in cast("Mapping[str, Any]", value).items():
                yield from _texts(one, thing, (*path, key))
        case list() | tuple():
            for at, one in enumerate(cast("Sequence[Any]", value)):
                yield from _texts(one, thing, (*path, at))
        case _:
            return
