"""The examples of docs/api.md are run, in their order; the reference page stands by itself."""

import re
import shlex
from pathlib import Path

from tests.web.api.hub import ApiHub

from dealwright.core.people import Role
from dealwright.web.api.reference import reference_page


def _commands(root: Path) -> list[list[str]]:
    page = (root / "docs" / "api.md").read_text(encoding="utf-8")
    return [shlex.split(line) for line in re.findall(r"^\$ (curl .*)$", page, re.MULTILINE)]


def _asked(words: list[str], key: str) -> tuple[str, str, dict[str, str], str | None]:
    method, headers, body, url = "GET", dict[str, str](), None, ""
    rest = iter(words[1:])
    for word in rest:
        if word == "-X":
            method = next(rest)
        elif word == "-H":
            name, _, value = next(rest).partition(": ")
            headers[name] = value.replace("$KEY", key)
        elif word == "-d":
            body = next(rest)
        else:
            url = word.removeprefix("$HUB/api/v1")
    return method, url, headers, body


async def test_the_examples_do_what_they_say(hub: ApiHub, root: Path) -> None:
    answers = []
    async with hub.client(None) as client:
        for words in _commands(root):
            method, url, headers, body = _asked(words, hub.keys[Role.OWNER])
            answer = await client.request(method, url, headers=headers, content=body)
            answers.append((" ".join(words), answer.status_code))

    assert len(answers) > 10
    assert [(text, status) for text, status in answers if status >= 300] == []


def test_the_reference_page_asks_nobody_else_for_anything(hub: ApiHub) -> None:
    page = reference_page(hub.api.openapi())

    assert re.findall(r"""(?:src|href)=["']?(?:https?:)?//""", page) == []
    assert "<script" not in page
    assert "style=" not in page


def test_the_reference_page_has_every_endpoint(hub: ApiHub) -> None:
    told = hub.api.openapi()
    page = reference_page(told)

    assert [path for path in told["paths"] if f"<code>{path}</code>" not in page] == []
