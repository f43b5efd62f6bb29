"""The page on which a person allows an app, or does not."""

from dataclasses import dataclass
from html import escape

from dealwright.sandbox.answers import Answer, Header
from dealwright.sandbox.integrations import App
from dealwright.sandbox.oauthscopes import SCOPES

# Without `form-action`: Chromium applies it to the redirect back to the app as well.
_SECURITY: tuple[Header, ...] = (
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; img-src data:; frame-ancestors 'none'",
    ),
    (b"referrer-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
_FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} – Pipedrive sandbox</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/oauth/page.css">
</head>
<body class="consent">
<main>
<p class="where">Pipedrive sandbox</p>
{body}
</main>
</body>
</html>
"""
_CONSENT = """<h1>{app} wants to work in your account</h1>
<p>If you allow it, <b>{app}</b> can do this in your name:</p>
<ul class="scopes">
{scopes}
</ul>
<form method="post" action="/oauth/authorize">
<input type="hidden" name="client_id" value="{client_id}">
<input type="hidden" name="redirect_uri" value="{redirect_uri}">
{state}
<label for="account">You are</label>
<select id="account" name="account">
{accounts}
</select>
<div class="buttons">
<button class="main" name="decision" value="allow">Allow and install</button>
<button name="decision" value="deny">Deny</button>
</div>
</form>
<p class="note">Either way you go back to <code>{host}</code>.</p>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who can allow an app; `key` is `company:user`."""

    key: str
    company: str
    user: str
    email: str
    is_admin: bool


def consent_page(app: App, accounts: list[Account], *, state: str | None) -> Answer:
    """Which app, which scopes, two buttons; you say who you are and need no password."""
    hidden = "" if state is None else f'<input type="hidden" name="state" value="{escape(state)}">'
    body = _CONSENT.format(
        app=escape(app.name),
        scopes="\n".join(_scope(scope) for scope in app.scopes),
        client_id=escape(app.id),
        redirect_uri=escape(app.redirect_uri),
        state=hidden,
        accounts="\n".join(_option(account) for account in accounts),
        host=escape(app.redirect_uri),
    )
    return _page(200, f"Allow {app.name}", body)


def fault_page(title: str, sentence: str) -> Answer:
    """400 as a page: the fault is the app's, and nobody is sent anywhere."""
    return _page(400, title, f"<h1>{escape(title)}</h1>\n<p>{escape(sentence)}</p>")


def _scope(scope: str) -> str:
    meaning = SCOPES.get(scope, "Something the sandbox does not know")
    return f"<li>{escape(meaning)} <code>{escape(scope)}</code></li>"


def _option(account: Account) -> str:
    role = ", admin" if account.is_admin else ""
    told = f"{account.user} ({account.email}{role}) – {account.company}"
    return f'<option value="{escape(account.key)}">{escape(told)}</option>'


def _page(status: int, title: str, body: str) -> Answer:
    html = _FRAME.format(title=escape(title), body=body)
    return Answer(
        status, html.encode(), headers=_SECURITY, content_type=b"text/html; charset=utf-8"
    )
