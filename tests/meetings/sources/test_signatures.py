"""How deliveries are proved: each scheme, several secrets, and secrets that are none."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.meetings.sources.recorders import (
    NOW_S,
    SOURCES,
    TEXT,
    WHSEC,
    delivered,
    encoded,
    hexed,
    standard,
)

from dealwright.core.errors import ConfigError
from dealwright.meetings.signatures import checked
from dealwright.meetings.source import Accepted, Refused, Scheme, Secret

_FATHOM = encoded({"recording_id": 7})
_MEETING = encoded(
    {
        "type": "meeting.completed",
        "timestamp": "2026-11-22T11:00:00Z",
        "data": {"id": "m1", "started_at": "2026-11-22T10:00:00Z"},
    }
)


def _v1a(body: bytes, key: Ed25519PrivateKey) -> dict[str, str]:
    signed = key.sign(f"msg_1.{NOW_S}.".encode() + body)
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": NOW_S,
        "webhook-signature": f"v1,AAAA v1a,{base64.b64encode(signed).decode()}",
    }


def _public(key: Ed25519PrivateKey) -> str:
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return f"whpk_{base64.b64encode(raw).decode()}"


def test_while_a_secret_is_changed_the_old_and_the_new_one_hold() -> None:
    new = "whsec_" + base64.b64encode(b"another key of Standard Webhooks").decode()
    found = [
        delivered("fathom", _FATHOM, standard(_FATHOM, secret=one), secrets=[WHSEC, new])
        for one in (WHSEC, new)
    ]

    assert [type(one) for one in found] == [Accepted, Accepted]


def test_one_good_signature_among_several_is_enough() -> None:
    headers = standard(_FATHOM)
    headers["webhook-signature"] = f"v1,AAAA v2,xyz {headers['webhook-signature']}"

    assert isinstance(delivered("fathom", _FATHOM, headers), Accepted)


def test_a_message_signed_with_a_private_key_is_known_by_the_public_one() -> None:
    key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)

    found = delivered("generic", _MEETING, _v1a(_MEETING, key), secrets=[_public(key)])

    assert isinstance(found, Accepted)


def test_a_changed_message_is_not_the_one_that_was_signed_with_a_private_key() -> None:
    key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)

    with pytest.raises(Refused) as refused:
        delivered("generic", _MEETING + b" ", _v1a(_MEETING, key), secrets=[_public(key)])

    assert refused.value.code == "signature"


def test_a_bearer_token_is_enough_where_it_was_chosen() -> None:
    headers = {"authorization": f"Bearer {TEXT}"}

    found = delivered("generic", _MEETING, headers, secrets=[TEXT], scheme=Scheme.BEARER)

    assert isinstance(found, Accepted)


def test_a_wrong_bearer_token_is_told_as_such() -> None:
    with pytest.raises(Refused) as refused:
        delivered(
            "generic",
            _MEETING,
            {"authorization": "Bearer no"},
            secrets=[TEXT],
            scheme=Scheme.BEARER,
        )

    assert (refused.value.status, refused.value.code) == (401, "token")


def test_a_signing_secret_is_no_bearer_token() -> None:
    with pytest.raises(Refused) as refused:
        delivered("generic", _MEETING, {"authorization": f"Bearer {WHSEC}"}, secrets=[WHSEC])

    assert refused.value.code == "signature"


def test_the_signature_of_github_is_enough_where_it_was_chosen() -> None:
    headers = {"x-hub-signature-256": f"sha256={hexed(TEXT.encode(), _MEETING)}"}

    found = delivered("generic", _MEETING, headers, secrets=[TEXT], scheme=Scheme.HUB)

    assert isinstance(found, Accepted)


def test_an_upper_case_signature_is_the_same() -> None:
    body = encoded({"id": 1})
    headers = {"x-signature": hexed(TEXT.encode(), body).upper()}

    assert isinstance(delivered("circleback", body, headers), Accepted)


@pytest.mark.parametrize(
    "given", ["", "é", "\udcff", "sha256=", "v0=", "v1,", "0" * 10_000, "v1,\udcff", "v1a,%%%"]
)
@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("fathom", "webhook-signature"),
        ("readai", "x-read-signature"),
        ("circleback", "x-signature"),
        ("fireflies", "x-hub-signature"),
        ("zoom", "x-zm-signature"),
        ("generic", "webhook-signature"),
    ],
)
def test_whatever_stands_in_a_signature_it_is_refused_and_breaks_nothing(
    key: str, name: str, given: str
) -> None:
    headers = {"webhook-id": "msg_1", "webhook-timestamp": NOW_S, name: given}

    with pytest.raises(Refused) as refused:
        delivered(key, b"{}", headers, secrets=["whsec_%%%", TEXT, "whpk_x"])

    assert refused.value.code == "signature"


@pytest.mark.parametrize("at", ["", "soon", "-5", "1e9", "9" * 40, "²"])
def test_a_time_that_is_none_is_not_near(at: str) -> None:
    with pytest.raises(Refused):
        delivered("fathom", _FATHOM, standard(_FATHOM, at=at))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("fathom", "short"),
        ("fathom", "whpk_AAAA"),
        ("readai", "no base64 at all!"),
        ("zoom", "   "),
        ("aircall", "x"),
    ],
)
def test_what_is_no_secret_of_a_source_cannot_be_set(key: str, value: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        checked(SOURCES[key], Secret(value=value))

    assert wrong.value.code == "invalid_secret"


def test_a_recorder_with_a_signature_of_its_own_takes_no_bearer_token() -> None:
    with pytest.raises(ConfigError):
        checked(SOURCES["zoom"], Secret(value=TEXT, scheme=Scheme.BEARER))


def test_a_secret_is_kept_without_the_white_space_of_copying() -> None:
    assert checked(SOURCES["fathom"], Secret(value=f" {WHSEC}\n")).value == WHSEC


def test_a_secret_does_not_show_itself() -> None:
    assert WHSEC not in repr(Secret(value=WHSEC))
