"""SSRF: which addresses the hub may call when a person or a sender names them. No I/O.

A URL is first taken apart (`aim`), then its host is looked up, then each address of the host is
judged (`callable_addresses`); the caller connects to one of those and looks nothing up again.
Ranges: https://www.iana.org/assignments/iana-ipv4-special-registry and its sister for IPv6.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

import idna

from dealwright.core.errors import ConfigError, DealwrightError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_HTTPS_PORT: Final = 443
_PORTS: Final = {"https": _HTTPS_PORT, "http": 80}
_LONGEST_URL: Final = 8_192

#: What is no public host though the library calls it global: it leads elsewhere, or to a cloud's
#: own services.
_NEVER: Final = tuple(
    ipaddress.ip_network(text)
    for text in (
        "168.63.129.16/32",  # Azure's wire server answers here from inside
        "192.0.0.0/24",  # protocol assignments; a cloud's metadata too
        "192.88.99.0/24",  # 6to4 relays
        "2001::/23",  # protocol assignments, Teredo among them
        "2002::/16",  # 6to4: an IPv4 address of anybody's choice
        "3fff::/20",  # documentation
    )
)
#: IPv6 gives hosts addresses from here only: NAT64, mapped and compatible IPv4, local ones are out.
_UNICAST: Final = ipaddress.IPv6Network("2000::/3")

_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.ASCII)
_NETLOC: Final = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[^\[\]:@]+)(?::(?P<port>[0-9]{1,5}))?")
#: White space and control characters are read differently by every library; so are backslashes.
_TRICKS: Final = re.compile(r"[\x00-\x20\x7f-\xa0\\]")
_UNQUOTED: Final = "!#$%&'()*+,/:;=?@[]~"


class AddressRefused(DealwrightError):
    """An address that the hub does not call: whoever gave it gives another, or it is allowed.

    Codes: `address_refused` (its host is private, or may not be called so), `invalid_address`.
    """

    code = "address_refused"
    status = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A URL taken apart: `host` is a name or an address in its usual form; `path` has the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> str:
        """Scheme, host and port: what an error may show, since a query may hold a signature."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    @property
    def url(self) -> str:
        """The whole URL, in ASCII."""
        return f"{self.origin}{self.path}"

    @property
    def literal(self) -> Address | None:
        """The address, where the host is one and no name."""
        return _address(self.host)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """A network or name that may be called although it is private; None: any port."""

    network: Network | None = None
    name: str = ""
    port: int | None = None


@dataclass(frozen=True, slots=True)
class AllowList:
    """What an operator lets the hub call beside public https hosts."""

    exemptions: tuple[Exemption, ...] = ()

    def has_name(self, target: Target) -> bool:
        """Whether the host is allowed by its name, wherever that leads."""
        return any(
            each.name == target.host and each.port in {None, target.port}
            for each in self.exemptions
            if each.name
        )

    def has_address(self, address: Address, port: int) -> bool:
        """Whether the address is allowed; of IPv4 in IPv6 clothes the IPv4 one counts."""
        plain = getattr(address, "ipv4_mapped", None) or address
        return any(
            each.network is not None and plain in each.network and each.port in {None, port}
            for each in self.exemptions
        )

    def with_origin(self, url: str) -> "AllowList":
        """This and the one host and port of `url`: of an address that the operator set himself."""
        target = _split(url)
        literal = target.literal
        own = Exemption(
            network=None if literal is None else ipaddress.ip_network(literal),
            name="" if literal is not None else target.host,
            port=target.port,
        )
        return AllowList((*self.exemptions, own))


#: Public https hosts, and nothing else.
NOBODY: Final = AllowList()


def allow_list(entries: Iterable[str]) -> AllowList:
    """Read `10.1.0.0/16`, `127.0.0.1:11434`, `[::1]:8000`, `llm.internal`, `llm.internal:8000`.

    Raises ConfigError (`invalid_config`) that names the first faulty entry.
    """
    return AllowList(tuple(_exemption(entry.strip()) for entry in entries if entry.strip()))


def networks(entries: Iterable[str]) -> tuple[Network, ...]:
    """Read addresses and networks, as of proxies. Raises ConfigError that names a faulty one."""
    found: list[Network] = []
    for entry in filter(None, map(str.strip, entries)):
        try:
            found.append(ipaddress.ip_network(entry))
        except ValueError:
            raise ConfigError(
                f"“{entry[:80]}” is no network: write 10.1.0.0/16 or 127.0.0.1."
            ) from None
    return tuple(found)


