"""Every card there is, for one reader: what the renderers are tried on."""

from tests.cards.people import ACTIVITIES, ADA, DEALS, EVERYTHING, LISTS, NOW, OTHERS

from dealwright.cards.card import Card
from dealwright.cards.contact import contact_card, deal_card, section_card
from dealwright.cards.known import Connector, Finding, Reader
from dealwright.cards.pages.changes import labels_form, lost_form, owner_form, stage_form
from dealwright.cards.pages.faults import (
    error_card,
    limited_card,
    link_card,
    manual_card,
    payment_card,
    reauth_card,
)
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
from dealwright.cards.pages.nobody import (
    Nobody,
    Several,
    choose_card,
    none_card,
    search_card,
)
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
        **{
            f"setup_{step}": setup_card(
                Setup(connection=1, company="acme", oauth_url="https://hub.example/oauth"),
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
