"""Every parser that meets bytes from outside. Others are in the files beside it, `targets_*.py`.

A target is a function of one input, under `@target(inputs)`. `mangled([...])` breaks samples of
bytes, `texts(...)` samples of text; any strategy of hypothesis does.
"""

import base64
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import phonenumbers  # noqa: F401 - loaded here, so that no input pays for it
from hypothesis import strategies as st
from tests.fuzz import doors
from tests.fuzz.harness import target
from tests.fuzz.mangle import mangled, packed, texts
from tests.fuzz.samples import (
    ANSWER,
    BATCH,
    CLOUDEVENT,
    CLOUDEVENT_64,
    CONFIG,
    EVENT,
    EXPORT,
    HTML,
    MAPPING,
    REFUSAL,
    SCOPE,
    SIGNED,
    TEMPLATES,
    TOLD,
    TRACK,
    TRIGGERS,
)

from dealwright.actionbook import actions
from dealwright.core import cloudevents, identifier, standardwebhook
from dealwright.core.apikey import is_api_key
from dealwright.core.coerce import coerce
from dealwright.core.directives import compile_directives, mapping_faults
from dealwright.core.draft import draft_faults, read_draft
from dealwright.core.event import moment_ms, open_event
from dealwright.core.html import note_html, plain, same_html
from dealwright.core.intake import check_event, read_batch
from dealwright.core.liquid import compile_liquid
from dealwright.core.mappingkit.absence import Effort
from dealwright.core.moment import day_of, read_day, read_length, read_moment, read_time
from dealwright.core.record import Person, RecordKind
from dealwright.core.segment_export import read_export
from dealwright.core.segment_import import bring
from dealwright.core.ssrf import aim, allow_list, callable_addresses
from dealwright.core.trigger import (
    compile_trigger,
    explain_trigger,
    print_trigger,
    trigger_warnings,
)
from dealwright.core.webhook import read_told, record_of
from dealwright.pipedrive.oauth import SERVER, api_domain_of
from dealwright.pipedrive.wire import Request, Response, decipher, limits
from dealwright.pipeline.config_file import parse_config
from dealwright.pipeline.table_rows import read_columns, rows
from dealwright.web.api.paging import cursor_before, place_of
from dealwright.web.auth.site import Site, check_origin
from dealwright.web.auth.tokens import csrf_token, hash_recovery_code, hash_token, is_same

ACTIONS = dict(actions())


#: What the reader of a file says of what is no JSON; a Mapping says it in words.
_UNREADABLE = (msgspec.DecodeError, UnicodeError, RecursionError)


# -- events by HTTP


@target(mangled([EVENT, TRACK, BATCH]), share=2)
def tracking_bodies(body: bytes) -> None:
    for path in ("/v1/batch", "/v1/identify"):
        doors.call(
            doors.hub(), "POST", path, body=body, headers={"authorization": doors.AUTHORIZED}
        )


@target(packed(mangled([EVENT, BATCH])))
def tracking_packed(body: bytes) -> None:
    for encoding in (b"gzip", b"deflate"):
        headers = {"authorization": doors.AUTHORIZED, "content-encoding": encoding}
        doors.call(doors.hub(), "POST", "/v1/batch", body=body, headers=headers)


@target(
    st.tuples(
        mangled([b"Basic d3JpdGUta2V5Og==", b"Bearer x"]), mangled([b"gzip", b"writeKey=a%41&x"])
    )
)
def tracking_headers(sent: tuple[bytes, bytes]) -> None:
    head, other = sent
    headers = {"authorization": head, "content-encoding": other, "content-type": other}
    doors.call(doors.hub(), "POST", "/v1/track", body=TRACK, headers=headers)
    doors.call(doors.hub(), "POST", "/beacon/v1/batch", body=BATCH, query=other)


