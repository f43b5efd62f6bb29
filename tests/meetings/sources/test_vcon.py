"""vCon: wrappings, versions and their old names, who and when."""

import gzip
from typing import Any

import pytest
from tests.meetings.sources.recorders import (
    TEXT,
    delivered,
    encoded,
    meeting,
    standard,
    told,
)
from tests.meetings.sources.vcons import UUID, a_vcon, url64

from dealwright.meetings.folding import fold
from dealwright.meetings.meeting import Part
from dealwright.meetings.source import Accepted, Refused, Scheme


def _refused(body: object) -> Refused:
    raw = encoded(body)
    with pytest.raises(Refused) as refused:
        delivered("vcon", raw, standard(raw))
    return refused.value


# -- what is taken


def test_any_media_type_is_taken_and_a_bearer_token_where_it_was_chosen() -> None:
    headers = {"authorization": f"Bearer {TEXT}", "content-type": "application/vcon+json"}

    found = delivered("vcon", a_vcon(), headers, secrets=[TEXT], scheme=Scheme.BEARER)

    assert isinstance(found, Accepted)
    assert found.meeting_key == f"vcon:{UUID}"


@pytest.mark.parametrize("name", ["critical", "must_support"])
def test_an_extension_that_must_be_known_and_is_not_refuses_the_vcon(name: str) -> None:
    refused = _refused(a_vcon(**{name: ["lawful_basis"]}))

    assert (refused.status, refused.code) == (422, "critical_extension")


def test_no_critical_extension_is_none() -> None:
    assert meeting("vcon", a_vcon(critical=[], extensions=["lawful_basis"])).key == f"vcon:{UUID}"


def test_an_encrypted_vcon_is_refused_by_its_name() -> None:
    refused = _refused({"protected": "e30", "recipients": [], "iv": "a", "ciphertext": "b"})

    assert (refused.status, refused.code) == (422, "encrypted_vcon")


@pytest.mark.parametrize("signature", [{"signature": "c2ln"}, {"header": {"x5c": ["MIIB"]}}])
def test_the_payload_of_a_signed_vcon_is_read(signature: dict[str, Any]) -> None:
    payload = url64(encoded(a_vcon(subject="Signed")))

    found = meeting("vcon", {"payload": payload, "signatures": [signature]})

    assert found.title == "Signed"


def test_a_zipped_vcon_is_unzipped_and_the_signature_is_over_what_was_sent() -> None:
    raw = gzip.compress(encoded(a_vcon(subject="Zipped")), mtime=0)
    headers = {"authorization": f"Bearer {TEXT}"}

    found = delivered("vcon", raw, headers, secrets=[TEXT], scheme=Scheme.BEARER)

    assert isinstance(found, Accepted)
    assert meeting("vcon", raw).title == "Zipped"


@pytest.mark.parametrize(
    "raw", [gzip.compress(b" " * 20_000_001, mtime=0), b"\x1f\x8bnothing", gzip.compress(b"{}")[:9]]
)
def test_a_zip_bomb_or_a_broken_zip_is_refused(raw: bytes) -> None:
    headers = {"authorization": f"Bearer {TEXT}"}

    with pytest.raises(Refused) as refused:
        delivered("vcon", raw, headers, secrets=[TEXT], scheme=Scheme.BEARER)

    assert refused.value.status == 422


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"uuid": None}, "/uuid"),
        ({"uuid": 7}, "/uuid"),
        ({"parties": {}}, "/parties"),
        ({"parties": [{"tel": 46701740605}]}, "/parties/0/tel"),
        ({"parties": [None]}, "/parties/0"),
        ({"dialog": [{"start": "soon"}]}, "/dialog/0/start"),
        ({"dialog": [{"duration": -1}]}, "/dialog/0/duration"),
        ({"dialog": "x"}, "/dialog"),
        ({"analysis": [{"type": 1}]}, "/analysis/0/type"),
        ({"attachments": [7]}, "/attachments/0"),
        ({"subject": ["x"]}, "/subject"),
        ({"created_at": "today"}, "/created_at"),
    ],
)
def test_a_fault_is_told_with_its_place(wrong: dict[str, Any], pointer: str) -> None:
    refused = _refused(a_vcon(**wrong))

    assert (refused.status, refused.code) == (422, "invalid_meeting")
    assert [problem.pointer for problem in refused.problems] == [pointer]


