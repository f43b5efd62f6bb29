"""Somebody for cards: Ada Lovelace of Analytical, with one of everything."""

from datetime import UTC, datetime
from typing import Any

from dealwright.cards.known import (
    Connector,
    EventLine,
    Finding,
    Known,
    Lists,
    MeetingLine,
    Reader,
)
from dealwright.core.record import (
    Activity,
    ActivityType,
    Deal,
    FieldDefinition,
    FieldOption,
    Labelled,
    Member,
    Note,
    Organization,
    Person,
    Pipeline,
    Stage,
)

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
LOCALES = ("en-GB", "en-US", "de-DE", "fr-FR", "sv-SE", "es-ES", "ar", "ja-JP", "xx")
BASE_URL = "https://hub.example"
#: Values of the 16 custom field types, as v2 gives them.
VALUES: dict[str, Any] = {
    "varchar": "https://ada.example/about",
    "varchar_auto": "Robotics",
    "text": "Ring twice.\nBack door.",
    "double": 1204.5,
    "monetary": {"value": 8250.5, "currency": "EUR"},
    "set": [31, 32, 99],
    "enum": 41,
    "user": 9,
    "org": 12,
    "people": 88,
    "phone": "+44 20 7946 0321",
    "time": {"value": "15:45:00", "timezone_name": "Europe/London"},
    "timerange": {"value": "09:00:00", "until": "17:30:00", "timezone_name": "Europe/Berlin"},
    "date": "2026-11-05",
    "daterange": {"value": "2027-03-10", "until": "2027-03-20"},
    "address": {"value": "Hafenstr. 1, 20457 Hamburg"},
}
_OPTIONS = {
    "set": (FieldOption(id=31, label="Welding"), FieldOption(id=32, label="Vision")),
    "enum": (FieldOption(id=41, label="Gold"),),
}
FIELDS = tuple(
    FieldDefinition(
        field_code=f"code_{kind}",
        field_name=f"Field {kind}",
        field_type=kind,
        is_custom_field=True,
        options=_OPTIONS.get(kind),
    )
    for kind in VALUES
)
LABELS = FieldDefinition(
    field_code="label_ids",
    field_name="Labels",
    field_type="set",
    options=(FieldOption(id=1, label="Hot lead", color="red"),),
)
LISTS = Lists(
    person_fields=(LABELS, *FIELDS),
    users=(
        Member(id=9, name="Bo Chen", email="bo@hub.example"),
        Member(id=11, name="Cy Diaz", email="cy@hub.example", active_flag=False),
    ),
    activity_types=(
        ActivityType(id=1, name="Call", key_string="call", order_nr=1),
        ActivityType(id=2, name="Site visit", key_string="site_visit", order_nr=2),
    ),
    pipelines=(Pipeline(id=1, name="Sales"),),
    stages=(
        Stage(id=1, name="Qualified", pipeline_id=1, order_nr=1),
        Stage(id=3, name="Proposal sent", pipeline_id=1, order_nr=3),
    ),
    currency="EUR",
)
ADA = Person(
    id=4211,
    name="Ada Lovelace",
    owner_id=9,
    org_id=77,
    add_time="2024-11-05T08:12:00Z",
    update_time="2026-11-19T16:40:00Z",
    emails=(
        Labelled(value="ada@home.example", label="home"),
        Labelled(value="ada@analytical.example", label="work", primary=True),
    ),
    phones=(
        Labelled(value="+49 30 901820", label="work", primary=True),
        Labelled(value="ask reception", label="mobile"),
    ),
    visible_to=3,
    label_ids=(1, 7),
    custom_fields={f"code_{kind}": value for kind, value in VALUES.items()},
)
DEALS = (
    Deal(
        id=900, title="Robot arms", org_id=77, value=29000, currency="EUR", pipeline_id=1,
        stage_id=3, probability=60, expected_close_date="2026-11-30",
        add_time="2026-09-01T09:00:00Z",
    ),
    Deal(
        id=850, title="Trial cell", org_id=77, value=4000, currency="EUR", status="won",
        won_time="2026-02-02T23:30:00Z", add_time="2026-01-12T09:00:00Z",
    ),
    Deal(
        id=830, title="Spare parts", org_id=77, value=900, currency="EUR", status="lost",
        lost_reason="Price too high", lost_time="2026-01-09T13:30:00Z",
        add_time="2025-12-01T09:00:00Z",
    ),
)  # fmt: skip
ACTIVITIES = (
    Activity(id=503, subject="Intro mail", type="email", due_date="2026-11-04", done=True),
    Activity(
        id=502, subject="Visit them", type="site_visit", due_date="2026-12-01", due_time="09:20",
        duration="02:00", deal_id=900, note="Bring <b>safety shoes</b>.",
    ),
    Activity(id=500, subject="Send offer", type="task", due_date="2026-11-20", deal_id=900),
)  # fmt: skip
NOTES = (
    Note(
        id=62, content="Asked for <a href='https://spec.example/x'>the spec</a>.", user_id=11,
        add_time="2026-10-03 14:00:00",
    ),
    Note(
        id=61, content="<b>Met</b><ol><li>Price<li>Demo</ol><ul><li>Both</ul>", user_id=9,
        add_time="2026-09-12 09:00:00", pinned_to_person_flag=True,
    ),
)  # fmt: skip
OTHERS = tuple(
    Connector(id=2 + place, name=f"Account {finding}", finding=finding, says="why")
    for place, finding in enumerate(Finding)
)
EVERYTHING = Known(
    connection=1,
    connection_name="Pipedrive",
    company="acme",
    address="ada@analytical.example",
    person=ADA,
    organization=Organization(id=77, name="Analytical"),
    deals=DEALS,
    deal_notes={900: (Note(id=63, content="<b>Discount</b> agreed", add_time="2026-11-10"),)},
    deal_activities={900: ACTIVITIES[1:2]},
    activities=ACTIVITIES,
    notes=NOTES,
    persons={88: Person(id=88, name="Eli Stone")},
    organizations={12: Organization(id=12, name="Acme Holding")},
    lists=LISTS,
    meetings=(MeetingLine(title="Demo", at=NOW, url="https://hub.example/s/1", state="synced"),),
    events=(EventLine(name="Signed Up", at=NOW),),
    others=OTHERS,
    people=("kim@newco.example",),
    in_mail=True,
)


def reader(locale: str = "en-GB", zone: str = "Europe/Berlin", **more: Any) -> Reader:
    """Somebody who looks."""
    return Reader(now=NOW, locale=locale, zone=zone, **more)
