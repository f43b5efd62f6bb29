"""What was just written is known before Pipedrive's search knows it."""

from dealwright.core import identifier
from dealwright.core.record import Labelled, Person, RecordKind
from dealwright.pipeline.recent import Recent

ADA = Person(id=7, name="Ada", emails=(Labelled(value="ada@love.example"),))
KEY = identifier.email("ada@love.example")
PERSON = RecordKind.PERSON


def new() -> Recent:
    return Recent(start_ms=0, keep_ms=1000, region=None)


def test_a_record_is_known_by_its_keys() -> None:
    recent = new()
    recent.note(PERSON, ADA, at_ms=10)

    assert recent.ids(PERSON, KEY, now_ms=1010) == [7]


def test_a_record_is_forgotten_when_search_must_know_it() -> None:
    recent = new()
    recent.note(PERSON, ADA, at_ms=10)

    assert recent.ids(PERSON, KEY, now_ms=1011) == []


def test_a_record_that_was_written_again_stays() -> None:
    recent = new()
    recent.note(PERSON, ADA, at_ms=10)
    recent.note(PERSON, ADA, at_ms=500)

    assert recent.ids(PERSON, KEY, now_ms=1100) == [7]


def test_a_record_of_another_kind_is_another() -> None:
    recent = new()
    recent.note(PERSON, ADA, at_ms=10)

    assert recent.ids(RecordKind.ORGANIZATION, KEY, now_ms=20) == []


def test_what_was_written_before_the_start_has_to_be_asked_for() -> None:
    assert new().unknown_since_ms(PERSON, now_ms=999) == -1000


def test_what_was_asked_for_is_not_asked_for_again() -> None:
    recent = new()
    recent.asked(PERSON)

    assert recent.unknown_since_ms(PERSON, now_ms=10) is None


def test_long_after_the_start_nothing_has_to_be_asked_for() -> None:
    assert new().unknown_since_ms(PERSON, now_ms=1000) is None
