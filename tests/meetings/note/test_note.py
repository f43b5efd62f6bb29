"""The note: what stands in it, in which order, and what never does."""

from datetime import UTC, datetime

import msgspec
import pytest

from dealwright.meetings.meeting import (
    ActionItem,
    Bullet,
    Meeting,
    Origin,
    Section,
    Segment,
    Summary,
    Text,
)
from dealwright.meetings.note import Frame, Seat, Shown, activity_note, note_html, subject

PAGE = "https://hub.northwind.example/s/0192"
FRAME = Frame(
    title="Discovery: Acme x Northwind",
    page_url=PAGE,
    meeting_id="0192",
    conversation_type="Discovery Call",
    source="Fathom",
    zone="Europe/Stockholm",
    people=(
        Shown(name="Ana Lund", email="ana@northwind.example", seat=Seat.HOST),
        Shown(name="Jonas Berg", email="jonas.berg@acme.example"),
        Shown(phone="+447700900456", seat=Seat.INVITED),
    ),
)
FATHOM = """## Meeting Purpose

Decide whether 42 seats fit.

## Key Takeaways

- Reps lose **five hours** a week
- [CFO Maria signs above 10k](https://fathom.video/calls/1?timestamp=900)
"""
MEETING = Meeting(
    key="fathom:1",
    source="fathom",
    started_at=datetime(2026, 11, 20, 14, 1, 12, tzinfo=UTC),
    ended_at=datetime(2026, 11, 20, 15, 0, 55, tzinfo=UTC),
    transcript=(
        Segment(start=38, speaker="Jonas Berg", text="Reps spend five hours a week typing notes."),
    ),
    summary=Summary(origin=Origin.PROVIDER, body=Text(format="markdown", text=FATHOM)),
    action_items=(
        ActionItem(text="Send a quote", owner="ana@northwind.example", due="2026-11-25"),
    ),
    manual_notes=Text(format="text", text="Jonas prefers mornings."),
)
LOCAL = Summary(
    origin=Origin.LOCAL,
    sections=(
        Section(
            title="key_moments",
            bullets=(
                Bullet(text="We lost two renewals.", speaker="Jonas", at=38.0, quote=True),
                Bullet(text="Good. I will send it on Friday.", speaker="Ana", at=61.0, quote=True),
            ),
        ),
        Section(title="topics", bullets=(Bullet(text="renewals, offer"),)),
    ),
    action_items=(
        ActionItem(text="I will send it on Friday.", owner="Ana", at=61.0, due="Friday"),
    ),
)


def with_summary(summary: Summary | None, **changes: object) -> Meeting:
    plain = msgspec.structs.replace(MEETING, action_items=(), manual_notes=None)
    return msgspec.structs.replace(plain, summary=summary, **changes)


def test_a_note_has_all_parts_in_their_order() -> None:
    made = note_html(MEETING, FRAME)

    assert made == (
        "<h4>Discovery: Acme x Northwind</h4>"
        "<p>20 November 2026, 15:01–16:00 Europe/Stockholm · 60 min · Discovery Call · Fathom</p>"
        "<h4>Participants</h4><ul>"
        "<li>Ana Lund (ana@northwind.example) – host</li>"
        "<li>Jonas Berg (jonas.berg@acme.example) – guest</li>"
        "<li>+447700900456 – invited</li></ul>"
        f'<p><a href="{PAGE}">Recording and transcript (0192)</a></p>'
        "<h4>Notes</h4><p>Jonas prefers mornings.</p>"
        "<h4>Meeting Purpose</h4><p>Decide whether 42 seats fit.</p>"
        "<h4>Key Takeaways</h4><ul><li>Reps lose <b>five hours</b> a week</li>"
        f'<li><a href="{PAGE}?t=900">CFO Maria signs above 10k</a></li></ul>'
        "<h4>Next steps</h4><ul>"
        "<li><b>Ana Lund</b>: Send a quote (due 25 November 2026)</li></ul>"
        "<p><i>Fathom</i></p>"
    )


def test_the_note_of_an_activity_has_summary_steps_and_link_alone() -> None:
    made = activity_note(MEETING, FRAME)

    assert made.startswith("<h4>Meeting Purpose</h4>")
    assert "Send a quote" in made
    assert made.endswith(f'<p><a href="{PAGE}">Recording and transcript (0192)</a></p>')
    assert "Participants" not in made
    assert "prefers mornings" not in made


def test_a_meeting_without_anything_says_no_summary_and_why() -> None:
    made = note_html(with_summary(None), FRAME)

    assert "No summary: the recorder sent neither a summary nor a transcript" in made
    assert "Notes" not in made
    assert "Next steps" not in made


def test_the_reason_for_no_summary_is_escaped_like_any_text() -> None:
    made = note_html(with_summary(Summary(origin=Origin.NONE, why_none="<b>plan</b>")), FRAME)

    assert "No summary: &lt;b&gt;plan&lt;/b&gt;" in made


