"""Card view: which card an answer is, for whoever shows it: Gmail, a page, or a program."""

from dealwright.cards.card import Card
from dealwright.cards.contact import contact_card
from dealwright.cards.known import Connector, Finding, Reader
from dealwright.cards.pages.faults import (
    error_card,
    limited_card,
    manual_card,
    payment_card,
    reauth_card,
)
from dealwright.cards.pages.home import home_card
from dealwright.cards.pages.nobody import Nobody, Several, choose_card, none_card
from dealwright.pipeline.cardfound import CardAnswer, CardFound

_NO_CONNECTION = "No Pipedrive account of this hub is shown on your cards."


def card_of(answer: CardAnswer, reader: Reader) -> Card:
    """The card of an answer."""
    found = answer.found
    if found is None:
        return error_card(reader, sentence=answer.says or _NO_CONNECTION, address=answer.address)
    match found.finding:
        case Finding.MATCH if answer.known is not None:
            return contact_card(answer.known, reader)
        case Finding.NO_MATCH:
            return none_card(_nobody(answer, found), reader)
        case Finding.SEVERAL:
            return choose_card(_several(answer, found), reader)
        case _:
            return _fault(answer, found, reader)


def old_card_of(answer: CardAnswer, reader: Reader) -> Card:
    """What was known last of somebody whose account cannot be asked; else what is wrong."""
    known = answer.known
    return card_of(answer, reader) if known is None else contact_card(known, reader)


def dashboard(connectors: tuple[Connector, ...], reader: Reader) -> Card:
    """What is shown where no address is."""
    return home_card(connectors, reader)


def _fault(answer: CardAnswer, found: CardFound, reader: Reader) -> Card:
    one, address = found.connector(), answer.address
    match found.finding:
        case Finding.REAUTH:
            return reauth_card(reader, one, company=found.company, address=address)
        case Finding.PAYMENT:
            old = found.known is not None
            return payment_card(reader, one, company=found.company, address=address, old=old)
        case Finding.LIMITED:
            return limited_card(reader, one, address=address)
        case Finding.MANUAL:
            return manual_card(reader, one, address=address)
        case _:
            return error_card(reader, sentence=found.says, connection=one.id, address=address)


def _nobody(answer: CardAnswer, found: CardFound) -> Nobody:
    return Nobody(
        connection=found.connection,
        connection_name=found.name,
        company=found.company,
        address=answer.address,
        name=answer.name,
        same_domain=found.organizations,
        same_name=found.same_name,
        people=answer.people,
        others=answer.others,
        addable=answer.addable and "create" not in found.writes_forbidden,
    )


def _several(answer: CardAnswer, found: CardFound) -> Several:
    return Several(
        connection=found.connection,
        connection_name=found.name,
        company=found.company,
        address=answer.address,
        persons=found.persons,
        organizations=found.named,
        people=answer.people,
        others=answer.others,
    )
