"""Any text of strangers, anywhere: the note keeps its tags, its budget and its one address."""

import re
from datetime import UTC, datetime

import msgspec
import nh3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from dealwright.meetings.note import Frame, Shown, activity_note, note_html, subject

PAGE = "https://hub.example/s/0192"
TAGS = {"h4", "p", "b", "i", "ul", "ol", "li", "a", "br"}
PIECES = st.sampled_from(
    [
        "<script>", "</h4>", "<a href=", "javascript:", "JaVaScRiPt:",
        "vbscript:", "java", "script:",
        "https://", "http://evil.example/x", "www.evil.example", "evil.example/pay",
        "data:text/html,",
        "[x](", ")", "](", "![", "**", "_", "`", "# ", "- ", "1. ", "> ", "\n", "\n\n", "| a | b |",
        "&lt;", "&#106;", "&amp;", '"', "'", "<", ">", "&", "\x00", "\u200b", "\u202e",
        "\u00a0", "\ud800",
        "<b>", "<li>", "<img src=x>", "<!--", "-->", "]]>", "{{7*7}}", "None", "é", "ﬁ", "e\u0301",
    ]
)  # fmt: skip
HOSTILE = st.one_of(
    st.text(max_size=60),
    st.lists(PIECES, max_size=14).map("".join),
    st.text(alphabet="jav script:/"),
)
FORMATS = st.sampled_from(["markdown", "html", "text"])


def meeting(parts: list[str], format_: str, origin: Origin) -> Meeting:
    one, two, three, four, five = parts
    return Meeting(
        key="generic:1",
        source="generic",
        started_at=datetime(2026, 11, 20, 14, 0, tzinfo=UTC),
        transcript=(Segment(start=0, speaker=one, text=two),),
        summary=Summary(
            origin=origin,
            overview=(three,),
            sections=(
                Section(title=four, bullets=(Bullet(text=one, speaker=five, at=3, quote=True),)),
            ),
            body=Text(format=format_, text=f"{two}{three}"),
            why_none=four,
            model=five,
        ),
        action_items=(ActionItem(text=five, owner=one, due=two),),
        manual_notes=Text(format=format_, text=f"{four}{five}"),
    )


def frame(parts: list[str]) -> Frame:
    one, two, three, four, five = parts
    return Frame(
        title=one,
        page_url=PAGE,
        meeting_id="0192",
        conversation_type=two,
        source=three,
        zone=four,
        people=(Shown(name=five, email=one, phone=two),),
        language=three,
    )


def cleaned(made: str) -> str:
    """What nh3 leaves of a note; it alone writes the no-break space as an entity."""
    kept = nh3.clean(made, tags=TAGS, attributes={"a": {"href"}}, link_rel=None)
    return kept.replace("&nbsp;", "\u00a0")


@settings(max_examples=150, deadline=None)
@given(st.lists(HOSTILE, min_size=5, max_size=5), FORMATS, st.sampled_from(list(Origin)))
def test_every_note_passes_the_allow_list_unchanged(
    parts: list[str], format_: str, origin: Origin
) -> None:
    made = note_html(meeting(parts, format_, origin), frame(parts))

    assert cleaned(made) == made


@settings(max_examples=150, deadline=None)
@given(st.lists(HOSTILE, min_size=5, max_size=5), FORMATS, st.sampled_from(list(Origin)))
def test_every_note_names_no_address_but_our_page(
    parts: list[str], format_: str, origin: Origin
) -> None:
    told = meeting(parts, format_, origin)
    made = note_html(told, frame(parts)) + activity_note(told, frame(parts)) + subject(parts[0])

    assert "://" in made
    assert "://" not in made.replace(PAGE, "")
    assert not re.search(r"javascript:|vbscript:", made, re.IGNORECASE)


@pytest.mark.parametrize(
    ("format_", "sign"),
    [
        ("text", "a"),
        ("text", "&"),
        ("html", "å"),
        ("text", "😀"),
        ("markdown", "- x\n"),
        ("markdown", "## x\n"),
        ("text", "x\n\n"),
    ],
)
def test_every_note_is_within_the_budget(format_: str, sign: str) -> None:
    long = sign * 40_000
    parts = [long, long, long, long, long]
    many = msgspec.structs.replace(
        meeting(parts, format_, Origin.PROVIDER),
        action_items=(ActionItem(text=long, owner=long),) * 90,
    )
    told = msgspec.structs.replace(frame(parts), people=(Shown(name=long, email=long),) * 90)

    made = note_html(many, told)

    assert len(made) <= 60_000
    assert len(made.encode()) <= 90_000
    assert f'<a href="{PAGE}">' in made
    assert cleaned(made) == made
