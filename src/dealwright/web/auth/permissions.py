"""Permissions: the one table of which role may do what, and what an endpoint declares."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from fastapi import Request

from dealwright.core.people import NotAllowed, Principal, Role


class Permission(StrEnum):
    """What can be allowed to a Principal."""

    ACCOUNT = "account"
    CONNECTIONS_READ = "connections_read"
    CONNECTIONS_WRITE = "connections_write"
    SOURCES_READ = "sources_read"
    SOURCES_WRITE = "sources_write"
    MAPPINGS_READ = "mappings_read"
    MAPPINGS_WRITE = "mappings_write"
    EVENTS_READ = "events_read"
    DELIVERIES_READ = "deliveries_read"
    DELIVERIES_ACT = "deliveries_act"
    MIRROR_READ = "mirror_read"
    BUDGET_READ = "budget_read"
    BUDGET_WRITE = "budget_write"
    CATALOGUE_READ = "catalogue_read"
    MEETINGS_READ = "meetings_read"
    MEETINGS_WRITE = "meetings_write"
    JOBS_READ = "jobs_read"
    JOBS_RUN = "jobs_run"
    HEALTH_READ = "health_read"
    KEYS_READ = "keys_read"
    KEYS_WRITE = "keys_write"
    USERS_READ = "users_read"
    USERS_WRITE = "users_write"
    AUDIT_READ = "audit_read"
    PRIVACY = "privacy"
    PROPOSE = "propose"
    PROPOSALS_ACT = "proposals_act"


SMALLEST_ROLE: Final[Mapping[Permission, Role]] = MappingProxyType(
    {
        # One's own name, password, second factor and sessions.
        Permission.ACCOUNT: Role.VIEWER,
        Permission.CONNECTIONS_READ: Role.VIEWER,
        Permission.CONNECTIONS_WRITE: Role.ADMIN,
        Permission.SOURCES_READ: Role.VIEWER,
        Permission.SOURCES_WRITE: Role.ADMIN,
        Permission.MAPPINGS_READ: Role.VIEWER,
        Permission.MAPPINGS_WRITE: Role.MEMBER,
        Permission.EVENTS_READ: Role.VIEWER,
        Permission.DELIVERIES_READ: Role.VIEWER,
        Permission.DELIVERIES_ACT: Role.MEMBER,
        Permission.MIRROR_READ: Role.VIEWER,
        Permission.BUDGET_READ: Role.VIEWER,
        Permission.BUDGET_WRITE: Role.ADMIN,
        Permission.CATALOGUE_READ: Role.VIEWER,
        Permission.MEETINGS_READ: Role.VIEWER,
        Permission.MEETINGS_WRITE: Role.MEMBER,
        Permission.JOBS_READ: Role.VIEWER,
        Permission.JOBS_RUN: Role.MEMBER,
        Permission.HEALTH_READ: Role.VIEWER,
        Permission.KEYS_READ: Role.ADMIN,
        Permission.KEYS_WRITE: Role.ADMIN,
        Permission.USERS_READ: Role.ADMIN,
        Permission.USERS_WRITE: Role.ADMIN,
        Permission.AUDIT_READ: Role.ADMIN,
        # Who may find a person, may read all that is known of them, and have it erased.
        Permission.PRIVACY: Role.ADMIN,
        # Nothing is done by proposing; what is approved of is what members may do themselves.
        Permission.PROPOSE: Role.VIEWER,
        Permission.PROPOSALS_ACT: Role.MEMBER,
    }
)


def check(who: Principal, permission: Permission) -> None:
    """Raise NotAllowed unless the role of `who` covers what the permission needs."""
    smallest = SMALLEST_ROLE[permission]
    if not who.role.covers(smallest):
        raise NotAllowed(
            f"That needs the role {smallest.value}; yours is {who.role.value}. Ask an owner or "
            "admin of the hub."
        )


class Required:
    """A dependency of an endpoint: the Principal of the request, who has the permission.

    Raises NotSignedIn, NotAllowed, CrossSite and InsecureAddress. `app.state.guard` is a Guard.
    """

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    async def __call__(self, request: Request) -> Principal:
        """The Principal."""
        who: Principal = await request.app.state.guard.principal(request)
        check(who, self.permission)
        return who


def require(permission: Permission) -> Required:
    """What an endpoint depends on: `who: Annotated[Principal, Depends(require(…))]`."""
    return Required(permission)
