"""By which fields records are found: as a picker offers them, and as a person names them."""

import pytest

from dealwright.core.errors import MappingError
from dealwright.core.matchfields import match_choices, match_field_named, needs_fields, unmatchable
from dealwright.core.record import FieldDefinition, RecordKind
from dealwright.core.schema import Schema

PERSON, DEAL = RecordKind.PERSON, RecordKind.DEAL


def field(code: str, name: str, kind: str, *, custom: bool = True) -> FieldDefinition:
    return FieldDefinition(
        field_code=code, field_name=name, field_type=kind, is_custom_field=custom
    )


SCHEMA = Schema(
    fields=(
        field("id", "Nummer", "int", custom=False),
        field("emails", "E-Mail", "varchar", custom=False),
        field("birthday", "Geburtstag", "date", custom=False),
        field("a" * 40, "Our id", "varchar"),
        field("b" * 40, "Plan", "enum"),
        field("c" * 40, "Ref", "text"),
        field("d" * 40, "ref", "text"),
    )
)


def test_built_in_fields_have_the_names_of_the_account() -> None:
    offered = [(one.value, one.label) for one in match_choices(PERSON, SCHEMA.fields)]
    assert offered[:3] == [("id", "Nummer"), ("emails", "E-Mail"), ("phone", "Phone")]


def test_only_what_pipedrive_searches_is_offered() -> None:
    offered = {one.label for one in match_choices(PERSON, SCHEMA.fields)}
    assert offered & {"Plan", "Geburtstag", "Our id"} == {"Our id"}


@pytest.mark.parametrize(
    ("named", "key"),
    [
        ("", "id"),
        ("id", "id"),
        ("person_id", "id"),
        ("Email", "email"),
        ("emails", "email"),
        ("e-mail", "email"),
        ("Nummer", "id"),
        ("phone", "phone"),
        ("our ID", "a" * 40),
        ("a" * 40, "a" * 40),
        ("Ref", "c" * 40),
    ],
)
def test_a_match_field_is_known_by_name_or_key(named: str, key: str) -> None:
    assert match_field_named(PERSON, named, SCHEMA) == key


@pytest.mark.parametrize(
    ("kind", "named", "code"),
    [
        (PERSON, "Plan", "unsearchable_field"),
        (PERSON, "birthday", "unsearchable_field"),
        (PERSON, "title", "unsearchable_field"),
        (DEAL, "email", "unsearchable_field"),
        (PERSON, "REF", "ambiguous_field"),
        (PERSON, "Our ids", "unknown_field"),
        (PERSON, "9" * 40, "unknown_field"),
    ],
)
def test_a_field_that_nothing_is_found_by_is_refused(
    kind: RecordKind, named: str, code: str
) -> None:
    with pytest.raises(MappingError) as caught:
        match_field_named(kind, named, SCHEMA)
    assert caught.value.code == code


def test_a_refusal_says_what_there_is() -> None:
    with pytest.raises(MappingError, match="There are: Nummer, E-Mail, Phone, Name, Our id, Ref"):
        match_field_named(PERSON, "Plan", SCHEMA)


def test_without_the_accounts_fields_no_custom_field_is_objected_to() -> None:
    assert unmatchable(PERSON, "9" * 40, None) == ""


@pytest.mark.parametrize("named", ["", "org_id", "name", "a" * 40])
def test_what_can_be_found_by_is_not_objected_to(named: str) -> None:
    assert unmatchable(PERSON, named, SCHEMA) == ""


@pytest.mark.parametrize(
    ("named", "needed"), [("", False), ("Email", False), ("person_id", False), ("Our id", True)]
)
def test_built_in_fields_are_known_without_the_accounts(named: str, needed: bool) -> None:  # noqa: FBT001
    assert needs_fields(PERSON, named) is needed
