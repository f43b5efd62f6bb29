"""What people are told who cannot sign in, or may not. `status` is the HTTP status of each."""

import math

from dealwright.core.errors import DealwrightError


class NotSignedIn(DealwrightError):
    """No session, no key, or one that is over: sign in."""

    code = "not_signed_in"
    status = 401


class WrongCredentials(DealwrightError):
    """Address, password or code are not right; which of them is never said."""

    code = "wrong_credentials"
    status = 401


class CrossSite(DealwrightError):
    """A request that another site may have made the browser send."""

    code = "cross_site"
    status = 403


class InsecureAddress(DealwrightError):
    """A sign-in over an address where others could read along."""

    code = "insecure_address"
    status = 403


class LinkSpent(DealwrightError):
    """A link that was used, replaced, or is too old."""

    code = "link_spent"
    status = 410


class TooManyTries(DealwrightError):
    """Too many wrong tries: come back in `retry_after_s`."""

    code = "too_many_tries"
    status = 429

    def __init__(self, retry_after_ms: int) -> None:
        self.retry_after_s = max(1, math.ceil(retry_after_ms / 1000))
        minutes = math.ceil(self.retry_after_s / 60)
        super().__init__(f"Too many tries. Come back in {minutes} min.")


class ProviderFailed(DealwrightError):
    """The OpenID provider did not answer as it must: the operator looks at its settings."""

    code = "oidc_failed"
    status = 502


class SignInRefused(DealwrightError):
    """The OpenID provider, or the hub, does not let this person in."""

    code = "oidc_refused"
    status = 403
