"""docs/sandbox.md: its commands run, its examples too, and it leaves out no switch."""

import asyncio
import re
from dataclasses import fields
from typing import Any

import pytest
from tests.docs.examples import page
from tests.needs import need

from dealwright.sandbox.admin import _HANDLERS
from dealwright.sandbox.app import Sandbox
from dealwright.sandbox.faults import FaultRule
from dealwright.sandbox.options import Limits, Options, Switches
from dealwright.sandbox.webhookdelivery import WebhookFault

pytest_plugins = ["dealwright.sandbox.pytest_plugin"]

PAGE = page("sandbox.md")
COMMAND = re.compile(r"^\$ (.*?)(?=^\$ |^```)", re.MULTILINE | re.DOTALL)
COMMANDS = [c for c in COMMAND.findall(PAGE) if not c.startswith("dealwright")]
PYTHON = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
# A limit is a switch on the page only where Pipedrive leaves it open.
STATED = {"daily", "burst", "search_burst"}
PATIENCE_S = 60


@pytest.fixture
def pipedrive_options() -> Options:
    return Options()


@pytest.mark.process
async def test_every_command_of_the_page_runs(
    pipedrive_sandbox: Sandbox, pipedrive_url: str
) -> None:
    need("curl")
    polite = 'curl() { command curl -sS --fail-with-body "$@"; }\nset -euo pipefail\n'
    script = polite + "\n".join(COMMANDS).replace("x-api-token: …", _token(pipedrive_sandbox))
    script = script.replace("127.0.0.1:8900", pipedrive_url.removeprefix("http://"))
    process = await asyncio.create_subprocess_exec(
        need("bash"), "-c", script,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await asyncio.wait_for(process.communicate(), PATIENCE_S)

    assert process.returncode == 0, output.decode()


def _token(sandbox: Sandbox) -> str:
    return f"x-api-token: {sandbox.token}"


def test_there_are_commands_on_the_page() -> None:
    assert len(COMMANDS) >= 10


@pytest.mark.parametrize("example", PYTHON)
def test_every_example_of_the_page_runs(example: str) -> None:
    names: dict[str, Any] = {}
    # The call that the page speaks of was made by somebody else's program.
    exec(example.replace("sandbox.calls[-1].cost", "sandbox.calls"), names)  # noqa: S102

    assert isinstance(names["sandbox"], Sandbox)


@pytest.mark.parametrize("switch", [f.name for f in (*fields(Switches), *fields(Limits))])
def test_every_switch_is_on_the_page(switch: str) -> None:
    assert switch in STATED or f"`{switch}`" in PAGE


@pytest.mark.parametrize("call", sorted({name for _, name in _HANDLERS}))
def test_every_call_behind_the_scenes_is_on_the_page(call: str) -> None:
    assert re.search(rf"`[A-Z`, ]+ {call}[`?]", PAGE)


@pytest.mark.parametrize(
    "key", sorted({*FaultRule.__struct_fields__, *WebhookFault.__struct_fields__})
)
def test_every_key_of_a_fault_is_on_the_page(key: str) -> None:
    assert f"`{key}`" in PAGE or key == "kind"
