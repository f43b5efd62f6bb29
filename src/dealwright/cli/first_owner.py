"""The first owner: at a start where nobody can sign in yet, the link that changes that."""

import sys

from dealwright.cli.hub import Hub
from dealwright.cli.output import Output
from dealwright.core.people import CLI
from dealwright.pipeline.people import begin_first_owner
from dealwright.web.auth.links import link_address
from dealwright.web.auth.tokens import hash_token, new_token


async def first_owners_link(hub: Hub, address: str, *, then: str = "") -> str:
    """A fresh link that makes the first owner; "" when there is somebody already.

    `then` is the page that opens afterwards.
    """
    token = new_token()
    link_hash, now_ms = hash_token(token.reveal()), hub.now_ms()
    made = await hub.store.write(
        lambda db: begin_first_owner(db, CLI, link_hash=link_hash, now_ms=now_ms)
    )
    return link_address(address, token, then=then) if made else ""


def tell_link(out: Output, link: str) -> None:
    """Print it, if there is one."""
    if link:
        out.say(f"Nobody can sign in yet. Make the first owner:\n  [bold]{link}[/bold]", link=link)
        # The output of a service is often a file or a pipe, which keeps lines back.
        sys.stdout.flush()
