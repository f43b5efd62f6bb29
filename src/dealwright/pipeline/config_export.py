"""Export: the configuration of a hub as the file that would make it so."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
import yaml

from dealwright.core.record import RecordKind
from dealwright.pipeline.config import FieldKeys
from dealwright.pipeline.config_cards import exported_card
from dealwright.pipeline.config_meetings import exported_meetings
from dealwright.pipeline.privacysources import told
from dealwright.store.budget import budget_of
from dealwright.store.connections import Connection, list_connections
from dealwright.store.event_hooks import SourceKind, source_kinds
from dealwright.store.mappings import list_mappings
from dealwright.store.meeting_sources import list_meeting_sources
from dealwright.store.privacy import rules_by_source
from dealwright.store.sources import list_sources

_HEAD = """\
# The configuration of a Dealwright hub. Look before it is used: dealwright config plan FILE
# Keys and secrets are not in it: name them by write_keys: [env:NAME] and secret: file:/path.
"""


def exported(db: sa.Connection, *, field_keys: FieldKeys, now_ms: int) -> str:
    """The whole configuration as YAML; custom fields by name where the account is known."""
    names = {source.id: source.name for source in list_sources(db)}
    of_meetings = {one.source_id for one in list_meeting_sources(db)}
    meetings = exported_meetings(db)
    kinds, rules = source_kinds(db), rules_by_source(db)
    document: dict[str, Any] = {
        "version": 1,
        "sources": [
            {
                "name": name,
                **_unless(SourceKind.SEGMENT, "kind", kinds.get(source_id)),
                **({"privacy": told(rules[source_id])} if source_id in rules else {}),
            }
            for source_id, name in names.items()
            if source_id not in of_meetings
        ],
        **({"meetings": meetings} if meetings else {}),
        "connections": [
            _connection(db, one, names=names, field_keys=field_keys, now_ms=now_ms)
            for one in list_connections(db)
        ],
    }
    return _HEAD + yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100
    )


def _connection(
    db: sa.Connection,
    one: Connection,
    *,
    names: Mapping[int, str],
    field_keys: FieldKeys,
    now_ms: int,
) -> dict[str, Any]:
    _, terms = budget_of(db, one.id, plan_tokens=0, now_ms=now_ms)
    heard = one.listens_to
    defaults = one.defaults
    return {
        "name": one.name,
        "hears": "all" if heard is None else [names[source_id] for source_id in heard],
        "plan": one.plan,
        "seats": one.seats,
        "match": _named(one.id, defaults.match_fields, field_keys),
        "external_ids": _named(one.id, defaults.external_id_fields, field_keys),
        **({} if defaults.region is None else {"region": defaults.region}),
        "ambiguous": defaults.ambiguous.value,
        "budget": {"reserve_percent": terms.reserve_percent, "extra_tokens": terms.extra_tokens},
        **exported_card(db, one.id),
        "mappings": [
            {
                "name": mapping.name,
                "action": mapping.action,
                "enabled": mapping.enabled,
                "priority": mapping.priority.name.lower(),
                "trigger": mapping.trigger,
                "fields": dict(mapping.fields),
            }
            for mapping in list_mappings(db, one.id)
        ],
    }


def _named(
    connection_id: int, keys: Mapping[RecordKind, str], field_keys: FieldKeys
) -> dict[str, str]:
    named: dict[str, str] = {}
    for kind, key in keys.items():
        known = {own: name for name, own in field_keys.get((connection_id, kind), {}).items()}
        named[kind.value] = known.get(key, key)
    return named


def _unless(usual: SourceKind, key: str, kind: SourceKind | None) -> dict[str, str]:
    return {} if kind in {None, usual} else {key: str(kind)}


class _Dumper(yaml.SafeDumper):
    """Writes nothing by reference: a person shall read the file."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True
