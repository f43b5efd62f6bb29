"""The deployment of the add-on, as `gcloud workspace-add-ons deployments create` takes it.

https://developers.google.com/workspace/add-ons/reference/rest/v1/projects.deployments
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

SCOPE: Final = "https://www.googleapis.com/auth/"
_ALWAYS: Final = (
    "gmail.addons.execute",
    "gmail.addons.current.message.metadata",
    "userinfo.email",
    "script.locale",
)
_COMPOSE: Final = "gmail.addons.current.action.compose"
_BODY: Final = "gmail.addons.current.message.action"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the add-on is to do. `companies` are the labels of the accounts' addresses."""

    base_url: str
    companies: tuple[str, ...] = ()
    with_body: bool = False
    with_compose: bool = False


def manifest(wanted: Wanted) -> dict[str, Any]:
    """The deployment, in the form that Google's API has."""
    base = wanted.base_url
    door, logo = f"{base}/addon/gmail", f"{base}/static/card/pipedrive.png"
    gmail: dict[str, Any] = {
        "contextualTriggers": [{"unconditional": {}, "onTriggerFunction": f"{door}/open"}]
    }
    scopes: list[str] = [*_ALWAYS]
    if wanted.with_body:
        scopes.append(_BODY)
    if wanted.with_compose:
        scopes.append(_COMPOSE)
        actions = [{"label": "Contact card", "runFunction": f"{door}/compose", "logoUrl": logo}]
        gmail["composeTrigger"] = {"actions": actions, "draftAccess": "METADATA"}
    return {
        "oauthScopes": [f"{SCOPE}{scope}" for scope in scopes],
        "addOns": {
            "common": {
                "name": "Dealwright",
                "logoUrl": logo,
                "useLocaleFromApp": True,
                "layoutProperties": {"primaryColor": "#1a73e8", "secondaryColor": "#174ea6"},
                "homepageTrigger": {"runFunction": f"{door}/home"},
                "universalActions": [
                    {"label": "Connectors and settings", "runFunction": f"{door}/settings"}
                ],
                "openLinkUrlPrefixes": list(prefixes(base, wanted.companies)),
            },
            "gmail": gmail,
            "httpOptions": {
                "authorizationHeader": "SYSTEM_ID_TOKEN",
                "granularOauthPermissionSupport": "OPT_IN",
            },
        },
    }


def prefixes(base_url: str, companies: Iterable[str]) -> tuple[str, ...]:
    """Where links of cards may lead: the hub, Pipedrive, its status page, and maps.

    A connector that is being set up is of no company yet: its link leads to `app`.
    """
    there = {*companies} - {""}
    labels = sorted({*there, "app"}) if there else ["*"]
    accounts = (f"https://{one}.pipedrive.com/" for one in labels)
    others = ("https://status.pipedrive.com/", "https://www.google.com/maps/")
    return (f"{base_url}/", *accounts, *others)
