"""Is an exchange with Pipedrive what Pipedrive's own OpenAPI files say? Requests and answers."""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from tests.needs import need_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Excuse:
    """Where the files are known to be wrong; each field is a regular expression."""

    operation: str
    place: str
    message: str = ""
    reason: str


# What API.md and live observation say against the files.
EXCEPTIONS: tuple[Excuse, ...] = (
    Excuse(
        operation=r"",
        place=r"(org_id|person_id|picture_id|last_name|first_name|deal_id|lead_id|project_id)$",
        message=r"None is not",
        reason="links and name parts are null when unset; the files forgot it (SDK 32.0.0)",
    ),
    Excuse(
        operation=r"v2/(deals|activities)",
        place=r"(_time|_date|due_date|due_time|duration|location|note|description|priority"
        r"|conference_meeting_\w+)$",
        message=r"None is not",
        reason="open deals and plain activities carry nulls (seen live)",
    ),
    Excuse(
        operation=r"v2/organizations",
        place=r"address$",
        message=r"None is not",
        reason="an organization without an address has null (migration guide)",
    ),
    Excuse(
        operation=r"v2/",
        place=r"(address|location|postal_address)\.\w+$",
        message=r"None is not",
        reason="address parts that were not given are null (migration guide)",
    ),
    Excuse(
        operation=r"",
        place=r"next_cursor$",
        message=r"None is not",
        reason="next_cursor is null on the last page (SDK 32.0.0)",
    ),
    Excuse(
        operation=r"[sS]earch",
        place=r"item\.(address|value|currency|organization|person)(\.address)?$",
        message=r"None is not|is not of type 'integer'",
        reason="hits without an organization, address or value carry null; values may be decimal",
    ),
    Excuse(
        operation=r"GET .*/itemSearch/field",
        place=r"",
        message=r"'(result_score|item)' is a required|Additional properties",
        reason="the example and v1's history are flat, the schema is not",
    ),
    Excuse(
        operation=r"v1/(notes|users)",
        place=r"(icon_url|last_update_user_id|task_id|organization|person|deal|lead_id)$",
        message=r"None is not",
        reason="unset links and pictures are null (seen live)",
    ),
    Excuse(
        operation=r"v1/(activityTypes|leadLabels|notes|users|webhooks|\w+Fields)",
        place=r"_time$",
        message=r"is not a 'date-time'",
        reason="v1 writes `YYYY-MM-DD HH:MM:SS` (the files' own examples)",
    ),
    Excuse(
        operation=r"v1/\w+Fields",
        place=r"field_type$",
        message=r"is not one of",
        reason="the file demands the types of custom fields of built-in ones too, in an allOf",
    ),
    Excuse(
        operation=r"v1/productFields",
        place=r"(id|options|_user_id)$",
        message=r"None is not",
        reason="null in the file's twins for persons, organizations and deals, forgotten here",
    ),
    Excuse(
        operation=r"v1/recents",
        place=r"",
        message=r"None is not|is not a 'date-time'|is not of type",
        reason="the file's shapes of past days: links as texts, times as date-time, no nulls",
    ),
    Excuse(
        operation=r"PUT v1/deals/\{id\}/merge",
        place=r"(_time|label)$",
        message=r"None is not",
        reason="an open deal has no times; the file's own example has an empty text there",
    ),
    Excuse(
        operation=r"v2/persons",
        place=r"body$",
        message=r"'(first_name|last_name)'",
        reason="the migration guide allows first_name and last_name, the file omits them",
    ),
)


def spec_folder() -> Path:
    """Where the OpenAPI files are: DEALWRIGHT_SHARED, else beside the checkout."""
    default = Path(__file__).resolve().parent.parent.parent / "shared"
    return Path(os.environ.get("DEALWRIGHT_SHARED", default)) / "pipedrive"


def validate_exchange(
    method: str,
    path: str,
    query: str | Mapping[str, str],
    *,
    request_json: Any,
    status: int,
    response_json: Any,
) -> list[str]:
    """What an exchange does otherwise than the OpenAPI files say; empty if nothing.

    `path` may begin with `/api/v2`, `/api/v1` or `/v1`. A path that the files lack is a fault of
    its own. An answer whose status the operation does not declare is not looked at: the files
    declare almost no errors.
    """
    version, bare = _split(path)
    found = _operation(version, method.lower(), bare)
    if found is None:
        return [f"{method} {path}: the OpenAPI file has no such operation"]
    template, operation = found
    name = f"{method} {version}{template}"
    faults = [*_query_faults(operation, query), *_body_faults(operation, name, request_json)]
    faults += _answer_faults(operation, name, status, response_json)
    return [
        f"{name} {place}: {message}"
        for place, message in faults
        if not _excused(name, place, message)
    ]


def _excused(name: str, place: str, message: str) -> bool:
    return any(
        re.search(rule.operation, name)
        and re.search(rule.place, place)
        and re.search(rule.message, message)
        for rule in EXCEPTIONS
    )


