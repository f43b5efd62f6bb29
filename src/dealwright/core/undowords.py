"""Undowords: what the codes mean in which a Delivery of an undo, or of a merge, ends."""

from collections.abc import Mapping
from typing import Final

from dealwright.core.explanation import Explanation, Who
from dealwright.core.undofields import Why

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

#: Of `name`, a field, and of `record`.
SENTENCES: Final[Mapping[Why, str]] = {
    Why.EDITED: "{record}: somebody else has changed {name} since; it stays as it is.",
    Why.OVERWRITTEN: "{record}: a later delivery of ours has written {name}; undo that one too.",
    Why.UNREAD: "{record}: {name} is not read back from Pipedrive, so it is left as it is.",
    Why.GONE: "{record} was deleted since.",
    Why.MERGED: "{record} has become part of {into}; which value is whose cannot be told.",
    Why.CREATED: "{record} was made by this and is kept; --remove-created deletes it.",
    Why.IN_USE: "{record} is kept, for there hangs on it: {hangs}.",
    Why.UNSURE: "{record} is kept: of our last write no answer came, so what is ours is not known.",
    Why.OPTIONS: "The options added to {name} stay; records may use them.",
    Why.DELETED: "{record} was deleted; Pipedrive's API cannot restore it, its pages can for a "
    "while.",
    Why.MERGE: "{record}: a merge cannot be undone.",
    Why.LINK: "{record}: the link of {name} leads elsewhere by now; it stays.",
    Why.MAIN_CONTACT: "{record}: {name} is its main contact by now and stays.",
}
