"""Correction: what a person has us put right, as it is stored: undone, or merged."""

from enum import StrEnum

import msgspec

from dealwright.core.record import RecordId, RecordKind


class CorrectionKind(StrEnum):
    """What a Correction does."""

    UNDO = "undo"
    MERGE = "merge"


class Selection(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whose Changes are to be undone; whatever is given narrows. Times are in ms, `since` included.

    One Delivery (with those that were merged into it), a version of a Mapping, a Replay, a Meeting,
    a button of a card, a record, an undo; or, with none of them, everything since a moment. Of a
    record and of a moment it is not what undos did.
    """

    connection_id: int | None = None
    delivery: int | None = None
    mapping_id: int | None = None
    mapping_version: int | None = None
    replay: int | None = None
    meeting: int | None = None
    card_act: int | None = None
    undo: int | None = None
    record_kind: RecordKind | None = None
    record_id: RecordId | None = None
    since_ms: int | None = None
    until_ms: int | None = None
    remove_created: bool = False

    @property
    def of_deliveries(self) -> bool:
        """Whether it names Deliveries, one way or another."""
        named = (self.delivery, self.mapping_id, self.replay, self.meeting, self.card_act)
        return any(one is not None for one in named)

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing, or only until when."""
        others = (self.undo, self.record_id, self.since_ms)
        return not self.of_deliveries and all(one is None for one in others)

    @property
    def summary(self) -> str:
        """What it is, in words."""
        named = (
            ("delivery", self.delivery),
            ("replay", self.replay),
            ("meeting", self.meeting),
            ("card act", self.card_act),
            ("undo", self.undo),
            (self.record_kind or "record", self.record_id),
        )
        told = [f"{name} {number}" for name, number in named if number is not None]
        if self.mapping_id is not None:
            version = "" if self.mapping_version is None else f"@{self.mapping_version}"
            told.append(f"mapping {self.mapping_id}{version}")
        return ", ".join(told) or "everything"


class Merging(msgspec.Struct, frozen=True, kw_only=True):
    """What a merge is to do: every Part's record becomes part of `into`. `group`: whose it was."""

    into: int
    group: int | None = None
