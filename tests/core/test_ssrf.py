"""Which addresses the hub calls when somebody names them."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealwright.core.errors import ConfigError
from dealwright.core.ssrf import (
    NOBODY,
    AddressRefused,
    aim,
    allow_list,
    callable_addresses,
    is_public,
    networks,
)

PUBLIC = "93.184.215.14"


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104 - it is refused
        "10.0.0.1",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "168.63.129.16",
        "169.254.169.254",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "203.0.113.9",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        f"::ffff:{PUBLIC}",
        f"::{PUBLIC}",
        "64:ff9b::a00:1",
        f"64:ff9b::{PUBLIC}",
        "64:ff9b:1::a00:1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:a00:1::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_an_address_that_is_no_host_of_the_internet_is_refused(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:4700::1111", "2a00:1450::1"])
def test_a_host_of_the_internet_may_be_called(address: str) -> None:
    assert callable_addresses(aim("https://files.example/a"), [address]) == [address]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "files.example",
        "//files.example/a",
        "ftp://files.example/a",
        "file:///etc/passwd",
        "gopher://files.example/",
        "javascript:alert(1)",
        "https://",
        "https:///a",
        "https://user@files.example/",
        "https://user:password@files.example/",
        "https://files.example\\@127.0.0.1/",
        "https://files.example:443@127.0.0.1/",
        "https://files.example /",
        " https://files.example/",
        "https://files.example/a\r\nX: y",
        "https://files.example:0/",
        "https://files.example:65536/",
        "https://files.example:/x:y@z:1",
        "https://127.1/",
        "https://0x7f.0x0.0x0.0x1/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://017700000001/",
        "https://[::1/",
        "https://[fe80::1%25eth0]/",
        "https://a..example/",
        "https://-a.example/",
        f"https://files.example/{'a' * 9000}",
        "https://\u2488\u2488.example/",
    ],
)
def test_what_is_no_plain_address_is_refused_before_any_look_up(url: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        aim(url)
    assert refused.value.code == "invalid_address"


@pytest.mark.parametrize(
    "url",
    [
        "http://files.example/a",
        "https://files.example:8443/a",
        "https://files.example:22/a",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data",
        f"http://{PUBLIC}/",
    ],
)
def test_plain_http_odd_ports_and_private_addresses_are_refused_at_once(url: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        aim(url)
    assert refused.value.code == "address_refused"


def test_of_a_host_with_public_and_private_addresses_only_the_public_are_called() -> None:
    target = aim("https://files.example/a")
    assert callable_addresses(target, ["10.0.0.1", PUBLIC, "::1"]) == [PUBLIC]


def test_a_name_that_leads_inside_is_refused() -> None:
    with pytest.raises(AddressRefused):
        callable_addresses(aim("https://files.example/a"), ["10.0.0.1", "::1"])


@pytest.mark.parametrize(
    ("entry", "url", "address"),
    [
        ("10.1.0.0/16", "http://llm.internal:11434/v1", "10.1.2.3"),
        ("10.1.2.3", "https://llm.internal/v1", "10.1.2.3"),
        ("10.1.2.3", "https://llm.internal/v1", "::ffff:10.1.2.3"),
        ("127.0.0.1:11434", "http://127.0.0.1:11434/v1", "127.0.0.1"),
        ("[::1]:8000", "http://[::1]:8000/", "::1"),
        ("::1", "http://[::1]:8000/", "::1"),
        ("llm.internal", "http://llm.internal:8000/", "10.1.2.3"),
        ("llm.internal:80", "http://llm.internal/", "10.1.2.3"),
        ("LLM.internal:8000", "http://llm.INTERNAL:8000/", "10.1.2.3"),
    ],
)
def test_what_the_operator_allows_is_called(entry: str, url: str, address: str) -> None:
    allowed = allow_list([entry])
    assert callable_addresses(aim(url, allowed=allowed), [address], allowed=allowed) == [address]


@pytest.mark.parametrize(
    ("entry", "url", "address"),
    [
        ("127.0.0.1:11434", "http://llm.internal:22/", "127.0.0.1"),
        ("llm.internal:8000", "http://llm.internal:8001/", "10.1.2.3"),
        ("llm.internal", "http://other.internal/", "10.1.2.3"),
        ("llm.internal", "http://llm.internal.evil.example/", "10.1.2.3"),
        ("10.1.0.0/16", "http://llm.internal/", "10.2.0.1"),
        ("10.1.0.0/16", "http://files.example/", PUBLIC),
    ],
)
def test_what_is_allowed_opens_nothing_beside_it(entry: str, url: str, address: str) -> None:
    allowed = allow_list([entry])
    with pytest.raises(AddressRefused):
        callable_addresses(aim(url, allowed=allowed), [address], allowed=allowed)


def test_the_operators_own_address_is_allowed_with_its_port_alone() -> None:
    allowed = NOBODY.with_origin("https://login.internal:8443/realm")
    target = aim("https://login.internal:8443/token", allowed=allowed)
    assert callable_addresses(target, ["10.0.0.9"], allowed=allowed) == ["10.0.0.9"]
    with pytest.raises(AddressRefused):
        aim("https://login.internal:9443/token", allowed=allowed)


@pytest.mark.parametrize("entry", ["10.1.0.0/40", "http://a.example", "a/b", "a:b", "a:99999", "@"])
def test_what_cannot_be_allowed_is_said(entry: str) -> None:
    with pytest.raises(ConfigError, match="is no address to allow"):
        allow_list([entry])


def test_a_proxy_that_is_no_network_is_said() -> None:
    assert networks(["10.0.0.0/8", " ::1 ", ""])[0] == ipaddress.ip_network("10.0.0.0/8")
    with pytest.raises(ConfigError, match="is no network"):
        networks(["proxy.internal"])


def test_a_refusal_shows_the_host_and_no_signature() -> None:
    with pytest.raises(AddressRefused) as refused:
        aim("http://files.example/a?X-Signature=s3cret")
    assert "http://files.example" in str(refused.value)
    assert "s3cret" not in str(refused.value)


def test_a_path_is_kept_as_it_was_signed() -> None:
    target = aim("https://files.example/a%2Fb%20c?sig=a%2Bb&t=ä")
    assert target.url == "https://files.example/a%2Fb%20c?sig=a%2Bb&t=%C3%A4"


@given(st.text(max_size=60), st.ip_addresses())
def test_no_text_makes_a_target_that_leads_inside(text: str, address: object) -> None:
    try:
        target = aim(f"https://{text}")
    except AddressRefused:
        return
    assert target.url.isascii()
    if not is_public(ipaddress.ip_address(str(address))):
        with pytest.raises(AddressRefused):
            callable_addresses(target, [str(address)])
