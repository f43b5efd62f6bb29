"""Undowords: what the codes mean in which a Delivery of an undo, or of a merge, ends."""

from typing import Final

from dealwright.core.explanation import Explanation, Who

UNDOING: Final[dict[str, Explanation]] = {
    "undone": Explanation(Who.NOBODY, "All of it was put back as it was before."),
    "undone_in_part": Explanation(
        Who.NOBODY,
        "What nobody has changed since was put back; the rest stays, each with its reason in the "
        "Trace.",
    ),
    "nothing_to_undo": Explanation(
        Who.NOBODY, "The record was as before already when it was looked at; nothing was sent."
    ),
    "undo_refused": Explanation(
        Who.NOBODY,
        "Nothing could be put back without writing over what others have written since.",
        "Look at the reasons in its Trace: `dealwright explain delivery ID`. What is to change all "
        "the same, change in Pipedrive.",
    ),
    "merged": Explanation(
        Who.NOBODY,
        "Two records were merged in Pipedrive; the one that is left answers for both from now on.",
    ),
    "nothing_to_merge": Explanation(
        Who.NOBODY,
        "The record that was to go was gone already when it was looked at; nothing was sent.",
    ),
    "merge_refused": Explanation(
        Who.NOBODY,
        "The records were not merged, for something has changed since that was decided.",
        "Its sentence says what. Look for duplicates anew: `dealwright duplicates find`.",
    ),
}
