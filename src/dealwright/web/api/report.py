"""/report: what the hub has brought: tokens, writes and duplicates spared, by week and Mapping."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from dealwright.pipeline.report import value_report
from dealwright.web.api.act import Desk, allowed
from dealwright.web.api.shapes import LARGEST
from dealwright.web.auth.permissions import Permission

router = APIRouter(tags=["Report"])

READ = allowed(Permission.BUDGET_READ)


class ReportRow(BaseModel):
    """One Mapping, or a door without Mappings, in one week."""

    model_config = ConfigDict(from_attributes=True)

    connection: str
    door: str = Field(description="events, meetings, cards or corrections.")
    mapping_id: int | None
    name: str
    week: date = Field(description="Its Monday, UTC.")
    deliveries: int
    created: int
    updated: int
    unchanged: int
    stuck: int = Field(description="Held or failed.")
    open: int
    dropped: int
    tokens: int
    tokens_elsewhere: int
    tokens_saved: int
    writes_avoided: int
    together: int = Field(description="Carried by the write of another Delivery.")
    duplicates_prevented: int
    found_again: int
    p50_s: float | None
    p95_s: float | None


class Report(BaseModel):
    """The rows, newest week first, what they come to, and how the figures are reckoned."""

    model_config = ConfigDict(from_attributes=True)

    weeks: int
    from_week: date
    known_since: datetime | None = Field(description="The oldest Delivery that is kept.")
    rows: list[ReportRow]
    house_tokens: int = Field(description="For no Mapping: the mirror, lists of the account.")
    tokens: int
    tokens_elsewhere: int
    tokens_saved: int
    writes_avoided: int
    duplicates_prevented: int
    reckoning: list[str]


@router.get("/report", dependencies=[READ])
async def report(
    office: Desk,
    weeks: Annotated[int, Query(ge=1, le=60, description="This one included.")] = 4,
    mapping_id: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
    connection: Annotated[str | None, Query(max_length=200, description="Its name.")] = None,
) -> Report:
    """What the hub has done in the last weeks, what it cost, and what it spared."""
    found = await office.read(
        lambda db: value_report(
            db,
            weeks=weeks,
            now_ms=office.now_ms(),
            connection=connection,
            mapping_id=mapping_id,
        )
    )
    return Report.model_validate(found)
