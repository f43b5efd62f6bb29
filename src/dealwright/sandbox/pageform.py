"""The form by which a visitor of the page edits a record as a person in Pipedrive."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, TypeAlias

from dealwright.sandbox.answers import Json
from dealwright.sandbox.company import Company
from dealwright.sandbox.records import ContactPoint, Key

Choices: TypeAlias = Callable[[Company], list[tuple[str, str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a form; `name` is the API's key, `read` makes the API's value of a text."""

    name: str
    label: str
    show: Callable[[Any], str]
    read: Callable[[str], Any]
    hint: str = ""
    choices: Choices | None = None
    long: bool = False


def _text(value: str) -> Any:
    return value


def _number(value: str) -> Any:
    try:
        amount = float(value)
    except ValueError:
        return value or None
    return int(amount) if amount.is_integer() else amount


def _points(value: str) -> Any:
    parts = [part.strip() for part in value.split(",") if part.strip()]
    return [{"value": part, "primary": i == 0} for i, part in enumerate(parts)]


def _money(value: str) -> Any:
    amount, _, currency = value.strip().partition(" ")
    return {"amount": _number(amount), "currency": currency or "EUR"} if amount else None


def _address(value: str) -> Any:
    return {"value": value}


def _participant(value: str) -> Any:
    return [{"person_id": _number(value), "primary": True}] if value else []


def _yes(value: str) -> Any:
    return value == "yes"


def _shown_points(points: tuple[ContactPoint, ...]) -> str:
    return ", ".join(point.value for point in points)


def _of(name: str) -> Callable[[Any], str]:
    def show(record: Any) -> str:
        value = getattr(record, name)
        return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)

    return show


def _plain(name: str, label: str, **more: Any) -> Entry:
    return Entry(name=name, label=label, show=_of(name), read=_text, **more)


def _link(name: str, label: str) -> Entry:
    return Entry(name=name, label=label, show=_of(name), read=_number, hint="its number")


def _stages(company: Company) -> list[tuple[str, str]]:
    names = {row.id: row.name for row in company.pipelines.values()}
    return [
        (str(row.id), f"{names.get(row.pipeline_id, '')}: {row.name}")
        for row in company.stages.values()
        if not row.is_deleted
    ]


def _types(company: Company) -> list[tuple[str, str]]:
    return [(row.key_string, row.name) for row in company.activity_types.values()
            if row.active_flag]  # fmt: skip


def _states(company: Company) -> list[tuple[str, str]]:
    del company
    return [("open", "open"), ("won", "won"), ("lost", "lost")]


def _no_or_yes(company: Company) -> list[tuple[str, str]]:
    del company
    return [("no", "no"), ("yes", "yes")]


FORMS: Mapping[str, tuple[Entry, ...]] = {
    "person": (
        _plain("name", "Name"),
        Entry(name="emails", label="E-mail", read=_points, hint="several with commas",
              show=lambda row: _shown_points(row.emails)),
        Entry(name="phones", label="Phone", read=_points, hint="several with commas",
              show=lambda row: _shown_points(row.phones)),
        _link("org_id", "Organization"),
    ),
    "organization": (
        _plain("name", "Name"),
        Entry(name="address", label="Address", read=_address,
              show=lambda row: (row.address and row.address.value) or ""),
        _plain("website", "Website"),
    ),
    "deal": (
        _plain("title", "Title"),
        Entry(name="value", label="Value", show=_of("value"), read=_number),
        _plain("currency", "Currency"),
        _plain("status", "Status", choices=_states),
        Entry(name="stage_id", label="Stage", show=_of("stage_id"), read=_number,
              choices=_stages),
        _link("person_id", "Person"),
    ),
    "activity": (
        _plain("subject", "Subject"),
        _plain("type", "Type", choices=_types),
        _plain("due_date", "Due", hint="2026-11-30"),
        Entry(name="done", label="Done", read=_yes, choices=_no_or_yes,
              show=lambda row: "yes" if row.done else "no"),
        Entry(name="participants", label="Person", read=_participant, hint="its number",
              show=_of("person_id")),
    ),
    "lead": (
        _plain("title", "Title"),
        Entry(name="value", label="Value", read=_money, hint="900 EUR",
              show=lambda row: f"{row.value.amount:g} {row.value.currency}" if row.value else ""),
        _link("person_id", "Person"),
        _link("organization_id", "Organization"),
    ),
    "note": (
        _plain("content", "Text", long=True),
        _link("person_id", "Person"),
        _link("deal_id", "Deal"),
    ),
}  # fmt: skip


def changes(kind: str, record: Any, form: Mapping[str, str]) -> Json:
    """What the form says otherwise than the record, as the API takes it."""
    return {
        entry.name: entry.read(form[entry.name])
        for entry in FORMS[kind]
        if entry.name in form and form[entry.name] != ("" if record is None else entry.show(record))
    }


def form_html(company: Company, kind: str, key: Key | None) -> str:
    """The form for a record, or for a new one."""
    record = None if key is None else company.tables[kind].get(key)
    noun = kind.capitalize()
    head = f"New {kind}" if record is None else f"{noun} {escape(str(key))}"
    lines = "\n".join(_line(company, entry, record) for entry in FORMS[kind])
    shown = "" if record is None else escape(str(key))
    delete = "" if record is None else '<button name="action" value="delete">Delete</button>'
    verb = "create" if record is None else "change"
    return f"""<form method="post" action="/_page/edit" data-part="edit">
<h3 id="edit-head" tabindex="-1">{head}</h3>
<input type="hidden" name="kind" value="{kind}">
<input type="hidden" name="id" value="{shown}">
<input type="hidden" name="company" value="{company.id}">
{lines}
<label for="edit-user">As</label>
<select id="edit-user" name="user">{_people(company)}</select>
<div class="buttons">
<button class="main" name="action" value="{verb}">{"Create" if record is None else "Save"}</button>
{delete}
</div>
</form>"""


def _people(company: Company) -> str:
    return "".join(
        f'<option value="{user.id}">{escape(user.name)}</option>'
        for user in company.users.values()
        if user.active_flag
    )


def _line(company: Company, entry: Entry, record: Any) -> str:
    value = "" if record is None else entry.show(record)
    name = escape(entry.name)
    hint = f' <span class="hint">{escape(entry.hint)}</span>' if entry.hint else ""
    label = f'<label for="edit-{name}">{escape(entry.label)}{hint}</label>'
    if entry.choices is not None:
        options = "".join(
            f'<option value="{escape(key)}"{" selected" if key == value else ""}>'
            f"{escape(shown)}</option>"
            for key, shown in entry.choices(company)
        )
        return f'{label}<select id="edit-{name}" name="{name}">{options}</select>'
    if entry.long:
        return f'{label}<textarea id="edit-{name}" name="{name}">{escape(value)}</textarea>'
    return f'{label}<input id="edit-{name}" name="{name}" value="{escape(value)}">'
