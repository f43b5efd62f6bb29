"""Every card there is, for one reader: what the renderers are tried on."""

import msgspec
from tests.cards.people import ACTIVITIES, ADA, DEALS, EVERYTHING, LISTS, NOW, OTHERS

from dealwright.cards.card import Card, Op
from dealwright.cards.contact import contact_card, deal_card, section_card
from dealwright.cards.known import Connector, Finding, Reader
from dealwright.cards.pages.changes import labels_form, lost_form, owner_form, stage_form
from dealwright.cards.pages.details import Details, details_card
from dealwright.cards.pages.faults import (
    error_card,
    limited_card,
    link_card,
    manual_card,
    payment_card,
    reauth_card,
)
from dealwright.cards.pages.followup import with_follow_up
from dealwright.cards.pages.forms import (
    Draft,
    activity_form,
    contact_form,
    deal_form,
    follow_up_card,
    note_form,
)
from dealwright.cards.pages.home import home_card, settings_card
from dealwright.cards.pages.logmail import Mail, log_form
from dealwright.cards.pages.named import Named, names_card
from dealwright.cards.pages.nobody import (
    Nobody,
    Several,
    choose_card,
    none_card,
    search_card,
)
from dealwright.cards.pages.reading import Reading, reading_card
from dealwright.cards.pages.setup import STEPS, Setup, setup_card

CONNECTOR = Connector(
    id=2, name="Second <b>account</b>", finding=Finding.LIMITED, says="limit", until=NOW
)
NOBODY = Nobody(
    connection=1,
    connection_name="Pipedrive",
    company="acme",
    address="jo@newco.example",
    name="Jo <i>Park</i>",
    same_domain=tuple(EVERYTHING.organizations.values()),
    same_name=(ADA,),
    people=("kim@newco.example",),
    others=OTHERS,
)
SEVERAL = Several(
    connection=1,
    connection_name="Pipedrive",
    company="acme",
    address="info@acme.example",
    persons=(ADA, *EVERYTHING.persons.values()),
    organizations=EVERYTHING.organizations,
    people=("kim@newco.example",),
)


def every_card(reader: Reader) -> dict[str, Card]:
    """Cards by a name of their own."""
    return {
        **_of_somebody(reader),
        **_of_nobody(reader),
        **_forms(reader),
        **_of_settings(reader),
        **{
            f"setup_{step}": setup_card(
                Setup(connection=1, company="acme", oauth=True),
                reader,
                step=step,
            )
            for step in STEPS
        },
    }


def _of_somebody(reader: Reader) -> dict[str, Card]:
    return {
        "contact": contact_card(EVERYTHING, reader),
        "section": section_card(EVERYTHING, reader, section="deals", start=1),
        "deal": deal_card(EVERYTHING, reader, deal=900),
        "choose": choose_card(SEVERAL, reader),
        "labels": labels_form(EVERYTHING, reader),
        "owner": owner_form(EVERYTHING, reader),
        "stage": stage_form(EVERYTHING, reader, deal=DEALS[0]),
        "lost": lost_form(EVERYTHING, reader, deal=DEALS[0]),
    }


def _of_nobody(reader: Reader) -> dict[str, Card]:
    return {
        "none": none_card(NOBODY, reader),
        "search": search_card(NOBODY, reader, term="Jo", found=(ADA,)),
        "home": home_card((), reader, help_url="https://hub.example/help"),
        "dashboard": home_card(OTHERS, reader),
        "settings": settings_card(OTHERS, reader),
        "error": error_card(reader, sentence="Pipedrive did not answer.", reference="7f3a"),
        "link": link_card(reader, sign_in_url="https://hub.example/addon/gmail/link?ticket=x"),
        "reauth": reauth_card(reader, CONNECTOR, company="acme"),
        "payment": payment_card(reader, CONNECTOR, company="acme", old=True),
        "limited": limited_card(reader, CONNECTOR),
        "manual": manual_card(reader, CONNECTOR, address="ada@analytical.example"),
    }


def _of_settings(reader: Reader) -> dict[str, Card]:
    looking = msgspec.structs.replace(reader, may_write=False, may_configure=False)
    one = Setup(connection=1, name="Sales <b>", company="acme", has_token=True, off=("notes",))
    named = Named(
        connection=1,
        connection_name="Pipedrive",
        persons=(ADA, *EVERYTHING.persons.values()),
        organizations=EVERYTHING.organizations,
    )
    unasked = Named(connection=2, connection_name="Second", says="Pipedrive did not answer.")
    details = Details(
        connector=CONNECTOR,
        company="acme",
        company_name="Acme <i>Ltd</i>",
        user_name="Bo Chen",
        plan="growth",
    )
    contact = contact_card(EVERYTHING, reader)
    return {
        **{f"locked_{step}": setup_card(one, looking, step=step) for step in STEPS},
        "new_connector": setup_card(Setup(), reader, step="authorization"),
        "refused_step": setup_card(Setup(fault="No <b>."), reader, step="name"),
        "settings_of_a_viewer": settings_card(OTHERS, looking),
        "home_of_a_viewer": home_card((), looking),
        "reauth_of_a_viewer": reauth_card(looking, CONNECTOR, company="acme"),
        "reading": reading_card(Reading(zone="UTC", there=OTHERS, fault="No."), reader),
        "names": names_card("Ada", (named, unasked), reader),
        "details": details_card(details, reader, address="ada@analytical.example"),
        "followed": with_follow_up(contact, reader, form=Op(name="follow_up_form", connection=1)),
    }


def _forms(reader: Reader) -> dict[str, Card]:
    mail = Mail(subject="Re: <b>offer</b>", sender="Ada", at=NOW, logged_on=("Robot arms",))
    return {
        "contact_form": contact_form(Draft(connection=1, name="Jo"), LISTS, reader),
        "deal_form": deal_form(EVERYTHING, reader),
        "note_form": note_form(EVERYTHING, reader),
        "activity_form": activity_form(EVERYTHING, reader),
        "follow_up": follow_up_card(EVERYTHING, reader, done=ACTIVITIES[0]),
        "log_form": log_form(EVERYTHING, reader, mail=mail),
    }
