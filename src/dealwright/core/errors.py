"""The error tree: the class says who must act, the code is stable, the text says what to do.

::

    DealwrightError      who must act                      the Delivery
    ├─ ConfigError       the operator                      (will not start)
    ├─ NotFound          whoever named it                  –
    ├─ InvalidEvent      the sender                        (none made)
    ├─ MappingError      whoever made the Mapping          failed
    │  └─ NoSuchOption   the same, or who answers for them  failed
    ├─ NeedsChoice       a person picks                    held
    ├─ StoreUnavailable  the operator; nothing was stored  –
    └─ UpstreamError     (Pipedrive, or a vendor)
       ├─ Rejected       whoever made the Mapping          failed
       ├─ Unauthorized   the Connection's owner            held, with all others of the Connection
       ├─ RateLimited    nobody; has retry_after_s         waiting
       └─ Unavailable    nobody; the outcome is unknown    waiting
"""

from collections.abc import Sequence


class DealwrightError(Exception):
    """Anything that this package raises on purpose.

    `code` is stable and documented in `docs/reference/errors.md`; `str()` is the sentence for a
    person, and says what to do.
    """

    code = "error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class ConfigError(DealwrightError):
    """A setting or a command is wrong: the operator changes it and starts again."""

    code = "invalid_config"


class NotFound(DealwrightError):
    """Something was named that the hub does not have."""

    code = "not_found"


class InvalidEvent(DealwrightError):
    """The sender's event cannot be used as it is; the same bytes never can be."""

    code = "invalid_event"


class MappingError(DealwrightError):
    """A trigger, a directive or a value does not fit; whoever made the Mapping changes it.

    `path` says where: keys from the root joined by `/`, or the key of the action's field. `named`
    is the custom field, as the Mapping calls it, whose value does not fit; "" for other faults.
    """

    code = "invalid_mapping"

    def __init__(self, message: str, *, code: str | None = None, path: str = "") -> None:
        super().__init__(message, code=code)
        self.path = path
        self.named = ""


class NoSuchOption(MappingError):
    """A custom field, `name` to people, has no option of these labels."""

    code = "unknown_option"

    def __init__(self, message: str, *, field: str, name: str, labels: Sequence[str]) -> None:
        super().__init__(message, path="custom_fields")
        self.field = field
        self.name = name
        self.labels = tuple(labels)


class NeedsChoice(DealwrightError):
    """Several records fit and no rule may choose; `candidates` are their ids."""

    code = "needs_choice"

    def __init__(
        self, message: str, *, candidates: Sequence[int | str], code: str | None = None
    ) -> None:
        super().__init__(message, code=code)
        self.candidates = tuple(candidates)


class StoreUnavailable(DealwrightError):
    """The database cannot be written (gone, locked, disk full); nothing was acknowledged."""

    code = "store_unavailable"


class UpstreamError(DealwrightError):
    """Pipedrive, or another vendor, did not do what was asked.

    `status` is the HTTP status, None when there was no answer. `sent` tells whether the request
    may have reached the vendor: a write is repeated only after a look when it may have.
    """

    code = "upstream_error"

    def __init__(
        self, message: str, *, code: str | None = None, status: int | None = None, sent: bool = True
    ) -> None:
        super().__init__(message, code=code)
        self.status = status
        self.sent = sent


class Rejected(UpstreamError):
    """Pipedrive understood and refused; the same request is refused again.

    Codes: `rejected`, `forbidden` (this record, not the Connection), and more in the reference.
    """

    code = "rejected"


class Unauthorized(UpstreamError):
    """The Connection may not: token gone, scope missing, or payment due.

    Codes: `reauth`, `scope_missing`, `payment_required`.
    """

    code = "reauth"


class RateLimited(UpstreamError):
    """Too many requests, or the day's tokens are spent; `retry_after_s` says when to come back.

    `assumed`: nobody said when to come back, it is our own guess. Codes: `burst_limited`,
    `budget_exhausted`, `abuse_blocked`; and our own, before anything is sent: `budget_spent`,
    `budget_reserved`, `budget_low_priority`, `circuit_open`.
    """

    code = "burst_limited"

    def __init__(
        self,
        message: str,
        *,
        retry_after_s: float,
        code: str | None = None,
        status: int | None = 429,
        assumed: bool = False,
    ) -> None:
        super().__init__(message, code=code, status=status)
        self.retry_after_s = retry_after_s
        self.assumed = assumed


class Unavailable(UpstreamError):
    """No usable answer: time-out, reset, 5xx, or a body that is not the API's.

    Never `Missing`: an outage says nothing about what exists. `retry_after_s` is how long Pipedrive
    asks to be let be, None when it does not say. Codes: `unavailable`, `timeout`,
    `unreadable_answer`.
    """

    code = "unavailable"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        status: int | None = None,
        sent: bool = True,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message, code=code, status=status, sent=sent)
        self.retry_after_s = retry_after_s
