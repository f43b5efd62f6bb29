"""The web side as `serve` starts it, in process, over a store of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from tests.clock import ManualClock
from tests.fresh import fresh_file

from dealwright.app import build_web
from dealwright.parts import make_folder, open_store
from dealwright.settings import Settings
from dealwright.store.engine import Store

PUBLIC = "https://hub.example"


@dataclass(frozen=True, kw_only=True)
class WebSide:
    """The application, what is behind it, and the time."""

    app: Any
    store: Store
    clock: ManualClock

    def client(
        self, url: str = "http://localhost", peer: str = "127.0.0.1", **headers: str
    ) -> httpx2.AsyncClient:
        """Somebody at `peer` who calls the hub by `url`."""
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(
                app=self.app, client=(peer, 40_000), raise_app_exceptions=False
            ),
            base_url=url,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )


@asynccontextmanager
async def web_side(folder: Path, **chosen: Any) -> AsyncIterator[WebSide]:
    """Open it with these settings."""
    settings = Settings(data=folder / "data", **chosen)
    make_folder(settings.data)
    if settings.database_url is None:
        fresh_file(settings.data / "dealwright.db")
    store = open_store(settings)
    clock = ManualClock()
    app = build_web(settings, store, clock)
    try:
        async with app.pages.router.lifespan_context(app.pages):
            yield WebSide(app=app, store=store, clock=clock)
    finally:
        store.close()
