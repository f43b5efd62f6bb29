"""What a play differs in from what its fixture expects (fixtures/README.md, sections 6 and 8)."""

import html
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.numbers import format_decimal
from tests.cards.runner.stage import Played
from tests.cards.valid import faults

from dealwright.cards.locale import locale_of

_TEXT_KEYS: Final = frozenset(
    {"title", "subtitle", "header", "text", "topLabel", "bottomLabel", "label"}
)
_MARKS: Final = frozenset(
    "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
_TOP: Final = {
    "render": {"action", "hostAppAction"},
    "submit": {"renderActions", "stateChanged"},
    "autocomplete": {"autoComplete"},
}
_PROMPTS: Final = frozenset(
    {"custom_authorization_prompt", "basic_authorization_prompt", "requesting_google_scopes"}
)
_HUB: Final = "hub default"
_PREFIXES: Final = ("/api/v2/", "/api/v1/", "/v1/")
_ROOT: Final = re.compile(r"<html\b[^>]*>", re.IGNORECASE)
_DIR: Final = re.compile(r'\bdir="?(rtl|ltr)\b', re.IGNORECASE)


def differences(played: Played) -> list[str]:
    """Everything that is not as expected, one sentence each; nothing at all is a pass."""
    found = [one for check in _CHECKS for one in check(played)]
    return [*found, *played.outdoors.faults]


def plain(text: str) -> str:
    """A text as README 6 makes it comparable."""
    text = re.sub(r"</?(b|i|u|s|strike|font|a|time)\b[^<>]*>", "", re.sub(r"<br\s*/?>", " ", text))
    text = html.unescape(text)
    text = unicodedata.normalize("NFC", text).replace("\u066b", ".").replace("\u066c", ",")
    digits = (
        str(unicodedata.decimal(c)) if unicodedata.decimal(c, None) is not None else c
        for c in text
        if c not in _MARKS
    )
    return re.sub(r"\s+", " ", "".join(digits)).strip()


def visible_text(node: Any, key: str = "") -> str:
    """Every text that is shown, line by line."""
    if isinstance(node, str):
        return plain(node) if key in _TEXT_KEYS else ""
    items: Any = (
        node.items()
        if isinstance(node, dict)
        else [(key, one) for one in node]
        if isinstance(node, list)
        else []
    )
    return "\n".join(filter(None, (visible_text(value, name) for name, value in items)))


def _body(played: Played) -> Any:
    try:
        return played.answer.json()
    except ValueError:
        return None


def _render(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        return {}
    inner = body.get("renderActions", body)
    return inner.get("action", {}) if isinstance(inner, dict) else {}


def _card(body: Any) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for one in _render(body).get("navigations", ()):
        shown = one.get("pushCard") or one.get("updateCard") or shown
    return shown


def _status(played: Played) -> Iterator[str]:
    wanted, status = played.fixture.entry.expect.status, played.answer.status_code
    if wanted is not None and status != wanted:
        yield f"status: expected {wanted}, got {status}: {played.answer.text[:300]}"


def _kind(played: Played) -> Iterator[str]:
    kind, body = played.fixture.entry.expect.kind, _body(played)
    if kind is None:
        return
    keys = set(body) if isinstance(body, dict) else set()
    if kind == "auth":
        fits = len(keys) == 1 and keys <= _PROMPTS
    else:
        fits = bool(keys) and keys <= _TOP[kind]
    if not fits:
        yield f"kind: expected {kind}, got {sorted(keys)}"
    yield from (f"kind: {fault}" for fault in faults(body, kind=kind))


def _name_of_card(played: Played) -> Iterator[str]:
    wanted, name = played.fixture.entry.expect.card, _card(_body(played)).get("name")
    if wanted is not None and name not in wanted.split("|"):
        yield f"card: expected {wanted}, got {name}"


def _lookup(played: Played) -> Iterator[str]:
    address, body = played.fixture.entry.expect.lookup, _body(played)
    if address is None:
        return
    card = _card(body)
    person = _person(played.seed, address)
    if person is None:
        if card.get("name") != "none":
            yield f"lookup: expected none, got {card.get('name')}"
        if not any(form in visible_text(card).casefold() for form in _forms(address)):
            yield f"lookup: {address} is not shown"
        return
    if card.get("name") != "contact":
        yield f"lookup: expected contact, got {card.get('name')}: {visible_text(body)[:300]}"
    if person["name"] not in card.get("header", {}).get("title", ""):
        yield f"lookup: the header is {card.get('header')}"
    if not any(link.endswith(f"/person/{person['id']}") for link in _links(body)):
        yield f"lookup: no link to person {person['id']}"


def _person(seed: dict[str, Any], address: str) -> dict[str, Any] | None:
    wanted = address.casefold()
    for person in seed["persons"]:
        if wanted in {one["value"].casefold() for one in person["emails"]}:
            return person
    return None


def _forms(address: str) -> set[str]:
    """An address with its domain in ASCII, and in Unicode."""
    local, _, host = address.casefold().rpartition("@")
    found = {f"{local}@{host}"}
    for codec in (lambda: host.encode("idna").decode(), lambda: host.encode().decode("idna")):
        try:
            found.add(f"{local}@{codec()}")
        except UnicodeError:
            continue
    return found


def _links(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "openLink":
                yield value["url"]
            yield from _links(value)
    elif isinstance(node, list):
        for one in node:
            yield from _links(one)
    elif isinstance(node, str):
        yield from re.findall(r'href="([^"]*)"', node)


def _texts(played: Played) -> Iterator[str]:
    expect = played.fixture.entry.expect
    shown = visible_text(_body(played))
    wanted = [*expect.contains, *([expect.name] if expect.name else [])]
    for text in wanted:
        if plain(text) not in shown:
            yield f"not shown: {text!r} in {shown[:1500]!r}"


def _locale(played: Played) -> Iterator[str]:
    wanted = played.fixture.entry.expect.locale
    if wanted is None:
        return
    locale = _tag(played.seed["hub"]["locale"] if wanted == _HUB else wanted)
    shown = visible_text(_body(played))
    for text in (
        format_date(date(2026, 11, 5), "medium", locale=locale),
        format_decimal(12500, "#,##0.00", locale=locale),
    ):
        if plain(text) not in shown:
            yield f"locale {wanted}: {text!r} is not shown in {shown[:1500]!r}"


def _time_zone(played: Played) -> Iterator[str]:
    expect = played.fixture.entry.expect
    wanted = expect.time_zone
    if wanted is None:
        return
    common = played.event.get("commonEventObject") or {}
    tag = expect.locale or common.get("userLocale") or _HUB
    usable = tag != _HUB and locale_of(tag) is not None
    locale = _tag(tag if usable else played.seed["hub"]["locale"])
    zone = played.seed["hub"]["time_zone"] if wanted == _HUB else wanted
    at = datetime(2026, 12, 1, 9, 20, tzinfo=UTC).astimezone(ZoneInfo(zone))
    text = format_time(at.time(), "short", locale=locale)
    if plain(text) not in visible_text(_body(played)):
        yield f"time zone {wanted}: {text!r} is not shown"


def _tag(tag: str) -> Any:
    found = locale_of(tag)
    assert found is not None, tag
    return found


def _rtl(played: Played) -> Iterator[str]:
    wanted = played.fixture.entry.expect.rtl
    if wanted is None:
        return
    root = _ROOT.search(played.page)
    direction = _DIR.search(root[0]) if root else None
    if (direction is not None and direction[1].lower() == "rtl") is not wanted:
        yield f"rtl: expected {wanted}, got {root[0] if root else played.page[:200]}"


def _prompt(played: Played) -> Iterator[str]:
    expect, body = played.fixture.entry.expect, _body(played)
    if expect.prompt is not None and list(body or ()) != [expect.prompt]:
        yield f"prompt: expected {expect.prompt}, got {body}"
    if expect.scopes is not None:
        asked = (body or {}).get("requesting_google_scopes", {}).get("scopes", [])
        if sorted(asked) != sorted(expect.scopes):
            yield f"scopes: expected {expect.scopes}, got {asked}"


def _notification(played: Played) -> Iterator[str]:
    wanted = played.fixture.entry.expect.notification
    there = _render(_body(played)).get("notification", {}).get("text", "")
    if wanted is not None and bool(there) is not wanted:
        yield f"notification: expected {wanted}, got {there!r}"


def _writes(played: Played) -> Iterator[str]:
    wanted = played.fixture.entry.expect.writes
    done = tuple(f"{one.method} {_short(one.path)}" for one in played.calls if one.method != "GET")
    if wanted is not None and done != wanted:
        yield f"writes: expected {wanted}, got {done}: {visible_text(_body(played))[:300]}"


def _short(path: str) -> str:
    return next((path.removeprefix(one) for one in _PREFIXES if path.startswith(one)), path)


def _activities(played: Played) -> Iterator[str]:
    expect = played.fixture.entry.expect
    rows = played.sandbox.records("activities")
    if expect.done is not None:
        number = played.event["commonEventObject"]["parameters"]["a"]
        (row,) = [one for one in rows if str(one["id"]) == number]
        if row["done"] is not expect.done:
            yield f"done: expected {expect.done}, got {row['done']}"
    if expect.due_date is None and expect.due_time_local is None:
        return
    known = {one["id"] for one in played.seed["activities"]}
    added = [one for one in rows if one["id"] not in known]
    if len(added) != 1:
        yield f"due: {len(added)} activities were added"
        return
    day, at = _local(added[0], played)
    if expect.due_date not in {None, day}:
        yield f"due_date: expected {expect.due_date}, got {day}"
    if expect.due_time_local not in {None, at}:
        yield f"due_time_local: expected {expect.due_time_local}, got {at}"


def _local(row: dict[str, Any], played: Played) -> tuple[str, str]:
    day, at = row["due_date"], row["due_time"] or ""
    if not at:
        return day, ""
    zone = ((played.event["commonEventObject"].get("timeZone")) or {}).get("id")
    try:
        there = ZoneInfo(zone or played.seed["hub"]["time_zone"])
    except (ValueError, OSError, LookupError):
        there = ZoneInfo(played.seed["hub"]["time_zone"])
    moment = datetime.combine(date.fromisoformat(day), time.fromisoformat(at), tzinfo=UTC)
    local = moment.astimezone(there)
    return local.date().isoformat(), local.strftime("%H:%M")


def _calls(played: Played) -> Iterator[str]:
    expect = played.fixture.entry.expect
    gmail, pipedrive = len(played.outdoors.asked), len(played.calls)
    if expect.gmail_calls not in {None, gmail}:
        yield f"gmail_calls: expected {expect.gmail_calls}, got {gmail}"
    if expect.pipedrive_calls not in {None, pipedrive}:
        yield f"pipedrive_calls: expected {expect.pipedrive_calls}, got {pipedrive}"


def _refused(played: Played) -> Iterator[str]:
    """Section 8: a refused request sends nothing anywhere, and makes no Delivery."""
    expect = played.fixture.entry.expect
    text = played.fixture.body
    if not (
        expect.status in {400, 401}
        or expect.kind == "auth"
        or "{{STATE_EXPIRED}}" in text
        or "{{STATE_OTHER_USER}}" in text
    ):
        return
    sent = [f"{one.method} {one.path}" for one in played.calls]
    sent += [one.url for one in played.outdoors.asked]
    if sent or played.deliveries:
        yield f"refused, and yet: {sent}, {played.deliveries} Deliveries"
    if expect.status in {400, 401}:
        body = _body(played)
        if not isinstance(body, dict) or _card(body):
            yield "refused with something that is no plain JSON"


def _schema(played: Played) -> Iterator[str]:
    wanted = played.fixture.entry.event_schema_valid
    found = faults(played.event, kind="event")
    if wanted is not None and (not found) is not wanted:
        yield f"event_schema_valid: expected {wanted}, found {found}"


def _secrecy(played: Played) -> Iterator[str]:
    """Nothing of tokens and messages in the log."""
    told = [*played.tokens]
    reply = json.dumps(played.fixture.entry.gmail_reply or {})
    told += re.findall(r"[\w.]+@[\w.]+|Offer 2026-118", reply)
    yield from (f"logged: {one[:30]}" for one in set(told) if one in played.logged)


_CHECKS: Final[tuple[Callable[[Played], Iterator[str]], ...]] = (
    _status,
    _kind,
    _name_of_card,
    _lookup,
    _texts,
    _locale,
    _time_zone,
    _rtl,
    _prompt,
    _notification,
    _writes,
    _activities,
    _calls,
    _refused,
    _schema,
    _secrecy,
)
