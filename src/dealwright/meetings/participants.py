"""Participants: who was there, and which of them is one of us (MEETINGS 4.2)."""

from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum

import msgspec

from dealwright.core.record import Member
from dealwright.meetings import bots
from dealwright.meetings.contacts import (
    clean_email,
    clean_name,
    clean_phone,
    domain_of,
    without_tag,
)
from dealwright.meetings.meeting import Attendee, Meeting, Part
from dealwright.meetings.settings import MeetingSettings


class Role(StrEnum):
    """Who somebody is to us; `unknown`: only a name."""

    INTERNAL = "internal"
    EXTERNAL = "external"
    BOT = "bot"
    UNKNOWN = "unknown"


class Participant(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody who took part, or was invited. Addresses and numbers are clean; "" for none."""

    role: Role
    name: str = ""
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    part: Part = Part.ATTENDEE
    attended: bool | None = None

    @property
    def email(self) -> str:
        """The first address."""
        return self.emails[0] if self.emails else ""

    @property
    def phone(self) -> str:
        """The first number."""
        return self.phones[0] if self.phones else ""

    @property
    def label(self) -> str:
        """What to call them where a name, a number or an address has to stand."""
        return self.name or self.phone or self.email


class _Somebody(msgspec.Struct):
    """An Attendee with clean contacts, and what the Source thinks of them."""

    name: str
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    part: Part
    attended: bool | None
    internal: bool | None
    hint: bool | None


class Judge:
    """Tells who is who by the settings, the account's users, and whom its records know.

    `users` are those of Pipedrive, `known` the addresses of bots' makers that persons have there.
    """

    def __init__(
        self,
        settings: MeetingSettings,
        *,
        users: Sequence[Member] = (),
        known: Collection[str] = (),
    ) -> None:
        self._settings = settings
        self._known = known
        active = [user for user in users if user.active_flag]
        self._names = {clean_email(user.email or ""): user.name for user in (*users, *active)}
        own = map(clean_email, (*settings.internal_emails, *(user.email or "" for user in active)))
        self._addresses = {address for address in own if address}
        self._domains = tuple(domain.lstrip("@.").lower() for domain in settings.internal_domains)
        region = settings.default_region
        self._phones = {clean_phone(number, region) for number in settings.internal_phones} - {""}

    def people(self, meeting: Meeting) -> tuple[Participant, ...]:
        """Everybody of a meeting, each once, in the order of the Source."""
        there = self._merged(self._clean(attendee) for attendee in meeting.attendees)
        found = [self._judged(one) for one in there if self._is_somebody(one)]
        alone = not any(one.role in {Role.EXTERNAL, Role.UNKNOWN} for one in found)
        if alone and meeting.speakers_if_alone:
            found += self._strangers(meeting.speakers_if_alone, found)
        return tuple(found)

    def doubtful(self, meeting: Meeting) -> tuple[str, ...]:
        """Addresses that look like bots': of these it counts whether a person has them."""
        cleaned = {email for one in meeting.attendees for email in map(clean_email, one.emails)}
        return tuple(sorted(one for one in cleaned - {""} if bots.looks_like_bot(one)))

    def is_internal(self, address: str) -> bool:
        """Whether an address is one of ours."""
        plain = without_tag(address)
        if address in self._addresses or plain in self._addresses:
            return True
        domain = domain_of(address)
        return any(domain == own or domain.endswith(f".{own}") for own in self._domains)

    def _clean(self, attendee: Attendee) -> _Somebody:
        region = attendee.region or self._settings.default_region
        emails = dict.fromkeys(map(clean_email, attendee.emails))
        phones = dict.fromkeys(clean_phone(raw, region) for raw in attendee.phones)
        return _Somebody(
            name=clean_name(attendee.name),
            emails=tuple(email for email in emails if email),
            phones=tuple(phone for phone in phones if phone),
            part=attendee.part,
            attended=attendee.attended,
            internal=attendee.internal if attendee.internal_decided else None,
            hint=attendee.internal,
        )

    def _merged(self, told: Iterable[_Somebody]) -> list[_Somebody]:
        merged: list[_Somebody] = []
        for one in told:
            other = next((there for there in merged if _same(there, one)), None)
            if other is None:
                merged.append(one)
            else:
                _join(other, one)
        return merged

    def _is_somebody(self, one: _Somebody) -> bool:
        if not (one.name or one.emails or one.phones):
            return False
        return one.part is not Part.RESOURCE and not any(map(bots.is_resource, one.emails))

    def _judged(self, one: _Somebody) -> Participant:
        role = self._role(one)
        phones = one.phones
        if role is not Role.INTERNAL:
            phones = tuple(number for number in phones if number not in self._phones)
        name = one.name
        if not name and role is Role.INTERNAL:
            users = (self._names.get(without_tag(email), "") for email in one.emails)
            name = next((found for found in users if found), "")
        return Participant(
            role=role,
            name=name,
            emails=one.emails,
            phones=phones,
            part=one.part,
            attended=one.attended,
        )

    def _role(self, one: _Somebody) -> Role:
        if self._is_bot(one):
            return Role.BOT
        if one.internal is not None and (one.emails or one.phones or one.internal):
            return Role.INTERNAL if one.internal else Role.EXTERNAL
        if self._is_ours(one):
            return Role.INTERNAL
        if one.emails or one.phones:
            return Role.EXTERNAL
        # Nothing else tells: what the Source thinks of a name counts.
        return Role.INTERNAL if one.hint else Role.UNKNOWN

    def _is_ours(self, one: _Somebody) -> bool:
        if one.emails:
            return any(map(self.is_internal, one.emails))
        return bool(one.phones) and all(number in self._phones for number in one.phones)

    def _is_bot(self, one: _Somebody) -> bool:
        extra = self._settings.bots
        if one.part is Part.BOT or any(bots.is_bot_address(email, extra) for email in one.emails):
            return True
        if bots.has_bot_name(one.name, extra):
            return True
        unknown = (email for email in one.emails if email not in self._known)
        return any(map(bots.looks_like_bot, unknown))

    def _strangers(self, names: Sequence[str], known: Sequence[Participant]) -> list[Participant]:
        taken = {one.name.casefold() for one in known}
        cleaned = dict.fromkeys(map(clean_name, names))
        return [
            Participant(role=Role.UNKNOWN, name=name)
            for name in cleaned
            if name
            and name.casefold() not in taken
            and not bots.has_bot_name(name, self._settings.bots)
        ]


def _same(one: _Somebody, other: _Somebody) -> bool:
    """Whether two entries are one person: by e-mail, else number, else name."""
    if one.emails and other.emails:
        return not set(one.emails).isdisjoint(other.emails)
    if one.phones and other.phones:
        return not set(one.phones).isdisjoint(other.phones)
    return bool(one.name) and one.name.casefold() == other.name.casefold()


def _join(one: _Somebody, other: _Somebody) -> None:
    """Add to an entry what another tells of the same person."""
    one.name = one.name or other.name
    one.emails = tuple(dict.fromkeys((*one.emails, *other.emails)))
    one.phones = tuple(dict.fromkeys((*one.phones, *other.phones)))
    if one.part is Part.ATTENDEE:
        one.part = other.part
    one.attended = other.attended if one.attended is None else one.attended or other.attended
    one.internal = other.internal if one.internal is None else one.internal
    one.hint = other.hint if one.hint is None else one.hint
