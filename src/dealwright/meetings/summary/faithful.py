"""A model's Answer judged by the transcript: what cannot be found there is flagged, not shown.

Source: MEETINGS 3.6, rules 3, 5 and 6. Numbers and names of a point have to occur in what was
said (numbers also as words); addresses, e-mail and phone of strangers are taken out.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from dealwright.meetings.meeting import ActionItem, Bullet, Meeting, Origin, Section, Summary
from dealwright.meetings.summary.answer import MAX_BULLET, MAX_BULLETS, Answer, Point, Slot
from dealwright.meetings.summary.clean import clean
from dealwright.meetings.summary.redaction import digits_of, without_contacts
from dealwright.meetings.summary.templates import Template

_NUMBER: Final = re.compile(r"\d+(?:[.,\u00a0\u202f ]\d{3})*(?:[.,]\d+)?")
_WORD: Final = re.compile(r"[^\W\d_][\w’'-]*")
_NAME: Final = re.compile(r"(?<![.!?:“\"] )(?<!^)\b[^\W\d_a-zß-öø-ÿ][\w’'-]+")
_TWO_NAMES: Final = re.compile(r"\b[^\W\d_a-zß-öø-ÿ][\w’'-]+ [^\W\d_a-zß-öø-ÿ][\w’'-]+")

_UNITS: Final = {
    word: value
    for value, said in enumerate(
        (
            "zero noll", "one en ett", "two två", "three tre", "four fyra", "five fem", "six sex",
            "seven sju", "eight åtta", "nine nio", "ten tio", "eleven elva", "twelve tolv",
            "thirteen tretton", "fourteen fjorton", "fifteen femton", "sixteen sexton",
            "seventeen sjutton", "eighteen arton", "nineteen nitton",
        )
    )
    for word in said.split()
}  # fmt: skip
_TENS: Final = {
    word: 10 * value
    for value, said in enumerate(
        (
            "twenty tjugo", "thirty trettio", "forty fyrtio", "fifty femtio", "sixty sextio",
            "seventy sjuttio", "eighty åttio", "ninety nittio",
        ),
        start=2,
    )
    for word in said.split()
}  # fmt: skip
_ORDINALS: Final = {
    word: value
    for value, word in enumerate(
        (
            "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
            "tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth",
            "seventeenth", "eighteenth", "nineteenth", "twentieth",
        ),
        start=1,
    )
}  # fmt: skip
_SMALL: Final = {**_UNITS, **_TENS, **_ORDINALS}
_LARGE: Final = {"hundred": 100, "hundra": 100, "thousand": 1_000, "tusen": 1_000,
                 "million": 1_000_000, "miljon": 1_000_000, "miljoner": 1_000_000}  # fmt: skip


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What a transcript can vouch for."""

    words: frozenset[str]
    numbers: frozenset[str]
    speakers: frozenset[str]
    contacts: frozenset[str]
    seconds: float
    is_german: bool


def heard(meeting: Meeting, *, language: str) -> Heard:
    """The words, numbers, names and contacts of a Meeting."""
    people = [each.name for each in meeting.attendees if each.name]
    speakers = frozenset({each.speaker for each in meeting.transcript if each.speaker} | {*people})
    texts = [each.text for each in meeting.transcript]
    contacts = {mail.lower() for each in meeting.attendees for mail in each.emails}
    contacts |= {digits_of(phone) for each in meeting.attendees for phone in each.phones}
    words = {word.lower() for text in (*texts, *speakers, meeting.title) for word in _words(text)}
    return Heard(
        words=frozenset(words),
        numbers=frozenset(number for text in texts for number in _numbers_said(text)),
        speakers=speakers,
        contacts=frozenset(contacts),
        seconds=max((each.end or each.start for each in meeting.transcript), default=0.0),
        is_german=language.lower().startswith("de"),
    )


def is_vouched(text: str, known: Heard) -> bool:
    """Whether every number and every name of a text was said."""
    numbers = {_plain(found) for found in _NUMBER.findall(text)}
    if not numbers <= known.numbers:
        return False
    # Every noun of German looks like a name: only names of two words are asked for there.
    names = (_TWO_NAMES if known.is_german else _NAME).findall(text)
    return all(word.lower() in known.words for name in names for word in _words(name))


