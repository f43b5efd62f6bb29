"""What every process and most commands need: the store, and the vault.

Apart from `app`, which draws in the web server and the HTTP client: a command that only looks
into the store starts without them.
"""

from pathlib import Path

from dealwright.core.clock import Clock
from dealwright.core.errors import ConfigError
from dealwright.core.secret import Secret
from dealwright.pipedrive.oauth import App
from dealwright.pipeline.credentials import Keyring, OpenSender
from dealwright.settings import Settings
from dealwright.store.engine import Store
from dealwright.store.migrate import migrate
from dealwright.store.secrets import Vault, load_or_create_key


def open_store(settings: Settings) -> Store:
    """Open the database, made and brought up to date where needed.

    Raises ConfigError for one that is newer than this program or a data folder that cannot be
    made, and StoreUnavailable.
    """
    make_folder(settings.data)
    store = Store.open(settings.store_url)
    try:
        migrate(store)
    except BaseException:
        store.close()
        raise
    return store


def open_vault(settings: Settings) -> Vault:
    """Open what seals credentials: with the keys of the settings, else the data folder's own."""
    if settings.secret_key is None:
        return Vault([load_or_create_key(settings.data / "secret.key")])
    keys = settings.secret_key.reveal().split(",")
    return Vault([Secret(key.strip()) for key in keys])


def open_keyring(
    settings: Settings, store: Store, *, clock: Clock, open_sender: OpenSender
) -> Keyring:
    """What credentials are opened with and, where the settings name an app, renewed."""
    client_id, secret = settings.pipedrive_client_id, settings.pipedrive_client_secret
    app = App(client_id=client_id, secret=secret) if client_id and secret else None
    return Keyring(
        store=store,
        vault=open_vault(settings),
        clock=clock,
        app=app,
        open_sender=open_sender,
    )


def make_folder(folder: Path) -> None:
    """Make the data folder where there is none; raises ConfigError (`data_folder`)."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"The data folder {folder} cannot be made ({error.strerror}). Set DEALWRIGHT_DATA to "
            "a folder that may be written to.",
            code="data_folder",
        ) from error
