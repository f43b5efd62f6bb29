"""v2 pipelines and stages. Source: openapi-v2 `/pipelines`, `/stages`."""

import msgspec

from dealwright.sandbox.answers import Answer, Json, missing, success, v1_refusal
from dealwright.sandbox.call import Call
from dealwright.sandbox.clock import rfc3339
from dealwright.sandbox.paging import limit_v2, query_integer, sorted_page, v2_list
from dealwright.sandbox.records import Pipeline, Stage
from dealwright.sandbox.resource import mark_deleted
from dealwright.sandbox.validate import (
    Shape,
    between,
    boolean,
    check_body,
    filled_text,
    integer,
    known,
    nullable,
    require,
)


def view(record: Pipeline | Stage) -> Json:
    """A pipeline or stage as v2 shows it."""
    data = msgspec.structs.asdict(record)
    data["add_time"] = rfc3339(record.add_time)
    data["update_time"] = rfc3339(record.update_time)
    return data


def list_pipelines(call: Call) -> Answer:
    """`GET /pipelines`."""
    rows = [row for row in call.company.pipelines.values() if not row.is_deleted]
    choices = ("id", "update_time", "add_time")
    page, cursor = sorted_page(call, rows, choices=choices, limit=limit_v2(call))
    return v2_list([view(row) for row in page], cursor)


def _pipeline(call: Call) -> Pipeline:
    record = call.company.pipelines.get(call.int_param())
    if record is None or record.is_deleted:
        raise missing("Pipeline")
    return record


def one_pipeline(call: Call) -> Answer:
    """`GET /pipelines/{id}`."""
    return success(view(_pipeline(call)))


def list_stages(call: Call) -> Answer:
    """`GET /stages`; an unknown `pipeline_id` gives an empty list (seen live)."""
    pipeline_id = query_integer(call, "pipeline_id")
    rows = [
        row
        for row in call.company.stages.values()
        if not row.is_deleted and pipeline_id in {None, row.pipeline_id}
    ]
    choices = ("id", "update_time", "add_time", "order_nr")
    page, cursor = sorted_page(call, rows, choices=choices, limit=limit_v2(call))
    return v2_list([view(row) for row in page], cursor)


def _stage(call: Call) -> Stage:
    record = call.company.stages.get(call.int_param())
    if record is None or record.is_deleted:
        raise missing("Stage")
    return record


def one_stage(call: Call) -> Answer:
    """`GET /stages/{id}`."""
    return success(view(_stage(call)))


_PIPELINE: Shape = {"name": filled_text, "is_deal_probability_enabled": boolean}
_STAGE: Shape = {
    "name": filled_text,
    "pipeline_id": known("pipeline"),
    "deal_probability": between(0, 100),
    "is_deal_rot_enabled": boolean,
    "days_to_rotten": nullable(integer),
}


def _admin_only(call: Call) -> None:
    if not call.user.is_admin:
        raise v1_refusal(403, "You do not have permissions to do this.")


def create_pipeline(call: Call) -> Answer:
    """`POST /pipelines`: admins only; it goes to the end."""
    _admin_only(call)
    values = check_body(call.json(), _PIPELINE, call)
    require(values, "name")
    table = call.company.pipelines
    record = Pipeline(
        id=table.next_id(),
        order_nr=len(table) + 1,
        **values,
        add_time=call.now_ms,
        update_time=call.now_ms,
    )
    return _saved(call, "pipeline", record)


def patch_pipeline(call: Call) -> Answer:
    """`PATCH /pipelines/{id}`."""
    _admin_only(call)
    record = _pipeline(call)
    values = check_body(call.json(), _PIPELINE, call)
    changed = msgspec.structs.replace(record, **values, update_time=call.now_ms)
    return _saved(call, "pipeline", changed)


def delete_pipeline(call: Call) -> Answer:
    """`DELETE /pipelines/{id}`."""
    _admin_only(call)
    record = _pipeline(call)
    mark_deleted(call.company, "pipeline", record, call.actor)
    return success({"id": record.id})


def create_stage(call: Call) -> Answer:
    """`POST /stages`: admins only; it goes to the end of its pipeline."""
    _admin_only(call)
    values = check_body(call.json(), _STAGE, call)
    require(values, "name", "pipeline_id")
    siblings = call.company.stages.linked("pipeline_id", values["pipeline_id"])
    record = Stage(
        id=call.company.stages.next_id(),
        order_nr=len(siblings) + 1,
        **values,
        add_time=call.now_ms,
        update_time=call.now_ms,
    )
    return _saved(call, "stage", record)


def patch_stage(call: Call) -> Answer:
    """`PATCH /stages/{id}`."""
    _admin_only(call)
    record = _stage(call)
    values = check_body(call.json(), _STAGE, call)
    changed = msgspec.structs.replace(record, **values, update_time=call.now_ms)
    return _saved(call, "stage", changed)


def delete_stage(call: Call) -> Answer:
    """`DELETE /stages/{id}`."""
    _admin_only(call)
    record = _stage(call)
    mark_deleted(call.company, "stage", record, call.actor)
    return success({"id": record.id})


def _saved(call: Call, kind: str, record: Pipeline | Stage) -> Answer:
    call.company.save(kind, record, call.actor)
    return success(view(record))
