"""Every operation that the sandbox serves."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from dealwright.sandbox import (
    comments,
    conversion,
    directory,
    leads,
    notes,
    participants,
    pipelines,
    searching,
    users,
    webhooks,
)
from dealwright.sandbox.activities import ACTIVITIES
from dealwright.sandbox.answers import Answer
from dealwright.sandbox.call import Call
from dealwright.sandbox.deals import DEALS
from dealwright.sandbox.fieldrows import FieldRows
from dealwright.sandbox.fieldrowsv1 import FieldRowsV1, list_note_fields
from dealwright.sandbox.fieldsearch import search_field
from dealwright.sandbox.legacy import legacy_lines
from dealwright.sandbox.merge import merge
from dealwright.sandbox.organizations import ORGANIZATIONS
from dealwright.sandbox.persons import PERSONS
from dealwright.sandbox.recents import list_recents
from dealwright.sandbox.resource import Resource
from dealwright.sandbox.router import Route, Router

Handler: TypeAlias = Callable[[Call], Answer]

_RESOURCES: tuple[tuple[str, Resource], ...] = (
    ("persons", PERSONS),
    ("organizations", ORGANIZATIONS),
    ("deals", DEALS),
    ("activities", ACTIVITIES),
)
_FIELDS = (
    ("person", "personFields"),
    ("organization", "organizationFields"),
    ("deal", "dealFields"),
    ("product", "productFields"),
)

_V2: dict[str, Handler] = {
    "GET /persons/search": searching.search_v2("person"),
    "GET /organizations/search": searching.search_v2("organization"),
    "GET /deals/search": searching.search_v2("deal"),
    "GET /leads/search": searching.search_v2("lead"),
    "GET /deals/archived": DEALS.archived,
    "GET /itemSearch": searching.search_items,
    "GET /itemSearch/field": search_field,
    "POST /leads/{id}/convert/deal": conversion.convert,
    "GET /leads/{id}/convert/status/{conversion_id}": conversion.status,
    "GET /pipelines": pipelines.list_pipelines,
    "GET /pipelines/{id}": pipelines.one_pipeline,
    "POST /pipelines": pipelines.create_pipeline,
    "PATCH /pipelines/{id}": pipelines.patch_pipeline,
    "DELETE /pipelines/{id}": pipelines.delete_pipeline,
    "POST /stages": pipelines.create_stage,
    "PATCH /stages/{id}": pipelines.patch_stage,
    "DELETE /stages/{id}": pipelines.delete_stage,
    "GET /persons/{id}/picture": PERSONS.picture,
    "GET /stages": pipelines.list_stages,
    "GET /stages/{id}": pipelines.one_stage,
}
_V1: dict[str, Handler] = {
    "GET /notes": notes.list_notes,
    "POST /notes": notes.create,
    "GET /notes/{id}": notes.one,
    "PUT /notes/{id}": notes.update,
    "DELETE /notes/{id}": notes.delete,
    "GET /leads": leads.list_leads,
    "POST /leads": leads.create,
    "GET /leads/archived": leads.list_archived,
    "GET /leads/{id}": leads.one,
    "PATCH /leads/{id}": leads.update,
    "DELETE /leads/{id}": leads.delete,
    "GET /users": users.list_users,
    "GET /users/me": users.me,
    "GET /users/find": users.find,
    "GET /users/{id}": users.one,
    "GET /activityTypes": directory.list_activity_types,
    "POST /activityTypes": directory.create_activity_type,
    "GET /currencies": directory.list_currencies,
    "GET /leadLabels": directory.list_lead_labels,
    "GET /leadSources": directory.list_lead_sources,
    "PUT /activityTypes/{id}": directory.update_activity_type,
    "DELETE /activityTypes/{id}": directory.delete_activity_type,
    "POST /leadLabels": directory.create_lead_label,
    "PATCH /leadLabels/{id}": directory.update_lead_label,
    "DELETE /leadLabels/{id}": directory.delete_lead_label,
    "GET /leads/search": searching.search_v1("lead"),
    "GET /recents": list_recents,
    "GET /webhooks": webhooks.list_webhooks,
    "POST /webhooks": webhooks.create,
    "DELETE /webhooks/{id}": webhooks.delete,
    "GET /notes/{id}/comments": comments.list_comments,
    "POST /notes/{id}/comments": comments.create,
    "GET /notes/{id}/comments/{commentId}": comments.one,
    "PUT /notes/{id}/comments/{commentId}": comments.update,
    "DELETE /notes/{id}/comments/{commentId}": comments.delete,
    "GET /deals/{id}/participants": participants.list_participants,
    "POST /deals/{id}/participants": participants.add,
    "DELETE /deals/{id}/participants/{deal_participant_id}": participants.remove,
    "PUT /persons/{id}/merge": merge("person"),
    "PUT /organizations/{id}/merge": merge("organization"),
    "PUT /deals/{id}/merge": merge("deal"),
    "GET /leadFields": FieldRowsV1("deal").unpaged,
    "GET /noteFields": list_note_fields,
    "GET /activityFields": FieldRowsV1("activity").page,
}


def _v2_routes() -> Iterator[tuple[str, Handler]]:
    yield from _V2.items()
    for path, resource in _RESOURCES:
        yield f"GET /{path}", resource.page
        yield f"POST /{path}", resource.create
        yield f"GET /{path}/{{id}}", resource.one
        yield f"PATCH /{path}/{{id}}", resource.patch
        yield f"DELETE /{path}/{{id}}", resource.delete
    activity_fields = FieldRows("activity")
    yield "GET /activityFields", activity_fields.page
    yield "GET /activityFields/{field_code}", activity_fields.one
    for kind, path in _FIELDS:
        rows = FieldRows(kind)
        yield f"GET /{path}", rows.page
        yield f"POST /{path}", rows.create
        yield f"GET /{path}/{{field_code}}", rows.one
        yield f"PATCH /{path}/{{field_code}}", rows.patch
        yield f"DELETE /{path}/{{field_code}}", rows.delete
        yield f"POST /{path}/{{field_code}}/options", rows.add_options
        yield f"PATCH /{path}/{{field_code}}/options", rows.rename_options
        yield f"DELETE /{path}/{{field_code}}/options", rows.drop_options


def _v1_routes() -> Iterator[tuple[str, Handler]]:
    yield from _V1.items()
    for kind, path in _FIELDS:
        rows = FieldRowsV1(kind)
        yield f"GET /{path}", rows.page
        yield f"POST /{path}", rows.create
        yield f"GET /{path}/{{id}}", rows.one
        yield f"PUT /{path}/{{id}}", rows.update
        yield f"DELETE /{path}/{{id}}", rows.delete


def _route(version: str, line: str, handler: Handler) -> Route[Handler]:
    method, path = line.split(" ")
    return Route(method=method, template=f"/api/{version}{path}", handler=handler)


def router(*, legacy_v1: bool = False) -> Router[Handler]:
    """The router over all operations, with the retired ones of v1 if asked for."""
    routes = [_route("v2", line, handler) for line, handler in _v2_routes()]
    routes += [_route("v1", line, handler) for line, handler in _v1_routes()]
    if legacy_v1:
        routes += [_route("v1", line, handler) for line, handler in legacy_lines()]
    return Router(routes)
