"""Rules of a Source for what is kept of its events: an allow-list, hashing and masking.

They are applied at the door, before an event is stored, always in this order: what is not on the
allow-list goes, then values are hashed, then values are masked.
"""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from hashlib import sha256
from ipaddress import ip_address, ip_network
from typing import Any, Final, cast

import msgspec

from dealwright.core import identifier
from dealwright.core.errors import ConfigError, MappingError

Body = dict[str, Any]
Keyed = Callable[[str], str]
"""Makes the digest of a text with the hub's own key, in hexadecimal digits."""


class Hashing(StrEnum):
    """How a value is hashed: as ad platforms do, or with the hub's own key."""

    SHA256 = "sha256"
    KEYED = "keyed"


class Rules(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """What is kept of an event. Paths are dotted, as `traits.email`; a path means all below it.

    `allow` None: everything. What a rule says of `traits` counts for `context.traits` as well,
    where some SDKs put them.
    """

    allow: tuple[str, ...] | None = None
    hash: dict[str, Hashing] = {}
    mask: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether events are stored as they came."""
        return self.allow is None and not self.hash and not self.mask


#: Where senders put what they know of somebody; an allow-list is for what stands in these.
_PARTS: Final = ("traits", "properties", "context")

#: Who it is: hashed and masked where a rule says so, and never left out.
_IDS: Final = ("userId", "anonymousId", "groupId", "previousId")

#: What the hub needs of any event, and senders put nothing of their own into.
_SPEC: Final = frozenset(
    {
        *("type", "event", "name", "category", "messageId", "timestamp", "originalTimestamp"),
        *("sentAt", "channel", "version", "integrations", *_IDS),
    }
)

_PATH: Final = re.compile(r"[^.\s][^.]*(?:\.[^.]+)*")
_HASHED: Final = re.compile(r"[0-9a-f]{64}")
_PHONES: Final = re.compile(r"phone|mobile|^tel", re.IGNORECASE)
_read: Final = msgspec.json.Decoder(Rules).decode


def read_rules(body: bytes) -> Rules:
    """Rules as they are stored or sent; raises ConfigError (`invalid_privacy_rule`)."""
    try:
        return checked(_read(body))
    except msgspec.DecodeError as error:
        raise _invalid(f"The rules cannot be read: {error}.") from None


def checked(rules: Rules) -> Rules:
    """The same rules; raises ConfigError (`invalid_privacy_rule`, `privacy_rule_conflict`)."""
    for path in (*(rules.allow or ()), *rules.hash, *rules.mask):
        _check_path(path)
    for path in rules.allow or ():
        if path.partition(".")[0] in _IDS:
            raise _invalid(f"{path} is always kept: hash or mask it, but do not list it.")
    changing = [*rules.hash, *rules.mask]
    for at, path in enumerate(changing):
        other = next((one for one in changing[at + 1 :] if _overlap(path, one)), None)
        if other is not None:
            raise _conflict(f"{path} and {other}: a value is hashed or masked, and that once.")
        listed = rules.allow is None or any(_overlap(path, one) for one in rules.allow)
        if not listed and path not in _IDS:
            raise _conflict(f"{path} is not on the allow-list, so it is never there.")
    return rules


def compiled(rules: Rules, keyed: Keyed) -> Callable[[Body], Body]:
    """What makes of an event that which may be stored; the event itself is not changed."""
    allow = None if rules.allow is None else _tree(dict.fromkeys(_doubled(rules.allow)))
    hashing = _tree(
        {
            twin: _hasher(path, method, keyed)
            for path, method in rules.hash.items()
            for twin in _doubled((path,))
        }
    )
    masking = _tree(dict.fromkeys(_doubled(rules.mask), masked))

    def apply(body: Body) -> Body:
        kept = body if allow is None else _allowed_body(body, allow)
        if hashing:
            kept = _changed(kept, hashing)
        return _changed(kept, masking) if masking else kept

    return apply


def hashed(text: str, *, as_phone: bool) -> str:
    """A text as ad platforms hash it: SHA-256 of it without blanks around it, in lower case.

    A phone number is hashed in E.164; what is a SHA-256 already stays.
    Source: https://support.google.com/google-ads/answer/13262500 (Customer Match formatting)
    """
    plain = normal(text, as_phone=as_phone)
    return plain if _HASHED.fullmatch(plain) else sha256(plain.encode()).hexdigest()


def normal(text: str, *, as_phone: bool) -> str:
    """A text as it is hashed."""
    if as_phone:
        try:
            return identifier.phone(text).value
        except MappingError:
            pass
    return text.strip().lower()


def masked(value: str) -> str:
    """A text of which only so much is left that people can tell values apart.

    Of an address its first letter and its domain, of an IP address the network, else one letter.
    """
    text = value.strip()
    local, _, domain = text.rpartition("@")
    if local and domain:
        return f"{local[0]}***@{domain}"
    try:
        found = ip_address(text)
    except ValueError:
        return f"{text[:1]}***" if len(text) > 3 else "***"
    width = 24 if found.version == 4 else 48
    return str(ip_network(f"{found}/{width}", strict=False).network_address)


# -- reading rules


def _check_path(path: str) -> None:
    first, _, rest = path.partition(".")
    if not _PATH.fullmatch(path) or (first in _IDS and rest):
        raise _invalid(f"“{path}” is no path: write it as traits.email.")
    if first not in (*_PARTS, *_IDS):
        raise _invalid(f"{path}: begin with one of {', '.join((*_PARTS, *_IDS))}.")


def _doubled(paths: tuple[str, ...] | Mapping[str, Any]) -> list[str]:
    twins = [f"context.{path}" for path in paths if path.partition(".")[0] == "traits"]
    return [*paths, *twins]


def _overlap(one: str, other: str) -> bool:
    return f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}.")


def _invalid(text: str) -> ConfigError:
    return ConfigError(text, code="invalid_privacy_rule")


def _conflict(text: str) -> ConfigError:
    return ConfigError(text, code="privacy_rule_conflict")


# -- applying them: a tree of path parts, whose leaves say what is done with all below

_Tree = dict[str, Any]


def _tree(leaves: Mapping[str, Any]) -> _Tree:
    root: _Tree = {}
    # Short paths first: what is below a leaf is its business.
    for path in sorted(leaves, key=len):
        *above, last = path.split(".")
        node: _Tree | None = root
        for part in above:
            below = node.setdefault(part, {})
            node = cast("_Tree", below) if isinstance(below, dict) else None
            if node is None:
                break
        if node is not None:
            node.setdefault(last, leaves[path])
    return root


_GONE: Final = object()


def _allowed_body(body: Body, tree: _Tree) -> Body:
    kept: Body = {}
    for key, value in body.items():
        if key in _SPEC:
            kept[key] = value
        elif key in tree:
            found = _allowed(value, tree[key])
            if found is not _GONE:
                kept[key] = found
    return kept


def _allowed(value: Any, node: _Tree | None) -> Any:
    if node is None:
        return value
    if isinstance(value, dict):
        told = cast("Body", value)
        found = {key: _allowed(one, node[key]) for key, one in told.items() if key in node}
        return {key: one for key, one in found.items() if one is not _GONE}
    if isinstance(value, list):
        items = [_allowed(one, node) for one in cast("list[Any]", value)]
        return [one for one in items if one is not _GONE]
    return _GONE


def _changed(value: Any, node: Any) -> Any:
    """A value with what the tree says done to its texts and numbers."""
    if isinstance(value, list):
        return [_changed(one, node) for one in cast("list[Any]", value)]
    if isinstance(value, dict):
        told = cast("Body", value)
        if callable(node):
            return {key: _changed(one, node) for key, one in told.items()}
        return {key: _changed(one, node[key]) if key in node else one for key, one in told.items()}
    if not callable(node) or value is None or value == "":
        return value
    return node(value if isinstance(value, str) else msgspec.json.encode(value).decode())


def _hasher(path: str, method: Hashing, keyed: Keyed) -> Callable[[str], str]:
    as_phone = bool(_PHONES.search(path.rpartition(".")[2]))
    if method is Hashing.SHA256:
        return lambda text: hashed(text, as_phone=as_phone)
    return lambda text: keyed(normal(text, as_phone=as_phone))
