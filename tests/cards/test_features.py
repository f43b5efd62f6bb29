"""Which parts of the card a Connection shows, as features come."""

from dealwright.cards.section import switches
from dealwright.store.cards import CardSettings


def test_all_are_on_where_nobody_has_decided() -> None:
    assert CardSettings().off(switches()) == ()


def test_a_feature_that_came_after_the_connector_was_set_up_starts_off() -> None:
    settings = CardSettings().switched(["deals", "notes"], known=["deals", "notes"])

    assert settings.off(["deals", "notes", "brand_new"]) == ("brand_new",)


def test_a_feature_that_was_switched_off_is_off() -> None:
    settings = CardSettings().switched(["deals"], known=["deals", "notes"])

    assert settings.off(["deals", "notes"]) == ("notes",)
