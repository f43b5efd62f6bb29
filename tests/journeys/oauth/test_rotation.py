"""Keys are rotated while tokens of OAuth are renewed: neither loses what the other wrote."""

from dataclasses import replace

from tests.hub import Hub
from tests.journeys.oauth.story import HOUR_S
from tests.oauth import Office

from dealwright.core.people import CLI
from dealwright.pipedrive.sender import Sender
from dealwright.pipedrive.wire import Request, Response
from dealwright.pipeline.credentials import Keyring
from dealwright.pipeline.rotation import rotate
from dealwright.store.connections import Connection, credentials
from dealwright.store.secrets import Vault, generate_key, key_id, sealed_by

OLD, NEW = generate_key(), generate_key()


def running(office: Office) -> Office:
    """The office with a Vault that knows the new key by now, and had sealed with the old one."""
    return replace(office, vault=Vault([NEW, OLD]))


async def rotated(office: Office) -> None:
    await rotate(office.store, Vault([NEW, OLD]), who=CLI, now_ms=1)


async def stored(office: Office, made: Connection) -> bytes:
    return await office.store.read(lambda db: credentials(db, made.id))


class Meanwhile:
    """A Sender; a rotation happens while the OAuth server answers."""

    def __init__(self, inner: Sender, office: Office) -> None:
        self._inner = inner
        self._office = office

    async def send(self, request: Request) -> Response:
        answer = await self._inner.send(request)
        if request.path == "/oauth/token":
            await rotated(self._office)
        return answer

    async def close(self) -> None:
        await self._inner.close()


async def test_a_token_that_expires_after_a_rotation_is_renewed(hub: Hub, office: Office) -> None:
    before = replace(office, vault=Vault([OLD]))
    made = await before.connected()
    badge = running(office).keyring().badge(made, await stored(office, made))
    await rotated(office)
    hub.advance(HOUR_S)
    first = await badge.proof()

    assert await badge.after_refusal(first) != first
    assert office.times("/oauth/token") == 3


async def test_a_grant_that_comes_while_keys_are_rotated_is_kept(hub: Hub, office: Office) -> None:
    before = replace(office, vault=Vault([OLD]))
    made = await before.connected()
    keyring = running(office).keyring()
    slow = replace(
        keyring, open_sender=lambda url, badge: Meanwhile(keyring.open_sender(url, badge), office)
    )
    badge = slow.badge(made, await stored(office, made))
    hub.advance(HOUR_S)
    renewed = await badge.proof()

    assert sealed_by(await stored(office, made)) == key_id(NEW)
    assert await fresh(keyring, made, await stored(office, made)) == renewed.token


async def fresh(keyring: Keyring, made: Connection, sealed: bytes) -> object:
    """What another process sends with these credentials, without asking for new ones."""
    return (await keyring.badge(made, sealed).proof()).token
