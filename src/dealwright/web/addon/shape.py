"""Shape: the body that Google posts, read strictly as far as the hub uses it.

https://developers.google.com/workspace/add-ons/concepts/event-objects. Keys that are not used are
not looked at: an older runtime sends more.
"""

import re
from typing import Annotated, Any, Final

import msgspec

from dealwright.core.cardform import Form, FormFault, day_of_ms, moment_of_ms, time_of
from dealwright.web.addon.refusal import BadShape

#: What goes into a header of ours, or into an address.
_Token = Annotated[str, msgspec.Meta(pattern=r"^[\x21-\x7e]*\Z", max_length=16_384)]
_MessageId = Annotated[str, msgspec.Meta(pattern=r"^(?!\.+\Z)[A-Za-z0-9:._|-]{1,256}\Z")]
_Short = Annotated[str, msgspec.Meta(max_length=200)]
_Mailboxes = Annotated[
    tuple[Annotated[str, msgspec.Meta(max_length=1_000)], ...], msgspec.Meta(max_length=2_000)
]
_RECORD: Final = re.compile(r"[A-Za-z0-9-]{1,64}\Z")
_DIGITS: Final = re.compile(r"-?[0-9]{1,18}\Z")


class _Zone(msgspec.Struct, frozen=True):
    # The offset comes as number or text; the name says all of it.
    id: _Short | None = None
    offset: int | float | str | None = None


class Common(msgspec.Struct, frozen=True, rename="camel"):
    """Where a request comes from, and what was clicked."""

    host_app: _Short | None = None
    platform: _Short | None = None
    user_locale: _Short | None = None
    time_zone: _Zone | None = None
    parameters: dict[str, str] | None = None
    invoked_function: str | None = None
    form_inputs: dict[str, Any] | None = None


class Authorization(msgspec.Struct, frozen=True, rename="camel"):
    """The tokens of a request, and the scopes that the user granted (None: every one)."""

    system_id_token: _Token | None = None
    user_id_token: _Token | None = None
    user_o_auth_token: _Token | None = msgspec.field(default=None, name="userOAuthToken")
    authorized_scopes: tuple[str, ...] | None = None


class Mail(msgspec.Struct, frozen=True, rename="camel"):
    """The message that is open, or the one that is being written."""

    message_id: _MessageId | None = None
    thread_id: _MessageId | None = None
    access_token: _Token | None = None
    to_recipients: _Mailboxes | None = None
    cc_recipients: _Mailboxes | None = None
    bcc_recipients: _Mailboxes | None = None


class Posted(msgspec.Struct, frozen=True, rename="camel"):
    """A request of Google's."""

    common_event_object: Common | None = None
    authorization_event_object: Authorization | None = None
    gmail: Mail | None = None

    @property
    def common(self) -> Common:
        """Where it comes from."""
        return self.common_event_object or Common()

    @property
    def authorization(self) -> Authorization:
        """Its tokens."""
        return self.authorization_event_object or Authorization()

    @property
    def mail(self) -> Mail:
        """Its message; empty without one."""
        return self.gmail or Mail()

    @property
    def zone(self) -> str:
        """The name of the reader's time zone; "" for none."""
        zone = self.common.time_zone
        return (zone.id or "") if zone else ""

    @property
    def parameters(self) -> dict[str, str]:
        """What the clicked action carried."""
        return self.common.parameters or {}


class _Strings(msgspec.Struct, frozen=True):
    value: tuple[str, ...] | None = None


class _Date(msgspec.Struct, frozen=True, rename="camel"):
    ms_since_epoch: int | str


class _Moment(_Date, frozen=True, rename="camel"):
    has_date: bool | None = None
    has_time: bool | None = None


class _Time(msgspec.Struct, frozen=True):
    hours: int = 0
    minutes: int = 0


class _Input(msgspec.Struct, frozen=True, rename="camel"):
    string_inputs: _Strings | None = None
    date_input: _Date | None = None
    time_input: _Time | None = None
    date_time_input: _Moment | None = None


def copied_token(body: bytes) -> str | None:
    """The system token inside a body; None where there is none, or nothing that can be read."""
    try:
        return msgspec.json.decode(body, type=_Copied).authorizationEventObject.systemIdToken
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


class _CopiedToken(msgspec.Struct, frozen=True):
    systemIdToken: str | None = None  # noqa: N815 - Google's word


class _Copied(msgspec.Struct, frozen=True):
    authorizationEventObject: _CopiedToken  # noqa: N815 - Google's word


def read_body(body: bytes) -> Posted:
    """A request's body; raises BadShape."""
    try:
        posted = msgspec.json.decode(body, type=Posted)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        # msgspec names the path, and never the value.
        raise BadShape(f"The body is not an event of Google's: {error}.") from None
    for name in ("a", "d", "p"):
        if (text := posted.parameters.get(name)) is not None and not _RECORD.match(text):
            raise BadShape(f"The parameter {name} is no id of a record.")
    for given in (posted.common.form_inputs or {}).values():
        _input(given)
    return posted


def read_form(posted: Posted) -> Form:
    """What was filled in; raises BadShape, and FormFault for a moment that there is not."""
    form = Form(texts={}, days={}, times={}, moments={})
    for name, given in (posted.common.form_inputs or {}).items():
        _put(form, name, _input(given))
    return form


def _input(given: Any) -> _Input:
    try:
        outer = msgspec.convert(given, dict[str, Any])
        # An older runtime had one more level, under the empty key.
        return msgspec.convert(outer.get("", outer), _Input)
    except msgspec.ValidationError as error:
        raise BadShape(f"A field of the form is not as Google sends it: {error}.") from None


def _put(form: Form, name: str, given: _Input) -> None:
    if given.string_inputs is not None:
        form.texts[name] = given.string_inputs.value or ()
    if given.date_input is not None:
        form.days[name] = day_of_ms(_ms(given.date_input))
    if given.time_input is not None:
        form.times[name] = time_of(given.time_input.hours, given.time_input.minutes)
    if (moment := given.date_time_input) is not None and moment.has_time is False:
        form.days[name] = day_of_ms(_ms(moment))
    elif moment is not None:
        form.moments[name] = moment_of_ms(_ms(moment))


def _ms(given: _Date) -> int:
    text = str(given.ms_since_epoch)
    if not _DIGITS.match(text):
        raise FormFault("This date cannot be read. Choose another one.")
    return int(text)
