"""A Segment destination as Segment's public API exports it: settings, and mappings (subscriptions).

https://docs.segmentapis.com: Get Destination, List Subscriptions from Destination. The answers are
taken as they are, alone, together, or in a list.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import msgspec

from dealwright.core.errors import MappingError
from dealwright.core.secret import Secret

#: What an API token of Pipedrive looks like; an export shows dots or stars instead.
_TOKEN: Final = re.compile(r"[0-9a-zA-Z]{30,80}")
_DEPTH: Final = 8


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """Which destination of Segment's catalog it is."""

    name: str = ""
    slug: str = ""


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """One destination of a workspace."""

    id: str = ""
    name: str = ""
    enabled: bool = True
    metadata: Metadata = Metadata()
    settings: dict[str, Any] = {}


class Subscription(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One of its mappings. `settings` are the action's fields, in exports also as JSON text."""

    name: str = ""
    action_slug: str = ""
    action_id: str = ""
    destination_id: str = ""
    model_id: str | None = None
    enabled: bool = False
    trigger: str = ""
    settings: dict[str, Any] | str | None = None
    mapping: dict[str, Any] | str | None = None

    def fields(self) -> dict[str, Any]:
        """The directives by field key; raises MappingError (`invalid_export`)."""
        given = self.settings if self.settings is not None else self.mapping
        if isinstance(given, str):
            try:
                return msgspec.json.decode(given or "{}", type=dict[str, Any])
            except (msgspec.DecodeError, RecursionError) as error:
                raise _wrong(f"the fields of “{self.name}” are no JSON: {error}") from error
        return given or {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A destination with its subscriptions; `token` is None where the export masks it.

    `remarks` tell what else was in the files and is not looked at.
    """

    destination: Destination
    subscriptions: tuple[Subscription, ...]
    remarks: tuple[str, ...] = ()

    @property
    def domain(self) -> str:
        """The company's domain, as it was typed into Segment; "" if the export has none."""
        return str(self.destination.settings.get("domain") or "").strip()

    @property
    def token(self) -> Secret | None:
        """The API token; raises nothing."""
        found = str(self.destination.settings.get("apiToken") or "").strip()
        return Secret(found) if _TOKEN.fullmatch(found) else None


def read_export(documents: Iterable[object]) -> Export:
    """Put one destination together from JSON files; raises MappingError (`invalid_export`).

    Of several destinations the one that is Pipedrive's is taken; if there is none, or more than
    one, that is an error.
    """
    found = _Found([], [], [])
    for document in documents:
        _collect(document, found, 0)
    destination = _chosen(found.destinations)
    mine = [one for one in found.subscriptions if one.destination_id in {"", destination.id}]
    others = len(found.subscriptions) - len(mine)
    if destination.id and others:
        found.remarks.append(f"{others} mappings of other destinations were left alone.")
    return Export(
        destination=destination,
        subscriptions=tuple(mine if destination.id else found.subscriptions),
        remarks=tuple(found.remarks),
    )


@dataclass(frozen=True, slots=True)
class _Found:
    destinations: list[Destination]
    subscriptions: list[Subscription]
    remarks: list[str]


def _collect(value: object, found: _Found, depth: int) -> None:
    if depth > _DEPTH:
        return
    if isinstance(value, list):
        for item in cast("list[object]", value):
            _collect(item, found, depth + 1)
    elif isinstance(value, dict):
        _collect_object(cast("dict[str, Any]", value), found, depth)


def _collect_object(entries: dict[str, Any], found: _Found, depth: int) -> None:
    if "trigger" in entries:
        found.subscriptions.append(_converted(entries, Subscription))
        return
    if isinstance(entries.get("settings"), dict):
        found.destinations.append(_converted(entries, Destination))
    for inner in _inside(entries):
        _collect(inner, found, depth + 1)
    if _goes_on(entries):
        found.remarks.append(
            "The export is one page of several (pagination.next): export the others too."
        )


def _inside(entries: Mapping[str, Any]) -> Iterator[object]:
    names = ("data", "destination", "destinations", "subscription", "subscriptions", "mappings")
    return (entries[name] for name in names if name in entries)


def _goes_on(entries: Mapping[str, Any]) -> bool:
    pagination = entries.get("pagination")
    return isinstance(pagination, dict) and bool(cast("dict[str, Any]", pagination).get("next"))


def _converted(entries: dict[str, Any], kind: type[Any]) -> Any:
    present = {key: value for key, value in entries.items() if value is not None}
    try:
        return msgspec.convert(present, kind)
    except msgspec.ValidationError as error:
        raise _wrong(str(error)) from error


def _chosen(destinations: list[Destination]) -> Destination:
    if not destinations:
        raise _wrong("there is no destination with settings in it")
    ours = [one for one in destinations if _is_pipedrive(one)]
    if len(ours) == 1:
        return ours[0]
    if not ours and len(destinations) == 1 and not destinations[0].metadata.slug:
        return destinations[0]
    if not ours:
        raise _wrong("none of the destinations is Actions Pipedrive")
    names = ", ".join(f"“{one.name}”" for one in ours)
    raise _wrong(f"there are {len(ours)} Pipedrive destinations ({names}): give one at a time")


def _is_pipedrive(one: Destination) -> bool:
    return "pipedrive" in f"{one.metadata.slug} {one.metadata.name}".casefold()


def _wrong(what: str) -> MappingError:
    return MappingError(
        f"This is no export of a Pipedrive destination: {what}. Give what Segment's public API "
        "answers for the destination and for its subscriptions.",
        code="invalid_export",
    )
