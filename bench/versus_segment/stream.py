"""Write a realistic mixed event stream, and the truth about it; the same seed gives the same bytes.

python stream.py [--seed 1] [--events 10000] [--identities 2000] [--out DIR]

stream.jsonl    the events, one a line, in the order in which they arrive
account.json    what the Pipedrive account holds before: the identities that are known already
expected.json   what it must hold afterwards, whoever delivered the stream: one record per identity
                with its newest values, every activity and note once
"""

# ruff: noqa: D102, D103 - the names of what happens in this little world say all that there is

import argparse
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

# What an event is, as a share of all events (they add up to 1).
SHARES = {
    "person_repeat": 0.45,  # identify that says nothing new
    "person_change": 0.15,  # identify of a known person with one to three changed traits
    "person_new": 0.08,  # first identify of somebody
    "group": 0.07,  # group: see GROUP
    "deal": 0.10,  # track "Deal Upserted": see DEAL
    "activity": 0.10,  # track "Activity Upserted"
    "note": 0.05,  # track "Note Upserted"
}
GROUP = {"new": 0.20, "change": 0.20, "repeat": 0.60}
DEAL = {"new": 0.40, "change": 0.40, "repeat": 0.20}

ORGANIZATION_OF_PERSON = 0.70  # persons that belong to an organization
PERSONS_PER_ORGANIZATION = 8
KNOWN_DEALS = 0.15  # deals in the account before, per known person
DEAL_ON_NOTE = 0.40  # notes and activities that also name a deal
HEAVY_USERS = 0.20  # this share of the persons ...
HEAVY_EVENTS = 0.60  # ... causes this share of the events
REDELIVERED = 0.010  # further copies with the same messageId, as retrying senders make them
# Events that arrive after up to LATE_BY newer ones; never the first that names somebody.
LATE = 0.010
LATE_BY = 40

START = datetime(2026, 3, 14, 8, 0, tzinfo=UTC)
SECONDS_BETWEEN_EVENTS = 0.9  # mean
FIRST = ["Anna", "Bjørn", "Chloé", "Dmitri", "Élise", "Farid", "Grace", "Haruko"]
FIRST += ["Ivan", "Jürgen", "Karin", "Luís", "Mei", "Nadia"]
FIRST += ["Owen", "Priya", "Quentin", "Rosa", "Stefan", "Tove"]
LAST = ["Lind", "García", "O'Neil", "Müller", "Yamada", "Smith-Jones", "Żak", "Okafor"]
LAST += ["Rossi", "Novák", "Berg", "Silva", "Kaya", "Dubois", "Haddad", "Nguyen"]
TOWNS = ["Malmö", "Kraków", "Porto", "Leeds", "Graz", "Lyon", "Tartu", "Cork"]
PLANS = ["free", "pro", "team", "enterprise"]
TITLES = ["CEO", "Head of Sales", "Engineer", "Buyer", "Assistant"]
INDUSTRIES = ["retail", "software", "transport", "health", "energy"]
STAGES = [1, 2, 3, 4, 5]
ACTIVITY_TYPES = ["call", "meeting", "task", "email"]


def split(total, shares):
    """Whole numbers that add up to total, in the given proportions."""
    exact = {kind: total * share for kind, share in shares.items()}
    counts = {kind: int(value) for kind, value in exact.items()}
    rest = sorted(exact, key=lambda kind: counts[kind] - exact[kind])
    for kind in rest[: total - sum(counts.values())]:
        counts[kind] += 1
    return counts


