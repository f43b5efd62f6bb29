"""Who writes the events of the story: a webshop for coffee machines, and its field staff."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from dealwright.cli.demo.cast import VISITS, Customer, Known

#: The first day that activities are due on.
FIRST_DAY = date(2026, 11, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One call of the SDK: `call` is its name, `arguments` what it is given.

    `wrong` on purpose: it must be refused, or fail, and disturb nothing else.
    """

    call: str
    arguments: dict[str, Any]
    wrong: bool = False

    @property
    def message_id(self) -> str:
        """By what the hub recognises a repeat."""
        return self.arguments["message_id"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One of the people in the story, with the ids and facts that the webshop knows."""

    customer: Customer
    name: str
    number: int

    @property
    def user_id(self) -> str:
        """The webshop's own id."""
        return f"shop-{self.number}"

    @property
    def email(self) -> str:
        """An address at the customer's domain, in plain letters."""
        plain = self.name.translate(str.maketrans("áëèéöü", "aeeeou")).lower()
        return f"{plain.replace(' ', '.')}@{self.customer.domain}"

    def phone(self, offset: int = 0) -> str:
        """A number from the range that is kept free for fiction."""
        return f"+1 202 555 0{100 + (self.number + offset) % 100}"


@dataclass(slots=True, kw_only=True)
class Author:
    """Writes the events, each with an id of its own."""

    written: int = 0
    people: list[Member] = field(default_factory=list[Member])
    visits: list[tuple[str, Member]] = field(default_factory=list[tuple[str, Member]])

    def say(self, call: str, **arguments: Any) -> Said:
        """Write one event."""
        self.written += 1
        return Said(call=call, arguments={**arguments, "message_id": f"demo-{self.written:04d}"})

    def joins(self, customer: Customer) -> Iterator[Said]:
        """A customer opens an account: its people sign up, and name their company."""
        for name in customer.people:
            member = Member(customer=customer, name=name, number=1001 + len(self.people))
            self.people.append(member)
            yield self.knows(member, phone=member.phone())
            yield self.say(
                "group",
                user_id=member.user_id,
                group_id=customer.id,
                traits={"name": customer.name, "website": f"https://{customer.domain}"},
            )

    def knows(self, member: Member, *, phone: str) -> Said:
        """The webshop says who somebody is; it says so at every sign-in."""
        traits = {"name": member.name, "email": member.email, "phone": phone}
        return self.say("identify", user_id=member.user_id, traits=traits)

    def meets(self, member: Member, turn: int) -> Said:
        """Somebody of the field staff sees a customer."""
        what, kind = VISITS[turn % len(VISITS)]
        subject = f"{what} with {member.name}"
        self.visits.append((subject, member))
        return self.say(
            "track",
            user_id=member.user_id,
            event="Activity Upserted",
            context={"groupId": member.customer.id},
            properties={
                "subject": subject,
                "type": kind,
                "due_date": (FIRST_DAY + timedelta(days=turn)).isoformat(),
                "due_time": f"{9 + turn % 8:02d}:30",
                "duration": "00:30",
                "description": f"Booked in the webshop by {member.email}.",
            },
        )

    def returns(self, known: Known) -> Iterator[Said]:
        """Somebody whom Pipedrive knows signs in to the webshop for the first time, and orders."""
        traits = {"name": known.name, "email": known.email, "phone": known.phone}
        yield self.say("identify", user_id="shop-2001", traits=traits)
        for event in ("Grinder Compared", "Sample Ordered"):
            yield self.say("track", user_id="shop-2001", event=event)

    def browses(self, member: Member) -> Iterator[Said]:
        """What a webshop tells all day, and no Mapping asks for."""
        yield self.say("page", user_id=member.user_id, name="Machines for cafés")
        yield self.say(
            "track",
            user_id=member.user_id,
            event="Order Placed",
            properties={"revenue": 48 + member.number % 7 * 12, "currency": "EUR"},
        )
