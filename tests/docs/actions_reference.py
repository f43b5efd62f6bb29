"""The reference page of an Action, made from its declaration."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from dealwright.core.action import Action, ActionField, Values, ValueType, Writing
from dealwright.core.coerce import wish_of
from dealwright.core.identifier import Identifier, IdentifierKind
from dealwright.core.mapping import MatchDefaults
from dealwright.core.match import Reference
from dealwright.core.record import RecordKind

ERRORS = Path(__file__).resolve().parents[2] / "docs" / "reference" / "errors.md"

#: What each field is given to see what an Action would look up.
UUID = "adf21080-0e10-11eb-879b-05d71fb426ec"
PROBES: dict[str, Any] = {
    "email": ("ada@x.example",),
    "phone": ("+46701000001",),
    "person_email": ("ada@x.example",),
    "person_phone": ("+46701000001",),
    "name": "Ada",
    "match_by_name": True,
}
OWN_FIELD = "f" * 40
OWN_FIELDS = MatchDefaults(external_id_fields=dict.fromkeys(RecordKind, OWN_FIELD))

KEYS = {
    IdentifierKind.RECORD_ID: "Pipedrive's id",
    IdentifierKind.EMAIL: "e-mail address",
    IdentifierKind.PHONE: "phone number",
    IdentifierKind.NAME: "name",
    IdentifierKind.DOMAIN: "name and domain, on wish",
    IdentifierKind.FIELD: "that field",
}
LOOKUPS = ("what", "by", "where the Connection has a field for the sender's ids")
UPDATES = {
    Writing.SETS: "set if it differs",
    Writing.ADDS: "added to what is there",
    Writing.CREATES: "left; only a new record takes it",
}
PARTS = (
    ("What it finds records by", (Writing.FINDS, Writing.LINKS)),
    ("What it writes", (Writing.SETS, Writing.ADDS, Writing.CREATES)),
    ("How it does it", (Writing.STEERS,)),
)


def action_page(action: Action, *, made: str) -> str:
    """Everything that the declaration of an Action says."""
    parts = (_part(title, action, kinds) for title, kinds in PARTS)
    return f"""# {action.title}

{made}

{action.description}

| | |
|---|---|
| action | `{action.key}` |
| writes | one {action.kind} |
| default trigger | `{action.default_trigger}` |
| preset | {_preset(action)} |

## What is looked up

In this order, until something is found. A hit counts only after the record itself was seen to carry
the value; a look-up that fails is never taken for “not there”.

{_table(LOOKUPS, _lookups(action))}

A match field that the Mapping names, or else the Connection, is the only one that is looked in.

{"".join(parts)}## Errors

Beyond [those of every Mapping and of Pipedrive](../errors.md), a Delivery of this Action can end in

{_table(("code", "means"), _codes(action.codes))}
"""


def index_page(actions: Iterable[Action], *, made: str) -> str:
    """The list of all Actions."""
    rows = [
        (f"[{action.title}]({action.key}.md)", f"`{action.key}`", f"`{action.default_trigger}`")
        for action in actions
    ]
    return f"""# Actions

{made}

What can be done in Pipedrive. A [Mapping](../../mappings.md) names one of them, says for which
Events, and gives its fields.

{_table(("does", "`action`", "default trigger"), rows)}

Each page lists the fields of one Action. *Takes* is what a field is fitted to: numbers and texts
turn into each other where nothing is lost, and what can be read in two ways is refused. *Default*
is the directive that a new Mapping begins with. For an Action's own fields null and empty text say
nothing: the event leaves what is there. Where a picker offers a list of the account, the page says
which.
"""


def _preset(action: Action) -> str:
    if action.preset is None:
        return "none"
    on = "switched on" if action.preset.enabled else "switched off"
    return f"*{action.preset.name}*, {on} in a new Connection"


def _part(title: str, action: Action, kinds: Sequence[Writing]) -> str:
    fields = [entry for entry in action.fields if entry.writing in kinds]
    if not fields:
        return ""
    heads = ("field", "takes", "default", "is")
    rows = [_row(entry) for entry in fields]
    if Writing.SETS in kinds:
        heads = (*heads, "on an update")
        rows = [(*row, UPDATES[entry.writing]) for row, entry in zip(rows, fields, strict=True)]
    return f"## {title}\n\n{_table(heads, rows)}\n\n"


def _row(entry: ActionField) -> tuple[str, ...]:
    required = " **Required.**" if entry.required else ""
    picked = f" Picked from: {entry.dynamic.replace('_', ' ')}." if entry.dynamic else ""
    return (
        f"`{entry.key}`<br>{entry.label}",
        _takes(entry),
        _default(entry.default),
        f"{entry.description}{required}{picked}",
    )


def _takes(entry: ActionField) -> str:
    if entry.choices and not entry.many:
        return "<br>".join(f"`{choice.value}` {choice.label}" for choice in entry.choices)
    return f"{wish_of(entry)}; one or more" if entry.many else wish_of(entry)


def _default(directive: Any) -> str:
    match directive:
        case None:
            return "–"
        case {"@path": path}:
            return f"`{path}`"
        case {"@if": {"exists": {"@path": first}, "else": {"@path": second}}}:
            return f"`{first}`, else `{second}`"
        case _:
            return f"`{msgspec.json.encode(directive).decode()}`"


def _lookups(action: Action) -> Iterator[tuple[str, ...]]:
    plain = action.references(_probe(action, "42"), MatchDefaults())
    owned = action.references(_probe(action, "42"), OWN_FIELDS)
    for without, having in zip(plain, owned, strict=True):
        same = having.keys == without.keys
        yield without.role, _order(without), "the same" if same else _order(having)


def _probe(action: Action, value: str) -> Values:
    probe: dict[str, Any] = {}
    for entry in action.fields:
        if entry.key in PROBES:
            probe[entry.key] = PROBES[entry.key]
        elif entry.writing in {Writing.FINDS, Writing.LINKS} and not entry.key.endswith(
            "match_field"
        ):
            ids = {ValueType.UUID: UUID, ValueType.RECORD_ID: 42}
            probe[entry.key] = ids.get(entry.type, value)
    return probe


def _order(reference: Reference) -> str:
    first = ["the sender's id (Link)"] if reference.external_id else []
    return " → ".join([*first, *(_key(key) for key in reference.keys)])


def _key(key: Identifier) -> str:
    return KEYS[key.kind]


def _codes(codes: Sequence[str]) -> Iterator[tuple[str, str]]:
    meanings = dict(re.findall(r"^\| `([a-z0-9_]+)` \| (.*) \|$", ERRORS.read_text(), re.MULTILINE))
    for code in codes:
        yield f"`{code}`", meanings[code]


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(line)} |" for line in (heads, *rows)]
    return "\n".join([lines[0], "|---" * len(heads) + "|", *lines[1:]])
