"""v1 comments on notes. Source: openapi-v1 `/notes/{id}/comments`."""

from typing import Any

import msgspec

from dealwright.sandbox.answers import Answer, Json, success, v1_refusal
from dealwright.sandbox.call import Call
from dealwright.sandbox.clock import rfc3339_ms
from dealwright.sandbox.company import Company
from dealwright.sandbox.htmlclean import cleaned
from dealwright.sandbox.notes import found as found_note
from dealwright.sandbox.paging import page_v1
from dealwright.sandbox.records import NoteComment


def _view(company: Company, row: NoteComment) -> Json:
    return {
        "uuid": row.id,
        "active_flag": True,
        "add_time": rfc3339_ms(row.add_time),
        "update_time": rfc3339_ms(row.update_time),
        "content": row.content,
        "object_id": str(row.note_id),
        "object_type": "note",
        "user_id": row.user_id,
        "updater_id": row.updater_id,
        "company_id": company.id,
    }


def _content(call: Call) -> str:
    content: Any = call.form_or_json().get("content")
    if not isinstance(content, str) or not content.strip():
        raise v1_refusal(400, "Content must be given.")
    return cleaned(content)


def _found(call: Call) -> NoteComment:
    note = found_note(call)
    row = call.company.note_comments.get(call.params[1].lower())
    if row is None or row.note_id != note.id:
        raise v1_refusal(404, "Comment not found")
    return row


def list_comments(call: Call) -> Answer:
    """`GET /notes/{id}/comments`."""
    rows = call.company.note_comments.linked("note_id", found_note(call).id)
    rows.sort(key=lambda row: row.add_time)
    page, pagination = page_v1(call, rows)
    data = [_view(call.company, row) for row in page]
    return success(data, additional_data={"pagination": pagination})


def create(call: Call) -> Answer:
    """`POST /notes/{id}/comments`."""
    row = NoteComment(
        id=call.company.fresh_uuid(),
        note_id=found_note(call).id,
        content=_content(call),
        user_id=call.user.id,
        updater_id=call.user.id,
        add_time=call.now_ms,
        update_time=call.now_ms,
    )
    call.company.save("note_comment", row, call.actor)
    return success(_view(call.company, row))


def one(call: Call) -> Answer:
    """`GET /notes/{id}/comments/{commentId}`."""
    return success(_view(call.company, _found(call)))


def update(call: Call) -> Answer:
    """`PUT /notes/{id}/comments/{commentId}`."""
    changed = msgspec.structs.replace(
        _found(call), content=_content(call), updater_id=call.user.id, update_time=call.now_ms
    )
    call.company.save("note_comment", changed, call.actor)
    return success(_view(call.company, changed))


def delete(call: Call) -> Answer:
    """`DELETE /notes/{id}/comments/{commentId}`: `data` is true."""
    call.company.purge("note_comment", _found(call).id, call.actor)
    return success(data=True)
