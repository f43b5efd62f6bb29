"""/review: what waits for a person, what they decide of it, and what they teach."""

from datetime import datetime
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from dealwright.core.clock import from_ms
from dealwright.core.errors import NotFound
from dealwright.core.record import RecordKind
from dealwright.pipeline.reviewbulk import MOST as MOST_AT_ONCE
from dealwright.pipeline.reviewbulk import decide_many
from dealwright.pipeline.reviewdesk import Decision, decide
from dealwright.pipeline.reviewitem import Do, ReviewItem, Topic
from dealwright.pipeline.reviewlessons import By, Lesson, forget_teaching, teach_lesson
from dealwright.pipeline.reviewqueue import ReviewFilter, queue, waiting_item, waits
from dealwright.store.connections import connection
from dealwright.store.review_teachings import Teaching as StoredTeaching
from dealwright.store.review_teachings import list_teachings
from dealwright.web.api.act import Act, Desk, acting, allowed
from dealwright.web.api.paging import MOST, Cursor, Limit, Page, cursor_before, place_of
from dealwright.web.api.refusals import InvalidRequest
from dealwright.web.api.shapes import LARGEST, Given, Id
from dealwright.web.auth.permissions import Permission

router = APIRouter(tags=["Review"])

READ = allowed(Permission.DELIVERIES_READ)
Acting = Annotated[Act, acting(Permission.DELIVERIES_ACT)]

Positive = Annotated[int, Field(ge=1, le=LARGEST)]
Number = Annotated[int | None, Query(ge=1, le=LARGEST)]
RecordNumber = Positive | Annotated[str, Field(min_length=1, max_length=100)]
ItemId = Annotated[str, Field(min_length=1, max_length=100)]


