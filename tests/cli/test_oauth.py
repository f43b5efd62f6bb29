"""Signing in from the command line: by a browser, on a port of this machine."""

import io
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from tests.cli.conftest import Account, Dealwright, Ran, serving
from tests.oauth import SAM

from dealwright.app import build_web
from dealwright.cli.sockets import free_port
from dealwright.parts import open_store
from dealwright.pipedrive.oauth import CALLBACK
from dealwright.pipeline.clock import SystemClock
from dealwright.sandbox.integrations import App
from dealwright.sandbox.oauthscopes import SCOPES
from dealwright.settings import load_settings

BROWSER = Path(__file__).with_name("browser.py")
SECRET = "5ecret" * 6

SignIn = Callable[..., Ran]


@pytest.fixture
def sign_in(dealwright: Dealwright, account: Account, monkeypatch: pytest.MonkeyPatch) -> SignIn:
    """Run a command that signs in; `decision` and `user` are what is done in the browser."""
    port = free_port()
    register(account, port)
    monkeypatch.setenv("DEALWRIGHT_PIPEDRIVE_CLIENT_ID", "hub")
    monkeypatch.setenv("DEALWRIGHT_PIPEDRIVE_CLIENT_SECRET", SECRET)
    # Read once by a process, at its first window.
    monkeypatch.setenv("BROWSER", f"{sys.executable} {BROWSER} %s")

    def signed_in(*arguments: str, decision: str = "allow", user: int = 1, says: str = "") -> Ran:
        monkeypatch.setenv("BROWSER_DECISION", decision)
        monkeypatch.setenv("BROWSER_USER", str(user))
        monkeypatch.setattr("sys.stdin", io.StringIO(says))
        at = () if "DEALWRIGHT_PUBLIC_URL" in os.environ else ("--callback-port", str(port))
        return dealwright(*arguments, *at, "--open")

    return signed_in


@pytest.fixture
def reachable(
    sign_in: SignIn, account: Account, data: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SignIn]:
    """The same, with a hub that can be reached and takes the callback."""
    settings = load_settings(data=data)
    store = open_store(settings)
    with serving(build_web(settings, store, SystemClock())) as url:
        monkeypatch.setenv("DEALWRIGHT_PUBLIC_URL", url)
        register(account, int(url.rpartition(":")[2]))
        yield sign_in
    store.close()


def register(account: Account, port: int, *, without: str = "") -> None:
    app = App(
        id="hub",
        client_secret=SECRET,
        name="Dealwright",
        redirect_uri=f"http://127.0.0.1:{port}{CALLBACK}",
        scopes=tuple(scope for scope in SCOPES if scope not in {without, "admin"}),
    )
    account.sandbox.grants.register(app)


def listed(dealwright: Dealwright) -> list[dict[str, object]]:
    return dealwright("connections", "list", "--json").lines


def test_signing_in_connects_the_account_that_was_confirmed(
    sign_in: SignIn, dealwright: Dealwright, account: Account
) -> None:
    ran = sign_in("connect", "--oauth", "--url", account.url, says="y\n")

    assert (ran.code, "as Mara Lind" in ran.out) == (0, True), ran.err
    assert [(one["auth"], one["missing"]) for one in listed(dealwright)] == [("oauth", [])]


def test_the_wrong_account_is_not_stored(
    sign_in: SignIn, dealwright: Dealwright, account: Account
) -> None:
    ran = sign_in("connect", "--oauth", "--url", account.url, says="n\n")

    assert (ran.code, "[account_refused]" in ran.err) == (1, True)
    assert listed(dealwright) == []
    assert list(account.sandbox.world.default_company.grants.values()) == []


def test_nobody_at_the_terminal_confirms_nothing(
    sign_in: SignIn, dealwright: Dealwright, account: Account
) -> None:
    ran = sign_in("connect", "--oauth", "--url", account.url)

    assert "[account_refused]" in ran.err
    assert listed(dealwright) == []


def test_denied_consent_is_a_sentence(sign_in: SignIn, account: Account) -> None:
    ran = sign_in("connect", "--oauth", "--url", account.url, decision="deny")

    assert (ran.code, "[consent_denied]" in ran.err) == (1, True), ran.err


def test_a_hub_that_can_be_reached_takes_the_callback(
    reachable: SignIn, dealwright: Dealwright, account: Account
) -> None:
    ran = reachable("connect", "--oauth", "--url", account.url, says="y\n")

    assert (ran.code, "as Mara Lind" in ran.out) == (0, True), ran.err
    assert len(listed(dealwright)) == 1


def test_an_uninstall_reaches_a_hub_that_can_be_reached(
    reachable: SignIn, dealwright: Dealwright, account: Account
) -> None:
    reachable("connect", "--oauth", "--url", account.url, "--yes")
    public = os.environ["DEALWRIGHT_PUBLIC_URL"]
    company = account.sandbox.world.default_company
    told = {"client_id": "hub", "company_id": company.id, "user_id": 1}
    gone = httpx2.request("DELETE", public + CALLBACK, json=told, auth=("hub", SECRET))

    assert (gone.status_code, listed(dealwright)[0]["state"]) == (200, "reauth")


def test_without_an_app_it_says_what_to_set(dealwright: Dealwright, account: Account) -> None:
    ran = dealwright("connect", "--oauth", "--url", account.url)

    assert (ran.code, "DEALWRIGHT_PIPEDRIVE_CLIENT_ID" in ran.err) == (1, True)


