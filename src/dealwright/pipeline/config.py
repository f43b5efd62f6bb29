"""Configuration as code: what differs between a file and the hub, and making the hub so.

A plan is a list of Steps, made of one look at the store. Applying makes the plan anew inside the
transaction that carries it out, so that nothing is done that nobody has seen.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from dealwright.core.action import Action
from dealwright.core.draft import Draft, draft_faults
from dealwright.core.errors import ConfigError, NotFound
from dealwright.core.mapping import Mapping as MappingVersion
from dealwright.core.priority import Priority
from dealwright.core.record import RecordKind
from dealwright.core.reference import ID_FIELDS
from dealwright.core.schema import FOUND_BY
from dealwright.meetings.source import Source
from dealwright.pipedrive.plans import plan as plan_named
from dealwright.pipeline.config_cards import card_steps
from dealwright.pipeline.config_file import KINDS, Wanted, WantedConnection, WantedMapping
from dealwright.pipeline.config_meetings import Kit, meeting_steps
from dealwright.pipeline.config_sources import Secrets, source_steps
from dealwright.pipeline.config_step import Do, Sign, Step
from dealwright.store.budget import budget_of, set_terms
from dealwright.store.connections import (
    Connection,
    connection_by_name,
    set_defaults,
    set_listens,
    set_plan,
)
from dealwright.store.mappings import (
    NewMapping,
    create_mapping,
    list_mappings,
    new_version,
    set_enabled,
    set_priority,
)
from dealwright.store.secrets import Vault
from dealwright.store.sources import list_sources, source_by_name

FieldKeys = Mapping[tuple[int, RecordKind], Mapping[str, str]]
"""Keys of custom fields by their names, of a Connection and kind, as far as they are known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What planning needs beside the file.

    `secrets` has what each reference of the file names, `hash_key` makes of a write key what is
    stored of it; `recorders` are all that there are; `field_keys` tells what names of fields mean.
    """

    actions: Mapping[str, Action]
    vault: Vault
    secrets: Mapping[str, str]
    hash_key: Callable[[str], str]
    recorders: Mapping[str, Source]
    now_ms: int
    field_keys: FieldKeys = field(default_factory=dict[tuple[int, RecordKind], Mapping[str, str]])


def plan(db: sa.Connection, wanted: Wanted, means: Means) -> list[Step]:
    """What differs, in the order of the file; changes nothing.

    Raises ConfigError (`config_not_possible`) that lists all that cannot be made so.
    """
    steps = list(
        source_steps(
            db, wanted, Secrets(named=means.secrets, vault=means.vault, hash_key=means.hash_key)
        )
    )
    kit = Kit(named=means.secrets, vault=means.vault, recorders=means.recorders)
    steps += meeting_steps(db, wanted.meetings, kit)
    for one in wanted.connections:
        steps += _connection_steps(db, one, means)
    faults = [step.text for step in steps if step.sign is Sign.FAULT]
    if faults:
        listed = "\n".join(f"  - {fault}" for fault in faults)
        raise ConfigError(f"This cannot be made so:\n{listed}", code="config_not_possible")
    return steps


def apply(db: sa.Connection, wanted: Wanted, means: Means, *, seen: list[str]) -> list[Step]:
    """Carry a plan out, in the caller's transaction; what was done.

    `seen` are the texts of the changes that somebody agreed to. Raises ConfigError
    (`config_changed`) when there are others by now.
    """
    steps = [step for step in plan(db, wanted, means) if step.do is not None]
    if [step.text for step in steps] != seen:
        raise ConfigError(
            "The hub was changed meanwhile: look at the plan again.", code="config_changed"
        )
    for step in steps:
        if step.do is not None:
            step.do(db, means.now_ms)
    return steps


def _connection_steps(db: sa.Connection, one: WantedConnection, means: Means) -> Iterator[Step]:
    try:
        found = connection_by_name(db, one.name)
    except NotFound:
        text = f"connection {one.name}: there is none: dealwright connect --name {one.name}"
        yield Step(sign=Sign.FAULT, text=text)
        return
    yield from _hearing(db, found, one)
    yield from _paying(found, one)
    yield from _matching(found, one, means)
    yield from _budget(db, found, one, means)
    yield from card_steps(db, found, one.card)
    if one.mappings is not None:
        yield from _mappings(db, found, one.mappings, means)


def _changed(found: Connection, what: str, old: object, new: object, do: Do) -> Iterator[Step]:
    if old != new:
        text = f"connection {found.name}: {what}: {_shown(old)} → {_shown(new)}"
        yield Step(sign=Sign.CHANGE, text=text, do=do)


def _hearing(db: sa.Connection, found: Connection, one: WantedConnection) -> Iterator[Step]:
    if one.hears is None:
        return
    names = {source.id: source.name for source in list_sources(db)}
    heard = found.listens_to
    old = "all" if heard is None else sorted(names[source_id] for source_id in heard)
    wished = one.hears
    new = "all" if wished == "all" else sorted(set(wished))

    def do(db: sa.Connection, _: int) -> None:
        ids = None if wished == "all" else [source_by_name(db, name).id for name in wished]
        set_listens(db, found.id, source_ids=ids)

    yield from _changed(found, "hears", old, new, do)


def _paying(found: Connection, one: WantedConnection) -> Iterator[Step]:
    old = (found.plan, found.seats)
    new = (one.plan or found.plan, one.seats or found.seats)
    try:
        plan_named(new[0])
    except ConfigError as error:
        yield Step(sign=Sign.FAULT, text=f"connection {found.name}: {error}")
        return

    def do(db: sa.Connection, _: int) -> None:
        set_plan(db, found.id, plan=new[0], seats=new[1])

    yield from _changed(found, "plan and seats", old, new, do)


def _matching(found: Connection, one: WantedConnection, means: Means) -> Iterator[Step]:
    old = found.defaults
    keys = {kind: means.field_keys.get((found.id, kind), {}) for kind in RecordKind}
    match, external = dict(old.match_fields), dict(old.external_id_fields)
    for word, named in (one.match or {}).items():
        match[KINDS[word]] = _key(named, keys[KINDS[word]], KINDS[word])
    for word, named in (one.external_ids or {}).items():
        external[KINDS[word]] = _key(named, keys[KINDS[word]], KINDS[word])
    match = {kind: key for kind, key in match.items() if key != "id"}
    new = replace(
        old,
        match_fields=match,
        external_id_fields=external,
        region=one.region or old.region,
        ambiguous=one.ambiguous or old.ambiguous,
    )

    def do(db: sa.Connection, _: int) -> None:
        set_defaults(db, found.id, defaults=new)

    pairs = (
        ("match", dict(old.match_fields), match),
        ("external ids", dict(old.external_id_fields), external),
        ("region", old.region, new.region),
        ("ambiguous", old.ambiguous.value, new.ambiguous.value),
    )
    for what, was, will in pairs:
        yield from _changed(found, what, was, will, do)


def _key(named: str, keys: Mapping[str, str], kind: RecordKind) -> str:
    folded = named.strip().casefold()
    if folded in ID_FIELDS:
        return "id"
    if folded in FOUND_BY.get(kind, ()):
        return folded
    return keys.get(named, named)


def _budget(
    db: sa.Connection, found: Connection, one: WantedConnection, means: Means
) -> Iterator[Step]:
    if one.budget is None:
        return
    _, terms = budget_of(db, found.id, plan_tokens=0, now_ms=means.now_ms)
    wished = one.budget

    def do(db: sa.Connection, now_ms: int) -> None:
        set_terms(
            db,
            found.id,
            now_ms=now_ms,
            reserve_percent=wished.reserve_percent,
            extra_tokens=wished.extra_tokens,
        )

    for what, old, new in (
        ("reserve percent", terms.reserve_percent, wished.reserve_percent),
        ("extra tokens", terms.extra_tokens, wished.extra_tokens),
    ):
        yield from _changed(found, what, old, old if new is None else new, do)


def _mappings(
    db: sa.Connection, found: Connection, wished: tuple[WantedMapping, ...], means: Means
) -> Iterator[Step]:
    there: dict[str, list[MappingVersion]] = {}
    for one in list_mappings(db, found.id):
        there.setdefault(one.name, []).append(one)
    for want in wished:
        where = f"connection {found.name}: mapping {want.name}"
        draft = Draft(name=want.name, action=want.action, trigger=want.trigger, fields=want.fields)
        faults = draft_faults(draft, means.actions)
        yield from (
            Step(sign=Sign.FAULT, text=f"{where}: {fault.path}: {fault.message}")
            for fault in faults
        )
        same = there.pop(want.name, [])
        if len(same) > 1:
            text = f"{where}: {len(same)} are called so: rename all but one"
            yield Step(sign=Sign.FAULT, text=text)
        elif not faults:
            yield from _mapping(found, want, same[0] if same else None, where)
    for name in there:
        yield Step(sign=Sign.ONLY_HERE, text=f"connection {found.name}: mapping {name}")


def _mapping(
    found: Connection, want: WantedMapping, there: MappingVersion | None, where: str
) -> Iterator[Step]:
    priority = Priority[want.priority.upper()]
    if there is None:

        def create(db: sa.Connection, now_ms: int) -> None:
            new = NewMapping(
                connection_id=found.id,
                name=want.name,
                action=want.action,
                trigger=want.trigger,
                fields=want.fields,
                enabled=want.enabled,
            )
            made = create_mapping(db, new, now_ms=now_ms)
            set_priority(db, made.id, priority=priority)

        yield Step(sign=Sign.NEW, text=where, do=create)
        return
    if there.action != want.action:
        text = f"{where}: does {there.action}, and another cannot be given it: choose another name"
        yield Step(sign=Sign.FAULT, text=text)
        return
    yield from _differences(want, there, where, priority)


def _differences(
    want: WantedMapping, there: MappingVersion, where: str, priority: Priority
) -> Iterator[Step]:
    if (there.trigger, dict(there.fields)) != (want.trigger, want.fields):

        def change(db: sa.Connection, now_ms: int) -> None:
            new_version(db, there.id, trigger=want.trigger, fields=want.fields, now_ms=now_ms)

        text = f"{where}: {_what_differs(want, there)} (becomes version {there.version + 1})"
        yield Step(sign=Sign.CHANGE, text=text, do=change)
    if there.enabled != want.enabled:
        text = f"{where}: {'off → on' if want.enabled else 'on → off'}"
        do = _enabling(there.id, enabled=want.enabled)
        yield Step(sign=Sign.CHANGE, text=text, do=do)
    if there.priority != priority:

        def hurry(db: sa.Connection, _: int) -> None:
            set_priority(db, there.id, priority=priority)

        text = f"{where}: priority: {there.priority.name.lower()} → {want.priority}"
        yield Step(sign=Sign.CHANGE, text=text, do=hurry)


def _enabling(mapping_id: int, *, enabled: bool) -> Do:
    return lambda db, _: set_enabled(db, mapping_id, enabled=enabled)


def _what_differs(want: WantedMapping, there: MappingVersion) -> str:
    parts = ["trigger"] if there.trigger != want.trigger else []
    keys = {*there.fields, *want.fields}
    parts += sorted(key for key in keys if there.fields.get(key) != want.fields.get(key))
    return ", ".join(parts)


def _shown(value: object) -> str:
    match value:
        case None | "" | () | [] | {}:
            return "nothing"
        case dict():
            return ", ".join(f"{key} by {name}" for key, name in sorted(value.items()))  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        case list() | tuple():
            return ", ".join(str(one) for one in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        case _:
            return str(value)
