"""Envelopes: the five ways of answering Google; which one, the path and the signed op tell.

https://developers.google.com/workspace/add-ons/reference/callback-contract
"""

from collections.abc import Mapping, Sequence
from typing import Any

Card = Mapping[str, Any]
Answer = dict[str, Any]


def shown(card: Card) -> Answer:
    """A card, for a trigger: a message was opened, the icon clicked, a draft begun."""
    return {"action": {"navigations": [{"pushCard": card}]}}


def renewed(card: Card, *, notice: str = "") -> Answer:
    """A card in the place of the one that was clicked on."""
    return _submitted({"navigations": [{"updateCard": card}]}, notice)


def saved(card: Card, *, notice: str = "", root: bool = False) -> Answer:
    """The card below a form, or the lowest one, as it is after the form was sent."""
    back = {"popToRoot": True} if root else {"pop": True}
    return _submitted({"navigations": [back, {"updateCard": card}]}, notice)


def back() -> Answer:
    """The card below."""
    return _submitted({"navigations": [{"pop": True}]}, "")


def pushed(card: Card, *, notice: str = "") -> Answer:
    """A card above the one that was clicked on."""
    return _submitted({"navigations": [{"pushCard": card}]}, notice)


def noticed(notice: str) -> Answer:
    """A sentence; the card stays, with all that was filled in."""
    return _submitted({}, notice)


def suggested(texts: Sequence[str]) -> Answer:
    """What may be meant by what is being typed."""
    return {"autoComplete": {"items": [{"text": text} for text in texts]}}


def scopes_missing(scopes: Sequence[str]) -> Answer:
    """Google asks the user for scopes, and then the hub the same again."""
    return {"requesting_google_scopes": {"scopes": list(scopes)}}


def not_linked(card: Card) -> Answer:
    """A card that leads to signing in to the hub."""
    return {"custom_authorization_prompt": {"action": {"navigations": [{"pushCard": card}]}}}


def _submitted(action: Answer, notice: str) -> Answer:
    if notice:
        action["notification"] = {"text": notice}
    return {"renderActions": {"action": action}, "stateChanged": True}
