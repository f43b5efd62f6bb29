"""Where a token may go."""

import pytest

from dealwright.core.errors import ConfigError
from dealwright.pipedrive.urls import account_url, checked_url, sandbox_url


@pytest.mark.parametrize(
    "domain",
    [
        "acme",
        "acme.pipedrive.com",
        "ACME.Pipedrive.COM",
        "  acme  ",
        "https://acme.pipedrive.com",
        "https://acme.pipedrive.com/",
        "http://ACME.pipedrive.com",
        "acme.pipedrive.com/",
        "https://acme.pipedrive.com/pipeline/1/user/everyone?x=1#y",
    ],
)
def test_a_company_domain_becomes_its_https_address(domain: str) -> None:
    assert account_url(domain) == "https://acme.pipedrive.com"


@pytest.mark.parametrize(
    "domain",
    [
        "",
        "acme/",
        "https://acme",
        "https://acme.pipedrive.com:8443",
        "https://acme.pipedrive.com@evil.example",
        "https://evil.example/acme.pipedrive.com",
        "https://evil.example/.pipedrive.com",
        "https://user:word@acme.pipedrive.com/",
        "https://acme.pipedrive.com\\@evil.example",
        "ftp://acme.pipedrive.com",
        "https://a.b.pipedrive.com/",
        "acme.example",
        "acme.pipedrive.com.evil.example",
        "evil.example#.pipedrive.com",
        "a.b.pipedrive.com",
        "user@acme",
        "acme:8443",
        "-acme",
        "acme-",
        "ac me",
        "ac\nme",
        "ácme",
        "a" * 64,
    ],
)
def test_anything_else_is_no_company_domain(domain: str) -> None:
    with pytest.raises(ConfigError, match="company domain"):
        account_url(domain)


@pytest.mark.parametrize(
    ("url", "tidy"),
    [
        ("http://127.0.0.1:8900", "http://127.0.0.1:8900"),
        ("http://127.0.0.1:8900/", "http://127.0.0.1:8900"),
        ("http://127.8.9.1", "http://127.8.9.1"),
        ("http://LOCALHOST:8900", "http://localhost:8900"),
        ("http://[::1]:8900", "http://[::1]:8900"),
    ],
)
def test_a_sandbox_is_on_this_machine(url: str, tidy: str) -> None:
    assert sandbox_url(url) == tidy


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8900",
        "https://127.0.0.1:8900",
        "http://10.0.0.1:8900",
        "http://sandbox.example",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://127.0.0.1@evil.example",
        "http://evil.example@127.0.0.1",
        "http://127.0.0.1:8900/api",
        "http://127.0.0.1:8900?x=1",
        "http://127.0.0.1:8900#x",
        "http://127.0.0.1:99999",
        "http://[::1",
        "file:///etc/passwd",
    ],
)
def test_anything_else_is_no_sandbox(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        sandbox_url(url)

    assert caught.value.code == "invalid_url"


def test_a_password_in_an_address_is_not_repeated() -> None:
    with pytest.raises(ConfigError) as caught:
        sandbox_url("http://me:hunter2@127.0.0.1")

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["https://acme.pipedrive.com", "http://127.0.0.1:8900"])
def test_an_address_that_was_checked_passes_again(url: str) -> None:
    assert checked_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://acme.pipedrive.com",
        "https://pipedrive.com.evil.example",
        "https://acme.pipedrive.com:8443",
        "https://acme.pipedrive.com/api/v2",
        "https://evilpipedrive.com",
    ],
)
def test_a_token_goes_nowhere_else(url: str) -> None:
    with pytest.raises(ConfigError):
        checked_url(url)
