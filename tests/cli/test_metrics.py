"""The figures of the real program."""

from pathlib import Path

import httpx2
import pytest
from tests.process import serving, write_key

from dealwright.cli.sockets import free_port


@pytest.mark.process
def test_the_web_process_tells_what_came_in(tmp_path: Path) -> None:
    key = write_key("website", data=tmp_path)
    with serving("web", data=tmp_path) as hub:
        said = {"userId": "u-1", "traits": {"name": "Ada Keller"}}
        httpx2.post(f"{hub.url}/v1/identify", json=said, auth=(key, ""))
        told = httpx2.get(f"{hub.url}/metrics")

    assert told.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'dealwright_events_received_total{source="1"} 1.0' in told.text
    assert 'dealwright_source_info{name="website",source="1"} 1.0' in told.text


@pytest.mark.process
def test_who_comes_through_a_proxy_is_told_nothing(tmp_path: Path) -> None:
    with serving("web", data=tmp_path) as hub:
        told = httpx2.get(f"{hub.url}/metrics", headers={"X-Forwarded-For": "203.0.113.9"})

    assert (told.status_code, "metrics_closed" in told.text) == (403, True)


@pytest.mark.process
def test_a_worker_tells_its_own_where_it_is_given_a_port(tmp_path: Path) -> None:
    port = free_port()
    with serving("worker", data=tmp_path, DEALWRIGHT_METRICS_PORT=str(port)):
        told = httpx2.get(f"http://127.0.0.1:{port}/metrics")

    assert "dealwright_pipedrive_burst_wait_seconds" in told.text
