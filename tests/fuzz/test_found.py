"""What fuzzing has found, each input by itself."""

from pathlib import Path

import pytest
from tests.fuzz.samples import CONFIG, REFUSAL

from dealwright.core.errors import ConfigError, InvalidEvent, Unavailable
from dealwright.core.record import Person
from dealwright.meetings.files.ics import read_ics
from dealwright.pipedrive.wire import Request, Response, decipher
from dealwright.pipeline.config_file import parse_config
from dealwright.web.write_keys import authorization_of_query

pytestmark = pytest.mark.security


@pytest.mark.parametrize("status", [200, 500])
def test_an_answer_that_is_no_utf_8_is_no_answer(status: int) -> None:
    request = Request(method="GET", path="/api/v2/persons/7", operation="x", tokens=1)
    body = REFUSAL.replace(b"error", b"\xc0\xaf").replace(b'"success":false', b'"success":7')
    with pytest.raises(Unavailable):
        decipher(request, Response(status=status, headers={}, body=body), Person)


@pytest.mark.parametrize(
    "text",
    [
        CONFIG.replace("account", "0000-00-00"),
        "a: " + "[" * 2_000,
        "a: &a [*a]",
        "a0: &a0 [x]\n" + "".join(f"a{n + 1}: &a{n + 1} [*a{n}, *a{n}]\n" for n in range(40)),
    ],
    ids=["no day", "brackets without end", "an alias of itself", "aliases of aliases"],
)
def test_a_configuration_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_config(text, Path("dealwright.yaml"))
    assert refused.value.code == "invalid_config_file"


def test_a_query_of_very_many_fields_has_no_key() -> None:
    query = b"&".join([b"writeKey=x"] * 30)
    assert authorization_of_query(query) == b""


@pytest.mark.parametrize("zone", ["Europe", "Europe/" + "a" * 300])
def test_a_calendar_of_a_zone_that_is_none_is_refused(zone: str) -> None:
    event = f"BEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID={zone}:20261120T150000\r\nEND:VEVENT\r\n"
    with pytest.raises(InvalidEvent):
        read_ics(f"BEGIN:VCALENDAR\r\n{event}END:VCALENDAR\r\n")
