"""Proposal: something that is to be done once somebody has approved of it, told beforehand.

Programs that are not to be trusted with Pipedrive, such as agents, propose; a person, or a policy
of the operator, approves; then it is done, once, and as it was shown.
"""

from enum import StrEnum
from hashlib import blake2b
from typing import Any, Final

import msgspec

from dealwright.core.correction import Selection

#: A Proposal that nobody takes up is over after so long; what it showed is no longer so.
LASTS_MS: Final = 24 * 3_600_000


class ProposalState(StrEnum):
    """Where a Proposal stands; the last three are for good."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    DONE = "done"
    REJECTED = "rejected"
    EXPIRED = "expired"


class ReplayWish(msgspec.Struct, frozen=True, kw_only=True, tag="replay", tag_field="kind"):
    """Read a range of the log once more; without `version` with the newest, to the log's end."""

    mapping_id: int
    from_event: int
    to_event: int | None = None
    version: int | None = None


class RetryWish(msgspec.Struct, frozen=True, kw_only=True, tag="retry", tag_field="kind"):
    """Queue failed and held Deliveries anew."""

    deliveries: tuple[int, ...]


class ReviewWish(msgspec.Struct, frozen=True, kw_only=True, tag="review", tag_field="kind"):
    """Decide of what waits in the review queue; `do` and the rest are as `review` takes them."""

    item: str
    do: str
    version: str = ""
    record_id: int | str | None = None
    option_ids: tuple[int, ...] = ()
    scope: str = ""
    note: str = ""


class UndoWish(msgspec.Struct, frozen=True, kw_only=True, tag="undo", tag_field="kind"):
    """Take back what was done."""

    selection: Selection


class MappingWish(msgspec.Struct, frozen=True, kw_only=True, tag="mapping", tag_field="kind"):
    """Make a Mapping, which is not enabled by that; with `mapping_id` its next version."""

    connection_id: int
    trigger: str
    fields: dict[str, Any]
    name: str = ""
    action: str = ""
    mapping_id: int = 0


Wish = ReplayWish | RetryWish | ReviewWish | UndoWish | MappingWish


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a Wish would do, as it looks now.

    `tokens` is its price at most; `writes` how many records, at most, it writes in Pipedrive. In
    `detail` is the rest, as the door of that kind tells it. `deeds` are digests of what would be
    done, one by one. What is `lasting` deletes, or holds for what is still to come: no figure tells
    how much that is, so a person has to approve.
    """

    connection_id: int
    summary: str
    tokens: int
    writes: int
    detail: Any = None
    deeds: tuple[str, ...] = ()
    lasting: bool = False

    def covers(self, now: "Preview") -> bool:
        """Whether somebody who approved of this approved of what it has become as well."""
        no_more = now.tokens <= self.tokens and now.writes <= self.writes
        return no_more and set(now.deeds) <= set(self.deeds)


def deed(*told: object) -> str:
    """What would be done, to be told from anything else; nobody can read it.

    >>> deed("person", 42, "name", "Ada") == deed("person", 42, "name", "Bo")
    False
    """
    return blake2b(msgspec.json.encode(list(map(str, told))), digest_size=9).hexdigest()