def test_labels_are_in_the_language_of_the_connection() -> None:
    frame = msgspec.structs.replace(FRAME, language="sv-SE")

    made = note_html(with_summary(None), frame)

    assert "<h4>Deltagare</h4>" in made
    assert "20 november 2026" in made
    assert "Ingen sammanfattning" in made


def test_an_extract_is_quoted_with_speaker_and_time_and_a_step_is_not_told_twice() -> None:
    made = note_html(with_summary(LOCAL), FRAME)

    assert "<h4>Key moments (automatic extract)</h4>" in made
    assert f'<b>Jonas</b> (<a href="{PAGE}?t=38">0:38</a>): “We lost two renewals.”' in made
    assert made.count("send it on Friday") == 1
    assert "<p><i>Automatic extract</i></p>" in made


def test_without_quotes_nothing_that_was_said_is_told() -> None:
    made = note_html(with_summary(LOCAL), msgspec.structs.replace(FRAME, no_quotes=True))

    assert "two renewals" not in made
    assert "send it on Friday" not in made
    assert "renewals, offer" in made
    assert "<b>Ana</b>: Send something (due Friday)" in made


def test_an_utterance_word_by_word_does_not_stand_in_a_providers_summary() -> None:
    said = "Reps spend five hours a week typing notes."
    body = Text(format="markdown", text=f"- {said}\n- Wants a trial\n- Jonas: {said} A pity.")

    made = note_html(with_summary(Summary(origin=Origin.PROVIDER, body=body)), FRAME)

    assert said not in made
    assert "Wants a trial" in made
    assert "Jonas: … A pity." in made


def test_a_next_step_word_by_word_loses_its_first_word() -> None:
    step = ActionItem(text="Reps spend five hours a week typing notes.")

    made = note_html(with_summary(None, action_items=(step,)), FRAME)

    assert "<li>spend five hours a week typing notes.</li>" in made


def test_flagged_bullets_are_hidden() -> None:
    section = Section(bullets=(Bullet(text="True"), Bullet(text="Made up")))
    summary = Summary(origin=Origin.LLM, model="m1", sections=(section,), flagged=(1,))

    made = note_html(with_summary(summary), FRAME)

    assert "True" in made
    assert "Made up" not in made
    assert "Model m1" in made


@pytest.mark.parametrize(
    ("written", "never"),
    [
        ("[pay](javascript:alert(1))", "javascript"),
        ("[pay]( JaVaScRiPt:alert(1) )", "cript:"),
        ("[pay](data:text/html;base64,AAAA)", "data:"),
        ("[pay](vbscript:x)", "vbscript"),
        ("[x](javascript:foo bar)", "javascript"),
        ("java\u200bscript:alert(1)", "javascript"),
        ("java&#115;cript:alert(1)", "javascript"),
        ("java[script](x):alert(1)", "javascript:"),
        ("<img src=x onerror=alert(1)>", "<img"),
        ("![chart](https://evil.example/x.png)", "evil"),
        ("<https://evil.example>", "evil"),
        ("see https://evil.example/pay.", "evil"),
        ("see HTTPS://EVIL.example", "EVIL"),
        ("see www.evil.example", "evil"),
        ("see evil.example/pay", "evil"),
        ("see evil.example", "evil"),
        ("[evil](https://evil.example/?x)", "evil.example"),
        ("//evil.example/x", "evil.example"),
        ("<a href='https://evil.example'>go</a>", "evil"),
        ("a\u202eb", "\u202e"),
        ("a\x00b", "\x00"),
    ],
)
@pytest.mark.parametrize("format_", ["markdown", "text", "html"])
def test_no_address_and_no_scheme_of_a_stranger_stays(
    format_: str, written: str, never: str
) -> None:
    body = Text(format=format_, text=f"before {written} after")

    made = note_html(with_summary(Summary(origin=Origin.PROVIDER, body=body)), FRAME)

    assert never not in made.replace(PAGE, "")
    assert "before" in made
    assert "after" in made


def test_html_of_a_source_keeps_its_shape() -> None:
    body = Text(
        format="html",
        text="<h2>Why</h2><script>x()</script><p>42 <strong>seats</strong> &amp; more</p>"
        "<ul><li>one<ul><li>two</li></ul></li></ul>",
    )

    made = note_html(with_summary(Summary(origin=Origin.PROVIDER, body=body)), FRAME)

    assert "<h4>Why</h4><p>42 <b>seats</b> &amp; more</p>" in made
    assert "<ul><li>one<ul><li>two</li></ul></li></ul>" in made
    assert "x()" not in made


def test_a_subject_is_one_plain_line_without_addresses() -> None:
    assert subject("A & B\n<c> https://evil.example/x " + "x" * 300) == ("A & B <c> " + "x" * 245)
