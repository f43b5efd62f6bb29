"""Who sees a record: meanings and codes become Pipedrive's code, as the price plan has it."""

import pytest

from dealwright.core.errors import MappingError
from dealwright.core.visibility import visibility


@pytest.mark.parametrize(
    ("written", "plan", "code"),
    [
        ("owner", "lite", 1),
        ("everyone", "growth", 3),
        ("3", "professional", 3),
        ("group", "premium", 3),
        ("group_and_subgroups", "ultimate", 5),
        ("everyone", "ultimate", 7),
        ("everyone", "enterprise", 7),
        ("7", "", 7),
    ],
)
def test_a_level_is_a_code_by_plan(written: str, plan: str, code: int) -> None:
    assert visibility(written, plan) == code


@pytest.mark.parametrize(
    ("written", "plan"), [("group", "growth"), ("7", "lite"), ("5", "growth"), ("everyone", "")]
)
def test_a_level_that_the_plan_lacks_is_refused(written: str, plan: str) -> None:
    with pytest.raises(MappingError) as caught:
        visibility(written, plan)
    assert (caught.value.code, caught.value.path) == ("invalid_value", "visible_to")
