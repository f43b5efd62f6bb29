"""What holds for every fixture (fixtures/README.md, section 9)."""

import html
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any, Final

import msgspec
from tests.meetings.runner.stage import DUMMY, Played, snapshot

_TAGS: Final = frozenset({"h4", "p", "b", "i", "ul", "ol", "li", "a", "br"})
_ATTRIBUTES: Final = frozenset({"href", "rel"})
_URL: Final = re.compile(r"https?://[^\s\"'<>]*", re.IGNORECASE)
_SCHEMES: Final = re.compile(r"(java|vb)script:", re.IGNORECASE)
_PROOFS: Final = frozenset(
    {
        "webhook-signature",
        "x-zm-signature",
        "x-hub-signature",
        "x-hub-signature-256",
        "x-read-signature",
        "x-signature",
        "authorization",
    }
)
_SHORTEST: Final = 5
_MOST_LINES: Final = 12
_MOST_CHARACTERS: Final = 1500


def sent(played: Played, kind: str, record_id: Any) -> list[dict[str, Any]]:
    """What was sent and taken of a note or an activity, the last first."""
    found: list[dict[str, Any]] = []
    for one in played.exchanges:
        path = one.request.path.rstrip("/")
        if one.request.method == "GET" or not one.request.body or not 200 <= one.status < 300:
            continue
        made = path.endswith(f"/{kind}") and _answered_id(one.answer) == record_id
        if made or path.endswith(f"/{kind}/{record_id}"):
            found.append(msgspec.json.decode(one.request.body))
    return found[::-1]


def _answered_id(answer: bytes) -> Any:
    told = msgspec.json.decode(answer)
    return (told.get("data") or {}).get("id")


def differences(played: Played) -> Iterator[str]:
    """What does not hold, one sentence each."""
    yield from _records(played)
    yield from _texts(played)
    yield from _quotations(played)
    yield from _secrets(played)
    if [one for one in played.answers if one.status_code >= 500]:
        yield "a delivery was answered with 5xx"
    yield from played.player.faults
    yield from (f"never asked for: {url}" for url in played.player.unused())


def _records(played: Played) -> Iterator[str]:
    for name, rows in snapshot(played.sandbox).items():
        known = {one["id"]: one for one in played.before[name]}
        now = {one["id"]: one for one in rows}
        for record_id, before in known.items():
            after = now.get(record_id)
            if after is None or _bare(after) != _bare(before):
                yield f"{name} {record_id} has changed: {before} {after}"
        if name != "persons" and now.keys() - known.keys():
            yield f"{name}: there are new ones"
    for call in played.sandbox.calls:
        if call.method == "DELETE" and 200 <= call.status < 300:
            yield f"deleted: {call.path}"


def _bare(record: dict[str, Any]) -> dict[str, Any]:
    # What an activity or a note changes on its person and deal by itself.
    counted = re.compile(r"(update_time|.*_count|.*activit.*)")
    return {name: value for name, value in record.items() if not counted.fullmatch(name)}


def _bodies(played: Played) -> list[dict[str, Any]]:
    return [
        msgspec.json.decode(one.request.body)
        for one in played.exchanges
        if one.request.method != "GET" and one.request.body
    ]


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _texts(played: Played) -> Iterator[str]:
    page = f"{played.fixture.config.base_url}/s/"
    for body in _bodies(played):
        for text in _strings(body):
            for url in _URL.findall(text):
                if not url.startswith(page):
                    yield f"sent to Pipedrive: {url}"
            if _SCHEMES.search(text):
                yield f"a scheme was sent to Pipedrive: {text!r}"
        markup = body.get("content") or body.get("note")
        if markup is not None:
            if page not in markup:
                yield f"no link to the meeting's page: {markup!r}"
            reader = _Reader()
            reader.feed(markup)
            yield from reader.faults


class _Reader(HTMLParser):
    """Finds tags and attributes that are not allowed."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            self.faults.append(f"the tag {tag} was sent")
        self.faults += [
            f"the attribute {name} was sent" for name, _ in attrs if name not in _ATTRIBUTES
        ]

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"a comment was sent: {data}")


def _quotations(played: Played) -> Iterator[str]:
    """What was said and what was sent; a note that was replaced may have been a local one."""
    sent_at_all = [_plain(text) for body in _bodies(played) for text in _strings(body)]
    standing = {_plain(text) for body in _standing(played) for text in _strings(body)}
    spoken = [one for one in map(_plain, played.transcript) if len(one.split()) >= _SHORTEST]
    shown = played.meetings[0]["summary_origin"] if played.meetings else "none"
    for text in sent_at_all:
        quoted = [one for one in dict.fromkeys(spoken) if one in text]
        if quoted and shown != "local" and text in standing:
            yield f"an utterance was sent: {quoted[0]!r}"
        if len(quoted) > _MOST_LINES or sum(map(len, quoted)) > _MOST_CHARACTERS:
            yield f"{len(quoted)} utterances were sent"


def _standing(played: Played) -> Iterator[dict[str, Any]]:
    """What was sent last of every record."""
    for kind in ("notes", "activities", "persons"):
        for record in played.sandbox.records(kind):
            yield from sent(played, kind, record["id"])[:1]


def _plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


def _secrets(played: Played) -> Iterator[str]:
    fixture = played.fixture
    proofs = [
        value
        for one in fixture.deliveries
        for name, value in one.headers.items()
        if name in _PROOFS
    ]
    hidden = [*fixture.secrets.values(), *proofs, f"Bearer {DUMMY}"]
    told = json.dumps([played.logs, played.meetings, played.pages], default=str, ensure_ascii=False)
    said = "\n".join(
        [
            told,
            *(trace.decode() for trace in played.traces),
            *((one.request.body or b"").decode() for one in played.exchanges),
        ]
    )
    yield from (f"a secret is told: {one[:8]}…" for one in hidden if one and one in said)
