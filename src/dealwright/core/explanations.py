"""Explanations: what every state and every code of a Delivery means, what to do, and who must act.

Command line, API and reference page read this table; a test fails for a code without an entry.
"""

from collections.abc import Mapping
from typing import Final

from dealwright.core.delivery import State
from dealwright.core.driftwords import DRIFTING
from dealwright.core.explanation import Explanation, Who
from dealwright.core.undowords import UNDOING

#: What Pipedrive calls the limits of its plans; the rest of the name says of what.
PLAN_CAP: Final = "feature_capping_"

_SEND_AGAIN: Final = "then send it again: `dealwright deliveries retry ID`."
# A Delivery keeps the version of its Mapping: what is mended counts for the next one.
_REPLAY: Final = "then replay it: `dealwright replay --from EVENT --to EVENT --mapping MAPPING`."
_RECONNECT: Final = "Sign in again: `dealwright connections reconnect NAME`."
_PAGE: Final = "on the meeting's page."
_e = Explanation

STATES: Final[Mapping[State, Explanation]] = {
    State.QUEUED: _e(Who.TIME, "It is in the queue and was not tried yet."),
    State.SENDING: _e(Who.TIME, "It is being written at this moment."),
    State.DELIVERED: _e(Who.NOBODY, "What was wanted stands in Pipedrive."),
    State.UNCHANGED: _e(Who.NOBODY, "There was nothing to write, so nothing was sent."),
    State.WAITING: _e(Who.TIME, "It is tried again at the time that is named."),
    State.HELD: _e(
        Who.CHOOSER, "It waits for a person.", "Do what its sentence says, " + _SEND_AGAIN
    ),
    State.FAILED: _e(
        Who.MAPPING,
        "It cannot be done as it is; trying the same again would change nothing.",
        "Mend what its sentence names, " + _SEND_AGAIN,
    ),
    State.DROPPED: _e(Who.NOBODY, "A person or a rule put it aside; it is not sent any more."),
}

_ENDED: Final[Mapping[str, Explanation]] = {
    "created": _e(Who.NOBODY, "The record was not there and was made."),
    "updated": _e(Who.NOBODY, "The record was there; what differed was written."),
    "unchanged": _e(Who.NOBODY, "Pipedrive already held all of it; nothing was sent."),
    "outdated": _e(
        Who.NOBODY,
        "A newer event had written these values before this one came; an older event never "
        "overwrites a newer one.",
    ),
    "edits_kept": _e(
        Who.NOBODY,
        "All that differs a person, or another program, wrote; the rule `keep_edits` leaves it.",
        "To have the event's value win, give the field the write rule `always` in the Mapping.",
    ),
    "deleted": _e(
        Who.NOBODY, "The record was deleted, as the event asked; Pipedrive's API cannot restore it."
    ),
    "already_absent": _e(Who.NOBODY, "What was to be deleted was not there."),
    "already_there": _e(
        Who.NOBODY,
        "The Mapping only creates, and the record was there already.",
        "To have it updated as well, set the Mapping's sync mode to create or update.",
    ),
    "not_there": _e(
        Who.NOBODY,
        "The Mapping only updates, and there was no such record.",
        "To have it made, set the Mapping's sync mode to create or update.",
    ),
    "dropped": _e(
        Who.NOBODY,
        "A person put it aside.",
        "To have it done after all, replay its event: `dealwright replay`.",
    ),
    "written_off": _e(
        Who.NOBODY,
        "It was held or had failed for longer than the hub keeps such work, and nobody took it up.",
        "To have it done after all, replay its event: `dealwright replay`.",
    ),
}

