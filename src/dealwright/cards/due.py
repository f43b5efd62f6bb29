"""When an activity is due, and in which order activities are read: overdue first, done last."""

from datetime import date, datetime
from enum import IntEnum

from dealwright.cards import names
from dealwright.cards.card import Op, Row, Tick, Tone
from dealwright.cards.known import Known
from dealwright.cards.section import may, op
from dealwright.cards.voice import Voice, moment_of
from dealwright.core.record import Activity


class Standing(IntEnum):
    """How urgent an activity is; the order is the one in which they are shown."""

    OVERDUE = 0
    PLANNED = 1
    UNDATED = 2
    DONE = 3


def due_moment(activity: Activity) -> datetime | None:
    """The moment of an activity that has a time of day; both parts are UTC."""
    if not activity.due_date or not activity.due_time:
        return None
    return moment_of(f"{activity.due_date[:10]}T{activity.due_time}")


def due_day(activity: Activity, voice: Voice) -> date | None:
    """The reader's day of an activity; one without a time of day is never shifted."""
    moment = due_moment(activity)
    if moment is not None:
        return voice.local(moment).date()
    try:
        return date.fromisoformat((activity.due_date or "")[:10])
    except ValueError:
        return None


def standing(activity: Activity, voice: Voice) -> Standing:
    """How urgent it is for the reader."""
    if activity.done:
        return Standing.DONE
    moment, day = due_moment(activity), due_day(activity, voice)
    if day is None:
        return Standing.UNDATED
    late = moment < voice.reader.now if moment is not None else day < voice.today()
    return Standing.OVERDUE if late else Standing.PLANNED


def in_order(activities: tuple[Activity, ...], voice: Voice) -> list[Activity]:
    """Overdue ones first, then the next ones, then those without a day, then done ones."""
    once = {one.id: one for one in activities}.values()
    done = [one for one in once if one.done]
    waiting = [one for one in once if not one.done]
    waiting.sort(key=lambda one: (standing(one, voice), one.due_date or "", one.due_time or ""))
    done.sort(key=lambda one: (one.due_date or "", one.due_time or ""), reverse=True)
    return waiting + done


def due_text(activity: Activity, voice: Voice) -> str:
    """When it is due, and how long it takes."""
    moment, day = due_moment(activity), due_day(activity, voice)
    if day is None:
        return voice.say("No due date")
    when = voice.weekday(day)
    if moment is not None:
        when += f", {voice.time(moment)}"
    length = voice.length(activity.duration)
    return voice.joined((when, length))


def activity_row(activity: Activity, known: Known, voice: Voice, *, beside: str = "") -> Row:
    """One activity in one line, with its box to tick; `beside` stands after when it is due."""
    state = standing(activity, voice)
    kind = names.activity_type(known.lists, activity.type)
    words = {
        Standing.OVERDUE: voice.say("Overdue"),
        Standing.DONE: voice.say("Done"),
    }.get(state, "")
    below = voice.joined((words, due_text(activity, voice), beside))
    said = voice.say("done") if activity.done else voice.say("not done")
    return Row(
        label=kind,
        text=activity.subject or kind or voice.say("Activity"),
        below=below,
        icon=names.activity_icon(activity.type, done=activity.done),
        icon_label=f"{kind}, {said}" if kind else said,
        tone=Tone.BAD if state is Standing.OVERDUE else Tone.PLAIN,
        tick=_tick(activity, known) if may(known, voice, "update") else None,
    )


def _tick(activity: Activity, known: Known) -> Tick:
    done: Op = op(known, "activity_done", kind="activity", record=activity.id)
    return Tick(name=f"done_{activity.id}", ticked=activity.done, op=done)
