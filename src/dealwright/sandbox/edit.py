"""What a person does in Pipedrive's own pages: the API's rules, no token, no cost, `app`."""

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from msgspec import Struct

from dealwright.sandbox.answers import Answer, encode
from dealwright.sandbox.call import Principal
from dealwright.sandbox.company import Company
from dealwright.sandbox.records import Key, User
from dealwright.sandbox.state import StateError

if TYPE_CHECKING:
    from dealwright.sandbox.app import Sandbox

EditAction: TypeAlias = Literal["create", "change", "delete", "merge"]
# Where each kind is edited, and with which verb it is changed.
_PLACES = {
    "person": ("/api/v2/persons", "PATCH"),
    "organization": ("/api/v2/organizations", "PATCH"),
    "deal": ("/api/v2/deals", "PATCH"),
    "activity": ("/api/v2/activities", "PATCH"),
    "lead": ("/api/v1/leads", "PATCH"),
    "note": ("/api/v1/notes", "PUT"),
    "pipeline": ("/api/v2/pipelines", "PATCH"),
    "stage": ("/api/v2/stages", "PATCH"),
    "activity_type": ("/api/v1/activityTypes", "PUT"),
}
_V1_PLACES = {"person": "/api/v1/persons", "organization": "/api/v1/organizations",
              "deal": "/api/v1/deals"}  # fmt: skip


class Edit(Struct, kw_only=True, forbid_unknown_fields=True):
    """One edit. `user` is a user's id or name; None: the first admin. `data` as the API takes it.

    `merge` makes `id` disappear into `data.merge_with_id`.
    """

    object: str
    action: EditAction = "change"
    id: int | str | None = None
    data: dict[str, Any] = {}
    user: int | str | None = None


def edit(sandbox: "Sandbox", company: Company, wanted: Edit) -> Answer:
    """Do it as that person; the answer is the API's. Raises StateError with a sentence."""
    principal = Principal(
        company=company, user_id=_user(company, wanted.user).id, token="", source="app"
    )
    method, path = _place(wanted.object, wanted.action, wanted.id)
    return sandbox.act(principal, method, path, body=encode(wanted.data))


def _user(company: Company, asked: int | str | None) -> User:
    here = [user for user in company.users.values() if user.active_flag]
    for user in here:
        if asked in {user.id, user.name} or (asked is None and user.is_admin):
            return user
    names = ", ".join(f"{user.id} ({user.name})" for user in here)
    raise StateError(f"user: nobody at work here is {asked}. There are: {names}.")


def _place(kind: str, action: EditAction, key: Key | None) -> tuple[str, str]:
    place = _PLACES.get(kind)
    if place is None:
        raise StateError(f"object: {kind} cannot be edited. There are: {', '.join(_PLACES)}.")
    path, verb = place
    if action == "create":
        return "POST", path
    if key is None:
        raise StateError(f"id: say which {kind} is meant.")
    if action == "merge":
        if kind not in _V1_PLACES:
            raise StateError(f"action: a {kind} cannot be merged.")
        return "PUT", f"{_V1_PLACES[kind]}/{key}/merge"
    return ("DELETE" if action == "delete" else verb), f"{path}/{key}"
