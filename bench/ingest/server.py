"""The web side alone, as `serve --role web` has it, with or without a store behind the door."""

import argparse
import socket
from collections.abc import Mapping, Sequence

import uvloop

from bench.ingest.sender import KEY
from dealwright.pipeline.accept import Acceptor
from dealwright.pipeline.clock import SystemClock
from dealwright.store.append import Appender, EventRow, RejectRow
from dealwright.store.engine import Store
from dealwright.store.migrate import migrate
from dealwright.web.app import Doors, web_app
from dealwright.web.server import serve_web
from dealwright.web.write_keys import hash_write_key


async def _keys() -> Mapping[str, int]:
    return {hash_write_key(KEY): 1}


async def _nothing() -> None:
    return


async def _accept_without_store(_: Sequence[EventRow], __: Sequence[RejectRow] = ()) -> None:
    return


def _doors(store: Store | None) -> Doors:
    if store is None:
        accept, close = _accept_without_store, _nothing
    else:
        appender = Appender(store)
        accept, close = Acceptor(appender.append, lambda: None).accept, appender.close
    return Doors(accept=accept, load_keys=_keys, check_store=_nothing, close=close)


def main() -> None:
    """Serve on a free port, printed as soon as the first request can come."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--store", help="SQLite file; without it nothing is stored")
    store = None
    if file := parser.parse_args().store:
        store = Store.open(f"sqlite:///{file}")
        migrate(store)
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    port = listener.getsockname()[1]
    app = web_app(_doors(store), clock=SystemClock())
    serving = serve_web(app, sockets=[listener], on_ready=lambda: print(port, flush=True))
    uvloop.run(serving)


main()
