"""Google's keys: kept while they hold, asked for seldom, and believed while Google is down."""

import pytest
from tests.cards.runner.tokens import jwks
from tests.clock import ManualClock

from dealwright.core.errors import Unavailable
from dealwright.web.addon.keys import GoogleKeys, KeySet
from dealwright.web.addon.refusal import NoKeys


class Google:
    """Publishes keys, counts who asks, and may be down."""

    def __init__(self) -> None:
        self.asked = 0
        self.is_down = False

    async def __call__(self) -> KeySet:
        self.asked += 1
        if self.is_down:
            raise Unavailable("down")
        return KeySet(jwks(), 3600.0)


async def test_unknown_keys_are_asked_for_once_a_minute() -> None:
    google, clock = Google(), ManualClock()
    keys = GoogleKeys(google, clock)
    for key_id in ("k1", "a", "b", "c"):
        await keys.key(key_id)
    clock.advance(61)
    await keys.key("d")
    assert google.asked == 2


async def test_keys_that_hold_are_not_asked_for_again() -> None:
    google, clock = Google(), ManualClock()
    keys = GoogleKeys(google, clock)
    await keys.key("k1")
    clock.advance(3599)
    await keys.key("k1")
    assert google.asked == 1


async def test_old_keys_are_believed_while_google_is_down() -> None:
    google, clock = Google(), ManualClock()
    keys = GoogleKeys(google, clock)
    await keys.key("k1")
    google.is_down = True
    clock.advance(7200)
    assert await keys.key("k1") is not None


async def test_without_any_key_nothing_is_verified() -> None:
    google = Google()
    google.is_down = True
    with pytest.raises(NoKeys):
        await GoogleKeys(google, ManualClock()).key("k1")
