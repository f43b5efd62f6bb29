"""v1 users. Source: openapi-v1 `/users`."""

from dealwright.sandbox.answers import Answer, Json, Refusal, success
from dealwright.sandbox.call import Call
from dealwright.sandbox.clock import spaced
from dealwright.sandbox.company import Company
from dealwright.sandbox.languages import COUNTRY_OF
from dealwright.sandbox.records import User

_SETS = {
    "sales": "62cc4d7f-4038-4352-abf3-a8c1c822b631",
    "global": "233b7976-39bd-43a9-b305-ef3a2b0998e5",
    "account_settings": "982c5ce5-b8ba-4b47-b102-9da024f4b990",
}


def view(call: Call, user: User) -> Json:
    """The user as v1 shows it; one without an `account_settings` entry is no admin."""
    apps = ("sales", "global", "account_settings") if user.is_admin else ("sales", "global")
    return {
        "id": user.id,
        "name": user.name,
        "default_currency": user.default_currency,
        "locale": user.locale,
        "lang": 1,
        "email": user.email,
        "phone": user.phone,
        "activated": True,
        "last_login": spaced(user.modified),
        "created": spaced(user.created),
        "modified": spaced(user.modified),
        "has_created_company": user.id == 1,
        "access": [
            {"app": app, "admin": user.is_admin, "permission_set_id": _SETS[app]} for app in apps
        ],
        "active_flag": user.active_flag,
        "timezone_name": user.timezone_name,
        "timezone_offset": user.timezone_offset,
        "role_id": user.role_id,
        "icon_url": None,
        "is_you": user.id == call.user.id,
        "is_deleted": False,
    }


def _company_view(company: Company) -> Json:
    return {
        "company_id": company.id,
        "company_name": company.name,
        "company_domain": company.domain,
        "company_country": company.country,
        "company_industry": company.industry,
    }


def list_users(call: Call) -> Answer:
    """`GET /users`: all of them, deactivated ones too."""
    return success([view(call, user) for user in call.company.users.values()])


def me(call: Call) -> Answer:
    """`GET /users/me`: the user and the company."""
    language = call.user.language
    spoken = {"language_code": language, "country_code": COUNTRY_OF.get(language, "US")}
    return success({
        **view(call, call.user), **_company_view(call.company), "language": spoken,
    })  # fmt: skip


def one(call: Call) -> Answer:
    """`GET /users/{id}`."""
    text = call.params[0]
    user = call.company.users.get(int(text)) if text.isdecimal() else None
    if user is None:
        raise Refusal(404, {"success": False, "error": "User not found or not accessible."})
    return success(view(call, user))


def find(call: Call) -> Answer:
    """`GET /users/find`: by part of the name, or of the e-mail address."""
    term = call.query.get("term", "").casefold()
    by_email = call.query.get("search_by_email") in {"1", "true"}
    rows = [
        user
        for user in call.company.users.values()
        if term and term in (user.email if by_email else user.name).casefold()
    ]
    return success([view(call, user) for user in rows])
