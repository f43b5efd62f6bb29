import pytest
from tests.golden import corpus


@pytest.fixture
def recorded_cases_are_required() -> None:
    pytest.fail(f"CI needs the recorded cases, and {corpus.folder()} has none of this family.")
