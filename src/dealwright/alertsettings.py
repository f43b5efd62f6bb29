"""Settings of alerts and of the watch over drift; `settings.Settings` has them."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_settings import BaseSettings

from dealwright.core.errors import ConfigError
from dealwright.core.secret import Secret
from dealwright.core.standardwebhook import check_secret
from dealwright.secretfiles import PREFIX


def sealed(text: object) -> object:
    """A text that is never shown."""
    return Secret(text) if isinstance(text, str) else text


def _smtp(url: Secret) -> Secret:
    parts = urlsplit(url.reveal())
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("expected smtp://user:password@host:587 or smtps://user:password@host")
    return url


def _signing(secret: Secret) -> Secret:
    try:
        check_secret(secret.reveal())
    except ConfigError as error:
        raise ValueError(str(error)) from None
    return secret


_SecretField = (BeforeValidator(sealed), WithJsonSchema({"type": "string"}))


class AlertSettings(BaseSettings):
    """What an operator decides of alerts."""

    drift_hours: int = Field(
        default=24,
        ge=0,
        le=8_760,
        description="How old a list of the account may grow that Mappings depend on, until it is "
        "asked for to see what was renamed or deleted; 0: only what is told anyway is compared.",
    )
    alerts_smtp_url: Annotated[Secret, *_SecretField, AfterValidator(_smtp)] | None = Field(
        default=None,
        description="Mail server for alerts: `smtp://user:password@mail.example:587` (STARTTLS) or "
        "`smtps://user:password@mail.example`; `?tls=none` for a relay on the same machine.",
    )
    alerts_email_from: str = Field(default="", description="Address that alerts are sent from.")
    alerts_email_to: str = Field(
        default="", description="Addresses that alerts are sent to, joined by commas."
    )
    alerts_webhook_url: Annotated[Secret, *_SecretField] | None = Field(
        default=None, description="Where alerts are posted to, signed as Standard Webhooks has it."
    )
    alerts_webhook_secret: Annotated[Secret, *_SecretField, AfterValidator(_signing)] | None = (
        Field(default=None, description="The secret that they are signed with, `whsec_…`.")
    )
    alerts_slack_url: Annotated[Secret, *_SecretField] | None = Field(
        default=None,
        description="An incoming webhook of Slack, or of what takes the same, such as Mattermost.",
    )
    alerts_apprise_urls: Annotated[Secret, *_SecretField] | None = Field(
        default=None,
        description="URLs of services that apprise knows, joined by commas; needs the extra "
        "`apprise`.",
    )
    alerts_failed: int = Field(
        default=25,
        ge=0,
        description="From so many failed Deliveries on there is an alert; 0: none.",
    )
    alerts_review_days: int = Field(
        default=7, ge=0, description="So many days may something wait for a person; 0: any number."
    )
    alerts_mirror_hours: int = Field(
        default=24, ge=0, description="So old may the copy of an account grow; 0: any age."
    )

    @model_validator(mode="after")
    def _alerts_are_whole(self) -> "AlertSettings":
        mail = (self.alerts_smtp_url, self.alerts_email_from, self.alerts_email_to)
        if any(mail) and not all(mail):
            raise ValueError(
                f"{PREFIX}ALERTS_SMTP_URL, {PREFIX}ALERTS_EMAIL_FROM and {PREFIX}ALERTS_EMAIL_TO "
                "belong together: set all three or none"
            )
        if (self.alerts_webhook_url is None) != (self.alerts_webhook_secret is None):
            raise ValueError(
                f"{PREFIX}ALERTS_WEBHOOK_URL and {PREFIX}ALERTS_WEBHOOK_SECRET belong together: "
                "set both or neither"
            )
        return self