def summary_of(answer: Answer, meeting: Meeting, *, template: Template, language: str) -> Summary:
    """The Summary of an Answer: capped, without strangers' addresses, doubtful bullets flagged."""
    known = heard(meeting, language=language)
    sections = tuple(_sections(answer, known, template))
    bullets = [bullet for section in sections for bullet in section.bullets]
    flagged = tuple(n for n, each in enumerate(bullets) if not is_vouched(each.text, known))
    steps = [_step(each.text, each.owner, each.due, known=known) for each in answer.next_steps]
    return Summary(
        origin=Origin.LLM,
        template=template.key,
        language=language,
        sections=sections,
        action_items=tuple(
            each for each in steps[:MAX_BULLETS] if each.text and is_vouched(each.text, known)
        ),
        flagged=flagged,
    )


def _sections(answer: Answer, known: Heard, template: Template) -> Iterator[Section]:
    left = MAX_BULLETS
    by_code = {each.slot: each for each in answer.slots}
    wanted = [
        Slot("outcome", "stated", (Point(answer.outcome),)),
        *(by_code.get(code, Slot(code, "unknown")) for code in template.slots),
        Slot("open_questions", "stated", tuple(Point(each) for each in answer.open_questions)),
    ]
    missing: list[Bullet] = []
    for slot in wanted:
        bullets = () if slot.status == "unknown" else _bullets(slot.points[:left], known)
        left -= len(bullets)
        if bullets:
            implied = ":implied" if slot.status == "implied" else ""
            yield Section(title=f"{slot.slot}{implied}", bullets=bullets)
        elif slot.slot in template.slots:
            missing.append(Bullet(text=slot.slot))
    if missing:
        yield Section(title="unknown", bullets=tuple(missing))


def _bullets(points: Sequence[Point], known: Heard) -> tuple[Bullet, ...]:
    made: list[Bullet] = []
    for point in points:
        text = _fit(point.text, known)
        at = point.at if point.at is not None and 0 <= point.at <= known.seconds else None
        speaker = point.speaker if point.speaker in known.speakers else ""
        if text:
            made.append(Bullet(text=text, speaker=speaker or "", at=at))
    return tuple(made)


def _step(text: str, owner: str | None, due: str | None, *, known: Heard) -> ActionItem:
    said_due = _fit(due or "", known)
    return ActionItem(
        text=_fit(text, known),
        owner=owner if owner in known.speakers and owner else "",
        due=said_due if is_vouched(said_due, known) else "",
    )


def _fit(text: str, known: Heard) -> str:
    def is_known(contact: str) -> bool:
        return contact.lower() in known.contacts or digits_of(contact) in known.contacts

    line = without_contacts(clean(text[: 4 * MAX_BULLET]).replace("\n", " "), known=is_known)
    line = " ".join(line.split())
    return line if len(line) <= MAX_BULLET else f"{line[: MAX_BULLET - 1].rstrip()}…"


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _plain(number: str) -> str:
    whole, _, rest = re.sub(r"[\u00a0\u202f ]", "", number).replace(",", ".").rpartition(".")
    if not whole:
        return rest.lstrip("0") or "0"
    return whole.replace(".", "") + (rest if len(rest) == 3 else f".{rest.rstrip('0')}").rstrip(".")


def _numbers_said(text: str) -> Iterator[str]:
    yield from (_plain(found) for found in _NUMBER.findall(text))
    total = current = 0
    is_open = False
    for word in [*re.findall(r"[^\W\d_]+", text.lower()), ""]:
        if word in _SMALL:
            current += _SMALL[word]
            yield str(_SMALL[word])
            is_open = True
        elif word in _LARGE and (is_open or word in {"hundred", "thousand"}):
            current = max(1, current) * _LARGE[word]
            if _LARGE[word] >= 1_000:
                total, current = total + current, 0
            is_open = True
        elif word != "and" and is_open:
            yield str(total + current)
            total = current = 0
            is_open = False
