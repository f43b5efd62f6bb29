"""Which OAuth scope opens which operation. Source: `security` of openapi-v1 and -v2."""

from collections.abc import Iterable, Mapping

# What the consent page says of each scope.
SCOPES: Mapping[str, str] = {
    "base": "Your own profile, the company's name and its currencies",
    "deals:read": "Read deals, pipelines, stages and the notes on deals",
    "deals:full": "Read, create, change and delete deals and their notes",
    "activities:read": "Read activities and their types",
    "activities:full": "Read, create, change and delete activities",
    "contacts:read": "Read people and organizations and their notes",
    "contacts:full": "Read, create, change and delete people, organizations and their notes",
    "leads:read": "Read leads, their labels and sources",
    "leads:full": "Read, create, change, convert and delete leads",
    "users:read": "See who works in the company",
    "search:read": "Search everything you can see",
    "webhooks:read": "See which webhooks this app has",
    "webhooks:full": "Be told when something changes",
    "deal-fields:full": "Create, change and delete fields of deals",
    "contact-fields:full": "Create, change and delete fields of people and organizations",
    "product-fields:full": "Create, change and delete fields of products",
    "products:read": "Read products",
    "products:full": "Read, create, change and delete products",
    "recents:read": "See what changed lately",
    "admin": "Administer the company: pipelines, activity types, fields, webhooks",
}

_CONTACTS = ("contacts:read", "contacts:full")
_DEALS = ("deals:read", "deals:full")
_LEADS = ("leads:read", "leads:full")
_NOTES = (*_CONTACTS, *_DEALS)
_ACTIVITIES = ("activities:read", "activities:full")

# First segment below the version → (scopes that may read, scopes that may write).
_BY_NOUN: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "persons": (_CONTACTS, ("contacts:full",)),
    "organizations": (_CONTACTS, ("contacts:full",)),
    "deals": (_DEALS, ("deals:full",)),
    "activities": (_ACTIVITIES, ("activities:full",)),
    "leads": (_LEADS, ("leads:full",)),
    "leadLabels": (_LEADS, ("leads:full",)),
    "leadSources": (_LEADS, ()),
    "leadFields": (("admin", *_LEADS), ()),
    "notes": (_NOTES, ("contacts:full", "deals:full")),
    "noteFields": (_NOTES, ()),
    "users": (("users:read",), ("admin",)),
    "currencies": (("base",), ()),
    "activityTypes": (("admin", *_ACTIVITIES), ("admin",)),
    # The files say `admin` only, the scopes page `activities:*`; either opens it.
    "activityFields": (("admin", *_ACTIVITIES), ()),
    "pipelines": (("admin", *_DEALS), ("admin",)),
    "stages": (("admin", *_DEALS), ("admin",)),
    "itemSearch": (("search:read",), ()),
    "recents": (("recents:read", "search:read"), ()),
    # `webhooks:*` exist since 2024-01-26, the files still know `admin` only.
    "webhooks": (("admin", "webhooks:read", "webhooks:full"), ("admin", "webhooks:full")),
    "personFields": (
        ("admin", "contact-fields:full", *_CONTACTS), ("admin", "contact-fields:full"),
    ),
    "organizationFields": (
        ("admin", "contact-fields:full", *_CONTACTS), ("admin", "contact-fields:full"),
    ),
    "dealFields": (("admin", "deal-fields:full", *_DEALS), ("admin", "deal-fields:full")),
    "productFields": (
        ("product-fields:full", "products:read", "products:full"),
        ("product-fields:full", "products:full"),
    ),
}  # fmt: skip
# v2 lets the entity's own scope change a field and its options, but not create or delete one.
_FIELD_OWNERS = {
    "personFields": "contacts:full",
    "organizationFields": "contacts:full",
    "dealFields": "deals:full",
}


def allowed_scopes(method: str, template: str) -> frozenset[str]:
    """The scopes of which one is enough for an operation, `/api/v2/persons/{id}`."""
    _, _, version, noun, *rest = template.split("/")
    if noun == "users" and rest == ["me"]:
        return frozenset({"base"})
    reads, writes = _BY_NOUN.get(noun, ((), ()))
    scopes = reads if method == "GET" else writes
    if rest == ["search"]:
        scopes = (*scopes, "search:read")
    touches_field = method == "PATCH" or rest[-1:] == ["options"]
    if version == "v2" and touches_field and noun in _FIELD_OWNERS:
        scopes = (*scopes, _FIELD_OWNERS[noun])
    return frozenset(scopes)


def opens(scopes: Iterable[str], method: str, template: str) -> bool:
    """Whether a token with these scopes may call the operation; `base` comes with every app."""
    return not allowed_scopes(method, template).isdisjoint({"base", *scopes})
