"""Choosing: one of several persons, deals and activity types, and why that one (MEETINGS 4.4)."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from unicodedata import combining, normalize

from rapidfuzz.fuzz import ratio

from dealwright.core.mailproviders import PUBLIC_DOMAINS
from dealwright.core.record import ActivityType, Deal, Person
from dealwright.meetings.contacts import clean_email, domain_of
from dealwright.meetings.outcome import NearMiss
from dealwright.meetings.participants import Participant
from dealwright.meetings.settings import ActivityRules, DealRule, MeetingSettings

#: From this score (0–100) two names are one.
SAME_NAME = 90

#: How long before and after a meeting a deal may have been open to count as open at the time.
WINDOW = timedelta(days=14)


class Chosen(NamedTuple):
    """One of several persons, and the step that left one; None for both: nothing did."""

    person: Person | None
    decided_by: str | None


class TypeChoice(NamedTuple):
    """The activity type, or None and what comes close to it."""

    type: ActivityType | None
    near_misses: tuple[NearMiss, ...] = ()


def one_of_address(persons: Sequence[Person], *, with_open_deal: Collection[int]) -> Chosen:
    """Of persons with one address: an open deal, then the newest change, then the lowest id."""
    open_ones = [person for person in persons if person.id in with_open_deal]
    if len(open_ones) == 1:
        return Chosen(open_ones[0], "open_deal")
    left = open_ones or list(persons)
    newest = max(person.update_time or "" for person in left)
    fresh = [person for person in left if (person.update_time or "") == newest]
    if len(fresh) == 1:
        return Chosen(fresh[0], "newest_update")
    return Chosen(min(fresh, key=lambda person: person.id), "lowest_id")


def one_of_number(
    persons: Sequence[Person],
    participant: Participant,
    *,
    domains: Collection[str],
    organizations: Collection[int],
) -> Chosen:
    """Of persons with one number: who alone bears the name, or is of a company that was there.

    `domains` and `organizations` are those of the other guests.
    """
    named = [one for one in persons if participant.name and fits(one.name, participant.name)]
    if len(named) == 1:
        return Chosen(named[0], "name")
    of_company = [
        one
        for one in persons
        if (one.org_id is not None and one.org_id in organizations)
        or not company_domains(one).isdisjoint(domains)
    ]
    if len(of_company) == 1:
        return Chosen(of_company[0], "organisation")
    return Chosen(None, None)


def fits(one: str, other: str) -> bool:
    """Whether two names are so much alike that they may be one person's."""
    return ratio(_folded(one), _folded(other)) >= SAME_NAME


def share_a_word(one: str, other: str) -> bool:
    """Whether two names have a word in common; case and accents do not count."""
    return not set(_bare(one).split()).isdisjoint(_bare(other).split())


def company_domains(person: Person) -> set[str]:
    """The domains of a person's addresses, without those of mail providers."""
    addresses = (clean_email(item.value) for item in person.emails)
    return {domain_of(one) for one in addresses if one} - PUBLIC_DOMAINS


def company_domain(address: str) -> str:
    """The domain of an address, "" at a mail provider."""
    domain = domain_of(address) if address else ""
    return "" if domain in PUBLIC_DOMAINS else domain


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What rules for deals look at beside the deals.

    `user_ids` are Pipedrive users who were there, `guest_ids` persons, `taking_part` who takes part
    in which deal.
    """

    started_at: datetime | None = None
    user_ids: Collection[int] = ()
    guest_ids: Collection[int] = ()
    taking_part: Mapping[int, Collection[int]] = field(default_factory=dict[int, Collection[int]])


def fitting_deals(
    deals: Iterable[Deal], *, settings: MeetingSettings, setting: Setting
) -> Sequence[Deal]:
    """The deals that the rule leaves, the best first."""
    there = [deal for deal in deals if _allowed(deal, settings)]
    newest = sorted(there, key=lambda deal: (deal.add_time or "", deal.id), reverse=True)
    if settings.deal_rule is DealRule.NONE:
        return ()
    if settings.deal_rule is DealRule.LATEST_UPDATED:
        return sorted(newest, key=lambda deal: deal.update_time or "", reverse=True)
    fits_rule = _DEAL_RULES.get(settings.deal_rule)
    return newest if fits_rule is None else [deal for deal in newest if fits_rule(deal, setting)]


def activity_type(
    types: Sequence[ActivityType], wanted: str, *, rules: ActivityRules
) -> TypeChoice:
    """The active type of exactly this name, as far as the rules do not allow more."""
    name = rules.aliases.get(wanted, wanted).strip()
    active = [one for one in types if one.active_flag]
    found = next((one for one in active if one.name.strip() == name), None)
    if found is None and rules.ignore_case:
        found = next((one for one in active if _folded(one.name) == _folded(name)), None)
    if found is None and rules.fallback:
        found = next((one for one in active if one.name.strip() == rules.fallback.strip()), None)
    if found is not None:
        return TypeChoice(found)
    misses = [
        NearMiss(name=one.name, why="inactive" if not one.active_flag else "case")
        for one in types
        if (not one.active_flag and one.name.strip() == name)
        or (one.active_flag and _folded(one.name) == _folded(name))
    ]
    return TypeChoice(None, tuple(misses))


def _allowed(deal: Deal, settings: MeetingSettings) -> bool:
    pipelines, stages = settings.deal_pipelines, settings.deal_stages
    if deal.is_deleted or (pipelines and deal.pipeline_id not in pipelines):
        return False
    return not stages or deal.stage_id in stages


def _is_open(deal: Deal, _: Setting) -> bool:
    return deal.status == "open"


def _is_of_one_there(deal: Deal, setting: Setting) -> bool:
    return deal.owner_id in setting.user_ids


def _has_a_guest(deal: Deal, setting: Setting) -> bool:
    return not set(setting.taking_part.get(deal.id, ())).isdisjoint(setting.guest_ids)


def _was_open(deal: Deal, setting: Setting) -> bool:
    at, made = setting.started_at, _moment(deal.add_time)
    if at is None or made is None or made > at + WINDOW:
        return False
    ended = None if deal.status == "open" else _moment(deal.update_time)
    return ended is None or ended >= at - WINDOW


_DEAL_RULES: Final[Mapping[DealRule, Callable[[Deal, Setting], bool]]] = {
    DealRule.OPEN_ONLY_LATEST_CREATED: _is_open,
    DealRule.ASK_IF_SEVERAL_OPEN: _is_open,
    DealRule.OWNER_IS_PARTICIPANT: _is_of_one_there,
    DealRule.CONTACT_ROLE: _has_a_guest,
    DealRule.WINDOW: _was_open,
}


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _folded(text: str) -> str:
    return normalize("NFC", text).strip().casefold()


def _bare(text: str) -> str:
    split = normalize("NFKD", text)
    return "".join(c if c.isalnum() else " " for c in split if not combining(c)).casefold()
