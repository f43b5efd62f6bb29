"""Is everything there that the story must have led to, exactly once, and nothing else?"""

from collections import Counter
from collections.abc import Iterable, Iterator

from dealwright.cli.demo.pipedrive import Activity, Person, State
from dealwright.cli.demo.story import ActivityWanted, PersonWanted, Wanted


def faults(wanted: Wanted, before: State, now: State) -> list[str]:
    """What is missing, double or wrong, each as a sentence; none if all is well."""
    people = [person for person in now.persons if not person.is_deleted]
    organizations = [one for one in now.organizations if not one.is_deleted]
    activities = [one for one in now.activities if not one.is_deleted]
    by_email = {point.value: person for person in people for point in person.emails}
    by_name = {one.name: one.id for one in organizations}
    return [
        *_counted("person", (p.email for p in (*wanted.people, *wanted.known)), _emails(people)),
        *_counted("organization", wanted.organizations, (one.name for one in organizations)),
        *_counted(
            "activity", (a.subject for a in wanted.activities), (a.subject for a in activities)
        ),
        *_too_many("persons", len(people), len(before.persons) + len(wanted.people)),
        *_too_many(
            "organizations",
            len(organizations),
            len(before.organizations) + len(wanted.organizations),
        ),
        *_too_many("activities", len(activities), len(before.activities) + len(wanted.activities)),
        *_wrong_people((*wanted.people, *wanted.known), by_email),
        *_wrong_links(wanted.activities, activities, by_email, by_name),
    ]


def _emails(people: Iterable[Person]) -> Iterator[str]:
    return (point.value for person in people for point in person.emails)


def _counted(what: str, wanted: Iterable[str], there: Iterable[str]) -> Iterator[str]:
    found = Counter(there)
    for name in wanted:
        if found[name] != 1:
            yield f"The {what} “{name}” is there {found[name]} times, not once."


def _too_many(what: str, there: int, wanted: int) -> Iterator[str]:
    if there != wanted:
        yield f"There are {there} {what}, not {wanted}."


def _wrong_people(wanted: Iterable[PersonWanted], by_email: dict[str, Person]) -> Iterator[str]:
    for one in wanted:
        person = by_email.get(one.email)
        if person is None:
            continue
        if person.name != one.name:
            yield f"{one.email} is called “{person.name}”, not “{one.name}”."
        phones = frozenset(point.value for point in person.phones)
        if phones != one.phones:
            yield f"{one.email} has the phones {sorted(phones)}, not {sorted(one.phones)}."


def _wrong_links(
    wanted: Iterable[ActivityWanted],
    there: Iterable[Activity],
    by_email: dict[str, Person],
    by_name: dict[str, int],
) -> Iterator[str]:
    by_subject = {activity.subject: activity for activity in there}
    for one in wanted:
        activity, person = by_subject.get(one.subject), by_email.get(one.email)
        if activity is None or person is None:
            continue
        if activity.person_id != person.id:
            yield f"“{one.subject}” is not linked to {one.email}."
        if activity.org_id != by_name.get(one.organization):
            yield f"“{one.subject}” is not linked to {one.organization}."
