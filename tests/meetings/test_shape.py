"""The runner refuses what is no fixture: another key, another code, a key that is missing."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.meetings.posting import FIXTURES
from tests.meetings.runner.shape import Misshapen, read_fixture

GOOD = FIXTURES / "fathom" / "01_external_full.json"


def changed(folder: Path, **changes: Any) -> Path:
    """The good one with other keys at its top."""
    told = msgspec.json.decode(GOOD.read_bytes()) | changes
    return written(folder, told)


def written(folder: Path, told: dict[str, Any]) -> Path:
    path = folder / "fathom" / "01_external_full.json"
    path.parent.mkdir()
    path.write_bytes(msgspec.json.encode(told))
    return path


def expected(**changes: Any) -> dict[str, Any]:
    """What the good one expects, and something else."""
    return msgspec.json.decode(GOOD.read_bytes())["expected"] | changes


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"rating": 5}, id="a key that nobody knows"),
        pytest.param({"source": "otter"}, id="another source"),
        pytest.param({"synthetic": False}, id="not synthetic"),
        pytest.param({"deliveries": []}, id="no delivery"),
        pytest.param({"expected": expected(sync_state="done")}, id="another state"),
        pytest.param({"expected": expected(warnings=["odd"])}, id="another warning"),
        pytest.param({"expected": expected(mood="good")}, id="a key in what is expected"),
        pytest.param({"config": {"deal_rule": "none"}}, id="no base_url"),
        pytest.param(
            {"expected": expected(activity={"created": False, "subject": "x"})},
            id="an activity that is none, and has a subject",
        ),
        pytest.param(
            {"fetches": [{"request": {"method": "GET", "url": "u"}, "status": 200}]},
            id="an answer without a body",
        ),
    ],
)
def test_what_differs_from_the_contract_is_refused(changes: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(Misshapen):
        read_fixture(changed(tmp_path, **changes))


@pytest.mark.parametrize("key", ["now_unix", "config", "secret", "fetches", "pipedrive"])
def test_a_key_that_is_missing_is_missed(key: str, tmp_path: Path) -> None:
    told = msgspec.json.decode(GOOD.read_bytes())
    del told[key]
    with pytest.raises(Misshapen):
        read_fixture(written(tmp_path, told))


def test_the_good_one_is_read(tmp_path: Path) -> None:
    assert read_fixture(changed(tmp_path)).id == "fathom/01_external_full"