def _split(path: str) -> tuple[str, str]:
    bare = path.removeprefix("/api")
    return bare[1:3], bare[3:]


@cache
def document(version: str) -> Any:
    """The parsed OpenAPI file of "v1" or "v2"; the test is skipped if it is not there."""
    file = spec_folder() / f"openapi-{version}.yaml"
    need_path(file, "Pipedrive's OpenAPI file")
    with file.open(encoding="utf-8") as stream:
        return yaml.load(stream, Loader=yaml.CSafeLoader)


@cache
def _templates(version: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    paths: list[str] = sorted(document(version)["paths"], key=lambda p: (p.count("{"), p))
    return tuple((re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path) + r"\Z"), path) for path in paths)


def _operation(version: str, method: str, path: str) -> tuple[str, Any] | None:
    for pattern, template in _templates(version):
        if pattern.match(path) and method in document(version)["paths"][template]:
            return template, document(version)["paths"][template][method]
    return None


def _query_faults(operation: Any, query: str | Mapping[str, str]) -> Iterable[tuple[str, str]]:
    sent = dict(parse_qsl(query, keep_blank_values=True)) if isinstance(query, str) else query
    known = {p["name"]: p for p in operation.get("parameters", ()) if p.get("in") == "query"}
    for name in sent:
        if name not in known:
            yield f"query.{name}", "is not a parameter of this operation"
    for name, parameter in known.items():
        if parameter.get("required") and name not in sent:
            yield f"query.{name}", "is required"


def _schema_of(content: Any) -> Any:
    return None if content is None else content.get("application/json", {}).get("schema")


def _body_faults(operation: Any, name: str, body: Any) -> Iterable[tuple[str, str]]:
    if body is None:
        return
    schema = _schema_of(operation.get("requestBody", {}).get("content"))
    if schema is None:
        yield "body", "the operation takes no body"
        return
    yield from _faults("body", _validator(name, "request", schema), body)
    allowed = _property_names(_converted(schema))
    if allowed and isinstance(body, dict):
        for key in body:
            if key not in allowed and not re.fullmatch(r"[0-9a-f]{40}(_\w+)?", key):
                yield "body", f"'{key}' is not a property of this operation"


def _answer_faults(operation: Any, name: str, status: int, body: Any) -> Iterable[tuple[str, str]]:
    declared = operation["responses"].get(str(status))
    if declared is None:
        return ()
    schema = _schema_of(declared.get("content"))
    if schema is None:
        return ()
    return _faults("answer", _validator(name, str(status), schema), body)


_validators: dict[tuple[str, str], Draft202012Validator] = {}


def _validator(name: str, part: str, schema: Any) -> Draft202012Validator:
    key = (name, part)
    if key not in _validators:
        _validators[key] = Draft202012Validator(
            _converted(schema), format_checker=Draft202012Validator.FORMAT_CHECKER
        )
    return _validators[key]


def _faults(root: str, validator: Draft202012Validator, value: Any) -> Iterable[tuple[str, str]]:
    for error in validator.iter_errors(value):
        yield from _leaves(root, error)


def _leaves(root: str, error: ValidationError) -> Iterable[tuple[str, str]]:
    if error.context:
        for inner in _nearest_branch(error.context):
            yield from _leaves(root, inner)
        return
    place = ".".join([root, *(str(part) for part in error.absolute_path)])
    yield place, error.message[:200]


def _nearest_branch(errors: Iterable[ValidationError]) -> list[ValidationError]:
    """Of an anyOf, the branch that was meant: no wrong word in it, then the fewest faults."""
    branches: dict[Any, list[ValidationError]] = {}
    for error in errors:
        branches.setdefault(error.relative_schema_path[0], []).append(error)
    return min(branches.values(), key=lambda b: (any(e.validator == "enum" for e in b), len(b)))


def _resolved(schema: Any) -> Any:
    reference: str = schema["$ref"]
    node: Any = document("v2")
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


def _converted(schema: Any) -> Any:
    """OpenAPI 3.0 as JSON Schema: references put in place, `nullable` as a type."""
    if isinstance(schema, list):
        return [_converted(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _converted(_resolved(schema))
    result = {k: _converted(v) for k, v in schema.items() if k not in {"example", "nullable"}}
    if not schema.get("nullable"):
        return result
    if isinstance(result.get("type"), str):
        result["type"] = [result["type"], "null"]
    if "enum" in result:
        result["enum"] = [*result["enum"], None]
    return {"anyOf": [result, {"type": "null"}]} if "allOf" in result else result


def _property_names(schema: Any) -> set[str]:
    names = set(schema.get("properties", {}))
    for combined in ("allOf", "oneOf", "anyOf"):
        for part in schema.get(combined, ()):
            names |= _property_names(part)
    return names