@target(texts("/v1/batch", "/v1/projects/x/settings", "/sourceConfig", "/hooks/events/segment"))
def paths(path: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        doors.call(doors.hub(), method, f"/{path}".replace("//", "/", 1), query=b"writeKey=%ff")


@target(mangled([EVENT, TRACK, BATCH]))
def logged_events(payload: bytes) -> None:
    """What the door lets through is read again by the drain."""
    for body in (
        (payload, *map(bytes, read_batch(payload).batch)) if b"batch" in payload else (payload,)
    ):
        check_event(body)
        open_event(body, envelope=None, received_at_ms=1, sent_at_ms=2, message_id="m")


# -- webhooks of others


@target(mangled([CLOUDEVENT, CLOUDEVENT_64, b"[" + CLOUDEVENT + b"," + CLOUDEVENT_64 + b"]"]))
def cloudevents_structured(body: bytes) -> None:
    for kind in (b"application/cloudevents+json", b"application/cloudevents-batch+json"):
        headers = {"authorization": doors.AUTHORIZED, "content-type": kind}
        doors.call(doors.hub(), "POST", "/hooks/events/cloudevents", body=body, headers=headers)


@target(
    st.tuples(
        mangled([b"1.0", b"order.paid", b"/a%20b", b'"q"']),
        mangled([b"application/json", b"text/plain; charset=x", b"application/x+json"]),
        mangled([b'{"userId":7}', b"\xff\xfe", b"hej"]),
    )
)
def cloudevents_binary(sent: tuple[bytes, bytes, bytes]) -> None:
    value, kind, body = sent
    text = value.decode("latin-1")
    headers = {"ce-id": text, "ce-source": text, "ce-type": text, "ce-x": text}
    headers |= {"ce-specversion": "1.0", "content-type": kind.decode("latin-1")}
    check_event(cloudevents.track_of(cloudevents.read_one(headers, body)))


@target(mangled([SIGNED, b'{"type":1,"data":[1]}']))
def standard_webhooks_bodies(body: bytes) -> None:
    check_event(standardwebhook.track_of(body, message_id="m-1", source_id=7))


@target(
    st.tuples(
        mangled([b"msg_1"]),
        mangled([b"1793613600"]),
        mangled([b"v1,aGVq v1a,x v1,"]),
        mangled([SIGNED]),
    )
)
def standard_webhooks_signatures(sent: tuple[bytes, ...]) -> None:
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    headers = {name: raw.decode("latin-1") for name, raw in zip(names, sent, strict=False)}
    secret = "whsec_" + base64.b64encode(b"k" * 24).decode()
    standardwebhook.verify(sent[3], headers, secrets=[secret], now=doors.NOW)


@target(mangled([EVENT, TRACK]))
def segment_webhooks(body: bytes) -> None:
    headers = {"authorization": doors.AUTHORIZED}
    doors.call(doors.hub(), "POST", "/hooks/events/segment", body=body, headers=headers)


@target(mangled([TOLD]), share=2)
def pipedrive_webhooks(body: bytes) -> None:
    told = read_told(body)
    for kind in RecordKind:
        if isinstance(told.data, dict):
            record_of(kind, told.data)


@target(
    st.tuples(
        mangled([ANSWER, REFUSAL, b"<html>"]),
        st.sampled_from([200, 201, 400, 401, 403, 404, 410, 429, 500]),
        texts("2", "Mon, 02 Nov 2026 10:00:00 GMT"),
    )
)
def pipedrive_answers(sent: tuple[bytes, int, str]) -> None:
    body, status, header = sent
    headers = {"retry-after": header, "x-ratelimit-remaining": header, "x-ratelimit-reset": header}
    limits(headers)
    request = Request(method="GET", path="/api/v2/persons/7", operation="x", tokens=1)
    decipher(request, Response(status=status, headers=headers, body=body), Person)


# -- sign-in


@target(
    st.tuples(
        mangled([b"state=a%20b&code=c&error=access_denied"]),
        mangled([b"__Host-dealwright-oauth=x; a=b; c"]),
    )
)
def oauth_callbacks(sent: tuple[bytes, bytes]) -> None:
    query, cookie = sent
    doors.call(doors.callback(), "GET", doors.CALLBACK, query=query, headers={"cookie": cookie})


@target(
    st.tuples(mangled([b'{"client_id":"a","company_id":1,"user_id":2}']), mangled([b"Basic YTpi"]))
)
def oauth_uninstalls(sent: tuple[bytes, bytes]) -> None:
    body, head = sent
    doors.call(
        doors.callback(), "DELETE", doors.CALLBACK, body=body, headers={"authorization": head}
    )


@target(
    texts(
        "https://acme.pipedrive.com",
        "http://127.0.0.1:8900",
        "https://a.pipedrive.com.evil.example",
    )
)
def oauth_domains(told: str) -> None:
    api_domain_of(told, server=SERVER)


@target(
    st.tuples(
        texts("hub.example", "localhost:8787", "[::1]:1"),
        texts("https://hub.example", "null"),
        texts("127.0.0.1"),
    )
)
def session_places(sent: tuple[str, str, str]) -> None:
    host, origin, peer = sent
    for public_url in (None, "https://hub.example"):
        place = Site(public_url).place({"host": host}, scheme="http", peer=peer)
        check_origin({"origin": origin, "sec-fetch-site": origin}, place)


@target(texts("dw_0123456789abcdef", "abcde-fghjk", "session"))
def session_tokens(text: str) -> None:
    hash_token(text)
    is_api_key(text)
    hash_recovery_code(1, text)
    is_same(text, csrf_token(text))


@target(texts(cursor_before("events", 7), cursor_before("deliveries", 2**61)))
def api_cursors(text: str) -> None:
    place_of(text, of="events")


# -- what people write


@target(texts(*TRIGGERS), share=2)
def fql(text: str) -> None:
    compile_trigger(text)(SCOPE)
    print_trigger(text)
    trigger_warnings(text)
    explain_trigger(text, SCOPE)


@target(mangled([json.dumps(MAPPING).encode()], changes=40), share=2)
def mapping_json(body: bytes) -> None:
    draft = read_draft(_document(body))
    draft_faults(draft, ACTIONS)
    mapping_faults(draft.fields)
    resolved = compile_directives(draft.fields)(SCOPE)
    coerce(ACTIONS["upsert_person"], resolved)


def _document(body: bytes) -> object:
    """What a file holds; what is no JSON is the reader's to refuse."""
    try:
        return msgspec.json.decode(body)
    except _UNREADABLE:
        return None


@target(texts(*TEMPLATES), share=2)
def liquid(text: str) -> None:
    compile_liquid(text, Effort())(SCOPE)


@target(texts(CONFIG), share=0.3)
def config_yaml(text: str) -> None:
    parse_config(text, Path("dealwright.yaml"))


# -- files


@target(mangled([b"userId,traits.email,type\nu-1,a@x.example,identify\n", b'a;b\r\n"x""y";2\r\n']))
def csv_files(body: bytes) -> None:
    columns = read_columns([], {"type": "identify"})
    for row in rows(io.BytesIO(body), columns):
        check_event(row)


@target(mangled([EVENT + b"\n" + TRACK + b"\n\n" + EVENT]))
def jsonl_files(body: bytes) -> None:
    for line in body.splitlines():
        check_event(line)


@target(mangled([json.dumps(EXPORT).encode()], changes=40))
def segment_exports(body: bytes) -> None:
    bring(read_export([_document(body)]), ACTIONS, {})


# -- values


class _Reader(HTMLParser):
    """Looks for what a browser would run."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        runs = [
            name
            for name, value in attrs
            if name.startswith("on")
            or name == "style"
            or (
                name in {"href", "src"}
                and re.match(r"\s*(?:javascript|data|vbscript):", value or "")
            )
        ]
        if runs or tag in {"script", "style", "iframe", "object", "embed", "svg", "math", "form"}:
            raise AssertionError(self.rawdata)


@target(mangled(HTML))
def html(body: bytes) -> None:
    text = body.decode("utf-8", "replace")
    made = note_html(text, field="content")
    plain(made)
    _Reader().feed(made)
    if not same_html(made, made):
        raise AssertionError("not the same as itself")


@target(
    texts("Ada <ada@x.example>", "ada@bücher.example", "+46 70-123 45 67 ext. 8", "0049 (0) 30 1"),
    share=2,
)
def identifiers(text: str) -> None:
    identifier.email(text)
    identifier.phone(text, region="SE")
    identifier.record_id(text)
    identifier.external_id(text)
    identifier.name(text)


@target(texts("2026-11-02T10:00:00+01:00", "1793613600000", "10:30", "1h 30m", "2026-11-02"))
def moments(text: str) -> None:
    for read in (read_moment, read_day, read_time, read_length, moment_ms):
        read(text)
    if read_day(text):
        day_of(text, zone="Europe/Tallinn")


@target(
    texts(
        "https://files.example/a?b=c#d",
        "http://user:p@[::1]:80/",
        "https://0x7f.1/",
        "https://bücher.example:443/",
    )
)
def urls_of_others(text: str) -> None:
    for allowed in (allow_list([]), allow_list(["10.0.0.0/8", "llm.internal:8000"])):
        found = aim(text, allowed=allowed)
        callable_addresses(found, ["127.0.0.1"], allowed=allowed)
        raise AssertionError("led inside")
