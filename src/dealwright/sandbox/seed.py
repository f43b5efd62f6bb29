"""Two beginnings: an account fresh from sign-up, and a small company that has been at work."""

from typing import Any

from dealwright.sandbox.answers import Json
from dealwright.sandbox.clock import DAY_MS, day
from dealwright.sandbox.company import Actor, Company
from dealwright.sandbox.fieldrows import add_custom
from dealwright.sandbox.state import load
from dealwright.sandbox.world import World

ADMIN = "Mara Lind"
_SYSTEM = Actor(user_id=1, source="app")


def new_account(world: World, *, domain: str, name: str) -> Company:
    """A company with one admin, one pipeline and Pipedrive's own activity types."""
    company = world.found_company(domain=domain, name=name)
    load(company, _FRESH, replace=False, actor=_SYSTEM)
    company.index.flush()
    return company


def demo_company(world: World) -> Company:
    """Tallinn Coffee Machines: 10 organizations, 25 persons, deals in several stages."""
    company = new_account(world, domain="tallinncoffee", name="Tallinn Coffee Machines")
    load(company, _TEAM, replace=False, actor=_SYSTEM)
    codes = _demo_fields(company)
    load(company, _contacts(company, codes), replace=False, actor=_SYSTEM)
    load(company, _business(company, codes), replace=False, actor=_SYSTEM)
    company.index.flush()
    return company


_FRESH: Json = {
    "users": [
        {"id": 1, "name": ADMIN, "email": "mara@tallinncoffee.example", "is_admin": True,
         "default_currency": "EUR", "timezone_name": "Europe/Tallinn",
         "timezone_offset": "+02:00"},
    ],
    "pipelines": [{"id": 1, "name": "Sales", "order_nr": 1}],
    "stages": [
        {"id": 1, "pipeline_id": 1, "order_nr": 1, "name": "Qualified", "deal_probability": 20},
        {"id": 2, "pipeline_id": 1, "order_nr": 2, "name": "Contact made",
         "deal_probability": 40},
        {"id": 3, "pipeline_id": 1, "order_nr": 3, "name": "Demo scheduled",
         "deal_probability": 60},
        {"id": 4, "pipeline_id": 1, "order_nr": 4, "name": "Proposal made",
         "deal_probability": 80},
    ],
    "activity_types": [
        {"id": 1, "name": "Call", "key_string": "call", "icon_key": "call"},
        {"id": 2, "name": "Meeting", "key_string": "meeting", "icon_key": "meeting"},
        {"id": 3, "name": "Task", "key_string": "task", "icon_key": "task"},
        {"id": 4, "name": "Deadline", "key_string": "deadline", "icon_key": "deadline"},
        {"id": 5, "name": "Email", "key_string": "email", "icon_key": "email"},
        {"id": 6, "name": "Lunch", "key_string": "lunch", "icon_key": "lunch"},
    ],
    "lead_labels": [
        {"id": "f08b42a0-4e75-11ea-9643-03698ef1cfd6", "name": "Hot", "color": "red"},
        {"id": "f08b42a1-4e75-11ea-9643-03698ef1cfd6", "name": "Warm", "color": "yellow"},
        {"id": "f08b69b0-4e75-11ea-9643-03698ef1cfd6", "name": "Cold", "color": "blue"},
    ],
}  # fmt: skip

_TEAM: Json = {
    "users": [
        {"id": 2, "name": "Jonas Weber", "email": "jonas@tallinncoffee.example",
         "language": "de", "locale": "de_DE"},
        {"id": 3, "name": "Priya Nair", "email": "priya@tallinncoffee.example",
         "default_currency": "GBP", "timezone_name": "Europe/London",
         "timezone_offset": "+00:00"},
        {"id": 4, "name": "Timo Saar", "email": "timo@tallinncoffee.example",
         "active_flag": False},
    ],
    "pipelines": [{"id": 2, "name": "Service contracts", "order_nr": 2}],
    "stages": [
        {"id": 5, "pipeline_id": 2, "order_nr": 1, "name": "Offer sent", "deal_probability": 50},
        {"id": 6, "pipeline_id": 2, "order_nr": 2, "name": "Negotiation",
         "deal_probability": 75, "is_deal_rot_enabled": True, "days_to_rotten": 14},
    ],
    # A renamed type keeps its old key; an inactive one stays in the list.
    "activity_types": [
        {"id": 6, "active_flag": False},
        {"id": 7, "name": "Online demo", "key_string": "video_call", "icon_key": "camera",
         "is_custom_flag": True, "order_nr": 7},
    ],
}  # fmt: skip


