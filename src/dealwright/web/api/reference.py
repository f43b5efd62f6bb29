"""/docs: the API's reference as a page, made from its OpenAPI; it asks nobody else for anything."""

from collections.abc import Iterator
from html import escape
from typing import Any, Final

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from dealwright.web.api.app import PREFIX

_STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: #0a7d4b; }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; }
body { padding: 0 1rem; }
nav ul { columns: 3 14rem; padding-left: 1.2rem; }
h2 { margin-top: 3rem; border-bottom: 1px solid var(--line); }
details { border: 1px solid var(--line); border-radius: .5rem; margin: .6rem 0; overflow-x: auto; }
summary { cursor: pointer; padding: .6rem .9rem; }
details > :not(summary) { margin-left: .9rem; margin-right: .9rem; }
code, pre { font: .875em/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
pre { background: var(--soft); padding: .7rem; border-radius: .4rem; overflow-x: auto; }
.method { display: inline-block; min-width: 4.2rem; font-weight: 700; color: var(--accent); }
.role { float: right; opacity: .7; font-size: .85em; }
table { border-collapse: collapse; width: calc(100% - 1.8rem); }
td, th { text-align: left; vertical-align: top; padding: .3rem .6rem; }
"""
_DEEPEST: Final = 5


def reference_routes(api: FastAPI) -> list[BaseRoute]:
    """The API, and its reference."""

    async def page(_: Request) -> Response:
        return HTMLResponse(reference_page(api.openapi()))

    async def style(_: Request) -> Response:
        return Response(_STYLE, media_type="text/css")

    return [Route("/docs", page), Route("/docs/style.css", style), Mount(PREFIX, app=api)]


def reference_page(told: dict[str, Any]) -> str:
    """The whole page, of an OpenAPI document."""
    groups: dict[str, list[str]] = {}
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            tag = operation.get("tags", ["Other"])[0]
            groups.setdefault(tag, []).append(_operation(told, method, path, operation))
    listed = "".join(f'<li><a href="#{_anchor(tag)}">{escape(tag)}</a>' for tag in groups)
    sections = "".join(
        f'<h2 id="{_anchor(tag)}">{escape(tag)}</h2>{"".join(entries)}'
        for tag, entries in groups.items()
    )
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width'>"
        "<title>Dealwright API</title><link rel=stylesheet href=/docs/style.css>"
        f"<main><h1>Dealwright API</h1><p>{_words(told['info']['description'])}"
        f"<p>For programs: <a href={PREFIX}/openapi.json>OpenAPI {told['openapi']}</a>. "
        f"All paths are below <code>{PREFIX}</code>.<nav><ul>{listed}</ul></nav>"
        f"{sections}</main></html>"
    )


def _operation(told: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> str:
    role = operation.get("x-role")
    needs = f"{role} and above" if role else "open to everybody"
    parts = [
        "<details><summary>",
        f"<span class=role>{escape(needs)}</span>",
        f"<span class=method>{method.upper()}</span><code>{escape(path)}</code>",
        "</summary>",
        f"<p>{_words(operation.get('description', operation.get('summary', '')))}",
        _parameters(operation.get("parameters", [])),
    ]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body:
        parts.append(f"<p>Body:<pre>{_sample(told, body['schema'])}</pre>")
    for status, answer in operation["responses"].items():
        content = answer.get("content", {}).get("application/json")
        if content and status.startswith("2"):
            parts.append(f"<p>{status}:<pre>{_sample(told, content['schema'])}</pre>")
    return "".join((*parts, "</details>"))


def _parameters(parameters: list[dict[str, Any]]) -> str:
    if not parameters:
        return ""
    rows = "".join(
        f"<tr><td><code>{escape(one['name'])}</code><td>{escape(one['in'])}"
        f"<td>{'must be given' if one.get('required') else ''}"
        f"<td>{_words(one.get('description', ''))}"
        for one in parameters
    )
    return f"<table><tr><th>Name<th>In<th><th>{rows}</table>"


def _sample(told: dict[str, Any], schema: dict[str, Any]) -> str:
    """What a body looks like: each key with what it takes."""
    shape = _shape(told, schema, 0)
    return escape(msgspec.json.format(msgspec.json.encode(shape), indent=2).decode())


def _shape(told: dict[str, Any], schema: dict[str, Any], depth: int) -> Any:
    if depth > _DEEPEST:
        return "…"
    if "$ref" in schema:
        named = schema["$ref"].rpartition("/")[2]
        return _shape(told, told["components"]["schemas"][named], depth)
    if "properties" in schema:
        entries = schema["properties"].items()
        return {key: _shape(told, value, depth + 1) for key, value in entries}
    if schema.get("type") == "array":
        return [_shape(told, schema.get("items", {}), depth + 1)]
    options = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    if len(options) == 1:
        return _shape(told, options[0], depth)
    return " | ".join(dict.fromkeys(_kinds(schema)))


def _kinds(schema: dict[str, Any]) -> Iterator[str]:
    for one in schema.get("anyOf", [schema]):
        if "enum" in one:
            yield from map(str, one["enum"])
        else:
            yield str(one.get("const", one.get("format", one.get("type", "anything"))))


def _anchor(tag: str) -> str:
    return tag.lower().replace(" ", "-")


def _words(text: str) -> str:
    """A description with its `code` as code."""
    pieces = escape(text).split("`")
    return "".join(
        f"<code>{piece}</code>" if number % 2 else piece for number, piece in enumerate(pieces)
    )
