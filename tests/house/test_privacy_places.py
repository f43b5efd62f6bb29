"""Every table says whether somebody's data may be in it, so that no erasure forgets one."""

from dealwright.store import (  # noqa: F401 - all that make tables
    api_keys,
    card_acts,
    event_hooks,
    meetings,
    sessions,
)
from dealwright.store.columns import metadata
from dealwright.store.privacy_places import NOT_PERSONAL, PLACES, declared


def test_every_table_says_what_an_erasure_does_with_it() -> None:
    silent = set(metadata.tables) - set(declared())
    assert not silent, f"say it in store/privacy_places.py: {sorted(silent)}"


def test_no_table_is_told_of_that_there_is_not() -> None:
    assert set(declared()) <= set(metadata.tables)


def test_no_table_is_both_looked_into_and_left_out() -> None:
    looked_into = {table.name for place in PLACES for table in place.tables}
    assert not looked_into & set(NOT_PERSONAL)


def test_places_have_names_of_their_own() -> None:
    names = [place.name for place in PLACES]
    assert len(names) == len(set(names))
