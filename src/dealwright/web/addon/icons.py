"""The icons of cards, as PNG: Google fetches them itself and keeps a copy."""

from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

ICON_PATH: Final = "/static/card"
_HEADERS: Final = {
    "cache-control": "public, max-age=604800",
    # Shown inside pages of others: it is a picture of ours and tells nothing.
    "cross-origin-resource-policy": "cross-origin",
    "x-content-type-options": "nosniff",
}


def _read() -> dict[str, bytes]:
    folder = files("dealwright.cards").joinpath("icons")
    return {
        one.name.removesuffix(".png"): one.read_bytes()
        for one in folder.iterdir()
        if one.name.endswith(".png")
    }


# Read once, when this is imported: no request waits for a disk.
_ICONS: Final = _read()


def icon_routes() -> list[Route]:
    """Where they stand: `/static/card/<name>.png`."""

    async def shown(request: Request) -> Response:
        body = _ICONS.get(request.path_params["name"])
        if body is None:
            return Response(status_code=404)
        return Response(body, media_type="image/png", headers=_HEADERS)

    return [Route(f"{ICON_PATH}/{{name}}.png", shown)]
