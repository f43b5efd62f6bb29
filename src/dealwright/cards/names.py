"""Names behind ids: colleagues, stages, types, options, as far as they are known."""

from typing import Final

from dealwright.cards.known import Known, Lists
from dealwright.cards.voice import Voice
from dealwright.core.record import FieldDefinition, Member

#: Pipedrive's icons of the types every account has; others get the general one.
_ACTIVITY_ICONS: Final = frozenset({"call", "meeting", "task", "deadline", "email", "lunch"})


def member(known: Known, user: object) -> Member | None:
    """A colleague by id."""
    if known.owner is not None and str(known.owner.id) == str(user):
        return known.owner
    return next((one for one in known.lists.users if str(one.id) == str(user)), None)


def member_name(known: Known, voice: Voice, user: object) -> str:
    """A colleague's name; of an unknown one the id in words."""
    found = member(known, user)
    return found.name if found and found.name else voice.say("User {id}", id=user)


def organization_name(known: Known, organization: int | None) -> str:
    """An organization's name, nothing where it is unknown."""
    if organization is None:
        return ""
    if known.organization is not None and known.organization.id == organization:
        return known.organization.name
    found = known.organizations.get(organization)
    return found.name if found else ""


def deal_title(known: Known, deal: int | None) -> str:
    """A deal's title, nothing where it is unknown."""
    return next((one.title for one in known.deals if one.id == deal), "")


def stage_name(lists: Lists, stage: int | None) -> str:
    """A stage's name."""
    return next((one.name for one in lists.stages if one.id == stage), "")


def pipeline_name(lists: Lists, pipeline: int | None) -> str:
    """A pipeline's name."""
    return next((one.name for one in lists.pipelines if one.id == pipeline), "")


def activity_type(lists: Lists, key: str | None) -> str:
    """What people call a type of activity."""
    named = (one.name for one in lists.activity_types if one.key_string == key)
    return next(named, "") or (key or "").replace("_", " ").capitalize()


def activity_icon(key: str | None, *, done: bool) -> str:
    """The icon of an activity of this type; one that is done has its own."""
    kind = key if key in _ACTIVITY_ICONS else "custom"
    return f"act-{kind}-done" if done else f"act-{kind}"


def field_named(fields: tuple[FieldDefinition, ...], code: str) -> FieldDefinition | None:
    """A field by its key."""
    return next((one for one in fields if one.field_code == code), None)
