"""The page of the signed webhook: its fields are those that are judged, its example is taken."""

import json
import re
from pathlib import Path

from dealwright.meetings.generic import FIELDS, meeting_of

PAGE = (Path(__file__).resolve().parents[2] / "docs/reference/meeting-webhook.md").read_text()


def test_every_field_is_on_the_page_and_no_other() -> None:
    fields = PAGE.partition("## Fields of")[2]

    assert re.findall(r"^\| `(\w+)` \|", fields, re.MULTILINE) == list(FIELDS)


def test_the_example_is_a_meeting() -> None:
    example = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)

    assert example is not None
    assert meeting_of(json.loads(example[1])).title == "Acme demo"
