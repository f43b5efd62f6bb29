"""Scopes: what an app has to be allowed, and why; asked for is what the open doors need.

Source: https://pipedrive.readme.io/docs/marketplace-scopes-and-permissions-explanations. Scopes are
set on the app in Pipedrive's Developer Hub, not in the address that a user is sent to.
"""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from dealwright.core.errors import Unauthorized
from dealwright.core.record import RecordKind


class Need(NamedTuple):
    """One scope and what it is for, as a person reads it."""

    scope: str
    reason: str


_BASE: Final = Need("base", "who signed in, of which company, and its currencies")
_CONTACTS: Final = Need(
    "contacts:full", "people and organizations: everything is found by them; notes on them"
)
_SEARCH: Final = Need("search:read", "records by the value of a custom field")
_USERS: Final = Need("users:read", "owners by their e-mail address")
_OF_KIND: Final[Mapping[RecordKind, Need]] = MappingProxyType(
    {
        RecordKind.DEAL: Need("deals:full", "deals, their notes, pipelines and stages"),
        RecordKind.LEAD: Need("leads:full", "leads and their labels"),
        RecordKind.ACTIVITY: Need("activities:full", "activities and their types"),
    }
)
_WEBHOOKS: Final = Need("webhooks:full", "to be told what people change, instead of asking")

#: Only for those who let the hub make these in the account.
FOR_SETTING_UP: Final = (
    Need("contact-fields:full", "to make fields of people and organizations"),
    Need("deal-fields:full", "to make fields of deals"),
    Need("admin", "to make activity types; only an admin can grant it"),
)

_OF_NOUN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "persons": "contacts:full",
        "organizations": "contacts:full",
        "personFields": "contacts:full",
        "organizationFields": "contacts:full",
        "notes": "contacts:full",
        "deals": "deals:full",
        "dealFields": "deals:full",
        "pipelines": "deals:full",
        "stages": "deals:full",
        "activities": "activities:full",
        "activityFields": "activities:full",
        "activityTypes": "activities:full",
        "leads": "leads:full",
        "leadLabels": "leads:full",
        "leadSources": "leads:full",
        "leadFields": "leads:full",
        "users": "users:read",
        "itemSearch": "search:read",
        "webhooks": "webhooks:full",
        "currencies": "base",
    }
)
#: Making and deleting a field is not part of what its records allow.
_OF_MAKING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "personFields": "contact-fields:full",
        "organizationFields": "contact-fields:full",
        "dealFields": "deal-fields:full",
        "activityTypes": "admin",
        "pipelines": "admin",
        "stages": "admin",
    }
)


def needed(kinds: Collection[RecordKind], *, webhooks: bool) -> tuple[Need, ...]:
    """What an app needs that writes records of these kinds, and is told what changes or not."""
    of_kinds = tuple(need for kind, need in _OF_KIND.items() if kind in kinds)
    told = (_WEBHOOKS,) if webhooks else ()
    return (_BASE, _CONTACTS, *of_kinds, _USERS, _SEARCH, *told)


def missing(needs: Iterable[Need], granted: Collection[str]) -> tuple[Need, ...]:
    """Those that were not granted; `base` comes with every app."""
    return tuple(need for need in needs if need.scope not in {*granted, "base"})


def scope_of(operation: str) -> str:
    """The scope that opens `POST /api/v1/leads`; "" for what this page does not know."""
    method, _, path = operation.partition(" ")
    noun, *rest = path.removeprefix("/api/").split("/")[1:] or [""]
    if noun == "users" and rest == ["me"]:
        return "base"
    if method in {"POST", "DELETE"} and rest[-1:] != ["options"] and noun in _OF_MAKING:
        return _OF_MAKING[noun]
    return _OF_NOUN.get(noun, "")


def lacking_to_read(kind: RecordKind, granted: Collection[str]) -> str:
    """The scope that an app lacks for reading records of a kind, "" if none."""
    scope = _lacking(kind, granted)
    return "" if scope.replace(":full", ":read") in granted else scope


def check_scope(kind: RecordKind, granted: Collection[str]) -> None:
    """See before any call that records of a kind may be written.

    Raises Unauthorized (`scope_missing`).
    """
    if scope := _lacking(kind, granted):
        raise Unauthorized(
            f"The app may not write a {kind}: the scope “{scope}” is missing. Add it to the "
            "app in Pipedrive's Developer Hub and reconnect.",
            code="scope_missing",
        )


def _lacking(kind: RecordKind, granted: Collection[str]) -> str:
    # An API token was granted nothing, and may all that its user may.
    need = _OF_KIND.get(kind, _CONTACTS)
    return need.scope if granted and need.scope not in granted else ""
