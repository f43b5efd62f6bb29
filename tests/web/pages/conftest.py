"""A hub with meetings in every state, that listens."""

from collections.abc import Iterator

import httpx2
import pytest
from tests.web.pages.stage import House, open_house

from dealwright.core.people import Role


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The hub."""
    with open_house(tmp_path_factory.mktemp("hub")) as opened:
        yield opened


@pytest.fixture
def member(house: House) -> Iterator[httpx2.Client]:
    """A browser without a script, of somebody who may change things."""
    with browser(house, Role.MEMBER) as client:
        yield client


@pytest.fixture
def viewer(house: House) -> Iterator[httpx2.Client]:
    """The same of somebody who may only look."""
    with browser(house, Role.VIEWER) as client:
        yield client


@pytest.fixture
def stranger(house: House) -> Iterator[httpx2.Client]:
    """The same of nobody that is known."""
    with httpx2.Client(base_url=house.url) as client:
        yield client


def browser(house: House, role: Role) -> httpx2.Client:
    cookies = {"dealwright": house.tokens[role]}
    return httpx2.Client(base_url=house.url, cookies=cookies)
