"""Where requests may go: a company's own host at Pipedrive, or a sandbox on this machine."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from dealwright.core.errors import ConfigError

_SUFFIX = ".pipedrive.com"
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)

#: An address as a browser shows it; nothing but the host is taken of it.
_PAGE = re.compile(r"(?:https?://)?([a-z0-9-]+\.pipedrive\.com)/?(?:[/?#].*)?", re.ASCII)


def account_url(domain: str) -> str:
    """The address of an account: `acme` or `acme.pipedrive.com` → https://acme.pipedrive.com.

    Also as a browser shows it, with the scheme and a page. Raises ConfigError (`invalid_url`) for
    anything else; a token must not reach another host.
    """
    # https://pipedrive.readme.io/docs/core-api-concepts-requests: the company host, https only.
    label = _host(domain).removesuffix(_SUFFIX)
    if not _LABEL.fullmatch(label):
        raise _refused(
            domain, "give the company domain alone, such as “acme” for acme.pipedrive.com"
        )
    return f"https://{label}{_SUFFIX}"


def company_of(url: str) -> str:
    """The company's own label in the address of an account; "" of a sandbox, which has none."""
    host = urlsplit(url).hostname or ""
    return host.removesuffix(_SUFFIX) if host.endswith(_SUFFIX) else ""


def _host(domain: str) -> str:
    text = domain.strip().casefold()
    page = _PAGE.fullmatch(text)
    return page[1] if page else text


def sandbox_url(url: str) -> str:
    """The address of a sandbox: http on a loopback address, without path → the same, tidy.

    Raises ConfigError (`invalid_url`).
    """
    parts = _split(url)
    if parts.scheme != "http" or not _is_loopback(parts.hostname or ""):
        raise _refused(url, "a sandbox is http on this machine, such as http://127.0.0.1:8900")
    return f"http://{parts.netloc.casefold()}"


def checked_url(url: str) -> str:
    """Let pass what `account_url` or `sandbox_url` made. Raises ConfigError (`invalid_url`)."""
    parts = _split(url)
    if parts.scheme == "https" and (parts.hostname or "").endswith(_SUFFIX):
        return account_url(parts.netloc)
    return sandbox_url(url)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url.strip())
        bare = parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        raise _refused(url, "that is no address") from None
    if not bare or parts.path not in {"", "/"} or "?" in url or "#" in url:
        raise _refused(url, "give scheme, host and port only")
    return parts


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refused(text: str, advice: str) -> ConfigError:
    # What stands before an @ may be a password.
    shown = text.rpartition("@")[2][:80]
    return ConfigError(
        f"“{shown}” cannot be used as Pipedrive's address: {advice}.", code="invalid_url"
    )
