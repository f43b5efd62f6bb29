"""What a folder of card fixtures holds (fixtures/README.md); what it does not say is a fault."""

import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec

_PLACEHOLDER: Final = re.compile(r"\{\{[^}]*\}\}")
PLACEHOLDERS: Final = frozenset(
    f"{{{{{name}}}}}"
    for name in ("SYSTEM", "USER", "OAUTH", "GMAIL", "STATE", "STATE_EXPIRED", "STATE_OTHER_USER")
)
_NO_FIXTURE: Final = frozenset({"index.json", "seed.json"})
KINDS: Final = ("render", "submit", "autocomplete", "auth")


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a token is made."""

    kind: Literal["system", "user"]
    claims: dict[str, Any] = {}
    kid: Literal["k1", "k2", "attacker"] = "k1"
    alg: Literal["RS256", "none", "HS256"] = "RS256"
    tamper: bool = False


class Expect(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What has to come of it; what is not there is not looked at."""

    status: int | None = None
    kind: Literal["render", "submit", "autocomplete", "auth"] | None = None
    card: str | None = None
    lookup: str | None = None
    name: str | None = None
    contains: tuple[str, ...] = ()
    locale: str | None = None
    time_zone: str | None = None
    rtl: bool | None = None
    prompt: (
        Literal[
            "custom_authorization_prompt", "basic_authorization_prompt", "requesting_google_scopes"
        ]
        | None
    ) = None
    scopes: tuple[str, ...] | None = None
    notification: bool | None = None
    writes: tuple[str, ...] | None = None
    done: bool | None = None
    due_date: str | None = None
    due_time_local: str | None = None
    gmail_calls: int | None = None
    pipedrive_calls: int | None = None


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry of index.json."""

    path: Annotated[str, msgspec.Meta(pattern=r"^/addon/gmail/(home|open|compose|action)\Z")]
    authorization: str | None
    system: Recipe
    user: Recipe
    expect: Expect
    system_body: Recipe | None = None
    gmail_reply: dict[str, Any] | None = None
    event_schema_valid: bool | None = None
    why: str = ""


class Fixture(msgspec.Struct, frozen=True):
    """One fixture: its entry, and the text of its body."""

    name: str
    entry: Entry
    body: str


def names(folder: Path) -> list[str]:
    """The fixtures of a folder, those with an entry and those with a file."""
    listed = msgspec.json.decode((folder / "index.json").read_bytes(), type=dict[str, Any])
    files = {one.stem for one in folder.glob("*.json") if one.name not in _NO_FIXTURE}
    return sorted(listed.keys() | files)


def read_fixture(folder: Path, name: str) -> Fixture:
    """One fixture; raises what is wrong with it."""
    listed = msgspec.json.decode((folder / "index.json").read_bytes(), type=dict[str, msgspec.Raw])
    assert name in listed, f"{name}.json has no entry in index.json"
    file = folder / f"{name}.json"
    assert file.is_file(), f"{name} has an entry, and no file"
    entry, body = msgspec.json.decode(listed[name], type=Entry), file.read_text(encoding="utf-8")
    unknown = set(_PLACEHOLDER.findall(body + (entry.authorization or ""))) - PLACEHOLDERS
    assert not unknown, f"unknown placeholders: {unknown}"
    assert entry.expect.rtl is None or entry.expect.lookup, "rtl stands only beside lookup"
    return Fixture(name, entry, body)
