"""Told to end, a hub finishes what it has begun: what was taken is answered and kept."""

import signal
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.process import PATIENCE_S, serving, write_key

from dealwright.parts import open_store
from dealwright.settings import load_settings
from dealwright.store.events import count_events

BODY = b'{"userId":"u-1","event":"Signed Up","type":"track"}'


@pytest.mark.process
def test_a_request_that_has_begun_is_answered_before_the_end(tmp_path: Path) -> None:
    key = write_key("website", data=tmp_path)
    head = (
        f"POST /hooks/events/segment?writeKey={key} HTTP/1.1\r\nHost: hub.example\r\n"
        f"Content-Length: {len(BODY)}\r\n\r\n"
    ).encode()
    with serving("web", data=tmp_path) as hub:
        parts = urlsplit(hub.url)
        with socket.create_connection((str(parts.hostname), int(parts.port or 0))) as sender:
            sender.settimeout(PATIENCE_S)
            sender.sendall(head + BODY[:10])
            # Answered on another connection, so the first request has been read by then.
            with socket.create_connection((str(parts.hostname), int(parts.port or 0))) as other:
                other.sendall(b"GET /livez HTTP/1.1\r\nHost: hub.example\r\n\r\n")
                other.recv(100)
            hub.process.send_signal(signal.SIGTERM)
            sender.sendall(BODY[10:])
            answer = sender.recv(1000)
        code = hub.process.wait(timeout=PATIENCE_S)

    store = open_store(load_settings(data=tmp_path))
    with store.snapshot() as db:
        kept = count_events(db)
    store.close()
    assert (answer.split(b"\r\n")[0], code, kept) == (b"HTTP/1.1 200 OK", 0, 1)
