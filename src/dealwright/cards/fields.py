"""Custom fields as rows: every one of the 16 types in the reader's language, with its link."""

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from dealwright.cards import links, names
from dealwright.cards.card import Button, Row, Target
from dealwright.cards.known import Known
from dealwright.cards.voice import Voice
from dealwright.core.record import FieldDefinition

_LONGEST: Final = 3000
_MOST_OPTIONS: Final = 100


class _Shown:
    """What a field's value looks like: text, and perhaps a link or a button."""

    __slots__ = ("link", "opens", "text")

    def __init__(self, text: str, *, link: str = "", opens: str = "") -> None:
        self.text, self.link, self.opens = text, link, opens


_Show = Callable[[Any, FieldDefinition, Known, Voice], _Shown]


def field_row(field: FieldDefinition, value: Any, known: Known, voice: Voice) -> Row | None:
    """The row of a field; None where it is not set. A type that nobody knows is shown as text."""
    if value is None or value in ("", [], {}):
        return None
    shown = _SHOWS.get(field.field_type, _text)(value, field, known, voice)
    if not shown.text.strip():
        return None
    text = shown.text if len(shown.text) <= _LONGEST else shown.text[: _LONGEST - 1] + "…"
    opened = Target(link=shown.opens)
    return Row(
        label=field.field_name,
        text=text,
        icon=_ICONS.get(field.field_type, "cf-text"),
        icon_label=field.field_name,
        link=shown.link,
        button=Button(label=voice.say("Open"), target=opened) if shown.opens else None,
    )


def _text(value: Any, field: FieldDefinition, known: Known, voice: Voice) -> _Shown:
    del field, known, voice
    text = value if isinstance(value, str) else _main(value)
    return _Shown(text, link=links.web_url(text))


def _large(value: Any, field: FieldDefinition, known: Known, voice: Voice) -> _Shown:
    del field, known, voice
    return _Shown(str(value))


def _number(value: Any, field: FieldDefinition, known: Known, voice: Voice) -> _Shown:
    del field, known
    return _Shown(voice.number(value))


def _money(value: Any, field: FieldDefinition, known: Known, voice: Voice) -> _Shown:
    del field
    parts = _parts(value)
    amount = parts.get("value", value if not parts else None)
    if amount is None:
        return _Shown("")
    currency = str(parts.get("currency") or known.lists.currency or "")
    return _Shown(voice.money(amount, currency))


def _option(value: Any, field: FieldDefinition, known: Known, voice: Voice) -> _Shown:
    del known
    labels = {str(one.id): one.label for one in field.options or ()}
    return _Shown(_option_label(value, labels, voice))


def _options(value: Any, field: FieldDefinition, known: Known, voice: Voice) -> _Shown:
    del known
    items = cast("list[Any]", value) if isinstance(value, list | tuple) else str(value).split(",")
    labels = {str(one.id): one.label for one in field.options or ()}
    told = (_option_label(item, labels, voice) for item in items[:_MOST_OPTIONS])
    left = len(items) - _MOST_OPTIONS
    more = [voice.say("{count} more", count=voice.count(left))] if left > 0 else []
    return _Shown(" · ".join([*told, *more]))


def _user(value: Any, field: FieldDefinition, known: Known, voice: Voice) -> _Shown:
    del field
    user = _id(value)
    name = str(_parts(value).get("name") or "") or names.member_name(known, voice, user)
    return _Shown(name, opens=links.user_url(known.company, user) if user else "")


def _organization(value: Any, field: FieldDefinition, known: Known, voice: Voice) -> _Shown:
    del field
    record = _id(value)
    found = names.organization_name(known, int(record)) if record else ""
    name = str(_parts(value).get("name") or "") or found
    return _record(known, "organization", record, name or voice.say("Organization {id}", id=record))


def _person(value: Any, field: FieldDefinition, known: Known, voice: Voice) -> _Shown:
    del field
    record = _id(value)
    found = known.persons.get(int(record)) if record else None
    name = str(_parts(value).get("name") or "") or (found.name if found else "")
    return _record(known, "person", record, name or voice.say("Person {id}", id=record))


def _phone(value: Any, field: FieldDefinition, known: Known, voice: Voice) -> _Shown:
    del field, known
    text, link = links.phone(_main(value), voice.reader.region)
    return _Shown(text, link=link)


def _time(value: Any, field: FieldDefinition, known: Known, voice: Voice) -> _Shown:
    del field, known
    parts = _parts(value)
    return _Shown(voice.clock(_main(value)) + _zone(parts, voice))


def _times(value: Any, field: FieldDefinition, known: Known, voice: Voice) -> _Shown:
    del field, known
    parts = _parts(value)
    return _Shown(voice.clocks(_main(value), parts.get("until")) + _zone(parts, voice))


def _day(value: Any, field: FieldDefinition, known: Known, voice: Voice) -> _Shown:
    del field, known
    return _Shown(voice.day(_main(value)))


def _days(value: Any, field: FieldDefinition, known: Known, voice: Voice) -> _Shown:
    del field, known
    return _Shown(voice.days(_main(value), _parts(value).get("until")))


def _address(value: Any, field: FieldDefinition, known: Known, voice: Voice) -> _Shown:
    del field, known, voice
    parts = _parts(value)
    pieces = (
        f"{parts.get('route') or ''} {parts.get('street_number') or ''}".strip(),
        f"{parts.get('postal_code') or ''} {parts.get('locality') or ''}".strip(),
        str(parts.get("country") or ""),
    )
    text = _main(value) if not parts or parts.get("value") else ", ".join(filter(None, pieces))
    return _Shown(text, link=links.map_url(text) if text.strip() else "")


_SHOWS: Final[dict[str, _Show]] = {
    "varchar": _text,
    "varchar_auto": _text,
    "text": _large,
    "double": _number,
    "monetary": _money,
    "set": _options,
    "enum": _option,
    "user": _user,
    "org": _organization,
    "people": _person,
    "phone": _phone,
    "time": _time,
    "timerange": _times,
    "date": _day,
    "daterange": _days,
    "address": _address,
}
_ICONS: Final = {
    "double": "cf-number", "monetary": "DOLLAR", "set": "cf-list", "enum": "cf-list",
    "user": "PERSON", "org": "STORE", "people": "PERSON", "phone": "PHONE", "time": "CLOCK",
    "timerange": "CLOCK", "date": "INVITE", "daterange": "INVITE", "address": "MAP_PIN",
    "text": "DESCRIPTION",
}  # fmt: skip


def _record(known: Known, kind: str, record: str, name: str) -> _Shown:
    opens = links.record_url(known.company, kind, record) if record else ""
    return _Shown(name if record else "", opens=opens)


def _parts(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _main(value: Any) -> str:
    parts = _parts(value)
    main = parts.get("value") if parts else value
    return "" if main is None else str(main)


def _id(value: Any) -> str:
    parts = _parts(value)
    text = str(parts.get("id", parts.get("value"))) if parts else str(value)
    return text if text.isascii() and text.isdecimal() and len(text) < 16 else ""


def _option_label(value: Any, labels: Mapping[str, str], voice: Voice) -> str:
    parts = _parts(value)
    if parts.get("label"):
        return str(parts["label"])
    wanted = str(parts.get("id", value)).strip()
    return labels.get(wanted) or voice.say("(removed option {id})", id=wanted)


def _zone(parts: Mapping[str, Any], voice: Voice) -> str:
    name = str(parts.get("timezone_name") or parts.get("timezone") or "")
    return f" ({name})" if name and name != voice.reader.zone else ""
