"""Twins: records of one kind that are likely one and the same, each pair with its reasons.

Records are compared only where they share a key (`blocks`), so that the work grows with the
account, not with its square. A reason is a share of certainty; those of a pair are put together as
independent ones are. What many people share, a mailbox such as info@ or the number of a
switchboard, says little.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import combinations
from typing import Final

import msgspec

from dealwright.core.errors import MappingError
from dealwright.core.foldnames import are_near, folded_name, folded_organization
from dealwright.core.identifier import email, phone
from dealwright.core.mailproviders import PUBLIC_DOMAINS
from dealwright.core.record import Deal, Labelled, Organization, Person, RecordId, RecordKind


class Sign(StrEnum):
    """What two records have in common."""

    EMAIL = "same_email"
    MAILBOX = "same_shared_mailbox"
    MAIL_ALIAS = "same_mailbox_spelt_otherwise"
    PHONE = "same_phone"
    SWITCHBOARD = "same_shared_phone"
    NAME = "same_name"
    NEAR_NAME = "near_name"
    ORGANIZATION = "same_organization"
    DOMAIN = "same_domain"
    PERSON = "same_person"


#: The same for people.
IN_WORDS: Final[Mapping[Sign, str]] = {
    Sign.EMAIL: "same e-mail address",
    Sign.MAILBOX: "same mailbox, which several people share",
    Sign.MAIL_ALIAS: "same mailbox, spelt in another way",
    Sign.PHONE: "same phone number",
    Sign.SWITCHBOARD: "same phone number, which several people share",
    Sign.NAME: "same name",
    Sign.NEAR_NAME: "nearly the same name",
    Sign.ORGANIZATION: "same organization",
    Sign.DOMAIN: "same domain",
    Sign.PERSON: "same person",
}

#: How certain each makes it by itself, in hundredths.
_SAYS: Final[Mapping[Sign, int]] = {
    Sign.EMAIL: 90,
    Sign.MAILBOX: 15,
    Sign.MAIL_ALIAS: 45,
    Sign.PHONE: 60,
    Sign.SWITCHBOARD: 10,
    Sign.NAME: 40,
    Sign.NEAR_NAME: 25,
    Sign.ORGANIZATION: 45,
    Sign.DOMAIN: 45,
    Sign.PERSON: 70,
}
#: An organization is hardly anything but its name, and its domain is its own.
_OF_ORGANIZATIONS: Final[Mapping[Sign, int]] = {
    Sign.NAME: 70,
    Sign.NEAR_NAME: 35,
    Sign.DOMAIN: 50,
}

#: Pairs below are not told; from SURE on, one pair is enough to join two groups.
LIKELY: Final = 60
SURE: Final = 80

#: What more records than this share is no sign of anything.
MOST_IN_BLOCK: Final = 60
#: What people of more names than one share to so many is shared by purpose.
_SHARED_BY: Final = 3

_DESKS: Final = """
    accounting accounts admin billing bookings contact contacto hallo hello help hr info information
    invoice invoices jobs kontakt mail marketing no-reply noreply office order orders post sales
    service support team vertrieb verkauf welcome
"""
_ROLES: Final = frozenset(_DESKS.split())
#: Where dots do not count, and what follows a + neither.
_GMAIL: Final = frozenset({"gmail.com", "googlemail.com"})


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """A record, as far as it is compared; everything normalised. `about` is the person of a deal.

    `domains` are where its people have their addresses; those of mail providers are left out.
    """

    id: RecordId
    kind: RecordKind
    name: str = ""
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    organization: int | None = None
    domains: tuple[str, ...] = ()
    about: int | None = None


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Two records that are likely one, the lower id first; `score` is out of 100."""

    one: RecordId
    other: RecordId
    score: int
    signs: tuple[Sign, ...]


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Records that are likely all one, in the order of their ids, and the pairs that say so.

    `score` is that of the weakest link that holds it together.
    """

    ids: tuple[RecordId, ...]
    score: int
    pairs: tuple[Pair, ...]


def look_at(
    record: Person | Organization | Deal, *, region: str | None, domains: Iterable[str] = ()
) -> Look:
    """What of a record is compared; `domains` are those of an organization's people."""
    match record:
        case Person():
            emails = _emails(record.emails)
            return Look(
                id=record.id,
                kind=RecordKind.PERSON,
                name=folded_name(record.name),
                emails=emails,
                phones=_phones(record.phones, region),
                organization=record.org_id,
                domains=own_domains(emails),
            )
        case Organization():
            return Look(
                id=record.id,
                kind=RecordKind.ORGANIZATION,
                name=folded_organization(record.name),
                domains=tuple(sorted(set(domains))),
            )
        case Deal():
            is_open = record.status == "open" and not record.is_archived
            return Look(
                id=record.id,
                kind=RecordKind.DEAL,
                name=folded_name(record.title),
                about=record.person_id if is_open else None,
            )


