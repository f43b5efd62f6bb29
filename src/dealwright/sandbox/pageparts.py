"""The parts of the page: what there is, what is called, what goes wrong."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape, unescape
from itertools import islice
from typing import TYPE_CHECKING, Any

from dealwright.sandbox.calllog import LoggedCall
from dealwright.sandbox.clock import spaced
from dealwright.sandbox.company import Company
from dealwright.sandbox.faults import FaultRule
from dealwright.sandbox.limits import Ledger
from dealwright.sandbox.records import ContactPoint
from dealwright.sandbox.webhookdelivery import DeliveryAttempt, WebhookFault

if TYPE_CHECKING:
    from dealwright.sandbox.app import Sandbox

_TAG = re.compile(r"<[^>]*>")
ROWS = 50
CALLS = 100
ATTEMPTS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A bad day that can be switched on from the page."""

    label: str
    rule: FaultRule | WebhookFault


PRESETS: Mapping[str, Preset] = {
    "slow": Preset(label="Every answer takes 2 s", rule=FaultRule(path="/v", delay_ms=2000)),
    "flaky": Preset(
        label="One call in five: 503",
        rule=FaultRule(path="/v", status=503, probability=0.2, seed=1),
    ),
    "lost": Preset(
        label="The next POST is done, its answer lost",
        rule=FaultRule(method="POST", path="/v", reset=True, after_commit=True, times=1),
    ),
    "gateway": Preset(
        label="502 with a page of HTML",
        rule=FaultRule(path="/v", status=502, raw="<html><h1>502 Bad Gateway</h1></html>"),
    ),
    "search": Preset(label="Search is down", rule=FaultRule(path="earch", status=500)),
    "cut": Preset(
        label="One answer in three is cut off",
        rule=FaultRule(path="/v", truncate=True, probability=0.33, seed=1),
    ),
    "bare": Preset(
        label="No rate limit headers",
        rule=FaultRule(path="/v", without_headers=["x-ratelimit", "x-daily"]),
    ),
    "hook-lost": Preset(label="Webhooks get lost", rule=WebhookFault(kind="lose")),
    "hook-twice": Preset(label="Webhooks come twice", rule=WebhookFault(kind="double")),
    "hook-mixed": Preset(
        label="Every second webhook comes late",
        rule=WebhookFault(kind="reorder", probability=0.5, seed=1),
    ),
}


def switch(sandbox: "Sandbox", preset: Preset, *, on: bool) -> None:
    """Put a preset in force or lift it."""
    rule = preset.rule
    if isinstance(rule, FaultRule):
        sandbox.faults.remove(rule)
        if on:
            sandbox.faults.add(rule)
        return
    sandbox.deliveries.faults.remove(rule)
    if on:
        sandbox.deliveries.faults.add(rule)


def status(sandbox: "Sandbox", company: Company) -> str:
    """Clock and budget."""
    now = sandbox.clock.now_ms()
    ledger = company.ledger
    left, daily = ledger.remaining(now), ledger.daily
    return f"""<p class="clock"><span class="hint">Clock, UTC</span>
<b>{spaced(now)}</b></p>
<div class="budget"><p><span class="hint">API tokens left today</span>
<b>{left:,}</b> of {daily:,}, all again in {_until_reset(ledger, now)}</p>
<meter aria-label="API tokens left today" min="0" max="{daily}" low="{daily // 5}"
 high="{daily // 2}" optimum="{daily}" value="{left}"></meter></div>"""


def _until_reset(ledger: Ledger, now: int) -> str:
    minutes = ledger.reset_in_s(now) // 60
    return f"{minutes // 60} h {minutes % 60:02} min"


def _points(points: tuple[ContactPoint, ...]) -> str:
    return ", ".join(point.value for point in points)


def _name(company: Company, kind: str, key: Any) -> str:
    record = company.tables[kind].get(key) if key is not None else None
    if record is None:
        return ""
    return str(getattr(record, "name", None) or getattr(record, "title", ""))


def _plain(html: str) -> str:
    return unescape(" ".join(_TAG.sub(" ", html).split()))


