"""What is read from files once is read before anybody is served."""

from pathlib import Path

from tests.clock import ManualClock

from dealwright.app import build_web, build_worker
from dealwright.core.zone import zones
from dealwright.settings import load_settings
from dealwright.store.engine import Store


async def test_the_web_side_knows_every_zone_before_it_serves(tmp_path: Path) -> None:
    settings = load_settings(data=tmp_path)
    store = Store.open(settings.store_url)
    zones.cache_clear()
    web = build_web(settings, store, ManualClock())
    read = zones.cache_info().currsize
    async with web.pages.router.lifespan_context(web.pages):
        store.close()

    assert read == 1


async def test_the_worker_knows_every_zone_before_it_begins(tmp_path: Path) -> None:
    settings = load_settings(data=tmp_path)
    store = Store.open(settings.store_url)
    zones.cache_clear()
    worker = build_worker(settings, store, ManualClock())
    read = zones.cache_info().currsize
    worker.stop()
    await worker.run()
    store.close()

    assert read == 1
