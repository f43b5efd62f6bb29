"""Verdict: what an error of one try means for the Delivery and for its Connection."""

from dataclasses import dataclass, replace

from dealwright.core.budget import CODES
from dealwright.core.delivery import State
from dealwright.core.errors import (
    MappingError,
    NeedsChoice,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    UpstreamError,
)
from dealwright.core.record import RecordId, RecordKind
from dealwright.pipeline.pace import Pace
from dealwright.store.connections import ConnectionState


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How one try ended.

    `wait_s`: until the next try, for state `waiting`. `rest_s`: how long Pipedrive asks the whole
    Connection to be quiet. `outage`: it did not answer. `account`: the state that the Connection
    falls into. `split`: the Deliveries of a Group are to be done one by one, since the fault is
    perhaps only one's. `counts`: whether the try uses up one of the schedule. `parks`: the budget
    has nothing for work of this priority, nor for what is less urgent.
    """

    state: State
    code: str
    message: str
    record_kind: RecordKind | None = None
    record_id: RecordId | None = None
    wait_s: float | None = None
    rest_s: float | None = None
    outage: bool = False
    account: ConnectionState | None = None
    split: bool = False
    counts: bool = True
    parks: bool = False

    @property
    def answered(self) -> bool:
        """Whether Pipedrive gave a usable answer."""
        return not self.outage and self.rest_s is None and self.account is None and not self.parks


#: A code that only says that the record was deleted meanwhile: resolving anew helps.
GONE = "record_not_found"

#: What becomes of the Connection. A scope that is missing holds only what needs it.
_ACCOUNT = {
    "payment_required": ConnectionState.PAYMENT_REQUIRED,
    "app_refused": ConnectionState.ERROR,
    "api_domain_refused": ConnectionState.ERROR,
    "scope_missing": None,
}


def verdict_of(error: Exception, *, attempts: int, merged: bool, pace: Pace) -> Verdict:
    """Judge an error of the `attempts`-th try; `merged` when several Deliveries were one write."""
    match error:
        case RateLimited():
            return _limited(error)
        case Unavailable():
            again = _again(error, attempts, merged=merged, pace=pace)
            return replace(_not_before(again, error.retry_after_s), outage=True)
        case Unauthorized():
            return _ended(State.HELD, error, account=account_state(error.code))
        case NeedsChoice():
            return _ended(State.HELD, error)
        case MappingError() | Rejected() if merged:
            return Verdict(state=State.QUEUED, code=error.code, message=str(error), split=True)
        case Rejected(code=code) if code == GONE:
            return _again(error, attempts, merged=merged, pace=pace)
        case MappingError() | UpstreamError():
            return _ended(State.FAILED, error)
        case _:
            return Verdict(
                state=State.FAILED,
                code="defect",
                message=defect(error),
            )


def account_state(code: str) -> ConnectionState | None:
    """What an account is found to be that refuses its user; None when it refuses only something."""
    return _ACCOUNT.get(code, ConnectionState.REAUTH)


def defect(error: Exception) -> str:
    """The sentence for an error that nobody meant: it says what it is and nothing of the data."""
    return f"Dealwright has a defect here ({type(error).__name__}): please report it."


def _limited(error: RateLimited) -> Verdict:
    # Nothing was done and nobody is at fault: such a try never uses up the schedule.
    wait_s = max(error.retry_after_s, 1.0)
    return Verdict(
        state=State.WAITING,
        code=error.code,
        message=str(error),
        wait_s=wait_s,
        # Our own budget stops by priority: what is more urgent goes on.
        rest_s=None if error.code in CODES else wait_s,
        parks=error.code in CODES,
        counts=False,
    )


def _again(error: UpstreamError, attempts: int, *, merged: bool, pace: Pace) -> Verdict:
    wait_s = pace.retry_after_s(attempts)
    if wait_s is None and merged:
        # These are the leader's tries; the others have had fewer.
        return Verdict(state=State.QUEUED, code=error.code, message=str(error), split=True)
    if wait_s is None:
        message = f"{error} Given up after {attempts} tries; send it again when this is mended."
        return Verdict(state=State.FAILED, code=error.code, message=message)
    return Verdict(state=State.WAITING, code=error.code, message=str(error), wait_s=wait_s)


def _not_before(verdict: Verdict, asked_s: float | None) -> Verdict:
    """A verdict that lets Pipedrive be for as long as it asks."""
    if asked_s is None:
        return verdict
    wait_s = None if verdict.wait_s is None else max(verdict.wait_s, asked_s)
    return replace(verdict, wait_s=wait_s, rest_s=asked_s)


def _ended(
    state: State,
    error: UpstreamError | MappingError | NeedsChoice,
    *,
    account: ConnectionState | None = None,
) -> Verdict:
    return Verdict(state=state, code=error.code, message=str(error), account=account)
