"""Every request that we can build is one that Pipedrive's OpenAPI files know."""

from datetime import UTC, datetime

import pytest
from tests.contract.client.watched import objections

from dealwright.core.record import RecordKind
from dealwright.core.secret import Secret
from dealwright.pipedrive import operations
from dealwright.pipedrive.costs import PRICES
from dealwright.pipedrive.webhooks import create_webhook, delete_webhook, list_webhooks
from dealwright.pipedrive.wire import Request

MOMENT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
FIELD_KINDS = [RecordKind.PERSON, RecordKind.ORGANIZATION, RecordKind.DEAL]
BODIES = {
    RecordKind.PERSON: {
        "name": "Ada",
        "org_id": 7,
        "emails": [{"value": "ada@example.com", "label": "work", "primary": True}],
        "phones": [{"value": "+3725550101"}],
        "visible_to": 3,
        "label_ids": [1],
        "custom_fields": {"f" * 40: "u-1"},
    },
    RecordKind.ORGANIZATION: {"name": "Navy", "visible_to": 3, "custom_fields": {"f" * 40: 1}},
    RecordKind.DEAL: {"title": "Ship", "value": 12.5, "currency": "EUR", "status": "open"},
    RecordKind.ACTIVITY: {
        "subject": "Call",
        "type": "call",
        "due_date": "2026-11-02",
        "due_time": "09:00",
        "duration": "00:30",
        "done": False,
        "participants": [{"person_id": 7, "primary": True}],
        "public_description": "Hello",
        "note": "<b>Hello</b>",
    },
    RecordKind.NOTE: {"content": "<b>Hello</b>", "person_id": 7, "pinned_to_person_flag": 1},
}
LEAD = "adf21080-0e10-11eb-879b-05d71fb426ec"
LEAD_BODY = {
    "title": "Demo",
    "person_id": 7,
    "organization_id": 8,
    "value": {"amount": 12.5, "currency": "EUR"},
    "expected_close_date": "2026-11-02",
    "visible_to": "3",
    "label_ids": [LEAD],
    "f" * 40: "u-1",
}
V2_KINDS = [kind for kind in BODIES if kind not in operations.V1_KINDS]
MERGED_KINDS = (RecordKind.PERSON, RecordKind.ORGANIZATION, RecordKind.DEAL)
REQUESTS = [
    *(operations.read_record(kind, 7) for kind in BODIES),
    *(operations.create_record(kind, BODIES[kind]) for kind in BODIES),
    *(operations.update_record(kind, 7, BODIES[kind]) for kind in BODIES),
    operations.read_record(RecordKind.LEAD, LEAD),
    operations.create_record(RecordKind.LEAD, LEAD_BODY),
    operations.update_record(RecordKind.LEAD, LEAD, LEAD_BODY),
    *(operations.delete_record(kind, 7) for kind in BODIES),
    operations.delete_record(RecordKind.LEAD, LEAD),
    *(operations.merge_record(kind, 7, 8) for kind in MERGED_KINDS),
    *(operations.list_changed(kind, since=MOMENT, cursor="abc") for kind in V2_KINDS),
    *(operations.list_changed(kind, since=MOMENT) for kind in sorted(operations.V1_KINDS)),
    *(operations.list_records(kind, cursor="abc") for kind in V2_KINDS),
    *(operations.list_records(kind, cursor="500") for kind in sorted(operations.V1_KINDS)),
    *(operations.list_records(kind, archived=True) for kind in sorted(operations.ARCHIVING)),
    *(operations.list_fields(kind, cursor="abc") for kind in V2_KINDS),
    *(operations.create_field(kind, name="Id", field_type="varchar") for kind in FIELD_KINDS),
    *(
        operations.search_field(kind, field_key="f" * 40, term="x", cursor="abc")
        for kind in FIELD_KINDS
    ),
    operations.search_records(RecordKind.PERSON, term="ada", field="email", cursor="abc"),
    operations.search_records(RecordKind.ORGANIZATION, term="navy", field="name"),
    *(operations.add_options(kind, field_key="f" * 40, labels=["Red"]) for kind in FIELD_KINDS),
    operations.list_participants(7),
    operations.add_participant(7, 8),
    operations.remove_participant(7, 9),
    operations.create_activity_type("Lunch"),
    operations.list_activity_types(),
    operations.list_users(),
    operations.list_lead_labels(),
    operations.list_pipelines(),
    operations.list_stages(),
    operations.list_currencies(),
    operations.read_me(),
    list_webhooks(),
    create_webhook("https://hub.example/h", name="Hub", user="hub", password=Secret("p")),
    delete_webhook(7),
]


@pytest.mark.parametrize(
    "request_", REQUESTS, ids=lambda request: f"{request.method} {request.target}"
)
def test_a_request_is_as_the_vendor_specifies(request_: Request) -> None:
    assert objections(request_) == []


def test_every_operation_with_a_price_is_among_them() -> None:
    assert {request.operation for request in REQUESTS} == set(PRICES)


def test_a_wrong_request_would_be_noticed() -> None:
    wrong = operations.create_record(RecordKind.PERSON, {"email": "ada@example.com"})

    assert objections(wrong) == [
        "POST v2/persons body: 'email' is not a property of this operation"
    ]
