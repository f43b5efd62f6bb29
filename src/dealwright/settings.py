"""Settings: every knob an operator has, read once from the environment and checked at start.

Names are `DEALWRIGHT_` and the field's name in capitals. A secret may also stand in a file whose
path is in `DEALWRIGHT_<NAME>_FILE`. What a user decides lives in the database, not here.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from dealwright.alertsettings import AlertSettings, sealed
from dealwright.core import setting_values as checks
from dealwright.core.errors import ConfigError
from dealwright.core.secret import Secret
from dealwright.meetings.summary.model import JsonMode
from dealwright.secretfiles import PREFIX, SecretFiles, file_faults

_SecretField = (BeforeValidator(sealed), WithJsonSchema({"type": "string"}))


class Settings(AlertSettings):
    """What an operator decides. Frozen; make it with `load_settings()`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        frozen=True,
        extra="ignore",
        env_ignore_empty=True,
        hide_input_in_errors=True,
        arbitrary_types_allowed=True,
    )

    data: Path = Field(
        default_factory=lambda: Path.home() / ".local" / "share" / "dealwright",
        description="Folder for the database, the key file and the socket of the worker. "
        "Made at start if it is not there.",
    )
    database_url: Annotated[Secret, *_SecretField, AfterValidator(checks.database_url)] | None = (
        Field(
            default=None,
            description="Where the store is: `sqlite:////path/to/file.db` or "
            "`postgresql://user:password@host/name`. Without it: `dealwright.db` in the data "
            "folder.",
        )
    )
    secret_key: Annotated[Secret, *_SecretField, AfterValidator(checks.fernet_keys)] | None = Field(
        default=None,
        description="Keys that credentials are sealed with, 32 bytes in URL-safe base64, several "
        "joined by commas: the first seals, all open. Without it: those of a file.",
    )
    secret_key_file: Path | None = Field(
        default=None,
        description="A file with such keys, one a line, that only its owner can read. It is read "
        "again when it changes. Without it: `secret.key` in the data folder, made at the first "
        "start.",
    )
    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="Address to listen on. `0.0.0.0` for every interface.",
    )
    port: int = Field(
        default=8787, ge=0, le=65535, description="Port to listen on; 0 takes a free one."
    )
    public_url: Annotated[str, AfterValidator(checks.http_address)] | None = Field(
        default=None,
        description="The address under which browsers, senders and Pipedrive reach the hub, as "
        "`https://hub.example`. Without it the browser SDK is sent to the host it asked, and "
        "Pipedrive is asked what has changed instead of telling it.",
    )
    pipedrive_client_id: str | None = Field(
        default=None,
        description="Client id of your app in Pipedrive's Developer Hub, for sign-in by OAuth.",
    )
    pipedrive_client_secret: Annotated[Secret, *_SecretField] | None = Field(
        default=None, description="The client secret of that app."
    )
    google_project_number: Annotated[str, AfterValidator(checks.digits)] = Field(
        default="",
        description="Number of the Google Cloud project of the Gmail add-on; without it: none.",
    )
    google_client_id: str = Field(
        default="",
        description="`oauthClientId` that `gcloud workspace-add-ons get-authorization` names.",
    )
    google_service_account: str = Field(
        default="", description="`serviceAccountEmail` that it names; without it the usual one."
    )
    own_domains: str = Field(
        default="",
        description="Your own e-mail domains, by commas: who writes from there is no contact.",
    )
    card_locale: Annotated[str, AfterValidator(checks.locale)] = Field(
        default="en-GB",
        description="Language and formats of contact cards for readers of whom none is known.",
    )
    card_time_zone: Annotated[str, AfterValidator(checks.time_zone)] = Field(
        default="UTC", description="Their time zone, such as `Europe/Berlin`."
    )
    card_shells: str = Field(
        default="",
        description="Origins of extensions that may show cards, by commas; empty: any paired one.",
    )
    trusted_proxies: Annotated[str, AfterValidator(checks.listed_networks)] = Field(
        default="",
        description="Networks of proxies in front of the hub, joined by commas: only their "
        "`X-Forwarded-For` and `X-Forwarded-Proto` are believed.",
    )
    allowed_addresses: Annotated[str, AfterValidator(checks.allowed)] = Field(
        default="",
        description="Private addresses that people may have the hub call, such as a language "
        "model's: `10.1.0.0/16`, `127.0.0.1:11434`, `llm.internal:8000`, joined by commas.",
    )
    allowed_sender_addresses: Annotated[str, AfterValidator(checks.allowed)] = Field(
        default="",
        description="The same for addresses that senders name, such as a recording's.",
    )
    llm_base_url: str = Field(
        default="",
        description="Language model that may summarise meetings, OpenAI-compatible: the address "
        "before `/chat/completions`, such as `http://localhost:11434/v1`. Without it: none.",
    )
    llm_model: str = Field(default="", description="Name of the model there.")
    llm_api_key: Annotated[Secret, *_SecretField] | None = Field(
        default=None, description="Key for the language model."
    )
    llm_json: JsonMode = Field(
        default=JsonMode.SCHEMA,
        description="How the model is asked for JSON: `schema`, `object` or `prompt`; each falls "
        "back to the next.",
    )
    llm_timeout_s: float = Field(
        default=120.0, gt=0, le=900, description="Seconds that one answer of the model may take."
    )
    llm_input_tokens: int = Field(
        default=6_000, ge=1_000, description="Tokens of a transcript that the model gets at a time."
    )
    llm_daily_tokens: int = Field(
        default=500_000, ge=0, description="Tokens a day for the model, read and written; 0: none."
    )
    llm_price_in: float = Field(
        default=0.0, ge=0, description="Price of a million tokens read, to show what it costs."
    )
    llm_price_out: float = Field(
        default=0.0, ge=0, description="Price of a million tokens written."
    )
    source_rate: int = Field(
        default=5_000, ge=0, description="Requests per second that one Source may send; 0: any."
    )
    api_rate: int = Field(
        default=50,
        ge=0,
        description="Requests per second to the API of one key or person; 0: any number.",
    )
    address_rate: int = Field(
        default=100,
        ge=0,
        description="Requests per second of one address to pages and API, and to other doors with "
        "a key that is not known; 0: any number.",
    )
    max_event_bytes: int = Field(
        default=32_768, ge=1_024, le=1_048_576, description="Largest event that is taken."
    )
    max_batch_bytes: int = Field(
        default=512_000,
        ge=1_024,
        le=67_108_864,
        description="Largest body of a request, before and after it is unpacked.",
    )
    max_batch_events: int = Field(
        default=2_500, ge=1, le=100_000, description="Most events in one batch."
    )
    max_waiting_bytes: int = Field(
        default=67_108_864,
        ge=1_048_576,
        description="How much may wait for the disk; above it senders are told to come back.",
    )
    seen_days: int = Field(
        default=7,
        ge=1,
        le=365,
        description="How long a messageId is remembered, so that a repeat is not done twice.",
    )
    events_days: int = Field(
        default=90,
        ge=1,
        le=36_500,
        description="How long an event stays in the log once every Connection has read it. Those "
        "of Deliveries that have not ended, or have failed, stay.",
    )
    max_log_bytes: int = Field(
        default=0,
        ge=0,
        description="How large the log of events may grow, about; the oldest leave earlier then, "
        "under the same conditions. 0: as large as `events_days` makes it.",
    )
    deliveries_days: int = Field(
        default=90,
        ge=1,
        le=36_500,
        description="How long a Delivery that has ended is kept with its Attempts; at least as "
        "long as its event, so that a replay knows what that has become.",
    )
    journal_days: int = Field(
        default=365,
        ge=1,
        le=36_500,
        description="How long it is kept what each write changed in a record and what stood there "
        "before: so long it can be explained and undone.",
    )
    free_tokens: int = Field(
        default=0,
        ge=0,
        le=100_000,
        description="What programs propose needs nobody's approval where it costs no more than so "
        "many API tokens, writes no more records than that, and neither deletes nor holds for what "
        "is still to come (teachings, versions of a Mapping); 0: a person approves of it all.",
    )
    stuck_days: int = Field(
        default=365,
        ge=1,
        le=36_500,
        description="How long a Delivery that is held or has failed waits for a person; then it "
        "is dropped as `written_off`.",
    )
    oidc_issuer: Annotated[str, AfterValidator(checks.http_address)] | None = Field(
        default=None,
        description="The company's OpenID provider, as `https://login.example`, by which people "
        "may sign in. Its redirect address is `/auth/oidc/callback` below the hub's own.",
    )
    oidc_client_id: str | None = Field(
        default=None, description="The client that the OpenID provider knows the hub as."
    )
    oidc_client_secret: Annotated[Secret, *_SecretField] | None = Field(
        default=None, description="The secret of that client."
    )
    oidc_name: str = Field(default="OpenID", description="What people know the OpenID provider as.")
    metrics_token: Annotated[Secret, *_SecretField] | None = Field(
        default=None,
        description="Who sends it as a Bearer token may read `/metrics`. Without it: programs on "
        "this machine that do not come through a proxy.",
    )
    metrics_port: int = Field(
        default=0,
        ge=0,
        le=65535,
        description="Port on which a worker answers `/metrics`, at the address of `host`; 0: it "
        "counts nothing. Each worker of a machine needs its own.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least that is logged."
    )
    log_format: Literal["auto", "text", "json"] = Field(
        default="auto", description="How log lines look; `auto` is text on a terminal, else JSON."
    )

    @model_validator(mode="after")
    def _app_is_whole(self) -> "Settings":
        oidc = (self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret)
        if any(oidc) and not all(oidc):
            raise ValueError(
                f"{PREFIX}OIDC_ISSUER, {PREFIX}OIDC_CLIENT_ID and {PREFIX}OIDC_CLIENT_SECRET "
                "belong together: set all three or none"
            )
        if bool(self.google_project_number) != bool(self.google_client_id):
            raise ValueError(
                f"{PREFIX}GOOGLE_PROJECT_NUMBER and {PREFIX}GOOGLE_CLIENT_ID belong together: "
                "set both or neither"
            )
        if (self.pipedrive_client_id is None) != (self.pipedrive_client_secret is None):
            raise ValueError(
                f"{PREFIX}PIPEDRIVE_CLIENT_ID and {PREFIX}PIPEDRIVE_CLIENT_SECRET belong together: "
                "set both or neither"
            )
        if bool(self.llm_base_url) != bool(self.llm_model):
            raise ValueError(
                f"{PREFIX}LLM_BASE_URL and {PREFIX}LLM_MODEL belong together: set both or neither"
            )
        return self

    @model_validator(mode="after")
    def _bounds_fit(self) -> "Settings":
        if self.max_event_bytes > self.max_batch_bytes:
            raise ValueError(
                f"{PREFIX}MAX_EVENT_BYTES ({self.max_event_bytes}) must not be larger than "
                f"{PREFIX}MAX_BATCH_BYTES ({self.max_batch_bytes})"
            )
        return self

    @property
    def add_on_account(self) -> str:
        """As whom the Gmail add-on calls."""
        number = self.google_project_number
        made = f"service-{number}@gcp-sa-gsuiteaddons.iam.gserviceaccount.com"
        return self.google_service_account or made

    @property
    def store_url(self) -> str:
        """The address that `Store.open` takes; may hold a password, so never print it."""
        if self.database_url is None:
            return f"sqlite:///{self.data.expanduser().absolute() / 'dealwright.db'}"
        url = self.database_url.reveal()
        return url.replace("postgresql://", "postgresql+psycopg://", 1)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment before secret files; no .env file, since nobody would know where it is."""
        return init_settings, env_settings, SecretFiles(settings_cls)


def load_settings(**chosen: Any) -> Settings:
    """Read and check everything; `chosen` (from the command line) wins over the environment.

    Raises ConfigError that lists every fault at once, never the value of a secret.
    """
    given = {name: value for name, value in chosen.items() if value is not None}
    faults = list(file_faults(os.environ))
    try:
        settings = Settings(**given)
    except ValidationError as error:
        faults += (_sentence(fault) for fault in error.errors(include_url=False))
    else:
        if not faults:
            return settings
    listed = "\n".join(f"  - {fault}" for fault in faults)
    raise ConfigError(f"The settings cannot be used; change these and start again:\n{listed}")


def _sentence(fault: Mapping[str, Any]) -> str:
    text = str(fault["msg"]).removeprefix("Value error, ").rstrip(".")
    where: tuple[str | int, ...] = fault["loc"]
    if not where:
        return f"{text}."
    return f"{PREFIX}{str(where[0]).upper()}: {text[:1].lower()}{text[1:]}."