def test_a_scope_that_was_not_granted_is_named(
    sign_in: SignIn, dealwright: Dealwright, account: Account
) -> None:
    grants = account.sandbox.grants
    app = next(iter(grants.apps()))
    port = int(app.redirect_uri.split(":")[2].split("/")[0])
    register(account, port, without="leads:full")
    ran = sign_in("connect", "--oauth", "--url", account.url, "--yes")

    assert "leads:full" in ran.out
    assert listed(dealwright)[0]["missing"] == ["leads:full"]


def test_reconnecting_asks_for_nothing_that_still_works(
    sign_in: SignIn, dealwright: Dealwright, account: Account
) -> None:
    sign_in("connect", "--oauth", "--url", account.url, "--yes", "--name", "acme")
    ran = dealwright("connections", "reconnect", "acme")

    assert (ran.code, "is connected again" in ran.out) == (0, True)
    assert "authorize" not in ran.out


def test_reconnecting_after_disconnecting_signs_in_anew(
    sign_in: SignIn, dealwright: Dealwright, account: Account
) -> None:
    sign_in("connect", "--oauth", "--url", account.url, "--yes", "--name", "acme")
    parted = dealwright("connections", "disconnect", "acme", "--yes")
    assert parted.code == 0, parted.err
    assert listed(dealwright)[0]["state"] == "disabled"

    ran = sign_in("connections", "reconnect", "acme", "--yes")
    assert ran.code == 0, ran.err
    assert listed(dealwright)[0]["state"] == "ok"


def test_an_api_token_can_be_exchanged_for_signing_in(
    sign_in: SignIn, dealwright: Dealwright, account: Account
) -> None:
    dealwright("connect", "--url", account.url, "--token", account.token, "--name", "acme")
    ran = sign_in("connections", "reconnect", "acme", "--oauth", "--yes")

    assert ran.code == 0, ran.err
    assert [one["auth"] for one in listed(dealwright)] == ["oauth"]


def test_a_user_who_is_no_admin_connects_without_what_only_admins_may(
    sign_in: SignIn, dealwright: Dealwright, account: Account
) -> None:
    account.sandbox.put_state({"users": [SAM]})
    # Whether a user may make fields is a matter of permission sets, which the sandbox lacks.
    refused = {"success": False, "error": "You do not have permissions to do this."}
    account.sandbox.add_fault(method="POST", path="Fields", status=403, body=refused)
    ran = sign_in(
        *("connect", "--oauth", "--url", account.url, "--yes", "--create-external-id-field"),
        user=2,
    )

    assert (ran.code, "may not make fields" in ran.out) == (0, True), ran.err
    assert len(listed(dealwright)) == 1


def test_what_only_an_admin_may_make_is_skipped_and_named(
    sign_in: SignIn, dealwright: Dealwright, account: Account, data: Path
) -> None:
    account.sandbox.put_state({"users": [SAM]})
    sign_in("connect", "--oauth", "--url", account.url, "--yes", "--name", "acme", user=2)
    file = data.parent / "hub.yaml"
    file.write_text(
        "version: 1\nconnections:\n  - name: acme\n    seats: 9\n"
        "    account:\n      activity_types: [Demo]\n"
    )
    ran = dealwright("config", "apply", str(file), "--yes")

    assert (ran.code, "activity type Demo" in ran.err + ran.out) == (0, True), ran.err
    assert "may not make it" in ran.err + ran.out
    assert [one["seats"] for one in listed(dealwright)] == [9]


def test_neither_token_nor_secret_is_printed_or_stored_plainly(
    sign_in: SignIn, account: Account, data: Path
) -> None:
    ran = sign_in("connect", "--oauth", "--url", account.url, "--yes")
    (grant,) = account.sandbox.world.default_company.grants.values()
    stored = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    for secret in (grant.id, grant.access[0].token, SECRET):
        assert secret not in ran.out + ran.err
        assert secret.encode() not in stored


def test_what_to_register_is_shown(dealwright: Dealwright) -> None:
    ran = dealwright("connections", "scopes")

    assert (CALLBACK in ran.out, "leads:full" in ran.out) == (True, True)


def test_two_connections_of_one_name_are_told_apart_by_their_ids(
    dealwright: Dealwright, account: Account
) -> None:
    token = ("--token", account.token, "--url", account.url)
    dealwright("connect", *token, "--name", "acme")
    dealwright("connect", *token, "--name", "other")
    dealwright("connections", "set", "other", "--name", "acme")
    ran = dealwright("connections", "off", "acme")

    assert (ran.code, "[name_ambiguous]" in ran.err) == (1, True)
    assert dealwright("connections", "off", "2").code == 0


def test_an_action_can_be_switched_off_for_one_connection(
    dealwright: Dealwright, account: Account
) -> None:
    dealwright("connect", "--token", account.token, "--url", account.url, "--name", "acme")
    ran = dealwright("connections", "set", "acme", "--off", "upsert_lead", "--json")

    assert len(ran.lines[0]["actions"]) == 5
    assert "upsert_lead" not in ran.lines[0]["actions"]


def test_how_it_shows_itself_can_be_set(dealwright: Dealwright, account: Account) -> None:
    dealwright("connect", "--token", account.token, "--url", account.url, "--name", "acme")
    ran = dealwright("connections", "set", "acme", "--run", "manual", "--hidden", "--json")

    told = ran.lines[0]
    assert (told["run"], told["shown"], told["default"]) == ("manual", False, True)
