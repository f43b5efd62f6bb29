"""The session's cookie: where it goes, and that nobody but the hub reads it."""

from starlette.responses import Response

from dealwright.store.sessions import Stage
from dealwright.web.auth.people import Begun
from dealwright.web.auth.site import Place


def set_cookie(response: Response, place: Place, begun: Begun) -> None:
    """Give the browser a new session. It goes along when somebody follows a link to the hub."""
    response.set_cookie(
        place.cookie,
        begun.token.reveal(),
        max_age=begun.lasts_s if begun.stage is Stage.FULL else None,
        path="/",
        secure=place.is_secure,
        httponly=True,
        samesite="lax",
    )


def drop_cookie(response: Response, place: Place) -> None:
    """Have the browser forget it."""
    response.delete_cookie(
        place.cookie, path="/", secure=place.is_secure, httponly=True, samesite="lax"
    )
