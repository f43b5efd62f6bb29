"""Who is in the story: the cafés that buy from a maker of coffee machines."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A café, shop or office that buys its machines. `people` are first and last names."""

    id: str
    name: str
    domain: str
    people: tuple[str, ...]


def _customer(name: str, domain: str, people: str) -> Customer:
    slug = domain.removesuffix(".example")
    names = tuple(person.strip() for person in people.split(","))
    return Customer(id=f"cafe-{slug}", name=name, domain=domain, people=names)


#: Those who are there from the first day.
FIRST = (
    _customer("Amber Lane Café", "amberlane.example", "Ada Keller, Tom Reyes, Mina Solberg"),
    _customer("Beacon Street Bakery", "beaconbakery.example", "Luis Ferreira, Grace Oduya"),
    _customer("Copper Kettle", "copperkettle.example", "Ines Moreau, Paul Brandt, Yuki Tanabe"),
    _customer("Driftwood Deli", "driftwood.example", "Sara Lindqvist, Omar Haddad"),
    _customer("Early Bird Espresso", "earlybird.example", "Nora Walsh, Felix Baumann, Ana Duarte"),
    _customer("Fern & Fig", "fernandfig.example", "Priya Raman, Jonas Meyer"),
    _customer("Grindstone Offices", "grindstone.example", "Helen Cho, Marek Nowak, Lea Fontaine"),
    _customer("Harbour Hotel", "harbourhotel.example", "Carl Jensen, Rosa Vidal, Dana Petrov"),
    _customer("Ivy Reading Room", "ivyroom.example", "Emil Novák, Zoë Martens"),
    _customer("Juniper Co-working", "juniper.example", "Kofi Mensah, Ella Strand, Ben Adler"),
    _customer("Kiln Ceramics Café", "kiln.example", "Maya Cohen, Victor Salas"),
    _customer("Lantern Books", "lanternbooks.example", "Iris Nguyen, Hugo Lefèvre"),
)

#: Those who join while Pipedrive is away.
LATER = (
    _customer("Mill Road Market", "millroad.example", "Tess Okafor, Jan de Wit"),
    _customer("Northlight Gallery", "northlight.example", "Eva Castell, Rune Dahl"),
    _customer("Old Tram Depot", "oldtram.example", "Lina Haas, Peter Quill, Sofia Rossi"),
    _customer("Pepper & Plum", "pepperplum.example", "Amir Farouk, Julia Berg"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Somebody whom Pipedrive has known before the webshop did, with an open deal there."""

    name: str
    email: str
    phone: str
    deal: str


#: The sandbox's account begins with her.
BUYER = Known(
    name="Ada Kask",
    email="ada.kask@northwind.example",
    phone="+372 5555 0101",
    deal="12 espresso machines",
)

#: What the field staff do with their customers, and how Pipedrive calls it.
VISITS = (
    ("Showroom visit", "meeting"),
    ("Call", "call"),
    ("Service visit", "task"),
)
