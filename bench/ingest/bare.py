"""The web side of `dealwright serve --role web`, with nothing behind its door."""

import argparse
from collections.abc import Mapping, Sequence

import uvloop

from bench.sender import KEY
from dealwright.cli.sockets import listening
from dealwright.core.webhook import Told
from dealwright.pipeline.clock import SystemClock
from dealwright.store.append import EventRow, RejectRow
from dealwright.web.app import Doors, web_app
from dealwright.web.hooks import Ear
from dealwright.web.server import serve_web
from dealwright.web.write_keys import hash_write_key


async def _keys() -> Mapping[str, int]:
    return {hash_write_key(KEY): 1}


async def _nothing() -> None:
    return


async def _nobody(_: str) -> None:
    return


async def _unheard(_: int, __: Told) -> str:
    return ""


async def _accept_without_store(_: Sequence[EventRow], __: Sequence[RejectRow] = ()) -> None:
    return


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    listener = listening("127.0.0.1", parser.parse_args().port)
    doors = Doors(
        accept=_accept_without_store,
        load_keys=_keys,
        check_store=_nothing,
        ear=Ear(open=_nothing, whose=_nobody, hear=_unheard),
        close=_nothing,
    )
    uvloop.run(serve_web(web_app(doors, clock=SystemClock()), sockets=[listener]))


main()
