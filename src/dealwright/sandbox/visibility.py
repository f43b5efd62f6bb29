"""Who may see a record. Source: visibility groups as the leads endpoint of v1 describes them."""

from typing import Any

from dealwright.sandbox.company import Company
from dealwright.sandbox.records import User


def sees(user: User, company: Company, record: Any) -> bool:
    """Whether the user may see the record; what is invisible looks as if it were not there."""
    scope: int = record.visible_to
    if user.is_admin or record.owner_id == user.id:
        return True
    if not company.plan.four_visibilities:
        return scope != 1
    if scope == 7:
        return True
    owner = company.users.get(record.owner_id)
    return scope in {3, 5} and owner is not None and owner.group_id == user.group_id


def default_visibility(company: Company) -> int:
    """What a record gets that says nothing: the entire company."""
    return 7 if company.plan.four_visibilities else 3