def aim(url: str, *, allowed: AllowList = NOBODY) -> Target:
    """Take a URL apart, and refuse what is wrong whatever its host's address may be.

    Raises AddressRefused: no http address, credentials in it, plain http or an odd port where
    nothing is allowed, or a private address written out.
    """
    target = _split(url)
    literal = target.literal
    if literal is not None:
        callable_addresses(target, [str(literal)], allowed=allowed)
    elif not allowed.has_name(target) and not _maybe_by_address(target, allowed):
        _check_manner(target)
    return target


def callable_addresses(
    target: Target, addresses: Iterable[str], *, allowed: AllowList = NOBODY
) -> list[str]:
    """Of what a host resolves to, the addresses that may be called; never none.

    Raises AddressRefused when there is none.
    """
    if allowed.has_name(target):
        good = list(addresses)
    else:
        good = [text for text in addresses if _may_be_called(target, _address(text), allowed)]
    if not good:
        raise AddressRefused(
            f"{target.origin} is not called: it leads to a private or reserved address, or is no "
            "https on port 443. Give a public https address, or have the operator allow it in "
            "DEALWRIGHT_ALLOWED_ADDRESSES."
        )
    return good


def is_public(address: Address) -> bool:
    """Whether an address is a host of the open internet, and no wrapped or special one."""
    if address.is_multicast or not address.is_global or address.is_reserved:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address not in _UNICAST:
        return False
    return not any(address in network for network in _NEVER)


def _may_be_called(target: Target, address: Address | None, allowed: AllowList) -> bool:
    if address is None:
        return False
    if allowed.has_address(address, target.port):
        return True
    return target.scheme == "https" and target.port == _HTTPS_PORT and is_public(address)


def _maybe_by_address(target: Target, allowed: AllowList) -> bool:
    """Whether an address on the list could be this name's: known once it is looked up."""
    return any(
        each.network is not None and each.port in {None, target.port} for each in allowed.exemptions
    )


def _check_manner(target: Target) -> None:
    if target.scheme != "https":
        raise AddressRefused(
            f"{target.origin} is not https: give an https address, or have the operator allow it "
            "in DEALWRIGHT_ALLOWED_ADDRESSES."
        )
    if target.port != _HTTPS_PORT:
        raise AddressRefused(
            f"{target.origin} is on port {target.port}: give an address on port 443, or have the "
            "operator allow it in DEALWRIGHT_ALLOWED_ADDRESSES."
        )


def _split(url: str) -> Target:
    if len(url) > _LONGEST_URL or _TRICKS.search(url):
        raise _no_address("it is too long, or has white space or a backslash in it")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise _no_address("it cannot be read") from None
    if parts.scheme not in _PORTS or not parts.netloc:
        raise _no_address("it does not begin with https:// and a host")
    if "@" in parts.netloc:
        raise _no_address("a name or password stands before its host; leave that out")
    found = _NETLOC.fullmatch(parts.netloc.lower())
    port = int(found["port"] or _PORTS[parts.scheme]) if found else 0
    if not found or not 0 < port < 65_536:
        raise _no_address("its host or port cannot be read")
    path = quote(parts.path or "/", safe=_UNQUOTED)
    query = f"?{quote(parts.query, safe=_UNQUOTED)}" if parts.query else ""
    return Target(scheme=parts.scheme, host=_host(found["host"]), port=port, path=path + query)


def _host(text: str) -> str:
    bare = text[1:-1] if text.startswith("[") else text
    address = _address(bare)
    if address is not None:
        return str(address)
    name = bare.removesuffix(".")
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode("ascii").lower()
        except (idna.IDNAError, UnicodeError):
            raise _no_address("its host is no name") from None
    # A last label of digits is another way to write an address: https://url.spec.whatwg.org/#ends-in-a-number-checker
    if not _NAME.fullmatch(name) or re.fullmatch(r"[0-9]+|0x[0-9a-f]*", name.rpartition(".")[2]):
        raise _no_address("its host is no name")
    return name


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _exemption(entry: str) -> Exemption:
    try:
        return Exemption(network=ipaddress.ip_network(entry))
    except ValueError:
        pass
    try:
        target = _split(f"http://{entry}")
    except AddressRefused:
        target = None
    if target is None or target.path != "/" or entry.endswith("/"):
        raise ConfigError(
            f"“{entry[:80]}” is no address to allow: write a network (10.1.0.0/16), an address or "
            "a name, with or without a port (127.0.0.1:11434, llm.internal)."
        )
    has_port = bool(re.search(r"[^:\]]:[0-9]+$|\]:[0-9]+$", entry))
    port = target.port if has_port else None
    literal = target.literal
    if literal is not None:
        return Exemption(network=ipaddress.ip_network(literal), port=port)
    return Exemption(name=target.host, port=port)


def _no_address(why: str) -> AddressRefused:
    return AddressRefused(
        f"This address cannot be called: {why}. Give one such as https://files.example/a.mp4.",
        code="invalid_address",
    )