_MEETINGS: Final[Mapping[str, Explanation]] = {
    "logged": _e(Who.NOBODY, "The meeting stands in Pipedrive."),
    "meeting_deleted": _e(
        Who.NOBODY, "The recorder deleted the meeting; what stands in Pipedrive stays."
    ),
    "superseded": _e(Who.NOBODY, "A newer version of the meeting took its place."),
    "activity_forbidden": _e(
        Who.OWNER,
        "The note stands in Pipedrive; the activity was refused.",
        "Give the connected user the permission to add activities, " + _SEND_AGAIN,
    ),
    "summary": _e(Who.TIME, "The meeting's summary is still expected; it is written once here."),
    "not_answered": _e(Who.NOBODY, "Nobody talked, so there was nothing to write."),
    "excluded": _e(
        Who.NOBODY, "The sender or a setting of the Source keeps this meeting out of Pipedrive."
    ),
    "internal_only": _e(
        Who.NOBODY,
        "Only colleagues, bots and rooms took part.",
        "If somebody was a guest, say so " + _PAGE,
    ),
    "participants_unavailable": _e(
        Who.CHOOSER, "The recorder does not tell who took part.", "Say who it was with, " + _PAGE
    ),
    "no_email_or_phone": _e(
        Who.CHOOSER,
        "The guests have neither an e-mail address nor a phone number.",
        "Say who they are, " + _PAGE,
    ),
    "ambiguous_phone": _e(
        Who.CHOOSER,
        "Several persons in Pipedrive have the guest's phone number.",
        "Merge the persons in Pipedrive, or choose one " + _PAGE,
    ),
    "no_person": _e(
        Who.CHOOSER,
        "Nobody in Pipedrive has the guests' addresses or numbers, and none may be created.",
        "Add the person in Pipedrive, or choose one " + _PAGE,
    ),
    "several_open_deals": _e(
        Who.CHOOSER, "The person has several open deals.", "Link one of them " + _PAGE
    ),
}

_MAPPING: Final[Mapping[str, Explanation]] = {
    "invalid_mapping": _e(
        Who.MAPPING, "A directive of the Mapping is wrong.", "Correct it, " + _REPLAY
    ),
    "invalid_trigger": _e(
        Who.MAPPING, "The Trigger is no valid FQL, so the Mapping fires for nothing.", "Correct it."
    ),
    "invalid_liquid": _e(
        Who.MAPPING, "A Liquid template of the Mapping is wrong.", "Correct it, " + _REPLAY
    ),
    "mapping_too_large": _e(
        Who.MAPPING,
        "The directives make more of the event than any record holds.",
        "Take less of the event, " + _REPLAY,
    ),
    "unknown_action": _e(
        Who.MAPPING,
        "The Mapping names an Action that this version does not have.",
        "Choose another Action, or update the hub, " + _SEND_AGAIN,
    ),
    "unknown_field": _e(
        Who.MAPPING,
        "The account has no custom field of that key or name; it may have been renamed or deleted.",
        "Name one that is there, or add it in Pipedrive, " + _SEND_AGAIN,
    ),
    "ambiguous_field": _e(
        Who.MAPPING,
        "Several custom fields have that name.",
        "Use the 40-digit key of the one that is meant, " + _REPLAY,
    ),
    "system_field": _e(
        Who.MAPPING,
        "That field is Pipedrive's own and cannot be written from here.",
        "Use the field of the Action that the sentence names, or a custom field, " + _REPLAY,
    ),
    "unknown_option": _e(
        Who.MAPPING,
        "The field has no option with that label.",
        "Add the option in Pipedrive, or set `unknown_labels` to drop or create, " + _SEND_AGAIN,
    ),
    "option_forbidden": _e(
        Who.OWNER,
        "An option was to be added to a field, and the token's user may not change fields.",
        "Connect with an admin's token, or add the option in Pipedrive, " + _SEND_AGAIN,
    ),
    "unknown_user": _e(
        Who.MAPPING,
        "The owner is no active user of the account.",
        "Name one who is, " + _SEND_AGAIN,
    ),
    "unknown_activity_type": _e(
        Who.MAPPING,
        "The account has no such type of activity.",
        "Choose one that is there, or add it in Pipedrive, " + _SEND_AGAIN,
    ),
    "invalid_value": _e(
        Who.MAPPING,
        "A value of the event does not fit its field.",
        "Map another value, or name the field in `drop_if_invalid`, " + _REPLAY,
    ),
    "invalid_email": _e(
        Who.MAPPING,
        "A value that should be an e-mail address is none.",
        "Map another value, " + _REPLAY,
    ),
    "invalid_phone": _e(
        Who.MAPPING,
        "A value that should be a phone number has no digits.",
        "Map another value, " + _REPLAY,
    ),
    "name_missing": _e(
        Who.MAPPING,
        "A new person or organization needs a name, and the event gave none.",
        "Map a name, or an e-mail address, " + _REPLAY,
    ),
    "title_missing": _e(Who.MAPPING, "A new deal or lead needs a title.", "Map one, " + _REPLAY),
    "content_missing": _e(Who.MAPPING, "A new note needs content.", "Map some, " + _REPLAY),
    "content_too_long": _e(
        Who.MAPPING, "The note is larger than the 100 KB that Pipedrive takes.", "Map less of it."
    ),
    "no_link": _e(
        Who.MAPPING,
        "The record has to belong to a person, an organization, a deal or a lead that Pipedrive "
        "knows, and none was found.",
        "Create that one first, or map the value by which it is found, " + _SEND_AGAIN,
    ),
    "activity_missing": _e(
        Who.MAPPING, "The activity that was named is not there.", "Map another id."
    ),
    "lead_missing": _e(Who.MAPPING, "The lead that was named is not there.", "Map another id."),
    "note_missing": _e(Who.MAPPING, "The note that was named is not there.", "Map another id."),
    "unsupported_change": _e(
        Who.MAPPING, "That cannot be done with records of this kind.", "Choose another Action."
    ),
    "unsearchable_field": _e(
        Who.MAPPING,
        "Pipedrive finds no record by that field: its type is not searched.",
        "Match by another field, " + _REPLAY,
    ),
    "unsupported_key": _e(
        Who.MAPPING,
        "Records of this kind cannot be found by that field.",
        "Match by another field, " + _REPLAY,
    ),
    "event_erased": _e(
        Who.NOBODY, "The event was erased for somebody's privacy; nothing can be made of it."
    ),
    "event_gone": _e(
        Who.OPERATOR,
        "The event was pruned from the log before the Delivery was done.",
        "Keep events for longer (`DEALWRIGHT_EVENTS_DAYS`), and have this one sent again.",
    ),
    "not_mergeable": _e(
        Who.TIME, "Several events cannot be one write; they are written one by one at once."
    ),
    "defect": _e(
        Who.MAKERS,
        "A fault of this program; its log has the trace.",
        "Report it; after an update, " + _SEND_AGAIN,
    ),
    "form_fault": _e(
        Who.CHOOSER,
        "What was filled in on the card cannot be used.",
        "Open the card again and correct it.",
    ),
    "record_gone": _e(
        Who.CHOOSER,
        "The record that the button was for is no longer in Pipedrive.",
        "Open the card again.",
    ),
}

