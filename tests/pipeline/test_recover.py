"""Is a record what a Create, whose answer was lost, would have made?"""

from typing import Any

import pytest

from dealwright.core.record import Activity, Labelled, Participant, Person, Record
from dealwright.pipeline.recover import fits

ADA = Person(
    id=1, name="Ada Love", emails=(Labelled(value="Ada@love.example"),), custom_fields={"k": "u-1"}
)
HOME = Person(id=3, name="Ada Love", custom_fields={"a": {"value": "Berlin, Germany"}})
DEMO = Activity(
    id=2,
    subject="Demo",
    type="call",
    due_date="2026-11-05",
    due_time="09:00:00",
    participants=(Participant(person_id=1, primary=True),),
)


@pytest.mark.parametrize(
    ("body", "record"),
    [
        pytest.param({"name": "Ada Love"}, ADA, id="name"),
        pytest.param({"emails": [{"value": "ada@love.example"}]}, ADA, id="address"),
        pytest.param({"custom_fields": {"k": "u-1"}}, ADA, id="external id"),
        pytest.param({"custom_fields": {"k": " u-1 "}}, ADA, id="text that was trimmed"),
        pytest.param({"custom_fields": {"a": "Berlin"}}, HOME, id="text that became an object"),
        pytest.param({"subject": "Demo", "due_time": "09:00"}, DEMO, id="time without seconds"),
        pytest.param({"participants": [{"person_id": 1}]}, DEMO, id="participant"),
        pytest.param({"note": "<p>changed by Pipedrive</p>"}, DEMO, id="HTML is not compared"),
    ],
)
def test_a_record_with_all_that_was_sent_fits(body: dict[str, Any], record: Record) -> None:
    assert fits(body, record)


@pytest.mark.parametrize(
    ("body", "record"),
    [
        pytest.param({"name": "Ada"}, ADA, id="name"),
        pytest.param({"emails": [{"value": "eve@love.example"}]}, ADA, id="address"),
        pytest.param({"custom_fields": {"k": "u-2"}}, ADA, id="external id"),
        pytest.param({"custom_fields": {"none": "u-1"}}, ADA, id="field without a value"),
        pytest.param({"subject": "Demo", "due_time": "10:00"}, DEMO, id="time"),
        pytest.param({"due_date": "2026-11-06"}, DEMO, id="day"),
        pytest.param({"type": "meeting"}, DEMO, id="type"),
        pytest.param({"participants": [{"person_id": 2}]}, DEMO, id="participant"),
    ],
)
def test_a_record_that_differs_does_not_fit(body: dict[str, Any], record: Record) -> None:
    assert not fits(body, record)
