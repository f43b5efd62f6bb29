"""Members: the account's users, known by id or by e-mail address."""

from dealwright.core.record import Member
from dealwright.core.scalars import Misfit, read_record_id, read_text


def member_id(raw: object, users: tuple[Member, ...]) -> int:
    """The id of a user, given as the id or as the e-mail address; case does not matter.

    Raises Misfit for a user who is not there, or can no longer sign in; an id is believed where
    no users are known.
    """
    text = read_text(raw).strip()
    if "@" not in text:
        found = read_record_id(raw)
        if users and not any(user.id == found and user.active_flag for user in users):
            raise Misfit("the id or e-mail address of an active user of the account")
        return found
    for user in users:
        if user.active_flag and (user.email or "").casefold() == text.casefold():
            return user.id
    raise Misfit("the id or e-mail address of an active user of the account")


def member_name(user_id: object, users: tuple[Member, ...]) -> str:
    """What a user is called; the id where nobody has it."""
    return next((user.name for user in users if user.id == user_id), str(user_id))
