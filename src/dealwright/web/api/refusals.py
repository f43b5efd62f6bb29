"""Refusals: what is wrong with a request to the API, before anything is done."""

from collections.abc import Iterable

from dealwright.core.errors import DealwrightError
from dealwright.web.problem import Part


class InvalidRequest(DealwrightError):
    """Parameters or body are not what the endpoint takes; `parts` say where."""

    code = "invalid_request"
    status = 422

    def __init__(self, message: str, *, parts: Iterable[Part] = ()) -> None:
        super().__init__(message)
        self.parts = tuple(parts)


class InvalidCursor(DealwrightError):
    """A cursor that was not given by this list."""

    code = "invalid_cursor"
    status = 422


class ChangedMeanwhile(DealwrightError):
    """Somebody has changed what was read; nothing was done."""

    code = "changed_meanwhile"
    status = 412


class MatchMissing(DealwrightError):
    """A change that does not say what it is a change of."""

    code = "if_match_missing"
    status = 428


class KeyReused(DealwrightError):
    """An Idempotency-Key that was of another request."""

    code = "idempotency_key_reused"
    status = 422


class TooLarge(DealwrightError):
    """A body that is larger than any of ours needs to be."""

    code = "body_too_large"
    status = 413


class NoSuchEndpoint(DealwrightError):
    """A path that the API does not have."""

    code = "no_such_path"
    status = 404


class WrongMethod(DealwrightError):
    """A path that takes other methods."""

    code = "method_not_allowed"
    status = 405


class RoleTooHigh(DealwrightError):
    """Nobody gives a key more than they may themselves."""

    code = "role_too_high"
    status = 403


class TooManyStreams(DealwrightError):
    """More live streams than one process holds open."""

    code = "too_many_streams"
    status = 429
    retry_after_s = 15.0
