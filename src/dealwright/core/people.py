"""People: which role covers which, and who it is that does something."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dealwright.core.errors import ConfigError, DealwrightError


class Role(StrEnum):
    """What somebody may do in the hub; each covers those below it."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"

    def covers(self, other: "Role") -> bool:
        """Whether this role may do all that the other may."""
        return _RANK[self] >= _RANK[other]


_RANK: Final = {Role.VIEWER: 0, Role.MEMBER: 1, Role.ADMIN: 2, Role.OWNER: 3}


class PrincipalKind(StrEnum):
    """How somebody is known: a session, an API key, this machine, Pipedrive, a shared link."""

    USER = "user"
    KEY = "key"
    CLI = "cli"
    PIPEDRIVE = "pipedrive"
    LINK = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who does something. `id` is the user's or the key's, else 0."""

    kind: PrincipalKind
    id: int
    name: str
    role: Role


#: Whoever can run commands can read the key and the database: there is nothing above that.
CLI: Final = Principal(kind=PrincipalKind.CLI, id=0, name="cli", role=Role.OWNER)


#: Somebody who changed something over there that Pipedrive tells of, as an uninstall.
PIPEDRIVE: Final = Principal(kind=PrincipalKind.PIPEDRIVE, id=0, name="pipedrive", role=Role.VIEWER)


class NotAllowed(DealwrightError):
    """A role does not cover what was asked for: somebody with a higher one does it."""

    code = "role_too_low"
    status = 403


class Unfit(ConfigError):
    """What was given for a person cannot be taken: give something else."""

    code = "invalid_person"
    status = 422


class Conflicting(ConfigError):
    """What was asked for does not go together with what there is."""

    code = "email_taken"
    status = 409
