"""Events as senders put them, for tests: a named cast, `.example` addresses, new ids each time."""

from itertools import count
from typing import Any

_numbers = count(1)

Said = dict[str, Any]


def identify(user_id: str, *, at: str | None = None, **traits: Any) -> Said:
    """Somebody is who they are."""
    return _said("identify", at, userId=user_id, traits=traits)


def group(group_id: str, *, user_id: str = "u-ada", at: str | None = None, **traits: Any) -> Said:
    """Somebody belongs to an organization."""
    return _said("group", at, userId=user_id, groupId=group_id, traits=traits)


def track(user_id: str, event: str, *, at: str | None = None, **properties: Any) -> Said:
    """Somebody did something."""
    return _said("track", at, userId=user_id, event=event, properties=properties)


def activity(user_id: str, name: str, **properties: Any) -> Said:
    """Somebody did what becomes an activity by the preset."""
    return track(user_id, "Activity Upserted", name=name, **properties)


def _said(kind: str, at: str | None, **rest: Any) -> Said:
    said = {"type": kind, "messageId": f"m-{next(_numbers)}", **rest}
    return said if at is None else {**said, "timestamp": at}
