"""The scopes that open an operation are those that Pipedrive's OpenAPI files name."""

from collections.abc import Iterator

from tests.openapi import document

from dealwright.sandbox.oauthscopes import SCOPES, allowed_scopes
from dealwright.sandbox.routes import router

# Where we take another set than the files, and why.
BEYOND: dict[str, set[str]] = {
    # `webhooks:*` exist since 2024-01-26; the files still know `admin` only.
    "GET /api/v1/webhooks": {"webhooks:read", "webhooks:full"},
    "POST /api/v1/webhooks": {"webhooks:full"},
    "DELETE /api/v1/webhooks/{id}": {"webhooks:full"},
    # The file of v2 says `admin`, the scopes page and the file of v1 `activities:*`.
    "GET /api/v2/activityFields": {"activities:read", "activities:full"},
    "GET /api/v2/activityFields/{field_code}": {"activities:read", "activities:full"},
    "GET /api/v1/activityFields": {"admin"},
}


def declared() -> Iterator[tuple[str, set[str]]]:
    for route in router().routes:
        version, path = route.template.removeprefix("/api/").split("/", 1)
        operation = document(version)["paths"].get(f"/{path}", {}).get(route.method.lower())
        if operation is not None:
            schemes = operation.get("security", [])
            scopes = {scope for s in schemes for names in s.values() for scope in names}
            yield f"{route.method} {route.template}", scopes


def test_every_operation_asks_for_the_scopes_of_the_files() -> None:
    asked = {name: set(allowed_scopes(*name.split(" "))) for name, _ in declared()}

    assert asked == {name: scopes | BEYOND.get(name, set()) for name, scopes in declared()}


def test_the_files_name_the_scopes_of_most_operations() -> None:
    assert len(dict(declared())) > 80


def test_every_scope_that_opens_something_is_explained_on_the_consent_page() -> None:
    assert {scope for _, scopes in declared() for scope in scopes} <= SCOPES.keys()