_REFUSED: Final[Mapping[str, Explanation]] = {
    "rejected": _e(
        Who.MAPPING,
        "Pipedrive understood what was sent and refused it; its own words are in the sentence.",
        "Change the Mapping or the values, " + _SEND_AGAIN,
    ),
    "record_not_found": _e(
        Who.TIME,
        "The record was deleted or merged between the look and the write, or the token's user may "
        "not see it. It is looked up anew.",
        "If it fails at last: see in Pipedrive whether the user may see the record, " + _SEND_AGAIN,
    ),
    "forbidden": _e(
        Who.OWNER,
        "Pipedrive refuses the token's user this record or function.",
        "Give the user the permission, " + _SEND_AGAIN,
    ),
    "limit_reached": _e(
        Who.OWNER,
        "The company's Pipedrive plan has no room for more of these.",
        "Make room or take a larger plan, " + _SEND_AGAIN,
    ),
    "too_many_hits": _e(
        Who.MAPPING,
        "The search found so many records that none can be chosen.",
        "Match by a field that tells records apart, " + _REPLAY,
    ),
    "unknown_method": _e(
        Who.OPERATOR,
        "Pipedrive does not know the call.",
        "See whether the Connection's address is right, " + _SEND_AGAIN,
    ),
    "field_not_creatable": _e(
        Who.OWNER, "Pipedrive's API cannot add that field.", "Add it in Pipedrive, " + _SEND_AGAIN
    ),
    "upstream_error": _e(
        Who.TIME, "Pipedrive did not do what was asked, and gave no reason that is known."
    ),
}

