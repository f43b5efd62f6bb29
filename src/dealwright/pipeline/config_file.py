"""The configuration as a file: its models, and faults with the line that they are in."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from dealwright.core.errors import ConfigError
from dealwright.core.match import AmbiguousRule
from dealwright.core.privacyrules import Hashing
from dealwright.core.record import RecordKind
from dealwright.meetings.source import Scheme
from dealwright.store.event_hooks import SourceKind

MAX_BYTES: Final = 4 * 1024 * 1024

#: A few lines of aliases can stand for billions of values.
_MOST_VALUES: Final = 200_000
_REFERENCE: Final = re.compile(r"(env|file):(.+)")
#: Where in the file something stands: keys and numbers from the root.
Spot: TypeAlias = tuple[str | int, ...]


def _reference(text: str) -> str:
    if not _REFERENCE.fullmatch(text):
        raise ValueError("a secret never stands here: give env:NAME or file:/path instead")
    return text


Reference = Annotated[str, AfterValidator(_reference)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WantedPrivacy(_Model):
    """What is kept of the events of a Source, by dotted paths (docs/privacy.md)."""

    allow: tuple[Name, ...] | None = None
    hash: dict[Name, Hashing] = {}
    mask: tuple[Name, ...] = ()


class WantedSource(_Model):
    """A Source; keys and secrets by reference, never themselves."""

    name: Name
    kind: SourceKind = SourceKind.SEGMENT
    write_keys: tuple[Reference, ...] = ()
    secret: Reference | None = None
    privacy: WantedPrivacy | None = None


class WantedMeetingSource(_Model):
    """A Source of meetings, known by its name; its secret and credentials by reference.

    Only one that is new needs its secret.
    `connection` is whose meetings they are where no presenter tells; `settings` are those that
    are named, the others stay.
    """

    name: Name
    kind: Name
    secret: Reference | None = None
    scheme: Scheme = Scheme.SIGNATURE
    credentials: dict[str, Reference] = {}
    connection: Name | None = None
    settings: dict[str, Any] = {}


class WantedMapping(_Model):
    """A Mapping, known by its name; `fields` are directives."""

    name: Name
    action: str
    trigger: str
    fields: dict[str, Any]
    enabled: bool = True
    priority: Literal["high", "normal", "low"] = "normal"


class WantedField(_Model):
    """A custom field of the account, known by its name."""

    kind: Literal["person", "organization", "deal"]
    name: Name
    type: str = "varchar"
    options: tuple[Name, ...] = ()


class WantedAccount(_Model):
    """What the account must have: nothing of it is ever taken away."""

    fields: tuple[WantedField, ...] = ()
    activity_types: tuple[Name, ...] = ()


class WantedBudget(_Model):
    """The shares of the day's tokens that a person decides about."""

    reserve_percent: Annotated[int, Field(ge=0, le=100)] | None = None
    extra_tokens: Annotated[int, Field(ge=0)] | None = None


class WantedCard(_Model):
    """The cards of a Connection: sections in order, what may not be written, notes of deals."""

    sections: tuple[Name, ...] | None = None
    writes_forbidden: tuple[Literal["create", "update", "log"], ...] | None = None
    deal_notes: Annotated[int, Field(ge=0, le=5)] | None = None


class WantedConnection(_Model):
    """A Connection that there is: who signs in is a person's doing, never a file's.

    What is not named stays as it is.
    """

    name: Name
    hears: Literal["all"] | tuple[Name, ...] | None = None
    plan: str | None = None
    seats: Annotated[int, Field(ge=1)] | None = None
    match: dict[Literal["person", "organization", "deal"], Name] | None = None
    external_ids: dict[Literal["person", "organization", "deal"], Name] | None = None
    region: Annotated[str, Field(pattern="^[A-Z]{2}$")] | None = None
    ambiguous: AmbiguousRule | None = None
    budget: WantedBudget | None = None
    mappings: tuple[WantedMapping, ...] | None = None
    account: WantedAccount | None = None
    card: WantedCard | None = None


