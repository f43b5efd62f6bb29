"""Activities of a contact: overdue first, with their notes, deals and boxes to tick."""

from dealwright.cards import links, names
from dealwright.cards.card import Button, Rich, Row, Section, Target, Text, Tone, Widget
from dealwright.cards.due import Standing, activity_row, in_order, standing
from dealwright.cards.known import Known, Part
from dealwright.cards.section import SectionKind, itemised
from dealwright.cards.voice import Voice
from dealwright.core.record import Activity


def draw(known: Known, voice: Voice) -> Section | None:
    """Every activity in which the contact takes part, as far as they are known."""
    if not known.activities:
        return None
    ranked = in_order(known.activities, voice)
    groups = [_activity(one, known, voice) for one in ranked]
    if known.only_primary:
        words = voice.say("Only activities whose main contact this is are shown.")
        groups[0].append(Text(body=words, tone=Tone.MUTED))
    waiting = sum(1 for one in ranked if not one.done)
    return itemised("activities", _title(known, ranked, voice), groups, folded_after=waiting or 1)


def _title(known: Known, ranked: list[Activity], voice: Voice) -> str:
    states = [standing(one, voice) for one in ranked]
    late = states.count(Standing.OVERDUE)
    planned = states.count(Standing.PLANNED) + states.count(Standing.UNDATED)
    done = states.count(Standing.DONE)
    told = [
        voice.say(words, count=voice.count(number))
        for words, number in (
            ("overdue: {count}", late),
            ("planned: {count}", planned),
            ("done: {count}", done),
            ("not shown: {count}", known.left_out.get("activities", 0)),
        )
        if number
    ]
    return f"{voice.say('Activities')} ({', '.join(told)})"


def _activity(activity: Activity, known: Known, voice: Voice) -> list[Widget]:
    widgets: list[Widget] = [activity_row(activity, known, voice)]
    link = links.record_url(known.company, "activity", activity.id)
    if activity.note and activity.note.strip():
        widgets.append(Text(body=Rich(html=activity.note), lines=3, link=link))
    title = names.deal_title(known, activity.deal_id)
    if activity.deal_id is not None:
        opened = Target(link=links.record_url(known.company, "deal", activity.deal_id))
        widgets.append(
            Row(
                label=voice.say("Deal"),
                text=title or voice.say("Deal {id}", id=activity.deal_id),
                icon="DOLLAR",
                icon_label=voice.say("Deal"),
                button=Button(label=voice.say("Open"), target=opened),
            )
        )
    return widgets


SECTION = SectionKind(
    key="activities",
    label="Activities",
    place=60,
    draw=draw,
    needs=frozenset({Part.PERSON, Part.ACTIVITIES, Part.LISTS}),
)