class World:
    """The truth that the events tell: persons, organizations and deals with their newest values."""

    def __init__(self, rng, identities, newcomers):
        self.rng = rng
        self.persons, self.organizations, self.deals = {}, {}, {}
        self.met, self.deal_keys = [], []
        self.activities, self.notes = [], []
        self.waiting = [self.new_person(number, identities) for number in range(identities)]
        rng.shuffle(self.waiting)
        for _ in range(identities - newcomers):
            self.arrive()
        for user in self.met:
            if rng.random() < KNOWN_DEALS:
                self.new_deal(user)
        self.account = json.loads(json.dumps(self.records()))

    def records(self):
        return {"persons": self.persons, "organizations": self.organizations, "deals": self.deals}

    def new_person(self, number, identities):
        rng = self.rng
        first, last = rng.choice(FIRST), rng.choice(LAST)
        groups = max(1, round(identities * ORGANIZATION_OF_PERSON / PERSONS_PER_ORGANIZATION))
        organization = (
            f"org-{rng.randrange(groups)}" if rng.random() < ORGANIZATION_OF_PERSON else None
        )
        traits = {
            "name": f"{first} {last}",
            "email": f"person{number}@{organization or 'mail'}.example",
            "phone": f"+4670{1_000_000 + number}",
            "title": rng.choice(TITLES),
            "plan": rng.choice(PLANS),
            "seats": rng.randrange(1, 200),
            "address": {"city": rng.choice(TOWNS), "postalCode": f"21{number % 1000:03}"},
        }
        return f"u-{number}", {"organization": organization, "traits": traits}

    def arrive(self):
        """The next person that nobody had met; their organization with them."""
        user, person = self.waiting.pop()
        self.persons[user] = person
        self.met.append(user)
        if person["organization"] and person["organization"] not in self.organizations:
            self.new_organization(person["organization"])
        return user

    def new_organization(self, key):
        number = int(key.rpartition("-")[2])
        self.organizations[key] = {
            "traits": {
                "name": f"{self.rng.choice(LAST)} & {self.rng.choice(LAST)} {number}",
                "industry": self.rng.choice(INDUSTRIES),
                "employees": self.rng.randrange(1, 2000),
                "website": f"https://{key}.example",
            }
        }
        return key

    def new_deal(self, user):
        key = f"D-{len(self.deals) + 1}"
        self.deal_keys.append(key)
        self.deals[key] = {
            "person": user,
            "organization": self.persons[user]["organization"],
            "properties": {
                "deal_id": key,
                "title": f"{self.persons[user]['traits']['name']}: {self.rng.choice(PLANS)}",
                "value": self.rng.randrange(100, 50_000) / self.rng.choice([1, 1, 4]),
                "currency": "EUR",
                "stage_id": STAGES[0],
                "status": "open",
                "expected_close_date": f"2026-{self.rng.randrange(4, 13):02}-15",
                "success_probability": self.rng.randrange(0, 101, 5),
            },
        }
        return key

    def somebody(self):
        """A known person; a few of them cause most of the events."""
        heavy = max(1, int(len(self.met) * HEAVY_USERS))
        if self.rng.random() < HEAVY_EVENTS or heavy == len(self.met):
            return self.met[self.rng.randrange(heavy)]
        return self.met[self.rng.randrange(heavy, len(self.met))]

    def change_person(self, user):
        rng, traits = self.rng, self.persons[user]["traits"]
        for name in rng.sample(
            ["title", "plan", "seats", "phone", "address", "name"], rng.choice([1, 1, 2, 3])
        ):
            traits[name] = {
                "title": lambda: rng.choice(
                    [title for title in TITLES if title != traits["title"]]
                ),
                "plan": lambda: rng.choice([plan for plan in PLANS if plan != traits["plan"]]),
                "seats": lambda: traits["seats"] + rng.randrange(1, 20),
                "phone": lambda: f"+4673{rng.randrange(1_000_000, 9_999_999)}",
                "address": lambda: {
                    "city": rng.choice(TOWNS),
                    "postalCode": f"{rng.randrange(10_000, 99_999)}",
                },
                "name": lambda: self.other_name(traits["name"]),
            }[name]()

    def other_name(self, name):
        return f"{name.split()[0]} {self.rng.choice([last for last in LAST if last not in name])}"

    def change_deal(self, key):
        properties = self.deals[key]["properties"]
        properties["stage_id"] = min(properties["stage_id"] + 1, STAGES[-1])
        properties["value"] = round(properties["value"] * self.rng.choice([0.9, 1.1, 1.25]), 2)
        if properties["stage_id"] == STAGES[-1] and properties["status"] == "open":
            properties["status"] = self.rng.choice(["won", "lost"])
            if properties["status"] == "lost":
                properties["lost_reason"] = self.rng.choice(["price", "timing", "no answer"])


class Teller:
    """Turns what happens in the world into events in Segment's format."""

    def __init__(self, world):
        self.world, self.rng, self.number, self.clock = world, world.rng, 0, START

    def event(self, kind, user, **body):
        self.number += 1
        self.clock += timedelta(
            milliseconds=1 + int(self.rng.expovariate(0.001 / SECONDS_BETWEEN_EVENTS))
        )
        moment = self.clock.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        organization = self.world.persons[user]["organization"]
        context = {
            "library": {"name": "analytics-python", "version": "2.4.0"},
            "ip": f"203.0.113.{self.number % 255}",
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
            "locale": "en-GB",
            "page": {
                "path": "/app/settings",
                "url": "https://app.shop.example/app/settings",
                "title": "Settings",
            },
        }
        if organization:
            context["groupId"] = organization
        head = {
            "type": kind,
            "messageId": f"m-{self.number:07}",
            "userId": user,
            "anonymousId": f"anon-{user}",
        }
        return json.loads(json.dumps({**head, "timestamp": moment, "context": context, **body}))

    def identify(self, user):
        return self.event("identify", user, traits=self.world.persons[user]["traits"])

    def person_repeat(self):
        return self.identify(self.world.somebody())

    def person_change(self):
        user = self.world.somebody()
        self.world.change_person(user)
        return self.identify(user)

    def person_new(self):
        return self.identify(self.world.arrive())

    def group(self, what):
        world = self.world
        members = [
            user
            for user in (world.somebody() for _ in range(50))
            if world.persons[user]["organization"]
        ]
        user = members[0] if members else world.somebody()
        key = world.persons[user]["organization"]
        if what == "new" or key is None:
            key = world.persons[user]["organization"] = world.new_organization(
                f"org-n-{self.number}"
            )
        elif what == "change":
            world.organizations[key]["traits"]["employees"] += self.rng.randrange(1, 50)
        return self.event("group", user, groupId=key, traits=world.organizations[key]["traits"])

    def deal(self, what):
        world = self.world
        if what == "new" or not world.deal_keys:
            key = world.new_deal(world.somebody())
        else:
            key = self.rng.choice(world.deal_keys)
        if what == "change":
            world.change_deal(key)
        deal = world.deals[key]
        return self.event(
            "track", deal["person"], event="Deal Upserted", properties=deal["properties"]
        )

    def beside_a_deal(self):
        """A person for an activity or note, and perhaps one of their deals."""
        world = self.world
        if world.deal_keys and self.rng.random() < DEAL_ON_NOTE:
            key = self.rng.choice(world.deal_keys)
            return world.deals[key]["person"], {"deal_id": key}
        return world.somebody(), {}

    def activity(self):
        user, link = self.beside_a_deal()
        day = (self.clock + timedelta(days=self.rng.randrange(0, 30))).date()
        properties = {
            "subject": f"Follow up {self.number + 1}",
            "type": self.rng.choice(ACTIVITY_TYPES),
            "due_date": day.isoformat(),
            "due_time": f"{self.rng.randrange(7, 18):02}:{self.rng.choice([0, 15, 30, 45]):02}",
            "duration": "00:30",
            "done": self.rng.random() < 0.3,
            "note": "<b>Agenda</b><br>Prices & dates",
            **link,
        }
        self.world.activities.append({"person": user, **properties})
        return self.event("track", user, event="Activity Upserted", properties=properties)

    def note(self):
        user, link = self.beside_a_deal()
        properties = {
            "content": f"<p>Call {self.number + 1}: asked for an <i>offer</i></p>",
            **link,
        }
        self.world.notes.append({"person": user, **properties})
        return self.event("track", user, event="Note Upserted", properties=properties)


