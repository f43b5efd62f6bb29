import os

import pytest
from tests.golden import corpus


@pytest.fixture(autouse=True)
def recorded_cases(request: pytest.FixtureRequest) -> None:
    """Skip, or in CI fail, where a family of recorded cases is not there."""
    if "case" not in request.fixturenames or request.getfixturevalue("case") is not None:
        return
    sentence = f"No such cases in {corpus.folder()}: set DEALWRIGHT_GOLDEN to the recorded ones."
    if os.environ.get("CI"):
        pytest.fail(sentence)
    pytest.skip(sentence)
