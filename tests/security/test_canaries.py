"""No secret stands where it does not belong: the real program is used, and all it says is read."""

from collections.abc import Iterator

import pytest
from tests.security import harvest, story, story_cards
from tests.security.world import API_TOKEN, World, around

pytestmark = [pytest.mark.security, pytest.mark.process]

PLACES = (
    "answers",
    "backup",
    "commands",
    "configuration",
    "database",
    "logs, json",
    "logs, text",
    "metrics",
    "spans",
    "stream",
)

#: What the story must have met, so that its silence means something.
NAMES = {
    "API key",
    "API token",
    "CSRF token",
    "Google ID token",
    "Google access token",
    "Google ticket",
    "OAuth access token",
    "OAuth client secret",
    "OAuth code",
    "OAuth refresh token",
    "OIDC bond",
    "OIDC client secret",
    "OIDC code",
    "OIDC verifier",
    "TOTP secret",
    "card button",
    "card device token",
    "card opening code",
    "card pairing code",
    "database password",
    "language model's key",
    "metrics token",
    "password",
    "recording",
    "recovery code",
    "secret key",
    "session cookie",
    "set-up link",
    "share phrase",
    "share token",
    "webhook password",
    "webhook path",
    "webhook secret",
    "write key",
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The whole story, once."""
    with around(tmp_path_factory.mktemp("canaries")) as world:
        cast = story.set_up(world)
        with world.running(web="json", worker="text"):
            story.sign_in(world, cast)
            story.sign_in_by_openid(world)
            story.keep_webhooks(world)
            story.events(world, cast, API_TOKEN)
            story.hooks(world, cast)
            meeting = story.meetings(world, cast)
            story_cards.devices(world, cast)
            story_cards.shares(world, cast, meeting)
            story_cards.google(world, cast)
            story.told_back(world)
            story.broken(world, cast, story.DAMAGES[::2])
        with world.running(web="text", worker="json"):
            story.sign_in_at_pipedrive(world)
            world.run("connections off by-token")
            story.events(world, cast, story.access_token(world))
            story.renewed(world, cast)
            story.in_the_wrong_places(world, cast)
            story.repeated(world, cast)
            story.broken(world, cast, story.DAMAGES[1::2])
            harvest.answers(world, cast)
            harvest.stream(world, cast)
            harvest.figures(world)
            harvest.commands(world)
        story.without_a_database(world)
        story.keep_grants(world)
        story.keep_webhooks(world)
        harvest.files(world)
        yield world


def test_every_kind_of_secret_was_used(told: World) -> None:
    assert set(told.canaries.known) >= NAMES


@pytest.mark.parametrize("place", PLACES)
def test_no_secret_stands_in(place: str, told: World) -> None:
    assert told.canaries.seen_in(b"\n".join(told.said[place])) == []


#: Where what was said in a meeting belongs: its own answer quotes it.
SAID_IN = {"answers", "backup", "database"}


@pytest.mark.parametrize("place", [one for one in PLACES if one not in SAID_IN])
def test_what_was_said_in_a_meeting_does_not_stand_in(place: str, told: World) -> None:
    assert story.SAID.encode() not in b"\n".join(told.said[place])


#: Words that stand where the story met what it was to meet: silence about it would prove nothing.
MET = (
    ("logs, json", b"request.defect"),
    ("logs, text", b"request.defect"),
    ("logs, json", b"Traceback"),
    ("logs, text", b"Traceback"),
    ("logs, json", b"oauth.renewed"),
    ("logs, text", b"hook.refused"),
    ("logs, json", b"addon.refused"),
    ("answers", b"device_unknown"),
    ("answers", b"A meeting was shared with you"),
    ("answers", b"Connected. Close this window"),
    ("commands", b"Laptop"),
    ("database", b"card_device.pair"),
    ("answers", b"internal_error"),
    ("answers", b"store_unavailable"),
    ("answers", b"role_too_low"),
    ("commands", b"Invalid token ***"),
    ("commands", b"[store_unavailable]"),
    ("configuration", b"by-oauth"),
    ("database", b"dw1:"),
    ("metrics", b"dealwright_connection_info"),
    ("spans", b"POST /api/v2/persons"),
    ("stream", b"data:"),
)


@pytest.mark.parametrize(("place", "words"), MET)
def test_the_story_met(place: str, words: bytes, told: World) -> None:
    assert words in b"\n".join(told.said[place])
