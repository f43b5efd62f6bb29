"""The v1 endpoints that went out of support, for programs that still call them.

Served only by switch, at v1's prices. Lenient as v1 was: numbers as text, 0 and 1 for booleans,
unknown keys ignored. Source: the v1 OpenAPI file of 2026-01.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from dealwright.sandbox import searching, viewsv1
from dealwright.sandbox.activities import ACTIVITIES
from dealwright.sandbox.answers import Answer, Json, success, v1_missing, v1_refusal
from dealwright.sandbox.call import Call
from dealwright.sandbox.company import Company
from dealwright.sandbox.customv1 import read_v1
from dealwright.sandbox.deals import DEALS
from dealwright.sandbox.fieldsearch import search_field_v1
from dealwright.sandbox.legacybody import READERS
from dealwright.sandbox.legacyviews import pipeline_view, stage_view
from dealwright.sandbox.organizations import ORGANIZATIONS
from dealwright.sandbox.paging import page_v1
from dealwright.sandbox.persons import PERSONS
from dealwright.sandbox.records import Activity
from dealwright.sandbox.resource import Resource, mark_deleted
from dealwright.sandbox.validate import Spot

Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Legacy:
    """One kind of record under its v1 spelling."""

    resource: Resource
    view: Callable[[Company, Any], Json]
    name: str
    no_name: str

    def page(self, call: Call) -> Answer:
        """`GET /v1/{kind}s`: by start and limit."""
        return self.listed(call, list(call.company.tables[self.resource.kind].values()))

    def listed(self, call: Call, rows: list[Any]) -> Answer:
        """A page of these rows, without deleted ones and what the caller may not see."""
        kept = [row for row in rows if not row.is_deleted and self.resource.visible(call, row)]
        page, pagination = page_v1(call, kept)
        data = [self.view(call.company, row) for row in page]
        return success(data, additional_data={"pagination": pagination})

    def one(self, call: Call) -> Answer:
        """`GET /v1/{kind}s/{id}`."""
        return success(self.view(call.company, self._found(call)))

    def create(self, call: Call) -> Answer:
        """`POST /v1/{kind}s`: 201."""
        values = self._values(call)
        add_time = values.pop("add_time", None)
        if self.no_name and not values.get(self.name):
            raise v1_refusal(400, self.no_name)
        record = self.resource.make(call, values)
        if add_time is not None:
            record = msgspec.structs.replace(record, add_time=add_time)
        call.company.save(self.resource.kind, record, call.actor)
        return success(self.view(call.company, record), status=201)

    def update(self, call: Call) -> Answer:
        """`PUT /v1/{kind}s/{id}`."""
        record = self._found(call)
        changed = self.resource.change(call, record, self._values(call))
        changed = msgspec.structs.replace(changed, update_time=call.now_ms)
        call.company.save(self.resource.kind, changed, call.actor)
        return success(self.view(call.company, changed))

    def delete(self, call: Call) -> Answer:
        """`DELETE /v1/{kind}s/{id}`."""
        record = self._found(call)
        mark_deleted(call.company, self.resource.kind, record, call.actor)
        return success({"id": record.id})

    def _found(self, call: Call) -> Any:
        text = call.params[0]
        table = call.company.tables[self.resource.kind]
        record = table.get(int(text)) if text.isdecimal() else None
        if record is None or record.is_deleted or not self.resource.visible(call, record):
            noun = self.resource.noun
            raise v1_missing(f"{noun} not found")
        return record

    def _values(self, call: Call) -> Json:
        body = call.form_or_json()
        read = READERS[self.resource.kind](body)
        spot = Spot(call.company, user=call.user)
        shape = self.resource.create_shape
        values = {
            name: shape[name](value, spot.at(name))
            for name, value in read.items()
            if name in shape and name != "add_time"
        }
        if "add_time" in read:
            values["add_time"] = read["add_time"]
        if spot.faults:
            raise v1_refusal(400, "Bad request", info="; ".join(spot.faults))
        if self.resource.has_custom:
            values["custom_fields"] = read_v1(call, self.resource.kind, body)
        return values


PERSON = Legacy(
    resource=PERSONS, view=viewsv1.nested_person, name="name", no_name="Name must be given."
)
ORGANIZATION = Legacy(
    resource=ORGANIZATIONS,
    view=viewsv1.organization,
    name="name",
    no_name="Organization name must be given.",
)
DEAL = Legacy(
    resource=DEALS, view=viewsv1.nested_deal, name="title", no_name="Deal title must be given."
)
ACTIVITY = Legacy(resource=ACTIVITIES, view=viewsv1.activity, name="subject", no_name="")


def _deals_of(link: str) -> Handler:
    return lambda call: DEAL.listed(call, call.company.deals.linked(link, _id(call)))


def _activities_of(link: str) -> Handler:
    def handler(call: Call) -> Answer:
        rows: list[Activity] = call.company.activities.linked(link, _id(call))
        return ACTIVITY.listed(call, rows)

    return handler


def _persons_of_organization(call: Call) -> Answer:
    return PERSON.listed(call, call.company.persons.linked("org_id", _id(call)))


def _id(call: Call) -> int:
    return int(call.params[0]) if call.params[0].isdecimal() else 0


def _pipelines(call: Call) -> Answer:
    rows = call.company.pipelines.values()
    return success([pipeline_view(call.company, row) for row in rows if not row.is_deleted])


def _stages(call: Call) -> Answer:
    pipeline = call.query.get("pipeline_id")
    rows = [
        row
        for row in call.company.stages.values()
        if not row.is_deleted and pipeline in {None, str(row.pipeline_id)}
    ]
    page, pagination = page_v1(call, rows)
    data = [stage_view(call.company, row) for row in page]
    return success(data, additional_data={"pagination": pagination})


_PATHS: tuple[tuple[str, Legacy], ...] = (
    ("persons", PERSON),
    ("organizations", ORGANIZATION),
    ("deals", DEAL),
    ("activities", ACTIVITY),
)
_MORE: Mapping[str, Handler] = {
    "GET /itemSearch": searching.search_items_v1,
    "GET /itemSearch/field": search_field_v1,
    "GET /persons/search": searching.search_v1("person"),
    "GET /organizations/search": searching.search_v1("organization"),
    "GET /deals/search": searching.search_v1("deal"),
    "GET /persons/{id}/deals": _deals_of("person_id"),
    "GET /persons/{id}/activities": _activities_of("person_id"),
    "GET /organizations/{id}/deals": _deals_of("org_id"),
    "GET /organizations/{id}/activities": _activities_of("org_id"),
    "GET /organizations/{id}/persons": _persons_of_organization,
    "GET /deals/{id}/activities": _activities_of("deal_id"),
    "GET /pipelines": _pipelines,
    "GET /stages": _stages,
}


def legacy_lines() -> Iterator[tuple[str, Handler]]:
    """Every retired operation that can be switched on: method and path, and its handler."""
    yield from _MORE.items()
    for path, legacy in _PATHS:
        yield f"GET /{path}", legacy.page
        yield f"POST /{path}", legacy.create
        yield f"GET /{path}/{{id}}", legacy.one
        yield f"PUT /{path}/{{id}}", legacy.update
        yield f"DELETE /{path}/{{id}}", legacy.delete