@pytest.mark.parametrize("payload", ["%%%", "bm90IGpzb24", ""])
def test_a_signed_vcon_without_one_inside_is_refused(payload: str) -> None:
    assert _refused({"payload": payload, "signatures": []}).status == 422


@pytest.mark.parametrize(
    "of", [{"amended": {"uuid": "first"}}, {"appended": [{"uuid": "first", "url": "x"}]}]
)
def test_an_amended_vcon_is_the_meeting_that_it_amends(of: dict[str, Any]) -> None:
    assert meeting("vcon", a_vcon(**of)).key == "vcon:first"


def test_a_redacted_vcon_is_a_meeting_of_its_own() -> None:
    assert meeting("vcon", a_vcon(redacted={"uuid": "other"})).key == f"vcon:{UUID}"


def test_the_newer_version_wins_in_any_order() -> None:
    old = told("vcon", a_vcon(subject="Old"))
    new = told("vcon", a_vcon(subject="New", updated_at="2026-11-16T09:00:00Z"))

    assert fold(fold(None, new), old).title == "New"


# -- who and when


def test_parties_may_be_empty_and_their_places_count() -> None:
    dialog = {"type": "text", "start": "2026-11-15T09:00:00Z", "originator": 1, "body": "Hello"}

    found = meeting("vcon", a_vcon(parties=[{}, {"name": "Bo"}], dialog=[dialog]))

    assert [one.name for one in found.attendees] == ["Bo"]
    assert found.transcript[0].speaker == "Bo"


def test_a_bot_is_told_as_one() -> None:
    found = meeting("vcon", a_vcon(parties=[{"name": "Helper", "type": "bot"}]))

    assert found.attendees[0].part is Part.BOT


@pytest.mark.parametrize(
    ("sip", "phones"),
    [("sip:+46701740605@pbx.example", ("+46701740605",)), ("sip:ana@pbx.example", ())],
)
def test_a_sip_address_may_hold_a_number(sip: str, phones: tuple[str, ...]) -> None:
    found = meeting("vcon", a_vcon(parties=[{"name": "Ana", "sip": sip}]))

    assert found.attendees[0].phones == phones


def test_the_meeting_lasts_from_the_first_start_to_the_last_end() -> None:
    dialogs = [
        {"type": "recording", "start": "2026-11-15T11:30:00+01:00", "duration": 10},
        {"type": "recording", "start": "2026-11-15T10:00:00.700+01:00", "duration": 7_200.9},
        {"type": "transfer", "start": "2026-11-15T10:10:00Z"},
    ]

    found = meeting("vcon", a_vcon(dialog=dialogs))

    assert str(found.started_at) == "2026-11-15 09:00:00+00:00"
    assert str(found.ended_at) == "2026-11-15 11:00:00+00:00"


@pytest.mark.parametrize("start", [1_763_200_800, 1_763_200_800_000, "2025-11-15T10:00:00Z"])
def test_older_drafts_write_times_as_numbers(start: object) -> None:
    found = meeting("vcon", a_vcon(dialog=[{"type": "recording", "start": start}]))

    assert str(found.started_at) == "2025-11-15 10:00:00+00:00"


@pytest.mark.parametrize(
    ("types", "answered_at_all"),
    [
        (["incomplete"], False),
        (["incomplete", "incomplete"], False),
        (["incomplete", "recording"], True),
        ([], True),
    ],
)
def test_nobody_talked_where_there_are_only_incomplete_dialogs(
    types: list[str], *, answered_at_all: bool
) -> None:
    dialogs = [{"type": kind, "start": "2026-11-15T09:00:00Z"} for kind in types]

    assert meeting("vcon", a_vcon(dialog=dialogs)).answered is answered_at_all
