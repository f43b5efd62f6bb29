"""Vitals: what `dealwright doctor` looks at beside the store: address, clocks, tokens, mirror."""

from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from dealwright.cli.finding import Finding
from dealwright.core.clock import Clock
from dealwright.core.errors import UpstreamError
from dealwright.core.priority import Priority
from dealwright.core.ssrf import NOBODY
from dealwright.pipedrive.urls import checked_url
from dealwright.pipeline.figures import ConnectionFigures
from dealwright.pipeline.outside import Call, Outside, Reply
from dealwright.pipeline.reach import Reach

PATIENCE_S = 5.0

#: Seconds that a clock may be off. A header has whole seconds; signatures are believed for 300.
NOTICED_S = 5.0
TOO_FAR_S = 60.0

_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


async def address(public_url: str | None) -> Finding:
    """Whether the hub is reached where it says that it is."""
    if public_url is None:
        return Finding(
            level="note",
            what="No public address: Pipedrive cannot tell the hub what people change.",
            advice="Set DEALWRIGHT_PUBLIC_URL to its https address.",
        )
    parts = urlsplit(public_url)
    if parts.scheme != "https" and parts.hostname not in _HERE:
        advice = "Put a proxy with a certificate in front, and set its https address."
        what = f"{public_url} is not https: keys and passwords travel in the open."
        return Finding(level="fault", what=what, advice=advice)
    try:
        status = (await _asked(f"{public_url}/livez")).status
    except UpstreamError:
        advice = "Is the hub running, and does the proxy lead to it? dealwright serve"
        return Finding(level="note", what=f"{public_url} does not answer from here.", advice=advice)
    if status != 200:
        advice = "Somebody else answers there: look at the proxy."
        return Finding(level="fault", what=f"{public_url}/livez answers {status}.", advice=advice)
    return Finding(level="ok", what=f"The hub is reached at {public_url}.")


async def clocks(base_url: str, clock: Clock) -> Finding | None:
    """Whether this machine's clock agrees with Pipedrive's; None when that cannot be told.

    Asks without a token, which costs none.
    """
    try:
        reply = await _asked(f"{checked_url(base_url)}/api/v1/users/me")
    except UpstreamError:
        return None
    there = _moment(reply.headers.get("date", ""))
    return None if there is None else skew((clock.now() - there).total_seconds())


def skew(seconds: float) -> Finding:
    """What is to be said of a clock that is so far ahead of Pipedrive's."""
    off_s = abs(seconds)
    if off_s < NOTICED_S:
        return Finding(level="ok", what="The clock agrees with Pipedrive's.")
    way = "ahead of" if seconds > 0 else "behind"
    return Finding(
        level="fault" if off_s >= TOO_FAR_S else "note",
        what=f"The clock of this machine is {off_s:,.0f} s {way} Pipedrive's.",
        advice="Have it set by NTP: signatures and what counts as new depend on it.",
    )


def tokens(one: ConnectionFigures) -> Finding:
    """How the day's API tokens stand."""
    name, budget = one.connection.name, one.budget
    what = f"{name}: {budget.unspent:,} of the day's {budget.limit:,} API tokens are left."
    advice = f"What takes them: dealwright budget {name}"
    if budget.unspent <= 0:
        return Finding(level="fault", what=what, advice=advice)
    if budget.unspent <= budget.floor(Priority.NORMAL):
        return Finding(level="note", what=what, advice=advice)
    return Finding(level="ok", what=what)


def copy_of(one: ConnectionFigures) -> Finding:
    """How the mirror stands."""
    name = one.connection.name
    complete = [kind.value for kind, state in one.mirror.items() if state.complete]
    if not complete:
        return Finding(
            level="note",
            what=f"{name}: nobody is known beforehand: each event costs searches.",
            advice=f"To copy who is who: dealwright mirror crawl {name}",
        )
    return Finding(level="ok", what=f"{name}: the mirror knows every {', '.join(complete)}.")


def people_of(one: ConnectionFigures, found: Reach) -> Finding:
    """Whether meetings find the account's persons: by an e-mail address or number of their own."""
    name = one.connection.name
    if not (found.without or found.sharing):
        what = f"{name}: each of {found.persons:,} persons has an e-mail or phone of their own."
        return Finding(level="ok", what=what)
    lacks = f"{found.without:,} have neither e-mail nor phone" if found.without else ""
    shares = f"{found.sharing:,} share one with another" if found.sharing else ""
    which = " and ".join(filter(None, (lacks, shares)))
    return Finding(
        level="note",
        what=f"{name}: of {found.persons:,} persons {which}: meetings cannot tell who they are.",
        advice="Give each an address of their own in Pipedrive, or merge them.",
    )


async def _asked(url: str) -> Reply:
    # The operator set the address; it may be in his own network, but leads nowhere else.
    outside = Outside(NOBODY.with_origin(url))
    return await outside.fetch(Call(url=url, total_s=PATIENCE_S, max_redirects=0))


def _moment(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else None