def _demo_fields(company: Company) -> dict[str, str]:
    def add(kind: str, name: str, field_type: str, *labels: str) -> str:
        return add_custom(company, kind, name, field_type, labels=labels, user_id=1).code

    return {
        "person_plan": add("person", "Plan", "enum", "Trial", "Team", "Business"),
        "person_interests": add("person", "Interests", "set", "Espresso", "Filter", "Service"),
        "person_renewal": add("person", "Renewal date", "date"),
        # Two fields of one name: only the code tells them apart.
        "person_source": add("person", "Source", "varchar"),
        "person_source_2": add("person", "Source", "varchar"),
        "org_customer_no": add("organization", "Customer number", "varchar"),
        "org_size": add("organization", "Machines in use", "double"),
        "deal_budget": add("deal", "Budget", "monetary"),
        "deal_decision": add("deal", "Decision period", "daterange"),
    }


# name, domain, city, country, industry-free description number
_ORGANIZATIONS: tuple[tuple[str, str, str, str], ...] = (
    ("Northwind Roasters", "northwind.example", "Narva mnt 5, Tallinn", "Estonia"),
    ("Hotel Baltika", "baltika.example", "Pikk 12, Tallinn", "Estonia"),
    ("Müller & Söhne GmbH", "mueller.example", "Hafenstraße 3, Hamburg", "Germany"),
    ("Café Lumière", "lumiere.example", "12 rue des Lilas, Lyon", "France"),
    ("Fjord Offices AS", "fjord.example", "Storgata 8, Bergen", "Norway"),
    ("Acme Coworking", "acme.example", "221 Market Street, London", "United Kingdom"),
    ("Kawa i Spółka", "kawa.example", "Długa 44, Gdańsk", "Poland"),
    ("Bright Dental", "brightdental.example", "7 Queen Street, Leeds", "United Kingdom"),
    ("Solaris Energia", "solaris.example", "Gran Vía 30, Madrid", "Spain"),
    ("Helsinki City Library", "hcl.example", "Töölönlahdenkatu 4, Helsinki", "Finland"),
)
# name, organization number, phone
_PERSONS: tuple[tuple[str, int, str], ...] = (
    ("Ada Kask", 1, "+372 5555 0101"), ("Rein Tamm", 1, "+372 5555 0102"),
    ("Liis Oja", 1, "+372 5555 0103"), ("Karl Mets", 2, "+372 5555 0104"),
    ("Anna Petrova", 2, "+372 5555 0105"), ("Heike Müller", 3, "+49 40 555 0106"),
    ("Jürgen Müller", 3, "+49 40 555 0107"), ("Sabine Koch", 3, "+49 40 555 0108"),
    ("Camille Laurent", 4, "+33 4 55 55 01 09"), ("Hugo Martin", 4, "+33 4 55 55 01 10"),
    ("Ingrid Dahl", 5, "+47 55 55 01 11"), ("Lars Berg", 5, "+47 55 55 01 12"),
    ("Oliver Shaw", 6, "+44 20 5555 0113"), ("Grace Okafor", 6, "+44 20 5555 0114"),
    ("Amir Haddad", 6, "+44 20 5555 0115"), ("Zofia Nowak", 7, "+48 58 555 01 16"),
    ("Piotr Zieliński", 7, "+48 58 555 01 17"), ("Emily Carter", 8, "+44 113 555 0118"),
    ("David Lee", 8, "+44 113 555 0119"), ("Lucía Romero", 9, "+34 91 555 01 20"),
    ("Pablo Ruiz", 9, "+34 91 555 01 21"), ("Aino Virtanen", 10, "+358 9 555 0122"),
    ("Mikko Laine", 10, "+358 9 555 0123"), ("Sofia Rossi", 0, "+39 02 5555 0124"),
    ("Cher", 0, "+1 555 0125"),
)  # fmt: skip
_PLAIN = str.maketrans("üöäéíśńłąęćżźó", "uoaeisnlaeczzo")


def _email(name: str, organization: int) -> str:
    domain = _ORGANIZATIONS[organization - 1][1] if organization else "mail.example"
    return f"{'.'.join(name.lower().translate(_PLAIN).split())}@{domain}"


def _contacts(company: Company, codes: dict[str, str]) -> Json:
    plans = [option.id for option in company.fields["person"].custom[codes["person_plan"]].options
             or ()]  # fmt: skip
    organizations = [
        {
            "name": name,
            "owner_id": 1 + i % 3,
            "address": {"value": f"{address}, {country}", "country": country},
            "website": f"https://www.{domain}",
            "employee_count": 10 * (i + 1),
            "custom_fields": {codes["org_customer_no"]: f"C-{1001 + i}"},
        }
        for i, (name, domain, address, country) in enumerate(_ORGANIZATIONS)
    ]
    persons: list[Any] = [
        {
            "name": name,
            "org_id": number or None,
            "owner_id": 1 + i % 3,
            "emails": [_email(name, number)],
            "phones": [phone],
            "custom_fields": {codes["person_plan"]: plans[i % 3]} if i % 2 else {},
        }
        for i, (name, number, phone) in enumerate(_PERSONS)
    ]
    persons[5]["emails"].append("heike@home.example")
    return {"organizations": organizations, "persons": persons}


