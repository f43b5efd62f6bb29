"""Bots: notetakers and rooms, told from people by their addresses and names."""

import re
from collections.abc import Sequence

from dealwright.meetings.contacts import domain_of

_ADDRESSES = frozenset({"fred@fireflies.ai"})

_HOSTS = frozenset(
    {
        "avoma.com",
        "circleback.ai",
        "fathom.video",
        "fellow.app",
        "fireflies.ai",
        "gong.io",
        "grain.co",
        "grain.com",
        "granola.so",
        "meetgeek.ai",
        "otter.ai",
        "read.ai",
        "recall.ai",
        "tldv.io",
    }
)

#: How the addresses of bots begin; whoever works for such a company is called otherwise.
_BOT_LOCAL = re.compile(
    r"(?:^|[._+-])(?:ai|assistant|bot|calendar|capture|fred|invites?|join|meetings?|note-?s?|"
    r"note-?taker|pilot|record(?:er|ing)?|scribe)(?:$|[._+\d-])"
)

_NAMES = re.compile(r"\b(?:note[ -]?takers?|note[ -]?taking|meeting notes|recorder)\b")

_VENDORS = re.compile(
    r"\b(?:avoma|circleback|copilot|fathom|fellow|fireflies|gemini|gong|grain|granola|krisp|"
    r"meetgeek|otter|read[ .]?ai|recall[ .]?ai|sembly|tl;?dv|zoom)\b"
)

_RESOURCE_HOSTS = (
    "resource.calendar.google.com",
    "group.calendar.google.com",
    "group.v.calendar.google.com",
    "import.calendar.google.com",
)

_NOBODY_LOCAL = re.compile(r"(?:do[._-]?not|no)[._-]?reply")


def has_bot_name(name: str, more: Sequence[str] = ()) -> bool:
    """Whether a name is one of a notetaker; `more` are texts that an admin has added."""
    text = name.casefold()
    if _NAMES.search(text) or ("assistant" in text.split() and _VENDORS.search(text)):
        return True
    return any(extra.casefold() in text for extra in more if extra and "@" not in extra)


def is_bot_address(address: str, more: Sequence[str] = ()) -> bool:
    """Whether an address belongs to a bot for certain."""
    return address in _ADDRESSES or address in {extra.casefold() for extra in more}


def looks_like_bot(address: str) -> bool:
    """Whether an address at a maker of notetakers is no colleague's of them, as far as it shows."""
    local = address.rpartition("@")[0]
    return _under(domain_of(address), _HOSTS) and _BOT_LOCAL.search(local) is not None


def is_resource(address: str) -> bool:
    """Whether an address is a room's, a list's or nobody's."""
    local = address.rpartition("@")[0]
    return _under(domain_of(address), _RESOURCE_HOSTS) or bool(_NOBODY_LOCAL.fullmatch(local))


def _under(domain: str, hosts: Sequence[str] | frozenset[str]) -> bool:
    return any(domain == host or domain.endswith(f".{host}") for host in hosts)
