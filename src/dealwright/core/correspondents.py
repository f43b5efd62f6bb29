"""Correspondents: who takes part in an e-mail, and whose card is to be shown beside it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.utils import getaddresses
from typing import Final, NamedTuple

from dealwright.core import identifier
from dealwright.core.errors import MappingError

#: More people are not shown on a card, nor looked up.
MOST: Final = 50

_NOBODY_READS = re.compile(
    r"(?:^|[._+-])(?:no|not|do[._-]?not|dont|never)[._-]?(?:reply|respond|answer)"
    r"|^(?:auto[._-]?reply|mailer|mailer-daemon|postmaster|notifications?|bounces?|nobody)(?:[._+-]|$)"
    r"|[-+]bounces?$"
)
_LISTS = re.compile(
    r"(?:^|[._+-])(?:lists?|newsletters?)$|[-+](?:list|users|dev|announce|owner|request)$"
)
_LIST_HOSTS: Final = frozenset({"list", "lists", "groups", "googlegroups", "mailman", "listserv"})


class Correspondent(NamedTuple):
    """One mailbox: the address as it was written, its name decoded, "" for none."""

    address: str
    name: str = ""

    @property
    def key(self) -> str:
        """What equal addresses have in common."""
        return identifier.email(self.address).value

    @property
    def host(self) -> str:
        """The domain in ASCII, small letters."""
        return self.key.rpartition("@")[2]

    @property
    def reads_nothing(self) -> bool:
        """Whether nobody reads what is sent there: a no-reply address, or a list's."""
        local, _, host = self.key.rpartition("@")
        is_list = _LISTS.search(local) or _LIST_HOSTS & set(host.split("."))
        return bool(_NOBODY_READS.search(local) or is_list)


class Ours(NamedTuple):
    """Who is one of us: addresses, and whole domains (with what is below them)."""

    addresses: frozenset[str]
    domains: tuple[str, ...]

    def has(self, one: Correspondent) -> bool:
        """Whether somebody is one of us."""
        hosts = (one.host == each or one.host.endswith(f".{each}") for each in self.domains)
        return one.key in self.addresses or any(hosts)


class Whose(NamedTuple):
    """Whose card is to be shown (None: nobody's), and who else there is."""

    one: Correspondent | None
    others: tuple[Correspondent, ...] = ()


def ours(addresses: Iterable[str], domains: Iterable[str]) -> Ours:
    """Who we are, by addresses and domains as people write them."""
    known = (one.key for address in addresses for one in mailboxes([address]))
    hosts = (identifier.email(f"x@{each}").value[2:] for each in domains if each.strip())
    return Ours(frozenset(known), tuple(hosts))


def mailboxes(values: Iterable[str]) -> list[Correspondent]:
    """The mailboxes of headers; what is no address is left out.

    Addresses are told apart before anything is decoded: an encoded name may hold a comma.
    """
    found: list[Correspondent] = []
    for name, address in _pairs(values):
        one = Correspondent(address.strip(), decoded(name))
        try:
            _ = one.key
        except MappingError:
            continue
        found.append(one)
    return found


def whose(headers: Mapping[str, Sequence[str]], *, us: Ours) -> Whose:
    """Whose card belongs to a message; `headers` have small letters for names.

    The sender's; of a message of our own the first recipient outside, To before Cc; of one that
    nobody or a list sent, whoever is to be replied to.
    """
    listed = frozenset(one.key for one in mailboxes(headers.get("list-post", ())))
    senders = mailboxes(headers.get("from", ()))
    replies = [one for one in mailboxes(headers.get("reply-to", ())) if _is_somebody(one, us)]
    outside = _outside(mailboxes([*headers.get("to", ()), *headers.get("cc", ())]), us)
    sender = next((one for one in senders if not us.has(one)), senders[0] if senders else None)
    if sender is None:
        return _among([*replies, *outside])
    if us.has(sender):
        return _among(outside)
    if (sender.reads_nothing or sender.key in listed) and replies:
        return _among([*replies, *outside])
    return _among([sender, *outside])


def addressed(to: Iterable[str], cc: Iterable[str], bcc: Iterable[str], *, us: Ours) -> Whose:
    """Whose card belongs to a message that is being written: the first recipient outside."""
    return _among(_outside(mailboxes([*to, *cc, *bcc]), us))


def _is_somebody(one: Correspondent, us: Ours) -> bool:
    return not us.has(one) and not one.reads_nothing


def _outside(all_of_them: Iterable[Correspondent], us: Ours) -> list[Correspondent]:
    """Those who are not of us, people before addresses that nobody reads."""
    outside = [one for one in all_of_them if not us.has(one)]
    return sorted(outside, key=lambda one: one.reads_nothing)


def _among(people: Iterable[Correspondent]) -> Whose:
    by_key: dict[str, Correspondent] = {}
    for one in people:
        by_key.setdefault(one.key, one)
    first, *others = [*by_key.values(), None]
    return Whose(first, tuple(one for one in others[:MOST] if one is not None))


def _pairs(values: Iterable[str]) -> Iterator[tuple[str, str]]:
    for value in values:
        text = " ".join(value[:20_000].split())
        yield from getaddresses([text]) or ()


def decoded(name: str) -> str:
    """A name or a subject of RFC 2047, in Unicode; as it stands where that fails."""
    try:
        text = str(make_header(decode_header(name)))
    except (HeaderParseError, LookupError, ValueError):
        text = name
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