def _shortened(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"


Cell = Callable[[Company, Any], str]
# Tab → (kind, what it is called, columns).
TABS: Mapping[str, tuple[str, Mapping[str, Cell]]] = {
    "persons": ("person", {
        "Name": lambda _, row: row.name,
        "E-mail": lambda _, row: _points(row.emails),
        "Phone": lambda _, row: _points(row.phones),
        "Organization": lambda c, row: _name(c, "organization", row.org_id),
        "Owner": lambda c, row: _name(c, "user", row.owner_id),
    }),
    "organizations": ("organization", {
        "Name": lambda _, row: row.name,
        "Address": lambda _, row: (row.address and row.address.value) or "",
        "People": lambda c, row: str(len(c.persons.linked("org_id", row.id))),
        "Owner": lambda c, row: _name(c, "user", row.owner_id),
    }),
    "deals": ("deal", {
        "Title": lambda _, row: row.title,
        "Value": lambda _, row: f"{row.value:,.0f} {row.currency}",
        "Status": lambda _, row: row.status,
        "Stage": lambda c, row: _name(c, "stage", row.stage_id),
        "Person": lambda c, row: _name(c, "person", row.person_id),
        "Organization": lambda c, row: _name(c, "organization", row.org_id),
    }),
    "leads": ("lead", {
        "Title": lambda _, row: row.title,
        "Person": lambda c, row: _name(c, "person", row.person_id),
        "Organization": lambda c, row: _name(c, "organization", row.organization_id),
        "Owner": lambda c, row: _name(c, "user", row.owner_id),
    }),
    "activities": ("activity", {
        "Subject": lambda _, row: row.subject,
        "Type": lambda _, row: row.type,
        "Due": lambda _, row: f"{row.due_date or ''} {(row.due_time or '')[:5]}",
        "Done": lambda _, row: "yes" if row.done else "",
        "Person": lambda c, row: _name(c, "person", row.person_id),
        "Deal": lambda c, row: _name(c, "deal", row.deal_id),
    }),
    "notes": ("note", {
        "Text": lambda _, row: _shortened(_plain(row.content)),
        "Person": lambda c, row: _name(c, "person", row.person_id),
        "Deal": lambda c, row: _name(c, "deal", row.deal_id),
        "Author": lambda c, row: _name(c, "user", row.user_id),
    }),
}  # fmt: skip


def records(company: Company, tab: str) -> str:
    """The newest records of a kind."""
    kind, columns = TABS[tab]
    table = company.tables[kind]
    alive = (row for row in _newest(table) if not row.is_deleted)
    rows = list(islice(alive, ROWS))
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    body = "\n".join(_row(company, tab, row) for row in rows)
    more = "" if len(rows) < ROWS else f"<p class='hint'>The newest {ROWS} of {len(table):,}.</p>"
    if not rows:
        return f"<p class='hint'>No {escape(tab)} yet.</p>"
    return f"""<div class="scroll" role="region" aria-label="{escape(tab)}" tabindex="0"><table>
<thead><tr><th scope="col">No.</th>{heads}</tr></thead>
<tbody>
{body}
</tbody></table></div>{more}"""


def _newest(table: Any) -> Any:
    rows = table.rows
    return reversed(rows.values()) if rows and isinstance(next(iter(rows)), str) else (
        table.descending()
    )  # fmt: skip


def _row(company: Company, tab: str, row: Any) -> str:
    _, columns = TABS[tab]
    shown = str(row.id) if isinstance(row.id, int) else row.id[:8]
    cells = "".join(f"<td>{escape(cell(company, row))}</td>" for cell in columns.values())
    link = (
        f'<a id="row-{row.id}" href="/?tab={tab}&amp;edit={row.id}&amp;company={company.id}#edit"'
        f' aria-label="Edit {shown}">{shown}</a>'
    )
    return f"<tr><td>{link}</td>{cells}</tr>"


def call_lines(calls: list[LoggedCall]) -> str:
    """Calls, newest first."""
    return "\n".join(_call(call) for call in reversed(calls))


def _call(call: LoggedCall) -> str:
    status = str(call.status) if call.status else "no answer"
    kind = "good" if 200 <= call.status < 300 else "bad"
    query = f"?{call.query}" if call.query else ""
    marks = ["fault"] if call.fault else []
    marks += ["token in the address"] if call.query_token else []
    told = f' <span class="fault">{", ".join(marks)}</span>' if marks else ""
    return (
        f'<li><span class="at">{call.at[11:19]}</span> <b>{escape(call.method)}</b> '
        f'<span class="path">{escape(call.path)}{escape(_shortened(query))}</span>{told} '
        f'<span class="{kind}">{status}</span> <span class="cost">{call.cost}</span></li>'
    )


def faults(sandbox: "Sandbox") -> str:
    """The switches, and what a script has armed besides."""
    rules = [*sandbox.faults.rules(), *sandbox.deliveries.faults.rules()]
    lines = "\n".join(
        _switch(key, preset, on=preset.rule in rules) for key, preset in PRESETS.items()
    )
    known = [preset.rule for preset in PRESETS.values()]
    others = sum(rule not in known for rule in rules)
    told = f"<p class='hint'>And {others} by script.</p>" if others else ""
    return f"<ul class='switches'>\n{lines}\n</ul>{told}"


def _switch(key: str, preset: Preset, *, on: bool) -> str:
    state = "on" if on else "off"
    return f"""<li><form method="post" action="/_page/fault">
<input type="hidden" name="fault" value="{key}">
<button id="fault-{key}" class="switch" role="switch" aria-checked="{"true" if on else "false"}"
 name="turn" value="{"off" if on else "on"}">{escape(preset.label)} <b>{state}</b></button>
</form></li>"""


def deliveries(sandbox: "Sandbox") -> str:
    """The webhooks of all companies, and how the last attempts went."""
    hooks = sum(len(company.webhooks) for company in sandbox.world.companies.values())
    attempts = sandbox.deliveries.attempts()[-ATTEMPTS:]
    if not hooks and not attempts:
        return "<p class='hint'>Nobody has asked to be told. <code>POST /api/v1/webhooks</code></p>"
    lines = "\n".join(_attempt(attempt) for attempt in reversed(attempts))
    count = f"{hooks} webhook{'' if hooks == 1 else 's'}, {sandbox.courier.waiting()} waiting"
    return f"<p class='hint'>{count}</p><ol class='calls'>\n{lines}\n</ol>"


def _attempt(attempt: DeliveryAttempt) -> str:
    kind = "good" if attempt.fate == "delivered" else "bad"
    status = f" {attempt.status}" if attempt.status else ""
    again = f" (attempt {attempt.attempt})" if attempt.attempt > 1 else ""
    return (
        f'<li><span class="at">{attempt.at[11:19]}</span> <b>{escape(attempt.event)}</b> '
        f'<span class="path">{escape(attempt.entity_id)} → {escape(attempt.url)}{again}</span> '
        f'<span class="{kind}">{attempt.fate}{status}</span></li>'
    )