# title, person, organization, stage, value, currency, status
_DEALS: tuple[tuple[str, int, int, int, float, str, str], ...] = (
    ("12 espresso machines", 1, 1, 3, 18_500, "EUR", "open"),
    ("Lobby coffee bar", 4, 2, 2, 7_900, "EUR", "open"),
    ("Canteen renewal", 6, 3, 4, 42_000, "EUR", "open"),
    ("Second branch", 9, 4, 1, 5_200, "EUR", "open"),
    ("Office pilot", 11, 5, 2, 3_100, "NOK", "open"),
    ("Three floors", 13, 6, 4, 26_400, "GBP", "open"),
    ("Grinder replacement", 16, 7, 1, 2_250, "PLN", "open"),
    ("Waiting room machine", 18, 8, 3, 1_990, "GBP", "won"),
    ("Trade fair rental", 20, 9, 2, 4_000, "EUR", "lost"),
    ("Service contract 2026", 22, 10, 5, 1_200, "EUR", "open"),
    ("Service contract hotel", 5, 2, 6, 2_400, "EUR", "open"),
)


def _business(company: Company, codes: dict[str, str]) -> Json:
    now = company.clock.now_ms()
    deals: list[Any] = [_deal(row, now, 1 + i % 3) for i, row in enumerate(_DEALS)]
    deals[2]["custom_fields"] = {codes["deal_budget"]: {"value": 45_000, "currency": "EUR"}}
    return {
        "deals": deals,
        "leads": [
            {"title": "Asked for a price list", "person_id": 24, "owner_id": 2,
             "label_ids": ["f08b42a1-4e75-11ea-9643-03698ef1cfd6"],
             "value": {"amount": 900, "currency": "EUR"}},
            {"title": "Library cafés", "organization_id": 10, "person_id": 23, "owner_id": 3},
        ],
        "activities": _activities(now),
        "notes": [
            {"content": "<p>Wants <strong>delivery before Christmas</strong>.</p>", "deal_id": 1,
             "person_id": 1, "org_id": 1, "pinned": ["pinned_to_deal_flag"]},
            {"content": "<p>Met at the trade fair in Hamburg.</p>", "person_id": 6, "org_id": 3},
            {"content": "<ul><li>Two grinders</li><li>Training</li></ul>", "deal_id": 6,
             "user_id": 3},
        ],
    }  # fmt: skip


def _deal(row: tuple[str, int, int, int, float, str, str], now: int, owner_id: int) -> Json:
    title, person_id, org_id, stage_id, value, currency, status = row
    deal: Json = {
        "title": title, "person_id": person_id, "org_id": org_id, "stage_id": stage_id,
        "value": value, "currency": currency, "status": status, "owner_id": owner_id,
        "origin": "ManuallyCreated",
    }  # fmt: skip
    closed = now - 10 * DAY_MS
    if status == "won":
        deal |= {"won_time": closed, "first_won_time": closed, "close_time": closed}
    elif status == "lost":
        deal |= {"lost_time": closed, "close_time": closed, "lost_reason": "Price"}
    else:
        deal["expected_close_date"] = day(now + 30 * DAY_MS)
    return deal


# subject, type, deal, person, organization, days from now, done
_ACTIVITIES: tuple[tuple[str, str, int, int, int, int, bool], ...] = (
    ("Call about the offer", "call", 1, 1, 1, 2, False),
    ("Online demo", "video_call", 3, 6, 3, 3, False),
    ("Send contract", "task", 6, 13, 6, 1, False),
    ("First meeting", "meeting", 2, 4, 2, -5, True),
    ("Kick-off call", "call", 3, 6, 3, -12, True),
    ("Business lunch", "lunch", 9, 20, 9, -40, True),
    ("Deadline for the tender", "deadline", 10, 22, 10, 20, False),
    ("Follow up by e-mail", "email", 5, 11, 5, -1, False),
)


def _activities(now: int) -> list[Json]:
    return [
        {
            "subject": subject, "type": kind, "deal_id": deal_id, "person_id": person_id,
            "org_id": org_id, "done": done, "owner_id": 1 + i % 3,
            "participants": [{"person_id": person_id, "primary": True}],
            "due_date": day(now + days * DAY_MS), "due_time": "09:30:00",
            "duration": "00:30:00", "busy": True,
            "marked_as_done_time": now + days * DAY_MS if done else None,
        }
        for i, (subject, kind, deal_id, person_id, org_id, days, done) in enumerate(_ACTIVITIES)
    ]  # fmt: skip
