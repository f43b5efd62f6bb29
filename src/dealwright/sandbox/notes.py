"""v1 notes. Source: openapi-v1 `/notes`."""

from typing import Any

import msgspec

from dealwright.sandbox.answers import Answer, Json, success, v1_refusal
from dealwright.sandbox.call import Call
from dealwright.sandbox.clock import parse_rfc3339, parse_spaced, spaced
from dealwright.sandbox.company import Company
from dealwright.sandbox.htmlclean import cleaned
from dealwright.sandbox.paging import page_v1
from dealwright.sandbox.records import Note, User
from dealwright.sandbox.resource import mark_deleted

LINKS = ("deal_id", "person_id", "org_id", "lead_id", "project_id", "task_id")
_LINK_KINDS = {"deal_id": "deal", "person_id": "person", "org_id": "organization",
               "lead_id": "lead"}  # fmt: skip
_PINS = {
    "pinned_to_deal_flag": "deal_id",
    "pinned_to_person_flag": "person_id",
    "pinned_to_organization_flag": "org_id",
    "pinned_to_lead_flag": "lead_id",
    "pinned_to_project_flag": "project_id",
    "pinned_to_task_flag": "task_id",
}
MAX_LENGTH = 100_000
_MUST_LINK = (
    "Note must be associated with at least one organization, person, deal, lead or project."
)


def _links(company: Company, body: Json) -> Json:
    links: Json = {}
    for name in LINKS:
        if name not in body:
            continue
        value = body[name]
        if name != "lead_id" and isinstance(value, str) and value.isdecimal():
            value = int(value)
        kind = _LINK_KINDS.get(name)
        record = company.tables[kind].get(value) if kind and value is not None else None
        if kind and value is not None and (record is None or record.is_deleted):
            noun = kind.capitalize()
            raise v1_refusal(400, f"{noun} not found or not accessible.")
        links[name] = value
    return links


def _content(body: Json) -> str:
    content: Any = body.get("content")
    if not isinstance(content, str) or not content.strip():
        raise v1_refusal(400, "Content must be given.")
    if len(content.encode()) > MAX_LENGTH:
        raise v1_refusal(400, f"Note content is too long, the limit is {MAX_LENGTH} bytes.")
    return cleaned(content)


def _pins(body: Json, links: Json, old: tuple[str, ...]) -> tuple[str, ...]:
    pins = set(old)
    for flag, link in _PINS.items():
        if flag not in body:
            continue
        if str(body[flag]) not in {"0", "1", "True", "False"}:
            raise v1_refusal(400, f"{flag} must be 0 or 1.")
        if str(body[flag]) in {"1", "True"}:
            if links.get(link) is None:
                raise v1_refusal(400, f"{link} is required when {flag} is set.")
            pins.add(flag)
        else:
            pins.discard(flag)
    return tuple(sorted(pins))


def _author(call: Call, body: Json) -> int:
    user_id = body.get("user_id")
    if user_id is None:
        return call.user.id
    if not call.user.is_admin or call.company.users.get(user_id) is None:
        raise v1_refusal(403, "You do not have permissions to do this.")
    return user_id


def _add_time(body: Json, default: int) -> int:
    text = body.get("add_time")
    if text is None:
        return default
    ms = parse_spaced(text) if isinstance(text, str) else None
    if ms is None:
        raise v1_refusal(400, "add_time must be in the format YYYY-MM-DD HH:MM:SS.")
    return ms


def create(call: Call) -> Answer:
    """`POST /notes`: content and at least one link."""
    body = call.form_or_json()
    content = _content(body)
    links = _links(call.company, body)
    if not any(value is not None for value in links.values()):
        raise v1_refusal(400, _MUST_LINK)
    note = Note(
        id=call.company.notes.next_id(),
        content=content,
        user_id=_author(call, body),
        add_time=_add_time(body, call.now_ms),
        update_time=call.now_ms,
        pinned=_pins(body, links, ()),
        **links,
    )
    call.company.save("note", note, call.actor)
    return success(view(call, note))


def found(call: Call) -> Note:
    """The note of the path, deleted or not. Raises Refusal 404."""
    text = call.params[0]
    note = call.company.notes.get(int(text)) if text.isdecimal() else None
    if note is None or call.company.gone(note):
        raise v1_refusal(404, "Note not found")
    return note


def one(call: Call) -> Answer:
    """`GET /notes/{id}`; a deleted note is still given, with `active_flag` false."""
    return success(view(call, found(call)))


