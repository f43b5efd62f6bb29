"""Secret files: a secret may stand in a file whose path is in `DEALWRIGHT_<NAME>_FILE`."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

PREFIX = "DEALWRIGHT_"

#: Fields that may stand in a file of their own.
SECRETS = frozenset(
    {
        "alerts_apprise_urls",
        "alerts_slack_url",
        "alerts_smtp_url",
        "alerts_webhook_secret",
        "alerts_webhook_url",
        "database_url",
        "llm_api_key",
        "metrics_token",
        "oidc_client_secret",
        "pipedrive_client_secret",
    }
)


class SecretFiles(PydanticBaseSettingsSource):
    """Secrets from the files that `DEALWRIGHT_<NAME>_FILE` name; unreadable ones are left out."""

    def get_field_value(
        self,
        field: FieldInfo,  # noqa: ARG002 - pydantic's signature
        field_name: str,
    ) -> tuple[Any, str, bool]:
        """The secret of one field, None without a file; as pydantic asks for it."""
        path = os.environ.get(f"{PREFIX}{field_name.upper()}_FILE")
        if not path or field_name not in SECRETS:
            return None, field_name, False
        try:
            return _read_secret(path), field_name, False
        except (OSError, ValueError):
            return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """All of them, by field."""
        values = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
        }
        return {name: value for name, value in values.items() if value is not None}


def file_faults(environ: Mapping[str, str]) -> Iterator[str]:
    """Say which of these files cannot be read, and which secret is given twice."""
    for name in sorted(SECRETS | {"secret_key"}):
        variable = f"{PREFIX}{name.upper()}"
        path = environ.get(f"{variable}_FILE")
        if not path:
            continue
        if environ.get(variable):
            yield f"{variable} and {variable}_FILE are both set: unset one of them."
        try:
            _read_secret(path)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is empty or no UTF-8 text"
            yield f"{variable}_FILE: {path} cannot be read: {reason}."


def _read_secret(path: str) -> str:
    if text := Path(path).read_text(encoding="utf-8").strip():
        return text
    raise ValueError(path)
