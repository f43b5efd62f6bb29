"""The side of meetings' pages and recordings: routes, and what fetches recordings."""

from starlette.routing import BaseRoute

from dealwright.core.clock import Clock
from dealwright.core.ssrf import allow_list
from dealwright.parts import open_vault
from dealwright.pipeline.meetingmedia import MediaFetcher, MediaShelf, media_folder
from dealwright.pipeline.outside import Outside
from dealwright.settings import Settings
from dealwright.store.engine import Store
from dealwright.web.api.office import Office
from dealwright.web.auth.guard import Guard
from dealwright.web.media import SUPPORT_PATH, PlayKept, media_routes
from dealwright.web.pages.meeting import PageOffice
from dealwright.web.pages.routes import routes as page_routes


def meeting_pages(office: Office, guard: Guard) -> list[BaseRoute]:
    """The pages of meetings, and their recordings."""
    play = PlayKept(office.vault, office.clock)
    pages = PageOffice(office=office, guard=guard, play=play, support=SUPPORT_PATH)
    folder = media_folder(office.folder)
    media = media_routes(office.store, office.clock, vault=office.vault, folder=folder)
    return [*page_routes(pages), *media]


def build_fetcher(settings: Settings, store: Store, clock: Clock) -> MediaFetcher:
    """What fetches recordings where that is switched on: `run()` it beside a worker."""
    shelf = MediaShelf(
        store=store, vault=open_vault(settings), clock=clock, folder=media_folder(settings.data)
    )
    return MediaFetcher(shelf, Outside(allow_list(settings.allowed_sender_addresses.split(","))))
