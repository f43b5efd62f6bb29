"""`dealwright card google-manifest` and `card doctor`: setting the Gmail add-on up."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Final

import msgspec
import typer
from rich.markup import escape

from dealwright.cli.doctor import MARKS
from dealwright.cli.examples import examples
from dealwright.cli.finding import Finding
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.output import Json, Output
from dealwright.core.errors import ConfigError, DealwrightError
from dealwright.pipedrive.urls import company_of
from dealwright.pipeline.outside import Call, Outside, Reply
from dealwright.settings import PREFIX, Settings
from dealwright.store.connections import list_connections
from dealwright.web.addon.manifest import Wanted, manifest

#: https://developers.google.com/identity/openid-connect/openid-connect#discovery
_KEYS_URL: Final = "https://www.googleapis.com/oauth2/v3/certs"
_SKEW_S: Final = 60
_LOGO: Final = "/static/card/pipedrive.png"

app = typer.Typer()


@app.command(
    "google-manifest",
    epilog=examples(
        "dealwright card google-manifest > deployment.json",
        "dealwright card google-manifest --with-compose > deployment.json",
    ),
)
def google_manifest(
    *,
    with_body: Annotated[
        bool, typer.Option("--with-body", help="Also ask to read a message after a click.")
    ] = False,
    with_compose: Annotated[
        bool, typer.Option("--with-compose", help="Also show cards beside drafts.")
    ] = False,
) -> None:
    """Write the deployment of the Gmail add-on, for `gcloud workspace-add-ons deployments`."""

    async def made(hub: Hub) -> bytes:
        wanted = Wanted(
            base_url=_public_url(hub.settings),
            companies=await _companies(hub),
            with_body=with_body,
            with_compose=with_compose,
        )
        return msgspec.json.format(msgspec.json.encode(manifest(wanted)), indent=2)

    typer.echo(with_hub(made).decode())


@app.command("doctor", epilog=examples("dealwright card doctor"))
def doctor(*, json: Json = False) -> None:
    """Look at what the Gmail add-on needs, and say what to do; leaves with 1 for a fault."""
    out = Output(json=json)
    findings = with_hub(_findings)
    for one in findings:
        facts = {"level": one.level, "what": one.what, "advice": one.advice}
        out.say(f"{MARKS[one.level]} {escape(one.what)}", **facts)
        if one.advice:
            out.hint(f"  {one.advice}")
    if any(one.level == "fault" for one in findings):
        raise typer.Exit(1)


def _told(level: str, what: str, advice: str = "") -> Finding:
    return Finding(level=level, what=what, advice=advice)


async def _findings(hub: Hub) -> list[Finding]:
    found = [*_settings(hub.settings)]
    if any(one.level == "fault" for one in found):
        return found
    outside = Outside()
    found += [one async for one in _google(outside)]
    found.append(await _icon(outside, _public_url(hub.settings)))
    companies = await _companies(hub)
    if not companies:
        advice = "Connect an account first, so that its links are in the deployment."
        found.append(_told("note", "No Connection has an address of Pipedrive's.", advice))
    return found


def _settings(settings: Settings) -> Iterator[Finding]:
    url = settings.public_url or ""
    if not url.startswith("https://"):
        advice = f"Set {PREFIX}PUBLIC_URL to the https address under which Google reaches the hub."
        yield _told("fault", "The hub has no public https address.", advice)
    else:
        yield _told("ok", f"The hub's public address is {url}.", "")
    if not settings.google_project_number:
        advice = (
            f"Set {PREFIX}GOOGLE_PROJECT_NUMBER and {PREFIX}GOOGLE_CLIENT_ID; docs/gmail.md says "
            "where they stand."
        )
        yield _told("fault", "The Google project is not named.", advice)
    else:
        yield _told("ok", f"Google calls as {settings.add_on_account}.", "")
    if not settings.own_domains:
        advice = f"Set {PREFIX}OWN_DOMAINS, so that colleagues are not shown as contacts."
        yield _told("note", "No e-mail domain is known as your own.", advice)


async def _google(outside: Outside) -> AsyncIterator[Finding]:
    """Whether Google's keys can be had, and whether the clocks agree."""
    try:
        reply = await outside.fetch(Call(url=_KEYS_URL, content_types=("application/json",)))
    except DealwrightError as error:
        advice = "Let the hub reach https://www.googleapis.com."
        yield _told("fault", f"Google's keys cannot be had: {error}", advice)
        return
    if reply.status != 200:
        yield _told("fault", f"Google's keys cannot be had ({reply.status}).", "Try again later.")
        return
    yield _told("ok", "Google's keys can be had.", "")
    skew_s = _skew_s(reply)
    if skew_s is not None and abs(skew_s) > _SKEW_S:
        advice = "Have this machine's clock set by NTP: tokens are refused a minute off."
        yield _told("fault", f"This machine's clock is {skew_s:.0f} s off Google's.", advice)


def _skew_s(reply: Reply) -> float | None:
    try:
        theirs = parsedate_to_datetime(reply.headers.get("date", ""))
    except ValueError:
        return None
    ours = datetime.now(UTC)  # noqa: TID251 - the machine's own clock is what is looked at
    return (ours - theirs).total_seconds()


async def _icon(outside: Outside, base_url: str) -> Finding:
    """Whether the hub is reached from outside under its address, and its pictures are."""
    try:
        reply = await outside.fetch(Call(url=f"{base_url}{_LOGO}", max_bytes=200_000))
    except DealwrightError as error:
        advice = "See that the address leads to the hub, also from the internet."
        return _told("fault", f"The hub is not reached under its address: {error}", advice)
    kind = reply.headers.get("content-type", "")
    if reply.status != 200 or not kind.startswith("image/png"):
        advice = "A proxy in front of the hub must let /static/card/ and /addon/gmail/ through."
        return _told("fault", f"Icons answer {reply.status} {kind or 'nothing'}.", advice)
    return _told("ok", "Icons are served as PNG.", "")


async def _companies(hub: Hub) -> tuple[str, ...]:
    there = await hub.read(list_connections)
    return tuple(dict.fromkeys(filter(None, (company_of(one.base_url) for one in there))))


def _public_url(settings: Settings) -> str:
    url = settings.public_url or ""
    if not url.startswith("https://"):
        raise ConfigError(
            f"Google calls the hub over https: set {PREFIX}PUBLIC_URL to its public https address."
        )
    return url
