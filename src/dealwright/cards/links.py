"""Links of a card: records in Pipedrive, addresses, telephone numbers, places."""

import re
from typing import Final
from urllib.parse import quote, quote_plus

import phonenumbers

from dealwright.core.identifier import placed

_COMPANY: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_MAIL: Final = re.compile(r"[^\s@<>\"]+@[^\s@<>\"]+\.[^\s@<>\"]+")
_WEB: Final = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_MAPS: Final = "https://www.google.com/maps/search/?api=1&query="

STATUS_PAGE: Final = "https://status.pipedrive.com/"


def company_url(company: str) -> str:
    """The web address of an account; of all where its label is not known."""
    label = company if _COMPANY.fullmatch(company) else "app"
    return f"https://{label.lower()}.pipedrive.com"


def record_url(company: str, kind: str, record: int | str) -> str:
    """Where a person, deal, organization or activity is opened in Pipedrive."""
    path = f"activities/list?activityId={record}" if kind == "activity" else f"{kind}/{record}"
    return f"{company_url(company)}/{path}"


def user_url(company: str, user: int | str) -> str:
    """Where a colleague is opened in Pipedrive."""
    return f"{company_url(company)}/users/details/{user}"


def token_url(company: str) -> str:
    """Where people find their API token."""
    return f"{company_url(company)}/settings/api"


def subscription_url(company: str) -> str:
    """Where people subscribe, or mend their payment."""
    return f"{company_url(company)}/settings/subscription"


def mail_url(address: str) -> str:
    """A mailto link; nothing for what is no address."""
    return (
        "mailto:" + quote(address, safe="@+.-_", errors="replace")
        if _MAIL.fullmatch(address)
        else ""
    )


def web_url(text: str) -> str:
    """The address that a text is, if it is one: `https`, or mailto."""
    stripped = text.strip()
    if _WEB.fullmatch(stripped):
        host = stripped.split("//", 1)[1].split("/", 1)[0]
        return "" if "@" in host or not host else "https://" + stripped.split("//", 1)[1]
    return mail_url(stripped)


def map_url(address: str) -> str:
    """Where a postal address is shown on a map."""
    return _MAPS + quote_plus(address[:500], errors="replace")


def phone(written: str, region: str) -> tuple[str, str]:
    """A number as people read it, and its link; as it was typed, without one, if it is none."""
    known = region or written.startswith(("+", "00"))
    number = placed(written[:80], region or None) if known else None
    if number is None or not phonenumbers.is_possible_number(number):
        return written, ""
    shown = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return shown, phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.RFC3966)
