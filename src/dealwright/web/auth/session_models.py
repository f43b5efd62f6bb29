"""What is asked and answered about sessions."""

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import BaseModel, Field

from dealwright.core.people import Role
from dealwright.web.api.shapes import Configured, Given

# Longer than any password that is taken, so that this one refuses with the better sentence.
Typed = Annotated[str, Field(max_length=1_000)]
Code = Annotated[str, Field(max_length=64)]
Email = Annotated[str, Field(max_length=320)]


class Credentials(Given):
    """Who signs in."""

    email: Email
    password: Typed


class SecondFactor(Given):
    """A code of the authenticator app, or a recovery code."""

    code: Code


class LinkToken(Given):
    """What stands behind the `#` of a link to set up."""

    token: Annotated[str, Field(max_length=128)]


class SetUp(LinkToken):
    """A password is chosen; the first owner also says who that is."""

    password: Typed
    email: Email = ""
    name: Annotated[str, Field(max_length=100)] = ""


class NewPassword(Given):
    """A change of one's own password."""

    present: Typed
    new: Typed


class Confirmation(Given):
    """One's password, typed again."""

    password: Typed


class Removal(Confirmation):
    """One's password and a code: a second factor is removed."""

    code: Code


class Person(Configured):
    """Somebody who uses the hub."""

    PASSING: ClassVar = frozenset({"second_factor", "signed_in_at"})

    id: int
    email: str
    name: str
    role: Role
    second_factor: bool
    created_at: datetime
    signed_in_at: datetime | None


class SessionState(BaseModel):
    """How far the browser is signed in: `none`, `second_factor` (a code is asked for) or `full`.

    `csrf_token` goes into the header `X-CSRF-Token` of every change. `set_up`: nobody has an
    account yet. `oidc` is what the OpenID provider is called, if there is one.
    """

    stage: str
    user: Person | None = None
    csrf_token: str | None = None
    set_up: bool = False
    oidc: str | None = None


class LinkState(BaseModel):
    """Whom a link lets in; without an address it makes the first owner."""

    email: str | None
    name: str | None


class TotpOffer(BaseModel):
    """A second factor to put into an authenticator app, shown this once."""

    secret: str
    address: str


class RecoveryCodes(BaseModel):
    """Codes to keep: each stands in for the second factor once. Shown this once."""

    recovery_codes: list[str]


class OpenSession(BaseModel):
    """A session that is open. `present` is the one that asks."""

    id: int
    user_id: int
    method: str
    address: str
    agent: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    present: bool
