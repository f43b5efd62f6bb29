"""What a configuration wants of the account itself: custom fields, options, activity types.

Nothing is ever taken away or renamed there. What is missing is made by priced calls, one by one:
Pipedrive has no transaction, but doing it again makes nothing twice.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dealwright.core.catalogue import AccountList
from dealwright.core.errors import Rejected, Unauthorized
from dealwright.core.record import ActivityType, FieldDefinition, RecordKind
from dealwright.core.schema import FIELD_TYPES, LONGEST_LABEL
from dealwright.pipedrive.costs import price
from dealwright.pipedrive.records import Records
from dealwright.pipeline.accounts import AccountBook, price_of
from dealwright.pipeline.config_file import KINDS, WantedAccount, WantedField
from dealwright.pipeline.config_step import Sign
from dealwright.pipeline.idfields import NOT_ALLOWED

#: Fields of choices, which have options.
CHOICES = frozenset({"enum", "set"})

_LISTS: Mapping[RecordKind, AccountList] = {
    RecordKind.PERSON: AccountList.PERSON_FIELDS,
    RecordKind.ORGANIZATION: AccountList.ORGANIZATION_FIELDS,
    RecordKind.DEAL: AccountList.DEAL_FIELDS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStep:
    """A difference in the account; `make` does it, None for what only a person can do."""

    sign: Sign
    text: str
    tokens: int = 0
    make: Callable[[Records], Awaitable[object]] | None = None


def lists_of(wanted: WantedAccount) -> list[AccountList]:
    """The lists that have to be known to tell what is missing."""
    kinds = dict.fromkeys(KINDS[field.kind] for field in wanted.fields)
    lists = [_LISTS[kind] for kind in kinds]
    return [*lists, *([AccountList.ACTIVITY_TYPES] if wanted.activity_types else [])]


def price_to_look(wanted: WantedAccount) -> int:
    """Tokens that a look at the account costs, where nothing of it is known freshly."""
    return price_of(lists_of(wanted))


async def account_steps(
    wanted: WantedAccount, *, name: str, book: AccountBook, records: Records
) -> list[AccountStep]:
    """What the account of a Connection lacks; asks for lists that are older than an hour."""
    steps: list[AccountStep] = []
    for field in wanted.fields:
        there = await book.read(_LISTS[KINDS[field.kind]], records)
        steps += _field(field, there, f"account of {name}: {field.kind} field {field.name}")
    if wanted.activity_types:
        types = await book.read(AccountList.ACTIVITY_TYPES, records)
        steps += _types(wanted.activity_types, types, f"account of {name}: activity type")
    return steps


async def make_account(
    steps: Sequence[AccountStep],
    wanted: WantedAccount,
    *,
    book: AccountBook,
    records: Records,
) -> list[str]:
    """Make what is missing, and read anew what was changed; raises as every call does.

    What the account's user may not make, only admins may activity types, is skipped; says what
    and why.
    """
    skipped: list[str] = []
    try:
        for step in steps:
            if step.make is None:
                continue
            try:
                await step.make(records)
            except (Rejected, Unauthorized) as error:
                if error.code not in NOT_ALLOWED:
                    raise
                skipped.append(f"{step.text}: {error}")
    finally:
        await book.refresh(lists_of(wanted), records)
    return skipped


def _field(
    want: WantedField, there: Sequence[FieldDefinition], where: str
) -> Iterator[AccountStep]:
    kind = KINDS[want.kind]
    same = [one for one in there if one.is_custom_field and one.field_name == want.name]
    if problem := _problem(want, same):
        yield AccountStep(sign=Sign.FAULT, text=f"{where}: {problem}")
    elif not same:
        options = f" with {len(want.options)} options" if want.options else ""
        yield AccountStep(
            sign=Sign.NEW,
            text=f"{where} ({FIELD_TYPES[want.type].label}{options})",
            tokens=price(f"POST /api/v2/{kind}Fields"),
            make=lambda records: records.create_field(
                kind, want.name, field_type=want.type, labels=want.options
            ),
        )
    elif want.type in CHOICES:
        yield from _options(want, same[0], where)


def _problem(want: WantedField, same: Sequence[FieldDefinition]) -> str:
    if want.type not in FIELD_TYPES:
        return f"there is no type {want.type}; there are {', '.join(sorted(FIELD_TYPES))}"
    if want.type in CHOICES and not want.options:
        return "a field of choices needs options"
    if want.options and want.type not in CHOICES:
        return f"a field of type {want.type} has no options"
    if any(len(label) > LONGEST_LABEL for label in want.options):
        return f"an option is longer than {LONGEST_LABEL} characters"
    if len(same) > 1:
        return f"{len(same)} fields are called so: rename all but one in Pipedrive"
    if same and same[0].field_type != want.type:
        return f"has the type {same[0].field_type}, and no type can be changed: {want.type}"
    return ""


def _options(want: WantedField, there: FieldDefinition, where: str) -> Iterator[AccountStep]:
    kind, labels = KINDS[want.kind], [option.label for option in there.options or ()]
    missing = [label for label in want.options if label not in labels]
    if missing:
        yield AccountStep(
            sign=Sign.CHANGE,
            text=f"{where}: new options {', '.join(missing)}",
            tokens=price(f"POST /api/v2/{kind}Fields/{{field_code}}/options"),
            make=lambda records: records.add_options(kind, there.field_code, missing),
        )
    more = [label for label in labels if label not in want.options]
    if more:
        yield AccountStep(sign=Sign.ONLY_HERE, text=f"{where}: options {', '.join(more)}")


def _types(
    wanted: Sequence[str], there: Sequence[ActivityType], where: str
) -> Iterator[AccountStep]:
    active = {one.name for one in there if one.active_flag}
    for name in wanted:
        if name not in active:
            yield AccountStep(
                sign=Sign.NEW,
                text=f"{where} {name} (its user must be an admin)",
                tokens=price("POST /api/v1/activityTypes"),
                make=_making(name),
            )


def _making(name: str) -> Callable[[Records], Awaitable[object]]:
    return lambda records: records.create_activity_type(name)
