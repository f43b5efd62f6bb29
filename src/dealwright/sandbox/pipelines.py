"""v2 pipelines and stages, read-only. Source: openapi-v2 `/pipelines`, `/stages`."""

import msgspec

from dealwright.sandbox.answers import Answer, Json, missing, success
from dealwright.sandbox.call import Call
from dealwright.sandbox.clock import rfc3339
from dealwright.sandbox.paging import limit_v2, query_integer, sorted_page, v2_list
from dealwright.sandbox.records import Pipeline, Stage


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


def one_pipeline(call: Call) -> Answer:
    """`GET /pipelines/{id}`."""
    record = call.company.pipelines.get(call.int_param())
    if record is None or record.is_deleted:
        raise missing("Pipeline")
    return success(view(record))


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


def one_stage(call: Call) -> Answer:
    """`GET /stages/{id}`."""
    record = call.company.stages.get(call.int_param())
    if record is None or record.is_deleted:
        raise missing("Stage")
    return success(view(record))
