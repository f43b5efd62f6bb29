"""Zoom's events and answers as tests need them."""

from typing import Any

from tests.meetings.sources.recorders import answered

TOKEN = answered(200, {"access_token": "TEST", "expires_in": 3599})
UUID = "4444AAAiAAAAAiAiAiiAii=="
VTT = answered(200, b"WEBVTT\n\n00:05.000 --> 00:08.000\nBen Okafor: Hello Priya.\n")


def an_event(name: str, at_ms: int = 1_795_017_900_000, **told_of: Any) -> dict[str, Any]:
    """An event with its object."""
    return {"event": name, "event_ts": at_ms, "payload": {"account_id": "A", "object": told_of}}


def a_summary(
    name: str = "completed", *, modified: str = "2026-11-18T16:04:00Z", **more: Any
) -> Any:
    """An event about a summary."""
    return an_event(
        f"meeting.summary_{name}",
        meeting_uuid=UUID,
        meeting_id=97763643886,
        meeting_topic="Acme demo",
        meeting_host_email="ana@northwind.example",
        meeting_start_time="2026-11-18T15:00:00Z",
        meeting_end_time="2026-11-18T16:01:30Z",
        summary_last_modified_time=modified,
        **more,
    )


OLD_PARTS = {
    "summary_overview": "They looked at reports.",
    "summary_details": [{"label": "Reporting", "summary": "A PDF on Fridays."}],
    "next_steps": ["Ana sets up a trial"],
}


def a_recording(**more: Any) -> Any:
    """A recording that is ready, with its download token."""
    files = [
        {
            "recording_start": "2026-11-18T15:00:10Z",
            "recording_end": "2026-11-18T15:58:02Z",
            "file_type": "TRANSCRIPT",
            "download_url": "https://zoom.us/rec/download/bbb",
        }
    ]
    told_of = {"uuid": UUID, "id": 97763643886, "host_email": "ana@northwind.example"}
    body = an_event("recording.completed", **(told_of | {"recording_files": files} | more))
    return body | {"download_token": "eyTOKEN"}


def has_joined(name: str, **person: Any) -> Any:
    """Somebody has joined."""
    return an_event(
        "meeting.participant_joined",
        uuid=UUID,
        id="97763643886",
        participant={"user_name": name, **person},
    )


def listing(*people: dict[str, Any]) -> Any:
    """The answer that lists participants."""
    return answered(200, {"participants": list(people), "next_page_token": ""})
