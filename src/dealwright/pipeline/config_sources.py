"""The Sources of a configuration: what differs, and making it so."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from dealwright.core.errors import ConfigError
from dealwright.core.privacyrules import Rules
from dealwright.core.standardwebhook import check_secret
from dealwright.pipeline.config_file import Wanted, WantedSource
from dealwright.pipeline.config_step import Do, Sign, Step
from dealwright.pipeline.eventhooks import add_secret
from dealwright.pipeline.privacysources import rules_from, set_rules
from dealwright.store.event_hooks import (
    SourceKind,
    sealed_secrets,
    set_source_kind,
    source_kinds,
)
from dealwright.store.meeting_sources import list_meeting_sources
from dealwright.store.privacy import rules_of
from dealwright.store.secrets import Vault
from dealwright.store.sources import (
    Source,
    add_write_key,
    create_source,
    keys,
    list_sources,
    source_by_name,
)

_read = msgspec.json.Decoder(list[str]).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What references name, what seals it, and what is stored of a write key."""

    named: Mapping[str, str]
    vault: Vault
    hash_key: Callable[[str], str]


def source_steps(db: sa.Connection, wanted: Wanted, secrets: Secrets) -> Iterator[Step]:
    """What differs between the Sources of a file and those of the hub."""
    if wanted.sources is None:
        return
    of_meetings = {one.source_id for one in list_meeting_sources(db)}
    there = {one.name: one for one in list_sources(db) if one.id not in of_meetings}
    kinds, known = source_kinds(db), keys(db)
    for want in wanted.sources:
        found = there.pop(want.name, None)
        if found is None:
            yield Step(sign=Sign.NEW, text=f"source {want.name}", do=_creating(want))
        else:
            yield from _kind(want, kinds.get(found.id, SourceKind.SEGMENT))
        yield from _privacy(db, want, found, secrets.vault)
        yield from _write_keys(want, found, secrets, known)
        if want.secret is not None:
            sealed = None if found is None else sealed_secrets(db, found.id)
            signed_by = [] if sealed is None else _read(secrets.vault.open(sealed))
            yield from _secret(want, secrets.named[want.secret], signed_by, secrets.vault)
    for name in there:
        yield Step(sign=Sign.ONLY_HERE, text=f"source {name}")


def _creating(want: WantedSource):
    def do(db: sa.Connection, now_ms: int) -> None:
        made = create_source(db, want.name, now_ms=now_ms)
        if want.kind is not SourceKind.SEGMENT:
            set_source_kind(db, made.id, kind=want.kind)

    return do


def _kind(want: WantedSource, there: SourceKind) -> Iterator[Step]:
    if there is not want.kind:

        def do(db: sa.Connection, _: int) -> None:
            found = source_by_name(db, want.name)
            sealed = sealed_secrets(db, found.id)
            set_source_kind(db, found.id, kind=want.kind, sealed=sealed)

        text = f"source {want.name}: speaks {there} → {want.kind}"
        yield Step(sign=Sign.CHANGE, text=text, do=do)


def _write_keys(
    want: WantedSource, found: Source | None, secrets: Secrets, known: Mapping[str, int]
) -> Iterator[Step]:
    for reference in want.write_keys:
        key = secrets.named[reference]
        where = f"source {want.name}: write key {reference}"
        hashed = secrets.hash_key(key)
        owner = known.get(hashed)
        if owner is not None and (found is None or owner != found.id):
            yield Step(sign=Sign.FAULT, text=f"{where}: another source has it")
        elif owner is None:
            yield Step(sign=Sign.NEW, text=where, do=_adding(want.name, hashed, key[:6]))


def _privacy(
    db: sa.Connection, want: WantedSource, found: Source | None, vault: Vault
) -> Iterator[Step]:
    if want.privacy is None:
        return
    where = f"source {want.name}: privacy"
    try:
        rules = rules_from(want.privacy.model_dump(mode="json"))
    except ConfigError as error:
        yield Step(sign=Sign.FAULT, text=f"{where}: {error}")
        return
    if rules != (Rules() if found is None else rules_of(db, found.id)):

        def do(db: sa.Connection, now_ms: int) -> None:
            set_rules(db, source_by_name(db, want.name).id, rules, vault=vault, now_ms=now_ms)

        yield Step(sign=Sign.CHANGE, text=where, do=do)


def _adding(name: str, hashed: str, prefix: str) -> Do:
    def do(db: sa.Connection, now_ms: int) -> None:
        found = source_by_name(db, name)
        add_write_key(db, found.id, key_hash=hashed, prefix=prefix, now_ms=now_ms)

    return do


def _secret(want: WantedSource, secret: str, signed_by: list[str], vault: Vault) -> Iterator[Step]:
    where = f"source {want.name}: secret {want.secret}"
    try:
        check_secret(secret)
    except ConfigError as error:
        yield Step(sign=Sign.FAULT, text=f"{where}: {error}")
        return
    if signed_by[:1] != [secret]:

        def do(db: sa.Connection, _: int) -> None:
            add_secret(db, source_by_name(db, want.name).id, secret=secret, vault=vault)

        sign = Sign.CHANGE if signed_by else Sign.NEW
        yield Step(sign=sign, text=where, do=do)
