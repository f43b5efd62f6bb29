"""State on disk: a snapshot at start and stop, and a line for each change in between."""

import os
from pathlib import Path
from typing import Any

import msgspec

from dealwright.sandbox.answers import Json, encode
from dealwright.sandbox.company import Actor, Change, Company
from dealwright.sandbox.state import COLLECTIONS, StateError, dump, dump_fields, load, record_json
from dealwright.sandbox.world import World

_SYSTEM = Actor(user_id=1, source="app")
_COLLECTION_OF = {kind: name for name, (kind, _) in COLLECTIONS.items()}


class Journal:
    """The files of one sandbox: `snapshot.json` and `journal.jsonl`.

    A process that is killed loses nothing that it answered: each change is written to the
    operating system before the answer goes out (not synced to the disk). Raises StateError for
    a folder that cannot be made.
    """

    def __init__(self, folder: Path, world: World) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise StateError(f"The state cannot be kept in {folder}: {fault.strerror}") from None
        self._snapshot = folder / "snapshot.json"
        self._lines = folder / "journal.jsonl"
        self._world = world
        self._file: int | None = None

    def exists(self) -> bool:
        """Whether there is something to restore."""
        return self._snapshot.exists()

    def restore(self) -> None:
        """Bring back what was kept. Raises StateError for files that do not fit."""
        try:
            kept = msgspec.json.decode(self._snapshot.read_bytes(), type=Json)
        except msgspec.DecodeError as fault:
            raise StateError(f"{self._snapshot}: {fault}") from None
        for state in kept["companies"]:
            told = state["company"]
            company = self._world.found_company(domain=told["domain"], name=told["name"])
            load(company, state, replace=True, actor=_SYSTEM)
        if self._lines.exists():
            for line in self._lines.read_bytes().splitlines():
                self._replay(line)
        for company in self._world.companies.values():
            company.index.flush()
        for row in kept["tokens"]:
            company = self._world.companies[row["company_id"]]
            user = company.users.get(row["user_id"])
            if user is not None:
                self._world.issue(company, user, row["token"])

    def _replay(self, line: bytes) -> None:
        try:
            entry = msgspec.json.decode(line, type=Json)
        except msgspec.DecodeError:
            # The last line of a killed process may be half written.
            return
        company = self._world.companies[entry["company_id"]]
        if "purged" in entry:
            company.purge(entry["kind"], entry["purged"], _SYSTEM)
        else:
            replace = "fields" in entry["state"]
            load(company, entry["state"], replace=replace, actor=_SYSTEM)

    def start(self) -> None:
        """Write a snapshot and listen from now on."""
        self.compact()
        self._world.on_change(self._changed)
        self._world.on_fields(self._fields_changed)

    def compact(self) -> None:
        """Write everything as one snapshot, and begin an empty journal."""
        state = {
            "companies": [dump(company) for company in self._world.companies.values()],
            "tokens": [
                {"company_id": p.company.id, "user_id": p.user_id, "token": p.token}
                for p in self._world.api_tokens()
            ],
        }
        self._close()
        fresh = self._snapshot.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_bytes(encode(state))
        fresh.replace(self._snapshot)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
        self._file = os.open(self._lines, flags, 0o600)

    def stop(self) -> None:
        """Write a last snapshot and let go of the files."""
        self.compact()
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _changed(self, company: Company, change: Change) -> None:
        if change.after is None:
            self._write(company, {"kind": change.kind, "purged": change.key})
        else:
            collection = _COLLECTION_OF[change.kind]
            self._write(company, {"state": {collection: [record_json(change.after)]}})

    def _fields_changed(self, company: Company, kind: str) -> None:
        self._write(company, {"state": {"fields": {kind: dump_fields(company, kind)}}})

    def _write(self, company: Company, entry: dict[str, Any]) -> None:
        if self._file is not None:
            os.write(self._file, encode({"company_id": company.id, **entry}) + b"\n")
