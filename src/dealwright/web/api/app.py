"""The management API as one application, to be mounted at /api/v1."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import msgspec
from fastapi import APIRouter, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.responses import Response

from dealwright.core.errors import DealwrightError
from dealwright.pipeline.dryruns import DryRuns
from dealwright.pipeline.meetingmedia import media_folder
from dealwright.pipeline.privacyerase import Eraser
from dealwright.pipeline.privacyruns import Erasures
from dealwright.web.api import (
    actions,
    bringing,
    budget,
    card,
    card_devices,
    catalogue,
    connecting,
    connections,
    crawls,
    deliveries,
    drift,
    dry_runs,
    duplicates,
    explain,
    health,
    jobs,
    keys,
    log,
    mappings,
    meeting_acts,
    meeting_keeping,
    meeting_shares,
    meetings,
    mirror,
    privacy,
    proposals,
    recorders,
    replays,
    report,
    review,
    signins,
    source_privacy,
    sources,
    stream,
    trying,
    undos,
    uploads,
    webhooks,
)
from dealwright.web.api.envelope import Envelope
from dealwright.web.api.office import Office
from dealwright.web.api.refusals import InvalidRequest, NoSuchEndpoint, WrongMethod
from dealwright.web.auth import session_api, users_api
from dealwright.web.auth.guard import Guard
from dealwright.web.auth.people import People
from dealwright.web.auth.permissions import SMALLEST_ROLE, Permission, Required
from dealwright.web.problem import MEDIA_TYPE, Part, Problem, problem_response

#: Where it is mounted.
PREFIX: Final = "/api/v1"

_DESCRIPTION: Final = (
    "Everything that the console and the command line do. Sign in with an API key, as "
    "`Authorization: Bearer dw_…`, or with a session. Lists come in pages: `next_cursor` is the "
    "`cursor` of the next. A change with an `Idempotency-Key` is done once, for 24 hours. "
    "Configuration has an ETag, and its changes need it as `If-Match`. What cannot be done is "
    "answered as a problem (RFC 9457) with a stable `code` and a `fix`."
)
_PROBLEM: Final = {
    "description": "It was not done; the problem says why, and what to do.",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
#: The order in which they are documented. `trying` has a path that one of `mappings` would take.
_ROUTERS: Final[Sequence[APIRouter]] = (
    health.router,
    connections.router,
    connecting.router,
    signins.router,
    webhooks.router,
    sources.router,
    source_privacy.router,
    trying.router,
    mappings.router,
    dry_runs.router,
    bringing.router,
    actions.router,
    catalogue.router,
    log.router,
    deliveries.router,
    explain.router,
    review.router,
    stream.router,
    recorders.router,
    meetings.router,
    meeting_keeping.router,
    meeting_acts.router,
    meeting_shares.router,
    mirror.router,
    budget.router,
    report.router,
    card.router,
    card_devices.router,
    uploads.router,
    jobs.router,
    replays.router,
    undos.router,
    duplicates.router,
    crawls.router,
    keys.router,
    privacy.router,
    proposals.router,
    drift.router,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """Who answers: `office` does the work, `guard` and `people` know who asks."""

    office: Office
    guard: Guard
    people: People


def api_app(staff: Staff) -> FastAPI:
    """Put the API together."""
    api = FastAPI(
        title="Dealwright",
        version=staff.office.version,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        responses={"4XX": _PROBLEM, "5XX": _PROBLEM},
    )
    api.state.office = staff.office
    api.state.guard = staff.guard
    api.state.people = staff.people
    api.state.streams = stream.Streams()
    api.state.erasures = _erasures(staff.office)
    api.state.dry_runs = DryRuns(
        staff.office.store,
        clock=staff.office.clock,
        actions=staff.office.actions,
        open_account=staff.office.open_account,
    )
    for router in (*_ROUTERS, session_api.router, users_api.router):
        api.include_router(router)
    api.add_exception_handler(DealwrightError, _refused)
    api.add_exception_handler(RequestValidationError, _misfit)
    api.add_exception_handler(HTTPException, _unknown)
    api.add_middleware(Envelope)
    # FastAPI's documented way: the method is replaced.
    api.openapi = lambda: _described(api)
    return api


def _erasures(office: Office) -> Erasures:
    media = media_folder(office.folder)
    return Erasures(Eraser(store=office.store, clock=office.clock, vault=office.vault, media=media))


def endpoints(api: FastAPI) -> Iterator[APIRoute]:
    """Every endpoint. No router adds a prefix of its own: a route's path is the endpoint's."""
    found = (context.original_route for context in iter_route_contexts(api.routes))
    return (route for route in found if isinstance(route, APIRoute))


def permission_of(route: APIRoute) -> Permission | None:
    """What an endpoint needs to be allowed; None for one that is open to everybody."""
    return next(_permissions(route.dependant), None)


def _permissions(dependant: Dependant) -> Iterator[Permission]:
    if isinstance(dependant.call, Required):
        yield dependant.call.permission
    for further in dependant.dependencies:
        yield from _permissions(further)


def _described(api: FastAPI) -> dict[str, Any]:
    if api.openapi_schema is None:
        told = get_openapi(
            title=api.title,
            version=api.version,
            description=api.description,
            routes=api.routes,
            servers=[{"url": PREFIX}],
        )
        components: dict[str, Any] = told["components"]
        _, named = msgspec.json.schema_components(
            [Problem], ref_template="#/components/schemas/{name}"
        )
        components["schemas"] |= named
        components["securitySchemes"] = {
            "key": {"type": "http", "scheme": "bearer", "description": "An API key, `dw_…`."},
            "session": {"type": "apiKey", "in": "cookie", "name": "__Host-dealwright"},
        }
        for route in endpoints(api):
            _add_permission(told["paths"][route.path], route)
        api.openapi_schema = told
    return api.openapi_schema


def _add_permission(path: dict[str, Any], route: APIRoute) -> None:
    permission = permission_of(route)
    for method in route.methods or ():
        operation: dict[str, Any] = path[method.lower()]
        if permission is None:
            operation["security"] = []
            continue
        operation["security"] = [{"key": []}, {"session": []}]
        operation["x-permission"] = permission.value
        operation["x-role"] = SMALLEST_ROLE[permission].value


async def _refused(request: Request, error: Exception) -> Response:
    return problem_response(cast("DealwrightError", error), request_id=request.state.request_id)


async def _misfit(request: Request, error: Exception) -> Response:
    found = cast("RequestValidationError", error).errors()
    parts = [
        Part(
            path="/" + "/".join(map(str, one["loc"][1:])), message=f"{one['loc'][0]}: {one['msg']}"
        )
        for one in found[:50]
    ]
    told = "; ".join(f"{part.path} ({part.message})" for part in parts[:5])
    return problem_response(
        InvalidRequest(f"The request does not fit: {told}.", parts=parts),
        request_id=request.state.request_id,
    )


async def _unknown(request: Request, error: Exception) -> Response:
    raised = cast("HTTPException", error)
    if raised.status_code == 405:
        refusal: DealwrightError = WrongMethod(f"{request.method} is not for this path.")
    elif raised.status_code == 404:
        refusal = NoSuchEndpoint("The API has no such path; /docs lists them.")
    else:
        refusal = InvalidRequest(str(raised.detail))
    return problem_response(refusal, request_id=request.state.request_id, headers=raised.headers)