def plan_of_kinds(rng, events):
    """What happens, in order: the shares exactly, shuffled."""
    assert all(abs(sum(shares.values()) - 1) < 1e-9 for shares in (SHARES, GROUP, DEAL)), (
        "shares must add up to 1"
    )
    counts = split(events, SHARES)
    plan = [
        (kind, ()) for kind in counts if kind not in ("group", "deal") for _ in range(counts[kind])
    ]
    for kind, parts in (("group", GROUP), ("deal", DEAL)):
        plan += [
            (kind, (what,))
            for what, count in split(counts[kind], parts).items()
            for _ in range(count)
        ]
    rng.shuffle(plan)
    return plan


def arrivals(rng, events):
    """The order of arrival: some events late, some delivered again."""
    places, introduced = [], set()
    for place, event in enumerate(events):
        keys = {
            event["userId"],
            event.get("groupId"),
            event.get("properties", {}).get("deal_id"),
        } - introduced
        introduced |= keys
        late = rng.randrange(1, LATE_BY) if not keys and rng.random() < LATE else 0
        places.append((place + late + 0.1 * bool(late), event))
        if rng.random() < REDELIVERED:
            places.append((place + late + rng.randrange(1, 200) + 0.2, event))
    return [event for _, event in sorted(places, key=lambda pair: pair[0])]


def newest(world, events):
    """What the account must hold afterwards: only what it held before or an event has told."""
    told = {"persons": set(), "organizations": set(), "deals": set()}
    for event in events:
        if event["type"] == "identify":
            told["persons"].add(event["userId"])
        elif event["type"] == "group":
            told["organizations"].add(event["groupId"])
        elif event["event"] == "Deal Upserted":
            told["deals"].add(event["properties"]["deal_id"])
    expected = {
        kind: {
            key: record
            for key, record in records.items()
            if key in world.account[kind] or key in told[kind]
        }
        for kind, records in world.records().items()
    }
    return expected | {"activities": world.activities, "notes": world.notes}


def write_lines(path, rows):
    lines = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--events", type=int, default=10_000, help="events; copies of REDELIVERED come on top"
    )
    parser.add_argument(
        "--identities",
        type=int,
        default=2_000,
        help="persons, those met during the stream included",
    )
    parser.add_argument("--out", type=Path, default=Path())
    options = parser.parse_args()
    newcomers = split(options.events, SHARES)["person_new"]
    if options.identities <= newcomers:
        parser.error(f"--identities: {options.events} events alone bring {newcomers} new persons")
    rng = random.Random(options.seed)  # noqa: S311 - repeatable, no secret
    world = World(rng, options.identities, newcomers)
    teller = Teller(world)
    events = [getattr(teller, kind)(*what) for kind, what in plan_of_kinds(rng, options.events)]
    expected = newest(world, events)
    stream = arrivals(rng, events)
    options.out.mkdir(parents=True, exist_ok=True)
    write_lines(options.out / "stream.jsonl", stream)
    for name, value in (("account", world.account), ("expected", expected)):
        text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)
        (options.out / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    sizes = {kind: len(records) for kind, records in expected.items()}
    print(json.dumps({"arrivals": len(stream), "events": len(events), "expected": sizes}))


if __name__ == "__main__":
    main()
