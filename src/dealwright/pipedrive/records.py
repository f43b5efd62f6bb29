"""Typed calls: records, searches and the account's own definitions."""

from collections.abc import AsyncIterator, Callable, Container, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar, cast

import msgspec

from dealwright.core.errors import Rejected
from dealwright.core.record import (
    RECORD_TYPES,
    ActivityType,
    Currency,
    FieldDefinition,
    FieldOption,
    LeadLabel,
    Member,
    Pipeline,
    Record,
    RecordId,
    RecordKind,
    Stage,
    User,
)
from dealwright.pipedrive import operations
from dealwright.pipedrive.client import Client
from dealwright.pipedrive.pages import Page, changed_pages, lead_of, read_page
from dealwright.pipedrive.wire import Request

T = TypeVar("T")

#: More pages of hits than this are no way to find one record.
SEARCH_PAGES = 5

#: 10,000 records; a list that goes on is not read to its end, hence says nothing.
LIST_PAGES = 20


class PersonField(StrEnum):
    """Where a person search looks; the value is Pipedrive's word."""

    EMAIL = "email"
    PHONE = "phone"
    NAME = "name"


class PersonHit(msgspec.Struct, frozen=True, kw_only=True):
    """A person as a search returns it: unverified, perhaps deleted long ago."""

    id: int
    name: str | None = None
    emails: tuple[str, ...] | None = ()
    phones: tuple[str, ...] | None = ()


class OrganizationHit(msgspec.Struct, frozen=True, kw_only=True):
    """An organization as a search returns it: unverified, perhaps deleted long ago."""

    id: int
    name: str | None = None


class _PersonItem(msgspec.Struct):
    item: PersonHit


class _PersonItems(msgspec.Struct):
    items: list[_PersonItem]


class _OrganizationItem(msgspec.Struct):
    item: OrganizationHit


class _OrganizationItems(msgspec.Struct):
    items: list[_OrganizationItem]


class _WithId(msgspec.Struct):
    id: int


class _FieldHit(msgspec.Struct):
    """Schema and example of the specification differ: `{"item": {"id"}}`, or `id` at once."""

    id: int = 0
    item: _WithId | None = None

    def __post_init__(self) -> None:
        if not self.record_id:
            raise ValueError("a hit without an id")

    @property
    def record_id(self) -> int:
        return self.item.id if self.item is not None else self.id


class _FieldItems(msgspec.Struct):
    items: list[_FieldHit]


class _PersonRef(msgspec.Struct):
    value: int


class _Participant(msgspec.Struct):
    row: int = msgspec.field(name="id")
    person_id: int | _PersonRef

    @property
    def person(self) -> int:
        return self.person_id if isinstance(self.person_id, int) else self.person_id.value


# pyright has no name yet for a union that is handed over as a value.
_FIELD_HITS = cast("type[list[_FieldHit] | _FieldItems]", list[_FieldHit] | _FieldItems)
_PARTICIPANTS = cast("type[list[_Participant] | None]", list[_Participant] | None)
# v2 tells the id of what was deleted, v1 `true`.
_ANYTHING = cast("type[object]", Any)
_ACTIVITY_TYPES = cast("type[list[ActivityType] | None]", list[ActivityType] | None)


_ON_ALL = {
    "activities_count": "activities",
    "notes_count": "notes",
    "files_count": "files",
    "email_messages_count": "e-mails",
}
_ON_PEOPLE = {"open_deals_count": "open deals", "closed_deals_count": "closed deals"}

# https://developers.pipedrive.com/docs/api/v2/Persons (include_fields)
_HANGING: Mapping[RecordKind, Mapping[str, str]] = {
    RecordKind.PERSON: {**_ON_ALL, **_ON_PEOPLE},
    RecordKind.ORGANIZATION: {**_ON_ALL, **_ON_PEOPLE, "people_count": "persons"},
    RecordKind.DEAL: {**_ON_ALL, "products_count": "products"},
}


