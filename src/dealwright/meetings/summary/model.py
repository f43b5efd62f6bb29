"""The language model of the user's choice: how it is reached, what it may cost (MEETINGS 3.5)."""

from enum import StrEnum

import msgspec


class JsonMode(StrEnum):
    """How JSON is asked for; each falls back to the next when the server refuses it."""

    SCHEMA = "schema"
    OBJECT = "object"
    PROMPT = "prompt"


class LanguageModel(msgspec.Struct, frozen=True, kw_only=True):
    """An OpenAI-compatible server and one of its models.

    `base_url` ends where `/chat/completions` begins. Prices are of a million tokens, in whatever
    currency; `daily_tokens` is where a day ends (0: nothing is sent).
    """

    base_url: str
    model: str
    api_key: str = ""
    timeout_s: float = 120.0
    max_input_tokens: int = 6_000
    json_mode: JsonMode = JsonMode.SCHEMA
    daily_tokens: int = 500_000
    price_in: float = 0.0
    price_out: float = 0.0

    def __repr__(self) -> str:
        return f"LanguageModel({self.model!r})"


class Usage(msgspec.Struct, frozen=True):
    """Tokens that were read and written."""

    tokens_in: int = 0
    tokens_out: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.tokens_in + self.tokens_out

    def cost(self, model: LanguageModel) -> float:
        """What they cost by the prices of a model."""
        return (self.tokens_in * model.price_in + self.tokens_out * model.price_out) / 1_000_000


def tokens_of(text: str) -> int:
    """Roughly how many tokens a text is."""
    return int(len(text) / 3.5) + 1