def update(call: Call) -> Answer:
    """`PUT /notes/{id}`: the keys that were sent."""
    note = found(call)
    body = call.form_or_json()
    if note.is_deleted:
        raise v1_refusal(404, "Note not found")
    links = _links(call.company, body)
    now_linked = {name: links.get(name, getattr(note, name)) for name in LINKS}
    # A note may have lost what it was on; only a change of its links is looked at.
    if links and not any(value is not None for value in now_linked.values()):
        raise v1_refusal(400, _MUST_LINK)
    changed = msgspec.structs.replace(
        note,
        content=_content(body) if "content" in body else note.content,
        add_time=_add_time(body, note.add_time),
        user_id=_author(call, body) if "user_id" in body else note.user_id,
        last_update_user_id=call.user.id,
        update_time=call.now_ms,
        pinned=_pins(body, now_linked, note.pinned),
        **links,
    )
    call.company.save("note", changed, call.actor)
    return success(view(call, changed))


def delete(call: Call) -> Answer:
    """`DELETE /notes/{id}`: `data` is true."""
    note = found(call)
    if note.is_deleted:
        raise v1_refusal(404, "Note not found")
    mark_deleted(call.company, "note", note, call.actor)
    return success(data=True)


def list_notes(call: Call) -> Answer:
    """`GET /notes`: filtered, by start and limit, sorted as asked."""
    rows = [note for note in _candidates(call) if not note.is_deleted and _kept(call, note)]
    page, pagination = page_v1(call, _sorted(call, rows))
    return success([view(call, note) for note in page], additional_data={"pagination": pagination})


def _candidates(call: Call) -> list[Note]:
    for name in ("deal_id", "person_id", "org_id", "lead_id"):
        wanted = call.query.get(name)
        if wanted:
            return call.company.notes.linked(name, _key(name, wanted))
    return list(call.company.notes.values())


def _key(name: str, text: str) -> int | str:
    return int(text) if name != "lead_id" and text.isdecimal() else text


def _kept(call: Call, note: Note) -> bool:
    query = call.query
    for name in (*LINKS, "user_id"):
        if query.get(name) and getattr(note, name) != _key(name, query[name]):
            return False
    for flag in _PINS:
        if flag in query and (query[flag] == "1") != (flag in note.pinned):
            return False
    return _in_time(call, note)


def _in_time(call: Call, note: Note) -> bool:
    since = parse_rfc3339(call.query.get("updated_since", ""))
    if since is not None and note.update_time // 1000 < since // 1000:
        return False
    added = (spaced(note.add_time) or "")[:10]
    start = call.query.get("start_date", added)
    return start <= added <= call.query.get("end_date", added)


def _sorted(call: Call, rows: list[Note]) -> list[Note]:
    for clause in reversed([c for c in call.query.get("sort", "").split(",") if c.strip()]):
        field, _, direction = clause.strip().partition(" ")
        if field in {"id", "user_id", "content", "add_time", "update_time", *LINKS}:
            rows = sorted(
                rows,
                key=lambda note, f=field: (getattr(note, f) is None, getattr(note, f)),
                reverse=direction.strip().upper() == "DESC",
            )
    return rows


def _named(company: Company, kind: str, key: int | None, name: str) -> Json | None:
    record = company.tables[kind].get(key) if key is not None else None
    return None if record is None else {name: getattr(record, name)}


def _author_view(call: Call, user: User | None) -> Json | None:
    if user is None:
        return None
    return {
        "email": user.email,
        "name": user.name,
        "icon_url": None,
        "is_you": user.id == call.user.id,
    }


def view(call: Call, note: Note) -> Json:
    """The note as v1 shows it."""
    company = call.company
    return {
        "id": note.id,
        "user_id": note.user_id,
        "deal_id": note.deal_id,
        "person_id": note.person_id,
        "org_id": note.org_id,
        "lead_id": note.lead_id,
        "project_id": note.project_id,
        "task_id": note.task_id,
        "content": note.content,
        "add_time": spaced(note.add_time),
        "update_time": spaced(note.update_time),
        "active_flag": not note.is_deleted,
        **{flag: flag in note.pinned for flag in _PINS},
        "last_update_user_id": note.last_update_user_id,
        "organization": _named(company, "organization", note.org_id, "name"),
        "person": _named(company, "person", note.person_id, "name"),
        "deal": _named(company, "deal", note.deal_id, "title"),
        "user": _author_view(call, company.users.get(note.user_id)),
    }
