"""What the values of settings have to look like.

Each returns the value, or raises ValueError with what was expected, never with a secret.
"""

import base64
import binascii
from urllib.parse import urlsplit

from babel import Locale, UnknownLocaleError

from dealwright.core.errors import ConfigError
from dealwright.core.secret import Secret
from dealwright.core.ssrf import allow_list, networks
from dealwright.core.zone import zone_of


def database_url(secret: Secret) -> Secret:
    """An address that `Store.open` takes."""
    scheme = urlsplit(secret.reveal()).scheme
    if scheme not in {"sqlite", "postgresql", "postgresql+psycopg"}:
        raise ValueError(
            "expected sqlite:////path/to/file.db or postgresql://user:password@host/name"
        )
    return secret


def fernet_keys(secret: Secret) -> Secret:
    """Keys of Fernet, joined by commas."""
    for key in secret.reveal().split(","):
        try:
            decoded = base64.urlsafe_b64decode(key.strip())
        except (binascii.Error, ValueError):
            decoded = b""
        if len(decoded) != 32:
            raise ValueError("each key must be 32 bytes in URL-safe base64, as Fernet has them")
    return secret


def http_address(address: str) -> str:
    """An address of http or https, without the slash behind it."""
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
        raise ValueError("expected http:// or https://, a host, and nothing behind the path")
    return address.rstrip("/")


def allowed(entries: str) -> str:
    """Addresses as `core.ssrf.allow_list` takes them, joined by commas."""
    try:
        allow_list(entries.split(","))
    except ConfigError as error:
        raise ValueError(str(error)) from None
    return entries


def listed_networks(entries: str) -> str:
    """Networks, joined by commas."""
    try:
        networks(entries.split(","))
    except ConfigError as error:
        raise ValueError(str(error)) from None
    return entries


def digits(text: str) -> str:
    """A number as Google writes it, or nothing."""
    if text and not (text.isascii() and text.isdecimal()):
        raise ValueError("expected digits only")
    return text


def locale(tag: str) -> str:
    """A language, or a language and a country."""
    try:
        Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        raise ValueError("expected a language such as en-GB, de or pt-BR") from None
    return tag


def time_zone(name: str) -> str:
    """A zone of the IANA database."""
    if name != "UTC" and str(zone_of(name)) != name:
        raise ValueError("expected a time zone such as Europe/Berlin")
    return name
