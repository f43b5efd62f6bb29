"""What is kept of the events of a Source: its rules, changed and tried."""

from typing import Any

import msgspec
import sqlalchemy as sa

from dealwright.core.errors import ConfigError
from dealwright.core.privacyrules import Rules, checked, compiled
from dealwright.pipeline.privacykeys import ensured_keys, opened_keys
from dealwright.store.meeting_sources import list_meeting_sources
from dealwright.store.privacy import put_rules
from dealwright.store.secrets import Vault


def set_rules(
    db: sa.Connection, source_id: int, rules: Rules, *, vault: Vault, now_ms: int
) -> Rules:
    """Have a Source keep so much of its events; doors follow within a second.

    Raises ConfigError (`invalid_privacy_rule`, `privacy_rule_conflict`).
    """
    if any(one.source_id == source_id for one in list_meeting_sources(db)):
        raise ConfigError(
            "That is a recorder: what is kept of its meetings, its own settings say.",
            code="invalid_privacy_rule",
        )
    ensured_keys(db, vault, now_ms=now_ms)
    put_rules(db, source_id, checked(rules), now_ms=now_ms)
    return rules


def previewed(
    db: sa.Connection, rules: Rules, event: dict[str, Any], *, vault: Vault
) -> dict[str, Any]:
    """What rules would leave of an event; nothing is stored.

    Before the hub has a key of its own, values that are hashed with it are shown as such.
    """
    keys = opened_keys(db, vault)
    return compiled(checked(rules), _no_key if keys is None else keys.keyed)(event)


def _no_key(text: str) -> str:
    return f"(a digest of {len(text)} characters)"


def told(rules: Rules) -> dict[str, Any]:
    """Rules as plain values, all of them named."""
    return {
        "allow": None if rules.allow is None else list(rules.allow),
        "hash": {path: method.value for path, method in rules.hash.items()},
        "mask": list(rules.mask),
    }


def rules_from(value: object) -> Rules:
    """Rules of plain values; raises ConfigError (`invalid_privacy_rule`)."""
    try:
        return checked(msgspec.convert(value, Rules))
    except msgspec.ValidationError as error:
        raise ConfigError(
            f"The rules cannot be read: {error}.", code="invalid_privacy_rule"
        ) from None
