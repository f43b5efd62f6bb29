"""Deals of a contact: what they are worth, how they stand, their notes and activities."""

from collections import Counter
from typing import Final

import msgspec

from dealwright.cards import links, names
from dealwright.cards.card import Button, Buttons, Divider, Row, Section, Target, Widget
from dealwright.cards.due import activity_row, in_order
from dealwright.cards.known import Known, Part
from dealwright.cards.noteparts import note_widgets
from dealwright.cards.section import SectionKind, itemised, may, op
from dealwright.cards.voice import Voice, moment_of
from dealwright.core.record import Activity, Deal, Note

_ORDER: Final = {"open": 0, "won": 1, "lost": 2}
#: Notes and activities of a deal that a card shows before it counts the rest.
_MOST: Final = 2
_WORDS: Final = {"won": "Won", "lost": "Lost"}


def draw(known: Known, voice: Voice) -> Section | None:
    """Open deals first, the newest of each kind first."""
    deals = [deal for deal in known.deals if deal.status != "deleted" and not deal.is_deleted]
    if not deals:
        return None
    newest = sorted(deals, key=lambda deal: deal.add_time or "", reverse=True)
    ranked = sorted(newest, key=lambda deal: _ORDER.get(deal.status, 3))
    groups = [deal_widgets(deal, known, voice) for deal in ranked]
    for group in groups[:-1]:
        group.append(Divider())
    return itemised("deals", _title(known, deals, voice), groups, folded_after=2)


def _title(known: Known, deals: list[Deal], voice: Voice) -> str:
    found = Counter(deal.status for deal in deals)
    words = (
        voice.say("open: {count}", count=voice.count(found["open"])),
        voice.say("won: {count}", count=voice.count(found["won"])),
        voice.say("lost: {count}", count=voice.count(found["lost"])),
    )
    told = [word for word, status in zip(words, _ORDER, strict=True) if found[status]]
    if left := known.left_out.get("deals"):
        told.append(voice.say("not shown: {count}", count=voice.count(left)))
    return f"{voice.say('Deals')} ({', '.join(told)})" if told else voice.say("Deals")


def deal_widgets(
    deal: Deal, known: Known, voice: Voice, *, most: int | None = _MOST
) -> list[Widget]:
    """A deal with at most so many of its notes and of its activities; None: with all."""
    widgets: list[Widget] = [_headline(deal, known, voice)]
    if (date := _date(deal, voice)) is not None:
        widgets.append(date)
    link = links.record_url(known.company, "deal", deal.id)
    notes, activities = _details(deal, known, voice)
    for note in notes[:most]:
        pinned = note.pinned_to_deal_flag
        widgets += note_widgets(note, known, voice, pinned=pinned, link=link, lines=4)
    widgets += [_activity(one, known, voice) for one in activities[:most]]
    left = {
        "Notes: {count}": len(notes)
        - len(notes[:most])
        + known.left_out.get(f"deal_notes:{deal.id}", 0),
        "Activities: {count}": len(activities)
        - len(activities[:most])
        + known.left_out.get(f"deal_activities:{deal.id}", 0),
    }
    buttons = _buttons(deal, known, voice, left)
    return [*widgets, Buttons(items=buttons)] if buttons else widgets


def _activity(activity: Activity, known: Known, voice: Voice) -> Row:
    row = activity_row(activity, known, voice)
    listed = "activities" not in known.sections_off and any(
        one.id == activity.id for one in known.activities
    )
    # A box is on a card once: Google sends ticks by name.
    return msgspec.structs.replace(row, tick=None) if listed else row


def _details(deal: Deal, known: Known, voice: Voice) -> tuple[list[Note], list[Activity]]:
    off = known.sections_off
    notes = () if "deal_notes" in off else known.deal_notes.get(deal.id, ())
    activities = () if "deal_activities" in off else known.deal_activities.get(deal.id, ())
    ranked = sorted(notes, key=lambda note: note.add_time or "", reverse=True)
    ranked.sort(key=lambda note: not note.pinned_to_deal_flag)
    return ranked, in_order(activities, voice)


def _headline(deal: Deal, known: Known, voice: Voice) -> Row:
    opened = Target(link=links.record_url(known.company, "deal", deal.id))
    closed = _WORDS.get(deal.status, "")
    stage = names.stage_name(known.lists, deal.stage_id)
    if not closed and deal.probability is not None:
        stage = f"{stage} · {voice.percent(deal.probability)}".strip(" ·")
    worth = "" if deal.value is None else voice.money(deal.value, deal.currency)
    return Row(
        label=names.organization_name(known, deal.org_id),
        text=deal.title or voice.say("Deal {id}", id=deal.id),
        below=voice.joined((worth, stage)),
        bold=True,
        mark=deal.status if closed else "",
        mark_label=voice.say(closed) if closed else "",
        target=opened if closed else None,
        button=None if closed else Button(label=voice.say("Edit"), target=opened),
    )


def _date(deal: Deal, voice: Voice) -> Row | None:
    label, written = {
        "won": (voice.say("Won on"), deal.won_time),
        "lost": (voice.say("Lost on"), deal.lost_time),
    }.get(deal.status, (voice.say("Expected close"), None))
    if deal.status in _WORDS:
        moment = moment_of(written)
        day = voice.day(voice.local(moment).date()) if moment else ""
    else:
        day = voice.day(deal.expected_close_date)
    reason = deal.lost_reason if deal.status == "lost" else ""
    text = voice.joined((reason, day))
    return Row(label=label, text=text, icon="INVITE", icon_label=label) if text else None


def _buttons(deal: Deal, known: Known, voice: Voice, left: dict[str, int]) -> tuple[Button, ...]:
    made: list[Button] = []
    if deal.status == "open" and may(known, voice, "update"):
        doings = (("Move", "stage_form"), ("Won", "deal_won"), ("Lost", "lost_form"))
        made += [
            Button(
                label=voice.say(label),
                target=Target(op=op(known, name, kind="deal", record=deal.id)),
            )
            for label, name in doings
        ]
    told = [voice.say(words, count=voice.count(number)) for words, number in left.items() if number]
    if told:
        whole = op(known, "deal", kind="deal", record=deal.id, extra={"start": "0"})
        made.append(Button(label=" · ".join(told), target=Target(op=whole)))
    return tuple(made)


SECTION = SectionKind(
    key="deals",
    label="Deals",
    place=50,
    draw=draw,
    needs=frozenset({Part.PERSON, Part.DEALS, Part.LISTS}),
)