_HELD: Final[Mapping[str, Explanation]] = {
    "needs_choice": _e(
        Who.CHOOSER,
        "Several records fit, and the rule is to ask; writing to the wrong one would be worse than "
        "waiting.",
        "Choose one: `dealwright review`. Or merge them in Pipedrive, " + _SEND_AGAIN,
    ),
    "unclear_create": _e(
        Who.CHOOSER,
        "The answer to a create was lost, and several records may be what it made.",
        "Merge or delete what is there twice, " + _SEND_AGAIN,
    ),
    "reauth": _e(
        Who.OWNER,
        "Pipedrive does not take the Connection's token any more: it is wrong, was withdrawn or "
        "has ended. Everything of the Connection waits.",
        f"{_RECONNECT} What is held goes on by itself then.",
    ),
    "scope_missing": _e(
        Who.OWNER,
        "The app was not granted the scope that the sentence names; only what needs it is held.",
        f"Add the scope in the Developer Hub. {_RECONNECT}",
    ),
    "payment_required": _e(
        Who.OWNER,
        "The company's Pipedrive subscription is not paid; Pipedrive refuses everything.",
        "Pay it; the hub looks by itself whether it may go on.",
    ),
    "disconnected": _e(Who.OWNER, "A person disconnected the account.", _RECONNECT),
    "app_refused": _e(
        Who.OPERATOR,
        "Pipedrive does not know the app that the hub signs in with.",
        f"Correct the client id and secret in the settings. {_RECONNECT}",
    ),
    "api_domain_refused": _e(
        Who.OPERATOR,
        "The sign-in named an address that is none of Pipedrive's; no token was sent there.",
        f"See who answers for Pipedrive in your network. {_RECONNECT}",
    ),
}

_WAITING: Final[Mapping[str, Explanation]] = {
    "burst_limited": _e(
        Who.TIME, "Too many requests in two seconds; it goes on as soon as Pipedrive allows."
    ),
    "budget_exhausted": _e(
        Who.TIME,
        "Pipedrive says that the company's tokens of the day are spent, by all programs together.",
        "If it happens often: `dealwright report` tells what spends them.",
    ),
    "budget_spent": _e(
        Who.TIME,
        "The hub knows that the day's tokens are spent, and does not ask before the reset.",
        "To go on sooner, buy tokens and say so: `dealwright budget set NAME`.",
    ),
    "budget_reserved": _e(
        Who.TIME,
        "What is left of the day is kept for people and other integrations.",
        "To use it, keep less: `dealwright budget set NAME`.",
    ),
    "budget_low_priority": _e(
        Who.TIME,
        "Work of this priority has had its part of the day; more urgent work goes on.",
        "To have it done sooner, give the Mapping a higher priority.",
    ),
    "circuit_open": _e(
        Who.TIME, "Pipedrive blocks the hub or does not answer; nobody asks for a while."
    ),
    "abuse_blocked": _e(
        Who.TIME,
        "Pipedrive's shield blocks the hub's address for a while.",
        "If it lasts, ask Pipedrive's support to let the address in.",
    ),
    "unavailable": _e(Who.TIME, "Pipedrive could not be reached, or had an error of its own."),
    "timeout": _e(
        Who.TIME,
        "No answer came in time; whether it was done is looked up before it is repeated.",
    ),
    "unreadable_answer": _e(Who.TIME, "An answer came that is not the API's."),
    "redirected": _e(
        Who.OWNER,
        "Pipedrive sent the hub elsewhere, where a token must not follow.",
        f"If the company's domain has changed: {_RECONNECT[0].lower()}{_RECONNECT[1:]}",
    ),
    "settling": _e(
        Who.TIME,
        "The answer to a create was lost; what it made is looked for once Pipedrive's lists have "
        "settled, so that nothing is made twice.",
    ),
}

#: Every code that a Delivery can have.
CODES: Final[Mapping[str, Explanation]] = (
    dict(_ENDED) | _MEETINGS | _MAPPING | _REFUSED | _HELD | _WAITING | UNDOING | DRIFTING
)


def explanation(code: str, state: State) -> Explanation:
    """The entry of a code; of one that Pipedrive or an older version gave, that of the state."""
    if code.startswith(PLAN_CAP):
        return CODES["limit_reached"]
    return CODES.get(code) or STATES[state]
