"""What every process and most commands need: the store, the vault, values made of settings.

Apart from `app`, which draws in the web server and the HTTP client: a command that only looks
into the store starts without them.
"""

from pathlib import Path

from dealwright.core.clock import Clock
from dealwright.core.errors import ConfigError
from dealwright.core.secret import Secret
from dealwright.meetings.summary.model import LanguageModel
from dealwright.pipedrive.oauth import App
from dealwright.pipeline.credentials import Keyring, OpenSender
from dealwright.settings import Settings
from dealwright.store.engine import Store
from dealwright.store.key_file import KeyFile, own_key_file
from dealwright.store.migrate import migrate
from dealwright.store.sealed import check_keys, note_keys
from dealwright.store.secrets import Vault


def own_address(settings: Settings, port: int | None = None) -> str:
    """Where people reach the hub; `port` where it listens by now, else the setting."""
    if settings.public_url:
        return settings.public_url
    # One name for pages, links and sign-in: a session of 127.0.0.1 is none of localhost.
    own = settings.host in {"127.0.0.1", "::1", "0.0.0.0", "::"}  # noqa: S104
    host = "localhost" if own else settings.host
    named = f"[{host}]" if ":" in host else host
    return f"http://{named}:{port or settings.port or '…'}"


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
    """Open what seals credentials: with the keys of the settings, else the data folder's own.

    Raises ConfigError: `key_file_open`, `key_file_missing`, `invalid_key`. Whether they fit the
    store, `check_vault` knows.
    """
    if settings.secret_key is not None:
        keys = settings.secret_key.reveal().split(",")
        return Vault([Secret(key.strip()) for key in keys])
    file = key_file(settings)
    return Vault(file.read(), news=file.news)


def key_file(settings: Settings) -> KeyFile:
    """Where the keys stand that are not in the environment."""
    if settings.secret_key_file is not None:
        return KeyFile(settings.secret_key_file)
    return own_key_file(settings.data / "secret.key")


def check_vault(store: Store, vault: Vault, *, now_ms: int) -> None:
    """See at start, not at the first use, that the keys are those of the store.

    Raises ConfigError (`wrong_key`).
    """
    with store.snapshot() as db:
        if check_keys(db, vault):
            return
    with store.transaction() as db:
        note_keys(db, vault, now_ms=now_ms)


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


def language_model(settings: Settings) -> LanguageModel | None:
    """The model that may summarise meetings; None where the operator named none."""
    if not settings.llm_base_url:
        return None
    return LanguageModel(
        base_url=settings.llm_base_url,
        model=settings.llm_model,
        api_key=settings.llm_api_key.reveal() if settings.llm_api_key else "",
        timeout_s=settings.llm_timeout_s,
        max_input_tokens=settings.llm_input_tokens,
        json_mode=settings.llm_json,
        daily_tokens=settings.llm_daily_tokens,
        price_in=settings.llm_price_in,
        price_out=settings.llm_price_out,
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
