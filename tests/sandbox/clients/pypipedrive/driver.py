"""pypipedrive-client, aimed at the sandbox and asked by lines of JSON.

Its base URL is written into a method. Three of its modules hold f-strings that only Python 3.12
reads; older ones get them with other quotes.
"""

import json
import os
import sys
from importlib.machinery import SourceFileLoader
from typing import Any

_read = SourceFileLoader.source_to_code


def _with_other_quotes(self: Any, data: Any, path: Any, **more: Any) -> Any:
    if isinstance(data, bytes):
        data = data.replace(b'_meta("entity_name")', b"_meta('entity_name')")
    return _read(self, data, path, **more)


setattr(SourceFileLoader, "source_to_code", _with_other_quotes)  # noqa: B010 -- typed otherwise

from pypipedrive import models  # noqa: E402
from pypipedrive.api.api import Api  # noqa: E402

URL = os.environ["PIPEDRIVE_URL"]
Api.build_url = lambda self, uri: f"{URL}/{self.version}/{uri}"


def answer(question: dict[str, Any]) -> Any:
    """Make, change or delete a record, or call a method of a model or of one of its records."""
    model = getattr(models, question["model"])
    verb, args = question["verb"], question["args"]
    if verb == "create":
        record = model(**args)
        record.save()
        return record
    if "record" not in question:
        return getattr(model, verb)(**args)
    if verb == "change":
        record = model.get(id=question["record"])
        for name, value in args.items():
            setattr(record, name, value)
        return bool(record.save().updated)
    return getattr(model(id=question["record"]), verb)(**args)


def plain(value: Any) -> Any:
    """A record as its fields, whatever else as text."""
    if hasattr(value, "_fields"):
        return value._fields
    return value.model_dump() if hasattr(value, "model_dump") else str(value)


for line in sys.stdin:
    try:
        said = {"value": answer(json.loads(line))}
    except Exception as error:  # noqa: BLE001 -- the test is told, whatever it is
        said = {"thrown": {"type": type(error).__name__, "message": str(error)}}
    sys.stdout.write(json.dumps(said, default=plain) + "\n")
    sys.stdout.flush()
