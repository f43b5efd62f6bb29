"""Write the event files of the mapping benchmark: the same seed gives the same bytes.

    python make_events.py [--seed 1] [--count 5000] [--out DIR]

events_person.jsonl       identify: every 7th has a list of two e-mails, every 5th no phone
events_person_rich.jsonl  the same events, the e-mail always one text, as mapping_person_rich.json
                          expects
events_deal.jsonl         track "Deal Upserted": every 3rd value is text, every 9th has a lost
                          reason
"""

import argparse
import json
import random
from pathlib import Path

FIRST = ["Anna", "Bjørn", "Chloé", "Dmitri", "Élise", "Farid", "Grace", "花子", "Ivan", "Jürgen"]
LAST = ["Lind", "García", "O'Neil", "Müller", "山田", "Smith-Jones", "Żak"]
DOMAINS = ["x.example", "mail.example", "corp.example"]
PLANS = ["free", "pro", "team"]
CURRENCIES = ["EUR", "USD", "SEK"]
ORGANIZATIONS = 400
CLOCK = {
    "timestamp": "2026-03-14T09:26:53.589Z",
    "sentAt": "2026-03-14T09:26:54.000Z",
    "receivedAt": "2026-03-14T09:26:54.100Z",
}


def context(number):
    """What a browser or server library adds to every event."""
    return {
        "ip": f"203.0.113.{number % 255}",
        "library": {"name": "analytics-python", "version": "2.4.0"},
        "groupId": f"org-{number % ORGANIZATIONS}",
        "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
        "page": {"url": f"https://shop.example/a/b?c={number}", "path": "/a/b", "title": "T"},
        "locale": "sv-SE",
    }


def person(number, name, rng):
    """An identify event."""
    email = f"user{number}@{rng.choice(DOMAINS)}"
    traits = {
        "name": name,
        "email": [email, "alt" + email] if number % 7 == 0 else email,
        "phone": f"+4670{1_000_000 + number}",
        "plan": rng.choice(PLANS),
        "age": 20 + number % 50,
        "address": {"city": "Malmö", "postalCode": f"21{number}"},
    }
    if number % 5 == 0:
        del traits["phone"]
    ids = {"messageId": f"p-{number}", "userId": f"u-{number}", "anonymousId": f"an-{number}"}
    return {"type": "identify", **ids, **CLOCK, "context": context(number), "traits": traits}


def with_one_email(event):
    """The same event, its e-mail one text."""
    email = event["traits"]["email"]
    traits = {**event["traits"], "email": email[0] if isinstance(email, list) else email}
    return {**event, "traits": traits}


def deal(number, name, rng):
    """A track event, Deal Upserted."""
    properties = {
        "deal_id": f"D-{number}",
        "title": f"Deal {number} {name}",
        "value": number * 10.5 if number % 3 else str(number * 10),
        "currency": rng.choice(CURRENCIES),
        "stage_id": 1 + number % 6,
        "expected_close_date": "2026-06-30",
        "success_probability": number % 100,
        "lost_reason": "price",
        "source": "web",
        "items": [{"sku": f"A{number}", "qty": 2}, {"sku": f"B{number}", "qty": 1}],
    }
    if number % 9:
        del properties["lost_reason"]
    ids = {"messageId": f"d-{number}", "userId": f"u-{number}"}
    return {
        "type": "track",
        "event": "Deal Upserted",
        **ids,
        **CLOCK,
        "context": context(number),
        "properties": properties,
    }


def write(path, events):
    """Write JSON lines."""
    lines = (json.dumps(event, ensure_ascii=False, separators=(",", ":")) for event in events)
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def main():
    """Write the three files."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--out", type=Path, default=Path())
    options = parser.parse_args()
    rng = random.Random(options.seed)  # noqa: S311 - the same seed, the same bytes
    names = [f"{rng.choice(FIRST)} {rng.choice(LAST)}" for _ in range(options.count)]
    persons = [person(number, name, rng) for number, name in enumerate(names)]
    options.out.mkdir(parents=True, exist_ok=True)
    write(options.out / "events_person.jsonl", persons)
    write(options.out / "events_person_rich.jsonl", map(with_one_email, persons))
    write(
        options.out / "events_deal.jsonl",
        [deal(number, name, rng) for number, name in enumerate(names)],
    )


if __name__ == "__main__":
    main()
