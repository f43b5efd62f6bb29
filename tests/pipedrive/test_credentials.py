"""Credentials: what is sealed is read again, as it was sealed at first too."""

from dealwright.core.secret import Secret
from dealwright.pipedrive.credentials import ApiToken, OAuth, packed, unpacked

GRANTED = OAuth(
    access=Secret("v1u:access"),
    refresh=Secret("1:2:refresh"),
    expires_at_ms=1,
    scopes=("base",),
    api_domain="https://acme.pipedrive.com",
)


def test_what_was_granted_is_read_again() -> None:
    assert unpacked(packed(GRANTED)) == GRANTED


def test_an_api_token_is_read_again() -> None:
    token = ApiToken(token=Secret("a1" * 20))

    assert unpacked(packed(token)) == token


def test_a_token_that_was_sealed_alone_is_one_still() -> None:
    assert unpacked(b"a1b2c3") == ApiToken(token=Secret("a1b2c3"))


def test_a_token_of_digits_alone_is_one_too() -> None:
    assert unpacked(b"1234567890") == ApiToken(token=Secret("1234567890"))


def test_they_print_nothing() -> None:
    assert "v1u" not in repr(GRANTED)
    assert "refresh'" not in repr(GRANTED)