def own_domains(emails: Iterable[str]) -> tuple[str, ...]:
    """The domains of addresses that say where somebody works, each once."""
    found = {address.rpartition("@")[2] for address in emails}
    return tuple(sorted(found - PUBLIC_DOMAINS))


def blocks(look: Look) -> set[str]:
    """The keys of a record; two that share none are not compared."""
    found = {f"e:{_mailbox(address)}" for address in look.emails}
    found |= {f"p:{number}" for number in look.phones}
    # A typing error in one word of a name leaves the others, and seldom begins the word.
    starts = {word[:3] for word in look.name.split()}
    if look.kind is RecordKind.DEAL:
        found |= set[str]() if look.about is None else {f"d:{look.about}:{look.name}"}
    elif look.kind is RecordKind.ORGANIZATION:
        found |= {f"n:{look.name}"} if look.name else set[str]()
        found |= {f"a:{domain}" for domain in look.domains}
    else:
        found |= {f"a:{domain}:{start}" for domain in look.domains for start in starts}
        if look.organization is not None:
            found |= {f"o:{look.organization}:{start}" for start in starts}
    return found


def likely_pairs(looks: Sequence[Look]) -> list[Pair]:
    """Every likely pair among records, in the order of their ids."""
    members: defaultdict[str, list[int]] = defaultdict(list)
    holders: defaultdict[str, set[str]] = defaultdict(set)
    for at, look in enumerate(looks):
        for key in blocks(look):
            members[key].append(at)
        for point in (*look.emails, *look.phones):
            holders[point].add(look.name)
    met: set[tuple[int, int]] = set()
    for block in members.values():
        if 1 < len(block) <= MOST_IN_BLOCK:
            met.update(combinations(block, 2))
    shared = {point for point, names in holders.items() if _people(names) >= _SHARED_BY}
    compared = (_pair(looks[one], looks[other], shared) for one, other in met)
    found = [pair for pair in compared if pair.score >= LIKELY]
    return sorted(found, key=lambda pair: (pair.one, pair.other))


def grouped(pairs: Iterable[Pair], *, apart: Collection[tuple[RecordId, RecordId]]) -> list[Group]:
    """Groups of what is likely one, each record in one at most; the surest first.

    A sure pair joins two groups; a weaker one only where all their records are likely pairs, so
    that no chain of weak links joins its ends. `apart` are pairs that people said are not the same,
    in either order: they are in no group together.
    """
    different = {frozenset(two) for two in apart}
    known = {frozenset((p.one, p.other)): p for p in pairs}
    for two in different:
        known.pop(two, None)
    member: dict[RecordId, set[RecordId]] = {}
    for pair in sorted(known.values(), key=lambda p: (-p.score, p.one, p.other)):
        left = member.setdefault(pair.one, {pair.one})
        right = member.setdefault(pair.other, {pair.other})
        if left is right:
            continue
        across = [frozenset((a, b)) for a in left for b in right]
        if any(two in different for two in across):
            continue
        if pair.score < SURE and not all(two in known for two in across):
            continue
        left |= right
        member.update(dict.fromkeys(right, left))
    unique = {id(ids): ids for ids in member.values() if len(ids) > 1}
    found = [_group(ids, known) for ids in unique.values()]
    return sorted(found, key=lambda group: (-group.score, group.ids))


def _group(ids: set[RecordId], known: Mapping[frozenset[RecordId], Pair]) -> Group:
    ordered = tuple(sorted(ids))  # type: ignore[type-var] - the ids of one kind are of one type
    two = (known.get(frozenset(both)) for both in combinations(ordered, 2))
    pairs = tuple(pair for pair in two if pair is not None)
    return Group(ids=ordered, score=_weakest(pairs), pairs=pairs)


