"""Several lists of people made one: who is the same, and what is known of him then."""

import pytest

from dealwright.meetings.attendees import attendee, is_same, same_number, union
from dealwright.meetings.meeting import Attendee, Part


def _joined(*people: Attendee) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    return [(one.name, one.emails, one.phones) for one in union(people)]


def test_one_address_is_one_person_however_it_is_written() -> None:
    found = _joined(
        attendee("Ana", emails=["Ana@Northwind.example"]),
        attendee("Ana Lund", emails=["Ana Lund <ana@northwind.example>"]),
        attendee("", emails=["mailto:ANA@northwind.example"]),
    )

    assert found == [("Ana", ("Ana@Northwind.example",), ())]


def test_two_addresses_are_two_persons_though_they_have_one_name() -> None:
    found = _joined(
        attendee("Jo", emails=["jo@a.example"]), attendee("Jo", emails=["jo@b.example"])
    )

    assert len(found) == 2


def test_a_name_joins_an_address_and_a_number() -> None:
    found = _joined(
        attendee("Jo", emails=["jo@a.example"]), attendee("jo ", phones=["070-174 06 05"])
    )

    assert found == [("Jo", ("jo@a.example",), ("070-174 06 05",))]


def test_one_number_is_one_person_however_it_is_written() -> None:
    found = _joined(attendee(phones=["070-174 06 05"]), attendee("Jo", phones=["+46701740605"]))

    assert found == [("Jo", (), ("070-174 06 05",))]


def test_two_numbers_are_two_persons() -> None:
    assert (
        len(
            _joined(attendee("Jo", phones=["+46701740605"]), attendee("Jo", phones=["+4681234567"]))
        )
        == 2
    )


@pytest.mark.parametrize("name", ["None", "null", "N/A", "unknown", "Anonymous"])
def test_what_is_no_name_joins_nobody(name: str) -> None:
    assert not is_same(attendee(name), attendee(name))


def test_nobody_is_left_out() -> None:
    assert _joined(attendee(""), attendee("", emails=["None"], phones=["anonymous"])) == []


def test_the_host_stays_the_host_and_a_guest_becomes_one() -> None:
    host = attendee("", emails=["ana@n.example"], part=Part.HOST)
    guest = attendee("Ana", emails=["ana@n.example"])

    assert [one.part for one in (*union([host, guest]), *union([guest, host]))] == [Part.HOST] * 2


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("+46 70 174 06 05", "0701740605", True),
        ("0046701740605", "46701740605", True),
        ("+46701740605", "+46701740606", False),
        ("112", "+4670112", False),
        ("", "", True),
    ],
)
def test_numbers_are_compared_by_their_digits(one: str, other: str, *, same: bool) -> None:
    assert same_number(one, other) is same


def test_ten_thousand_guests_are_joined_as_fast_as_they_are_read() -> None:
    people = [
        attendee(f"Guest {number}", emails=[f"g{number}@x.example"]) for number in range(10_000)
    ]

    assert len(union(people, people)) == 10_000
