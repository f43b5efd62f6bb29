"""The page at `/`: looking on, and bringing about what Pipedrive and its people do."""

import re
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

import msgspec

from dealwright.sandbox import pageparts
from dealwright.sandbox.answers import Answer, Header, encode
from dealwright.sandbox.clock import ClockError
from dealwright.sandbox.company import Company
from dealwright.sandbox.edit import Edit, edit
from dealwright.sandbox.exchange import Exchange
from dealwright.sandbox.pageform import FORMS, changes, form_html
from dealwright.sandbox.pageparts import CALLS, PRESETS, TABS
from dealwright.sandbox.records import Key
from dealwright.sandbox.state import StateError

if TYPE_CHECKING:
    from dealwright.sandbox.app import Sandbox

Query = Mapping[str, str]
_FILES = {
    "/_page/page.css": ("page.css", b"text/css; charset=utf-8"),
    "/_page/page.js": ("page.js", b"text/javascript; charset=utf-8"),
    "/oauth/page.css": ("page.css", b"text/css; charset=utf-8"),
}
_SECURITY: tuple[Header, ...] = (
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        b"img-src data:; form-action 'self'; frame-ancestors 'none'",
    ),
    (b"referrer-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
_HTML = b"text/html; charset=utf-8"
_PLACE = re.compile(r"\{\{(\w+)\}\}")
_STEPS = (("3 s", 3), ("1 min", 60), ("1 hour", 3600), ("1 day", 86_400))


@cache
def _bytes(name: str) -> bytes:
    return (Path(__file__).parent / "static" / name).read_bytes()


def static(path: str) -> Answer | None:
    """One of the page's own files."""
    known = _FILES.get(path)
    if known is None:
        return None
    return Answer(
        200, _bytes(known[0]), content_type=known[1], headers=((b"cache-control", b"no-cache"),)
    )


def answer_page(sandbox: "Sandbox", exchange: Exchange) -> Answer:
    """The page, its parts as they are now, and what its forms send."""
    query = dict(parse_qsl(exchange.query_string))
    form = dict(parse_qsl(exchange.body.decode("utf-8", "replace"), keep_blank_values=True))
    match exchange.method, exchange.path:
        case "GET", "/":
            return _whole(sandbox, query)
        case "GET", "/_page/parts":
            return _parts(sandbox, query)
        case "GET", "/_page/edit":
            company = _company(sandbox, query)
            html = form_html(company, TABS[_tab(query)][0], _key(query.get("edit", "")))
            return Answer(200, html.encode(), content_type=_HTML)
        case "POST", path if path in _DEEDS:
            return _done(exchange, form, _DEEDS[path](sandbox, form))
        case _:
            return Answer(404, b"There is no such page.", content_type=b"text/plain")


def _company(sandbox: "Sandbox", query: Query) -> Company:
    asked = query.get("company", "")
    known = sandbox.world.companies.get(int(asked) if asked.isdecimal() else 0)
    return known or sandbox.world.default_company


def _tab(query: Query) -> str:
    asked = query.get("tab", "")
    return asked if asked in TABS else "persons"


def _key(text: str) -> Key | None:
    if not text:
        return None
    return int(text) if text.isdecimal() else text


def _drawn(sandbox: "Sandbox", query: Query) -> dict[str, str]:
    company = _company(sandbox, query)
    return {
        "status": pageparts.status(sandbox, company),
        "records": pageparts.records(company, _tab(query)),
        "faults": pageparts.faults(sandbox),
        "deliveries": pageparts.deliveries(sandbox),
    }


def _parts(sandbox: "Sandbox", query: Query) -> Answer:
    sandbox.world.agenda.run_due()
    since = query.get("since", "0")
    calls = sandbox.log.since(int(since) if since.isdecimal() else 0)[-CALLS:]
    body = {
        "parts": _drawn(sandbox, query),
        "calls": pageparts.call_lines(calls),
        "next": sandbox.log.count,
    }
    return Answer(200, encode(body), headers=((b"cache-control", b"no-store"),))


def _whole(sandbox: "Sandbox", query: Query) -> Answer:
    company, tab = _company(sandbox, query), _tab(query)
    kind = TABS[tab][0]
    values = {
        **_drawn(sandbox, query),
        "company": escape(company.name),
        "companies": _companies(sandbox, company),
        "company_id": str(company.id),
        "tab": tab,
        "tabs": "\n".join(_tab_link(company, name, here=name == tab) for name in TABS),
        "calls": pageparts.call_lines(sandbox.log.since(sandbox.log.count - CALLS)),
        "next": str(sandbox.log.count),
        "edit": form_html(company, kind, _key(query.get("edit", ""))),
        "said": escape(query.get("said", "")),
        "steps": "\n".join(
            f'<button name="advance_s" value="{seconds}">+ {label}</button>'
            for label, seconds in _STEPS
        ),
        "token": escape(sandbox.token),
        "new": f"/?{urlencode({'tab': tab, 'company': company.id})}#edit",
        "kind": kind,
    }
    html = _PLACE.sub(lambda place: values[place[1]], _bytes("page.html").decode())
    return Answer(200, html.encode(), content_type=_HTML, headers=_SECURITY)


def _tab_link(company: Company, tab: str, *, here: bool) -> str:
    current = ' aria-current="page"' if here else ""
    href = f"/?tab={tab}&amp;company={company.id}"
    return f'<li><a href="{href}" data-tab="{tab}"{current}>{tab.capitalize()}</a></li>'


def _companies(sandbox: "Sandbox", here: Company) -> str:
    others = [row for row in sandbox.world.companies.values() if row is not here]
    links = "".join(f' <a href="/?company={row.id}">{escape(row.name)}</a>' for row in others)
    return f'<span class="hint">Also here:{links}</span>' if others else ""


def _done(exchange: Exchange, form: Query, said: str) -> Answer:
    """For a script what happened; for a form without one, the page again, which says it."""
    if exchange.headers.get(b"accept") == b"application/json":
        return Answer(200, encode({"said": said}))
    back = {name: form[name] for name in ("tab", "company") if name in form} | {"said": said}
    location = f"/?{urlencode(back)}".encode()
    return Answer(303, b"", headers=((b"location", location),))


def _move_clock(sandbox: "Sandbox", form: Query) -> str:
    try:
        seconds = float(form.get("advance_s", "0"))
    except ValueError:
        return "Say by how many seconds."
    try:
        sandbox.clock.advance(seconds)
    except ClockError as fault:
        return str(fault)
    return f"The clock moved by {seconds:g} s."


def _turn_fault(sandbox: "Sandbox", form: Query) -> str:
    preset = PRESETS.get(form.get("fault", ""))
    if preset is None:
        return "There is no such switch."
    on = form.get("turn") == "on"
    pageparts.switch(sandbox, preset, on=on)
    return f"{preset.label}: {'on' if on else 'off'}."


def _lift_all(sandbox: "Sandbox", form: Query) -> str:
    del form
    sandbox.faults.clear()
    sandbox.deliveries.faults.clear()
    return "All is well again."


def _spend(sandbox: "Sandbox", form: Query) -> str:
    company = _company(sandbox, form)
    now = sandbox.clock.now_ms()
    company.ledger.charge(company.ledger.remaining(now), now)
    return "The budget of the day is spent: every call is 429 until midnight, UTC."


def _start_over(sandbox: "Sandbox", form: Query) -> str:
    del form
    sandbox.reset()
    return "Everything is as in the beginning."


def _edit(sandbox: "Sandbox", form: Query) -> str:
    kind = form.get("kind", "")
    if kind not in FORMS:
        return "There is no such kind of record."
    company = _company(sandbox, form)
    key = _key(form.get("id", ""))
    record = None if key is None else company.tables[kind].get(key)
    gone = form.get("action") == "delete"
    wanted = {
        "object": kind,
        "action": form.get("action", "change"),
        "id": key,
        "data": {} if gone else changes(kind, record, form),
        "user": _key(form.get("user", "")),
    }
    try:
        asked = msgspec.convert(wanted, Edit)
        return _told(asked, edit(sandbox, company, asked))
    except (StateError, msgspec.ValidationError) as fault:
        return str(fault)


class _Refused(msgspec.Struct):
    error: str = ""


class _Id(msgspec.Struct):
    id: int | str


class _Made(msgspec.Struct):
    data: _Id


def _told(wanted: Edit, answer: Answer) -> str:
    if answer.status >= 300:
        return f"Pipedrive refuses it: {msgspec.json.decode(answer.body, type=_Refused).error}"
    key = wanted.id
    if wanted.action == "create":
        key = msgspec.json.decode(answer.body, type=_Made).data.id
    verb = {"create": "made", "delete": "deleted"}.get(wanted.action, "changed")
    return f"{wanted.object.capitalize()} {key} {verb}."


_DEEDS = {
    "/_page/clock": _move_clock,
    "/_page/fault": _turn_fault,
    "/_page/well": _lift_all,
    "/_page/spend": _spend,
    "/_page/reset": _start_over,
    "/_page/edit": _edit,
}
