"""What every Source declares, and what holds for all of them."""

import pytest
from tests.meetings.sources.recorders import (
    NOW_S,
    SOURCES,
    TEXT,
    WHSEC,
    delivered,
    hexed,
    standard,
    zoom_headers,
)

from dealwright.meetings.source import Accepted, DeadLetter, Refused

_CONTRACT = {
    "aircall": ("/hooks/calls/aircall", 200, 1_800),
    "circleback": ("/hooks/meetings/circleback", 200, 0),
    "fathom": ("/hooks/meetings/fathom", 200, 0),
    "fireflies": ("/hooks/meetings/fireflies", 200, 900),
    "generic": ("/hooks/meetings/generic", 202, 0),
    "readai": ("/hooks/meetings/read", 200, 0),
    "vcon": ("/hooks/meetings/vcon", 200, 0),
    "zoom": ("/hooks/meetings/zoom", 200, 900),
}


def _signed(key: str, body: bytes) -> dict[str, str]:
    if key == "zoom":
        return zoom_headers(body)
    if key == "readai":
        return {"x-read-signature": hexed(b"twelve bytes", body)}
    names = {"fireflies": "x-hub-signature", "circleback": "x-signature"}
    if key in names:
        return {names[key]: hexed(TEXT.encode(), body)}
    return standard(body)


_SECRETS = (WHSEC, TEXT, "dHdlbHZlIGJ5dGVz")


def test_each_source_has_its_path_its_answer_and_its_grace_period() -> None:
    declared = {key: (one.path, one.accepted, one.grace_s) for key, one in SOURCES.items()}

    assert declared == _CONTRACT


@pytest.mark.parametrize("key", sorted(SOURCES))
def test_a_source_is_called_as_its_module(key: str) -> None:
    assert SOURCES[key].key == key


@pytest.mark.parametrize("key", sorted(SOURCES))
def test_what_comes_unsigned_is_refused(key: str) -> None:
    with pytest.raises(Refused) as refused:
        delivered(key, b'{"event": "x"}', {}, secrets=_SECRETS)

    assert (refused.value.status, refused.value.code) in {(401, "signature"), (401, "token")}


@pytest.mark.parametrize("key", sorted(SOURCES))
def test_a_source_without_secrets_takes_nothing(key: str) -> None:
    body = b'{"event": "x", "token": ""}'

    with pytest.raises(Refused):
        delivered(key, body, _signed(key, body), secrets=())


@pytest.mark.parametrize("key", sorted(set(SOURCES) - {"aircall"}))
def test_another_secrets_signature_is_refused(key: str) -> None:
    body = b'{"event": "x"}'

    with pytest.raises(Refused) as refused:
        delivered(key, body, _signed(key, body), secrets=["whsec_" + "A" * 32, "other secret"])

    assert refused.value.code == "signature"


@pytest.mark.parametrize("key", ["circleback", "fireflies", "readai", "zoom"])
@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"\xff", b'{"a":', b"[" * 500, b'"x"'])
def test_an_authentic_body_that_cannot_be_read_is_kept_with_its_reason(
    key: str, body: bytes
) -> None:
    found = delivered(key, body, _signed(key, body), secrets=_SECRETS)

    assert isinstance(found, DeadLetter)
    assert found.reason


@pytest.mark.parametrize("key", ["vcon", "generic"])
@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'{"a":', b"[" * 500, b'"x"'])
def test_a_sender_who_can_be_told_is_told(key: str, body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        delivered(key, body, standard(body))

    assert (refused.value.status, refused.value.code) == (422, "invalid_meeting")
    assert refused.value.problems


def test_a_repeated_delivery_has_the_key_of_the_first_and_another_has_its_own() -> None:
    body, edited = b'{"id": 1, "notes": "a"}', b'{"id": 1, "notes": "b"}'

    first, again, other = (
        delivered("circleback", one, _signed("circleback", one)) for one in (body, body, edited)
    )

    assert first == again
    assert isinstance(first, Accepted)
    assert isinstance(other, Accepted)
    assert other.delivery_key != first.delivery_key
    assert other.meeting_key == first.meeting_key == "circleback:1"


def test_a_delivery_with_an_id_is_known_by_it_whatever_its_body_is() -> None:
    found = [
        delivered("fathom", body, standard(body, message_id="msg_7\x00" * 500))
        for body in (b'{"recording_id": 1}', b'{"recording_id": 1, "title": "x"}')
    ]

    assert found[0] == found[1]


def test_a_signed_time_is_five_minutes_from_ours_at_most() -> None:
    body = b'{"recording_id": 1}'
    late = str(int(NOW_S) - 301)

    with pytest.raises(Refused) as refused:
        delivered("fathom", body, standard(body, at=late))

    assert (refused.value.status, refused.value.code) == (401, "timestamp")


def test_a_wrong_signature_goes_before_a_wrong_time() -> None:
    body = b'{"recording_id": 1}'
    headers = standard(body, at="1") | {"webhook-signature": "v1,AAAA"}

    with pytest.raises(Refused) as refused:
        delivered("fathom", body, headers)

    assert refused.value.code == "signature"