class Records:
    """What can be asked of one account, as functions with types.

    All of them raise the UpstreamError tree; an outage is never an empty answer.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def client(self) -> Client:
        """What sends for these."""
        return self._client

    async def get(self, kind: RecordKind, record_id: RecordId) -> Record | None:
        """Read one record; 1 token. None only when Pipedrive says that there is none.

        A deleted record is still there for 30 days, with `is_deleted`.
        """
        request = operations.read_record(kind, record_id)
        try:
            return await self._record(kind, request)
        except Rejected as error:
            if error.code == "record_not_found":
                return None
            raise

    async def create(self, kind: RecordKind, values: Mapping[str, Any]) -> Record:
        """Make a record, always a new one; 5 tokens. `values` is the v2 body."""
        return await self._record(kind, operations.create_record(kind, values))

    async def update(
        self, kind: RecordKind, record_id: RecordId, values: Mapping[str, Any]
    ) -> Record:
        """Change what `values` names, and nothing else; 5 tokens.

        Raises Rejected (`record_not_found`) when the record is gone.
        """
        return await self._record(kind, operations.update_record(kind, record_id, values))

    async def delete(self, kind: RecordKind, record_id: RecordId) -> None:
        """Delete a record; 3 tokens, a note 6. One that is gone already is no error."""
        try:
            await self._client.perform(operations.delete_record(kind, record_id), _ANYTHING)
        except Rejected as error:
            if error.code != "record_not_found":
                raise

    async def merge(self, kind: RecordKind, record_id: int, *, into: int) -> None:
        """Have a record become part of another; 40 tokens. Raises Rejected where one is gone."""
        await self._client.perform(operations.merge_record(kind, record_id, into), _ANYTHING)

    async def search_persons(
        self, term: str, *, field: PersonField = PersonField.EMAIL
    ) -> list[PersonHit]:
        """Search persons by one exact value, whatever its case; 20 tokens a page.

        The index lags seconds behind and keeps deleted persons: verify every hit. Raises Rejected
        (`too_many_hits`) rather than return a part.
        """

        def page(cursor: str | None) -> Request:
            return operations.search_records(
                RecordKind.PERSON, term=term, field=field.value, cursor=cursor
            )

        pages = await self._pages(page, _PersonItems, SEARCH_PAGES)
        return [hit.item for items in pages for hit in items.items]

    async def search_organizations(self, name: str) -> list[OrganizationHit]:
        """Search organizations by exact name, whatever its case; 20 tokens a page.

        Deleted organizations stay in the index for good: verify every hit.
        """

        def page(cursor: str | None) -> Request:
            return operations.search_records(
                RecordKind.ORGANIZATION, term=name, field="name", cursor=cursor
            )

        pages = await self._pages(page, _OrganizationItems, SEARCH_PAGES)
        return [hit.item for items in pages for hit in items.items]

    async def search_field(self, kind: RecordKind, field_key: str, term: str) -> list[int]:
        """Ids of records whose field is exactly `term`, case included; 20 tokens a page.

        Only address, varchar, text, varchar_auto, double, monetary and phone fields are indexed.
        """

        def page(cursor: str | None) -> Request:
            return operations.search_field(kind, field_key=field_key, term=term, cursor=cursor)

        pages = await self._pages(page, _FIELD_HITS, SEARCH_PAGES)
        hits = [hit for data in pages for hit in (data if isinstance(data, list) else data.items)]
        return [hit.record_id for hit in hits]

    async def newest(self, kind: RecordKind, since: datetime) -> list[Record]:
        """Records made or changed since a moment, inclusive, latest `add_time` first.

        10 tokens for 500 of them (leads and notes 20). Rounded down to whole seconds of
        Pipedrive's clock. Unlike a search it sees a record as soon as it is made.
        """
        return [
            record
            async for page in changed_pages(self._client, kind, since)
            for record in page.records
        ]

    def changed(self, kind: RecordKind, since: datetime) -> AsyncIterator[Page]:
        """The same by the page, for as many as there are."""
        return changed_pages(self._client, kind, since)

    async def page(self, kind: RecordKind, *, cursor: str | None = None) -> Page:
        """One page of all records of a kind, archived ones last; see `read_page`."""
        return await read_page(self._client, kind, cursor=cursor)

    async def _record(self, kind: RecordKind, request: Request) -> Record:
        if kind is RecordKind.LEAD:
            return lead_of((await self._client.perform(request, dict[str, Any])).data, request)
        return (await self._client.perform(request, RECORD_TYPES[kind])).data

    async def activity_types(self) -> list[ActivityType]:
        """All types of activity, inactive ones too; 20 tokens."""
        request = operations.list_activity_types()
        return (await self._client.perform(request, _ACTIVITY_TYPES)).data or []

    async def fields(self, kind: RecordKind) -> list[FieldDefinition]:
        """The active fields of a kind, all pages; 10 tokens for 500."""

        def page(cursor: str | None) -> Request:
            return operations.list_fields(kind, cursor=cursor)

        pages = await self._pages(page, list[FieldDefinition], LIST_PAGES)
        return [definition for definitions in pages for definition in definitions]

    async def create_activity_type(self, name: str) -> ActivityType:
        """Add a type of activity; 10 tokens. Raises Rejected for a user who is no admin."""
        request = operations.create_activity_type(name)
        return (await self._client.perform(request, ActivityType)).data

    async def create_field(
        self,
        kind: RecordKind,
        name: str,
        *,
        field_type: str = "varchar",
        labels: Sequence[str] = (),
    ) -> FieldDefinition:
        """Add a custom field; 5 tokens. `field_type` is one of Pipedrive's 16, for ever."""
        request = operations.create_field(kind, name=name, field_type=field_type, labels=labels)
        return (await self._client.perform(request, FieldDefinition)).data

    async def participants(self, deal_id: int) -> frozenset[int]:
        """Who takes part in a deal, as ids of persons; 10 tokens. At most 500 of them are read."""
        return frozenset(row.person for row in await self._participants(deal_id))

    async def add_participant(self, deal_id: int, person_id: int) -> None:
        """Have a person take part in a deal; 10 tokens. Adds again who is there already."""
        await self._client.perform(operations.add_participant(deal_id, person_id), _Participant)

    async def remove_participants(self, deal_id: int, person_ids: Container[int]) -> list[int]:
        """Have persons take part in a deal no longer; who did. 10 tokens, and 6 for each of them.

        One who leaves meanwhile is no error.
        """
        gone: list[int] = []
        for row in await self._participants(deal_id):
            if row.person not in person_ids:
                continue
            try:
                request = operations.remove_participant(deal_id, row.row)
                await self._client.perform(request, _ANYTHING)
            except Rejected as error:
                if error.code != "record_not_found":
                    raise
            gone.append(row.person)
        return gone

    async def hanging(self, kind: RecordKind, record_id: RecordId) -> dict[str, int]:
        """What hangs on a record of ours, by its name; 1 token. Leads are not among it.

        Followers are not: whoever makes a record follows it.
        """
        counts = _HANGING.get(kind, {})
        if not counts:
            return {}
        request = operations.read_counts(kind, record_id, list(counts))
        told = (await self._client.perform(request, dict[str, Any])).data
        return {name: told[key] for key, name in counts.items() if told.get(key)}

    async def _participants(self, deal_id: int) -> list[_Participant]:
        request = operations.list_participants(deal_id)
        return (await self._client.perform(request, _PARTICIPANTS)).data or []

    async def add_options(
        self, kind: RecordKind, field_key: str, labels: Sequence[str]
    ) -> list[FieldOption]:
        """Add options to a custom field of choices, all or none; 5 tokens."""
        request = operations.add_options(kind, field_key=field_key, labels=labels)
        return (await self._client.perform(request, list[FieldOption])).data

    async def users(self) -> list[Member]:
        """All users of the company, those that can no longer sign in too; 20 tokens."""
        return (await self._client.perform(operations.list_users(), list[Member])).data

    async def lead_labels(self) -> list[LeadLabel]:
        """The labels that leads may have; 10 tokens."""
        return (await self._client.perform(operations.list_lead_labels(), list[LeadLabel])).data

    async def pipelines(self) -> list[Pipeline]:
        """All pipelines; 5 tokens for 500."""
        pages = await self._pages(
            lambda cursor: operations.list_pipelines(cursor=cursor), list[Pipeline], LIST_PAGES
        )
        return [pipeline for page in pages for pipeline in page]

    async def stages(self) -> list[Stage]:
        """The stages of all pipelines; 5 tokens for 500."""
        pages = await self._pages(
            lambda cursor: operations.list_stages(cursor=cursor), list[Stage], LIST_PAGES
        )
        return [stage for page in pages for stage in page]

    async def currencies(self) -> list[Currency]:
        """All currencies, also those that are not used; 20 tokens."""
        return (await self._client.perform(operations.list_currencies(), list[Currency])).data

    async def me(self) -> User:
        """The token's user and company; 2 tokens. Tells whether the token works."""
        return (await self._client.perform(operations.read_me(), User)).data

    async def _pages(
        self, page: Callable[[str | None], Request], data_type: type[T], at_most: int
    ) -> list[T]:
        # https://pipedrive.readme.io/docs/core-api-concepts-pagination: an empty page is not the
        # end, only a null cursor is.
        answer = await self._client.perform(page(None), data_type)
        found = [answer.data]
        while answer.next_cursor is not None:
            if len(found) == at_most:
                raise _endless(page(None))
            answer = await self._client.perform(page(answer.next_cursor), data_type)
            found.append(answer.data)
        return found


def _endless(request: Request) -> Rejected:
    return Rejected(
        f"{request.operation} finds more records than can be looked through, so none is chosen. "
        "Match by something rarer: an external id, an e-mail address or a record id.",
        code="too_many_hits",
    )