def _weakest(pairs: Sequence[Pair]) -> int:
    """The score of the weakest of the links that are needed, the strongest taken first."""
    root: dict[RecordId, RecordId] = {}

    def top(one: RecordId) -> RecordId:
        while root.get(one, one) != one:
            one = root[one]
        return one

    needed: list[int] = []
    for pair in sorted(pairs, key=lambda p: -p.score):
        left, right = top(pair.one), top(pair.other)
        if left != right:
            root[right] = left
            needed.append(pair.score)
    return min(needed)


def _pair(one: Look, other: Look, shared: Collection[str]) -> Pair:
    signs = tuple(_signs(one, other, shared))
    says = _OF_ORGANIZATIONS if one.kind is RecordKind.ORGANIZATION else _SAYS
    doubt = 1.0
    for sign in signs:
        doubt *= 1 - says[sign] / 100
    score = 100 * (1 - doubt)
    if _speaks_against(one, other, signs):
        score /= 2
    low, high = (one, other) if one.id < other.id else (other, one)  # type: ignore[operator]
    return Pair(one=low.id, other=high.id, score=round(score), signs=signs)


def _signs(one: Look, other: Look, shared: Collection[str]) -> Iterable[Sign]:
    of_addresses = tuple(_of_addresses(one, other, shared))
    yield from of_addresses
    if numbers := set(one.phones) & set(other.phones):
        yield Sign.PHONE if numbers - set(shared) else Sign.SWITCHBOARD
    if one.name and one.name == other.name:
        yield Sign.NAME
    elif are_near(one.name, other.name):
        yield Sign.NEAR_NAME
    if one.about is not None and one.about == other.about:
        yield Sign.PERSON
    # Who works for an organization has its domain, as an address has: one sign, not two.
    if one.organization is not None and one.organization == other.organization:
        yield Sign.ORGANIZATION
    elif Sign.EMAIL not in of_addresses and set(one.domains) & set(other.domains):
        yield Sign.DOMAIN


def _of_addresses(one: Look, other: Look, shared: Collection[str]) -> Iterable[Sign]:
    if both := set(one.emails) & set(other.emails):
        is_own = any(address not in shared and not _is_role(address) for address in both)
        yield Sign.EMAIL if is_own else Sign.MAILBOX
    elif {_mailbox(address) for address in one.emails} & set(map(_mailbox, other.emails)):
        yield Sign.MAIL_ALIAS


def _speaks_against(one: Look, other: Look, signs: Collection[Sign]) -> bool:
    """Whether the names are of two: only one's own address outweighs that."""
    alike = {Sign.NAME, Sign.NEAR_NAME, Sign.EMAIL}
    if not one.name or not other.name or alike & set(signs):
        return False
    return not _may_be_one(one.name, other.name)


def _people(names: Collection[str]) -> int:
    """Of how many people, at least, some names are; no more are counted than matter."""
    if len(names) < _SHARED_BY:
        return len(names)
    found: list[str] = []
    for name in sorted(names, key=lambda name: (-len(name), name)):
        if len(found) < _SHARED_BY and not any(_may_be_one(name, known) for known in found):
            found.append(name)
    return len(found)


def _may_be_one(one: str, other: str) -> bool:
    """Whether a name may be another in short: “Ada”, or “A. L.”, of “Ada Lovelace”."""
    return are_near(one, other) or _is_short_for(one, other) or _is_short_for(other, one)


def _is_short_for(one: str, other: str) -> bool:
    return all(any(word.startswith(part) for word in other.split()) for part in one.split())


def _is_role(address: str) -> bool:
    return address.partition("@")[0].partition("+")[0] in _ROLES


def _mailbox(address: str) -> str:
    """Where mail to an address ends up, as far as providers tell."""
    local, _, domain = address.rpartition("@")
    bare = local.partition("+")[0] or local
    if domain in _GMAIL:
        return f"{bare.replace('.', '')}@gmail.com"
    return f"{bare}@{domain}"


def _emails(points: Iterable[Labelled]) -> tuple[str, ...]:
    found: set[str] = set()
    for point in points:
        try:
            found.add(email(point.value).value)
        except MappingError:
            continue
    return tuple(sorted(found))


def _phones(points: Iterable[Labelled], region: str | None) -> tuple[str, ...]:
    found: set[str] = set()
    for point in points:
        try:
            value = phone(point.value, region=region).value
        except MappingError:
            continue
        # A number that cannot be placed in a country may be of two.
        if value.startswith("+"):
            found.add(value)
    return tuple(sorted(found))