class Wanted(_Model):
    """The whole file."""

    version: Literal[1] = 1
    sources: tuple[WantedSource, ...] | None = None
    meetings: tuple[WantedMeetingSource, ...] | None = None
    connections: tuple[WantedConnection, ...] = ()

    def references(self) -> set[str]:
        """Everything that a file names instead of writing it down."""
        found = {name for one in self.sources or () for name in one.write_keys}
        found |= {one.secret for one in self.sources or () if one.secret}
        for one in self.meetings or ():
            found |= {*one.credentials.values(), *((one.secret,) if one.secret else ())}
        return found


def read_config(file: Path) -> Wanted:
    """Read a file; raises ConfigError (`invalid_config_file`) that lists every fault at once."""
    try:
        if file.stat().st_size > MAX_BYTES:
            raise _invalid(file, ["it is larger than 4 MB"])
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise _invalid(file, [f"it cannot be read: {reason}"]) from error
    return parse_config(text, file)


def parse_config(text: str, file: Path) -> Wanted:
    """Read the text of a file; raises as `read_config`."""
    lines: dict[Spot, int] = {}
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        document = yaml.safe_load(text)
        faults = [] if root is None else list(_walk(root, (), lines))
    except (RecursionError, ValueError) as error:
        # A day that there is not, brackets without end, or an alias inside what it stands for.
        raise _invalid(file, ["something in it is no value, or without end"]) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        at = "" if mark is None else f"line {mark.line + 1}: "
        raise _invalid(file, [f"{at}{getattr(error, 'problem', None) or error}"]) from error
    try:
        wanted = Wanted.model_validate(document if document is not None else {})
    except ValidationError as error:
        faults += [_sentence(fault, lines) for fault in error.errors(include_url=False)]
    else:
        faults += list(_twice(wanted, lines))
        if not faults:
            return wanted
    raise _invalid(file, faults)


def resolved(reference: str, *, environment: Mapping[str, str] = os.environ) -> str:
    """The secret that a reference names; raises ConfigError (`unknown_reference`)."""
    kind, _, name = reference.partition(":")
    try:
        found = environment[name] if kind == "env" else Path(name).read_text(encoding="utf-8")
    except (KeyError, OSError, UnicodeDecodeError):
        found = ""
    if not found.strip():
        raise ConfigError(f"{reference} names nothing that can be read.", code="unknown_reference")
    return found.strip()


def _walk(node: yaml.Node, spot: Spot, lines: dict[Spot, int]) -> Iterator[str]:
    """Note the line of everything; what is written twice is a fault: the second would win."""
    if len(lines) >= _MOST_VALUES:
        raise ValueError("aliases of aliases")
    lines[spot] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                yield f"line {key.start_mark.line + 1}: {name} is there twice"
            seen.add(name)
            yield from _walk(value, (*spot, name), lines)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _walk(item, (*spot, number), lines)


def _sentence(fault: Mapping[str, Any], lines: Mapping[Spot, int]) -> str:
    spot: Spot = tuple(fault["loc"])
    known = spot
    while known and known not in lines:
        known = known[:-1]
    text = str(fault["msg"]).removeprefix("Value error, ")
    where = ".".join(str(part) for part in spot) or "the file"
    return f"line {lines.get(known, 1)}: {where}: {text[:1].lower()}{text[1:]}"


def _twice(wanted: Wanted, lines: Mapping[Spot, int]) -> Iterator[str]:
    yield from _names((), "sources", wanted.sources or (), lines)
    yield from _names((), "meetings", wanted.meetings or (), lines)
    yield from _names((), "connections", wanted.connections, lines)
    for number, one in enumerate(wanted.connections):
        yield from _names(("connections", number), "mappings", one.mappings or (), lines)


def _names(
    spot: Spot,
    key: str,
    items: Sequence[WantedSource | WantedMeetingSource | WantedConnection | WantedMapping],
    lines: Mapping[Spot, int],
) -> Iterator[str]:
    seen: set[str] = set()
    for number, item in enumerate(items):
        if item.name in seen:
            line = lines.get((*spot, key, number), 1)
            yield f"line {line}: there is another of {key} with the name {item.name}"
        seen.add(item.name)


def _invalid(file: Path, faults: Sequence[str]) -> ConfigError:
    listed = "\n".join(f"  - {fault}" for fault in faults)
    return ConfigError(f"{file} cannot be used:\n{listed}", code="invalid_config_file")


#: Kinds by the words that a file has for them.
KINDS: Final[Mapping[str, RecordKind]] = {kind.value: kind for kind in RecordKind}
