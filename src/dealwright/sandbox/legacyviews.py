"""Pipelines and stages in v1's shape."""

from dealwright.sandbox.answers import Json
from dealwright.sandbox.clock import spaced
from dealwright.sandbox.company import Company
from dealwright.sandbox.records import Pipeline, Stage


def pipeline_view(company: Company, row: Pipeline) -> Json:
    """A pipeline as v1 shows it."""
    del company
    return {
        "id": row.id,
        "name": row.name,
        "url_title": row.name.replace(" ", "-"),
        "order_nr": row.order_nr,
        "active": not row.is_deleted,
        "deal_probability": row.is_deal_probability_enabled,
        "add_time": spaced(row.add_time),
        "update_time": spaced(row.update_time),
        "selected": row.order_nr == 1,
    }


def stage_view(company: Company, row: Stage) -> Json:
    """A stage as v1 shows it."""
    pipeline = company.pipelines.get(row.pipeline_id)
    return {
        "id": row.id,
        "order_nr": row.order_nr,
        "name": row.name,
        "active_flag": not row.is_deleted,
        "deal_probability": row.deal_probability,
        "pipeline_id": row.pipeline_id,
        "rotten_flag": row.is_deal_rot_enabled,
        "rotten_days": row.days_to_rotten,
        "add_time": spaced(row.add_time),
        "update_time": spaced(row.update_time),
        "pipeline_name": pipeline.name if pipeline else "",
        "pipeline_deal_probability": True,
    }