class Shown(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(from_attributes=True)


class Choice(Shown):
    """One thing that may be decided; `known` is what the mirror knows of it, for no token."""

    do: Do
    sentence: str
    record_id: int | str | None
    option_id: int | None
    known: str


class Item(BaseModel):
    """One thing that waits for a person. `same` is shared by all that one answer settles."""

    id: str
    version: str = Field(description="Send it along with a decision; it changes when asked anew.")
    topic: Topic
    code: str
    asked: str
    why: str
    connection_id: int
    delivery_id: int
    mapping_id: int
    event: int
    meeting_id: str = Field(description="The id of the meeting's page; empty for events.")
    since: datetime
    waiting: int = Field(description="How many wait for the same answer, this one among them.")
    same: str
    choices: list[Choice]


class Waiting(BaseModel):
    """How many Deliveries wait with one code."""

    connection_id: int
    topic: Topic
    code: str
    count: int


class WantedItems(BaseModel):
    """Which items; what is not given does not narrow."""

    connection_id: Positive | None = None
    mapping_id: Positive | None = None
    topic: Topic | None = None
    code: Annotated[str, Field(max_length=100)] = ""
    same: Annotated[str, Field(max_length=600)] = ""

    def filter(self) -> ReviewFilter:
        """The same as the queue understands it."""
        return ReviewFilter(
            connection_id=self.connection_id,
            mapping_id=self.mapping_id,
            topic=self.topic,
            code=self.code,
            same=self.same,
        )


class WantedPage(WantedItems):
    """One page of them."""

    limit: Annotated[int, Field(ge=1, le=MOST, description="At most so many Deliveries.")] = 50
    cursor: Annotated[str, Field(max_length=200, description="`next_cursor` of a page.")] | None = (
        None
    )


class DecisionGiven(Given):
    """What is decided. `scope`: for this item only, for all that wait for the same, or for ever.

    `record_id` goes with choose and teach, `option_ids` with map_option (one, or one for each
    label), `reason` with skip.
    """

    do: Do
    record_id: RecordNumber | None = None
    option_ids: Annotated[list[Positive], Field(max_length=100)] = Field(default_factory=list[int])
    scope: Annotated[str, Field(pattern="^(only_this|waiting|always)?$")] = ""
    reason: Annotated[str, Field(max_length=500)] = ""

    def decision(self) -> Decision:
        """The same as the desk understands it."""
        return Decision(
            do=self.do,
            record_id=self.record_id,
            option_ids=tuple(self.option_ids),
            scope=self.scope,
            reason=self.reason,
        )


class Decided(BaseModel):
    """What came of it: `along` others went on too; `teachings` hold from now on."""

    item: str
    along: int
    teachings: list[int]


class DecisionOf(DecisionGiven):
    """A decision of one item; `version` is that of what was read."""

    version: Annotated[str, Field(max_length=100)] = ""


class BulkGiven(Given):
    """The same decision of many items: of `ids`, or of all that are like `where`.

    Without `expected` nothing is done, and the answer says how many are meant; with it, so many
    have to be meant still.
    """

    ids: Annotated[list[ItemId], Field(max_length=MOST_AT_ONCE)] | None = None
    where: WantedItems | None = None
    decision: DecisionGiven
    expected: Annotated[int, Field(ge=0, le=MOST_AT_ONCE)] | None = None


class BulkDone(Shown):
    """How many are meant, were decided, and went along; `more`: others are left for next time."""

    meant: int
    decided: int
    along: int
    more: bool


class TeachingGiven(Given):
    """An identifier is a record from now on. `source_id`: whose own id it is, for external_id."""

    connection_id: Positive
    kind: RecordKind = RecordKind.PERSON
    by: By
    value: Annotated[str, Field(min_length=1, max_length=500)]
    record_id: RecordNumber
    source_id: Positive | None = None


class Teaching(BaseModel):
    """What holds: `about` record, option (a label means it) or link (a sender's own id)."""

    id: int
    connection_id: int
    source_id: int | None
    about: str
    kind: str
    key: str
    shown: str
    value: str
    taught_by: str
    at: datetime


@router.get("/review", dependencies=[READ])
async def list_review(office: Desk, wanted: Annotated[WantedPage, Query()]) -> Page[Item]:
    """What waits for a person, newest first; it costs no tokens."""
    before = place_of(wanted.cursor, of="review")
    page = await office.read(
        lambda db: queue(db, wanted.filter(), limit=wanted.limit, before=before)
    )
    following = page.next_before and cursor_before("review", page.next_before)
    return Page(items=[shown(one) for one in page.items], next_cursor=following or None)


@router.get("/review/counts", dependencies=[READ])
async def count_review(office: Desk, connection_id: Number = None) -> Page[Waiting]:
    """How many wait, by Connection and code."""
    where = ReviewFilter(connection_id=connection_id)
    found = await office.read(lambda db: waits(db, where))
    return Page(
        items=[
            Waiting(
                connection_id=one.connection_id, topic=one.topic, code=one.code, count=one.number
            )
            for one in found
        ]
    )


@router.get("/review/{item_id}", dependencies=[READ])
async def review_item(item_id: str, office: Desk) -> Item:
    """One item; 404 when it waits no more."""
    found = await office.read(lambda db: waiting_item(db, item_id))
    if found is None:
        raise NotFound(f"{item_id[:60]} waits for nobody now.")
    return shown(found)


@router.post("/review/{item_id}/decide")
async def decide_item(item_id: str, given: DecisionOf, act: Acting) -> Decided:
    """Decide of one item. 409 `already_decided` where somebody was faster: the problem says who."""

    def change(db: sa.Connection) -> Decided:
        done = decide(
            db,
            item_id,
            given.decision(),
            by=act.who,
            now_ms=act.office.now_ms(),
            version=given.version,
        )
        return Decided(item=done.item, along=done.along, teachings=list(done.teachings))

    return await act.do(change, answer=Decided)


@router.post("/review/bulk")
async def decide_items(given: BulkGiven, act: Acting) -> BulkDone:
    """Decide the same of many items, after their number was shown."""
    if (given.ids is None) == (given.where is None):
        raise InvalidRequest("Say which items: either ids, or where.")
    which = given.where.filter() if given.where is not None else given.ids or []

    def change(db: sa.Connection) -> BulkDone:
        done = decide_many(
            db,
            which,
            given.decision.decision(),
            by=act.who,
            now_ms=act.office.now_ms(),
            expected=given.expected,
        )
        return BulkDone.model_validate(done)

    return await act.do(change, answer=BulkDone)


@router.get("/teachings", dependencies=[READ])
async def list_taught(
    office: Desk, connection_id: Number = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[Teaching]:
    """What was taught, newest first."""
    before = place_of(cursor, of="teachings")
    found = await office.read(
        lambda db: list_teachings(db, connection_id, limit=limit, before=before)
    )
    following = cursor_before("teachings", found[-1].id) if len(found) == limit else None
    return Page(items=[_taught(one) for one in found], next_cursor=following)


@router.post("/teachings", status_code=201)
async def teach_rule(given: TeachingGiven, act: Acting) -> Teaching:
    """Teach that an identifier is a record, without being asked; what waits for it goes on."""
    lesson = Lesson(
        connection_id=given.connection_id,
        kind=given.kind,
        by=given.by,
        value=given.value,
        record_id=given.record_id,
        source_id=given.source_id or 0,
    )

    def change(db: sa.Connection) -> Teaching:
        connection(db, given.connection_id)
        return _taught(teach_lesson(db, lesson, by=act.who, now_ms=act.office.now_ms()))

    return await act.do(change, answer=Teaching)


@router.delete("/teachings/{teaching_id}")
async def take_back_teaching(teaching_id: Id, act: Acting) -> Teaching:
    """Take a teaching back; what was written while it held stays."""

    def change(db: sa.Connection) -> Teaching:
        gone = forget_teaching(db, teaching_id, by=act.who, now_ms=act.office.now_ms())
        return _taught(gone)

    return await act.do(change, answer=Teaching)


def shown(one: ReviewItem) -> Item:
    """An item as answers have it."""
    return Item(
        id=one.id,
        version=one.version,
        topic=one.topic,
        code=one.code,
        asked=one.asked,
        why=one.why,
        connection_id=one.connection_id,
        delivery_id=one.delivery_id,
        mapping_id=one.mapping_id,
        event=one.event_seq,
        meeting_id=one.meeting,
        since=from_ms(one.since_ms),
        waiting=one.waiting,
        same=one.same,
        choices=[Choice.model_validate(choice) for choice in one.choices],
    )


def _taught(one: StoredTeaching) -> Teaching:
    return Teaching(
        id=one.id,
        connection_id=one.connection_id,
        source_id=one.source_id or None,
        about=one.about,
        kind=one.kind,
        key=one.key,
        shown=one.shown,
        value=one.value,
        taught_by=one.taught_by,
        at=from_ms(one.at_ms),
    )
