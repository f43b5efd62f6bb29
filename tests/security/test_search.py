"""The search for canaries finds them, however dressed; else their absence would mean nothing."""

import base64
from urllib.parse import quote

import pytest
from tests.security.canaries import Canaries

SECRET = "hunter/2 canary+é"

DRESSED = {
    "plain": SECRET.encode(),
    "in an address": f"?token={quote(SECRET, safe='')}&x=1".encode(),
    "in JSON": SECRET.replace("/", "\\/").encode(),
    "hex": SECRET.encode().hex().encode(),
    "Basic, as password": base64.b64encode(f"u:{SECRET}".encode()),
    "Basic, as user": base64.b64encode(f"{SECRET}:".encode()),
    "Basic, after a longer user": base64.b64encode(f"abc:{SECRET}x".encode()),
    "base64 for addresses": base64.urlsafe_b64encode(SECRET.encode()),
}


@pytest.mark.parametrize("dress", DRESSED)
def test_a_canary_is_found(dress: str) -> None:
    canaries = Canaries()
    canaries.keep("a", SECRET)

    assert canaries.seen_in(b"before " + DRESSED[dress] + b" after") == ["a"]


def test_what_is_no_canary_is_not_found() -> None:
    canaries = Canaries()
    canaries.keep("a", SECRET)

    assert canaries.seen_in(b"hunter of canaries") == []


def test_a_secret_that_would_be_found_by_chance_is_not_taken() -> None:
    with pytest.raises(AssertionError, match="too short"):
        Canaries().keep("pin", "1234")
