"""The head of a contact: what comes next, what is open, and what can be done."""

from collections import defaultdict
from decimal import Decimal
from math import isfinite

from dealwright.cards import links
from dealwright.cards.card import Button, Buttons, Pair, Row, Section, Target, Text, Tone, Widget
from dealwright.cards.due import Standing, due_day, due_text, in_order, standing
from dealwright.cards.known import Known, Part
from dealwright.cards.section import SectionKind, may, on_person, op
from dealwright.cards.voice import Voice
from dealwright.core.record import Activity


def draw(known: Known, voice: Voice) -> Section | None:
    """The strip with the next activity and the open deals, and the buttons below it."""
    if known.person is None:
        return None
    widgets: list[Widget] = [*_strip(known, voice), *_age(known, voice)]
    widgets.append(Buttons(items=tuple(_buttons(known, voice))))
    return Section(key="summary", widgets=tuple(widgets))


def _strip(known: Known, voice: Voice) -> list[Widget]:
    next_row = None if "activities" in known.sections_off else _next(known, voice)
    deals = None if "deals" in known.sections_off else _open_deals(known, voice)
    if next_row is not None and deals is not None:
        return [Pair(left=next_row, right=deals)]
    return [row for row in (next_row, deals) if row is not None]


def _next(known: Known, voice: Voice) -> Row | None:
    if Part.ACTIVITIES in known.missing:
        return None
    waiting = [one for one in in_order(known.activities, voice) if not one.done]
    if not waiting:
        return Row(label=voice.say("Next activity"), text=voice.say("Nothing planned"))
    return _upcoming(waiting[0], voice)


def _upcoming(activity: Activity, voice: Voice) -> Row:
    day = due_day(activity, voice)
    late = standing(activity, voice) is Standing.OVERDUE
    away = f" ({voice.days_away(day)})" if day else ""
    return Row(
        label=voice.say("Overdue activity") if late else voice.say("Next activity"),
        text=activity.subject or voice.say("Activity"),
        below=due_text(activity, voice) + away,
        bold=True,
        tone=Tone.BAD if late else Tone.PLAIN,
    )


def _open_deals(known: Known, voice: Voice) -> Row | None:
    if Part.DEALS in known.missing:
        return None
    totals: dict[str, Decimal] = defaultdict(Decimal)
    deals = [deal for deal in known.deals if deal.status == "open"]
    for deal in deals:
        if deal.value and isfinite(deal.value):
            totals[deal.currency or known.lists.currency] += Decimal(str(deal.value))
    own = known.lists.currency
    ranked = sorted(totals.items(), key=lambda item: (item[0] != own, item[0]))
    text = " + ".join(voice.money(total, currency) for currency, total in ranked)
    count = voice.say("Deals: {count}", count=voice.count(len(deals)))
    if known.left_out.get("deals"):
        count += f" ({voice.say('of those shown')})"
    return Row(label=voice.say("Open deals"), text=text or "–", below=count, bold=True)


def _age(known: Known, voice: Voice) -> list[Widget]:
    if known.as_of is None:
        return []
    words = voice.say("As it was {when}.", when=voice.ago(known.as_of))
    return [Text(body=words, tone=Tone.MUTED)]


def _buttons(known: Known, voice: Voice) -> list[Button]:
    person = known.person
    assert person is not None  # noqa: S101 — draw has looked
    made: list[Button] = []
    if known.in_mail and may(known, voice, "log"):
        log = Target(op=on_person(known, "log_form"))
        made.append(Button(label=voice.say("Log this e-mail"), target=log, primary=True))
    if may(known, voice, "create"):
        made.append(Button(label=voice.say("Add"), menu=_add_menu(known, voice)))
    opened = Target(link=links.record_url(known.company, "person", person.id))
    made.append(Button(label=voice.say("Open in Pipedrive"), target=opened, icon="open"))
    return made


def _add_menu(known: Known, voice: Voice) -> tuple[Button, ...]:
    kinds = (("deal", "Deal", "DOLLAR"), ("activity", "Activity", "CLOCK"))
    kinds = (*kinds, ("note", "Note", "DESCRIPTION"))
    made = [
        Button(
            label=voice.say(label), icon=icon, target=Target(op=on_person(known, f"{kind}_form"))
        )
        for kind, label, icon in kinds
    ]
    contact = Target(op=op(known, "contact_form"))
    made.append(Button(label=voice.say("Another contact"), icon="PERSON", target=contact))
    return tuple(made)


SECTION = SectionKind(
    key="summary",
    label="Summary",
    place=0,
    draw=draw,
    needs=frozenset({Part.PERSON}),
    optional=False,
)
