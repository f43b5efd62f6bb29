"""Refusals: what is answered to a request that Google did not send, or not like this."""

from dealwright.core.errors import DealwrightError


class Refusal(DealwrightError):
    """A request that is not answered with a card. `status` is that of HTTP.

    https://developers.google.com/workspace/add-ons/guides/alternate-runtimes
    """

    status = 400
    code = "bad_addon_request"


class NotGoogle(Refusal):
    """The request does not come from Google for this add-on (`not_google`)."""

    status = 401
    code = "not_google"


class BadShape(Refusal):
    """The body is not what Google sends (`bad_addon_request`)."""


class NoKeys(Refusal):
    """Google's keys cannot be had, so that nothing can be verified (`google_keys_unavailable`)."""

    status = 503
    code = "google_keys_unavailable"
