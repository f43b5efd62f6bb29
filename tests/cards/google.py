"""Google, between the add-on and its reader: no answer reaches a test that Google would refuse.

Every test that speaks to the add-on does so by `add_on`; tests/house/test_add_on_answers.py sees
to it.
"""

import json
from typing import Any, Final

import httpx2
from tests.cards.runner.tokens import BASE
from tests.cards.valid import kind_of, linked_faults, size

from dealwright.web.addon.manifest import prefixes

DOOR: Final = "/addon/gmail/"
#: People send its form, and not Google.
PAGE: Final = f"{DOOR}link"
#: A click is answered with one of these, everything else with the others.
CLICKED: Final = frozenset({"submit", "autocomplete", "auth"})
SHOWN: Final = frozenset({"render", "auth"})
MOST_BYTES: Final = 64 * 1024
#: Where links of cards may lead, as a deployment that names no account lists them.
LINKS: Final = prefixes(BASE, ())


class RefusedByGoogle(AssertionError):
    """An answer that would be shown as a failure, and what is wrong with it."""


class Google(httpx2.ASGITransport):
    """The way to the app; answers of the add-on are looked at as Google does."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Hand a request on. Raises RefusedByGoogle."""
        answer = await super().handle_async_request(request)
        path = request.url.path
        if request.method == "POST" and path.startswith(DOOR) and path != PAGE:
            await answer.aread()
            wrong = refused(path, answer.status_code, answer.content)
            if wrong:
                raise RefusedByGoogle(wrong)
        return answer


def add_on(app: Any) -> httpx2.AsyncClient:
    """A client of the app, at the address that the hub has for Google."""
    return httpx2.AsyncClient(transport=Google(app=app), base_url=BASE)


def refused(path: str, status: int, content: bytes) -> list[str]:
    """What Google would not take of an answer; one that is no card is not Google's to show."""
    if status != httpx2.codes.OK:
        return []
    answer: Any = json.loads(content)
    kind, wanted = kind_of(answer), CLICKED if path == f"{DOOR}action" else SHOWN
    if kind not in wanted:
        return [f"{path} is answered with a {kind}, not with one of {sorted(wanted)}"]
    wrong = linked_faults(answer, kind=kind, links=LINKS)
    found = [str(one) for one in wrong if not in_a_note(one)]
    if size(answer) > MOST_BYTES:
        found.append(f"{size(answer)} bytes")
    return found


def in_a_note(fault: Any) -> bool:
    """A link that somebody wrote into a note leads anywhere; Google names prefixes for openLink."""
    code, path, _ = fault
    return code == "L-url-prefix" and path.endswith("<a>")
