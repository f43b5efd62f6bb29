"""Whose card belongs to an e-mail: the sender's, unless it is our own, a robot's or a list's."""

import pytest

from dealwright.core.correspondents import addressed, ours, whose

US = ours(["Rep <rep@hub.example>"], ["hub.example"])
ANN = "Ann Lee <ann@acme.example>"


def shown(**headers: str) -> str:
    """The address whose card is shown; "" for nobody's."""
    given = {name.replace("_", "-").lower(): (value,) for name, value in headers.items()}
    found = whose(given, us=US).one
    return found.address if found else ""


@pytest.mark.parametrize(
    "sender",
    [
        "no-reply@saas.example",
        "NoReply@saas.example",
        "do_not_reply@saas.example",
        "invoice-noreply@saas.example",
        "noreply+1234@saas.example",
        "auto-reply@saas.example",
        "mailer@saas.example",
        "mailer-daemon@saas.example",
        "notifications@saas.example",
        "bounce+abc@saas.example",
        "newsletter@saas.example",
        "weekly.newsletter@saas.example",
        "dev-list@saas.example",
        "team@lists.saas.example",
        "team@googlegroups.com",
    ],
)
def test_of_an_address_that_nobody_reads_it_is_whoever_is_replied_to(sender: str) -> None:
    assert shown(From=sender, Reply_To=ANN) == "ann@acme.example"


@pytest.mark.parametrize(
    "sender", ["nora@acme.example", "mailerson@acme.example", "liste@acme.example"]
)
def test_a_person_whose_name_begins_alike_is_a_person(sender: str) -> None:
    assert shown(From=sender, Reply_To=ANN) == sender


def test_a_list_is_known_by_where_one_posts_to() -> None:
    posted = "<mailto:sales@acme.example>"
    assert shown(From="sales@acme.example", List_Post=posted, Reply_To=ANN) == "ann@acme.example"


def test_where_nobody_is_replied_to_it_is_the_robot_itself() -> None:
    robot = "no-reply@saas.example"
    assert shown(From=robot, Reply_To="rep@hub.example") == robot


def test_of_our_own_message_it_is_the_first_outside_to_before_cc() -> None:
    own = {"From": "cy@mail.hub.example", "To": "bo@hub.example", "Cc": f"rep@hub.example, {ANN}"}
    assert shown(**own) == "ann@acme.example"
    assert shown(**own | {"To": "eli@stone.example"}) == "eli@stone.example"


def test_a_message_among_ourselves_is_nobodys() -> None:
    assert shown(From="rep@hub.example", To="bo@hub.example") == ""


def test_of_a_draft_it_is_the_first_recipient_outside() -> None:
    found = addressed(["bo@hub.example"], ["no-reply@x.example", ANN], [], us=US)
    assert [found.one and found.one.address, *(one.address for one in found.others)] == [
        "ann@acme.example",
        "no-reply@x.example",
    ]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("=?UTF-8?Q?Lee=2C_Ann?= <ann@acme.example>", "Lee, Ann"),
        ("=?UTF-8?Q?Ann?= =?UTF-8?Q?_Z=C3=B6?= <ann@acme.example>", "Ann Zö"),
        ('"Ann \\"The Boss\\" Lee" <ann@acme.example>', 'Ann "The Boss" Lee'),
        ("=?x-nope?B?AAAA?= <ann@acme.example>", "=?x-nope?B?AAAA?="),
    ],
)
def test_a_name_is_decoded_after_the_addresses_were_told_apart(written: str, name: str) -> None:
    found = whose({"from": (written,)}, us=US).one
    assert found is not None
    assert (found.address, found.name) == ("ann@acme.example", name)
