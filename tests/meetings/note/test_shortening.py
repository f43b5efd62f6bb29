"""What a note loses first when it is too long, and what stays."""

import re

import msgspec

from dealwright.meetings.meeting import (
    ActionItem,
    Bullet,
    Meeting,
    Origin,
    Section,
    Summary,
    Text,
)
from dealwright.meetings.note import Frame, Shown, note_html

FRAME = Frame(title="Acme", page_url="https://hub.example/s/1", meeting_id="1")
STEPS = (ActionItem(text="Send the quote"),)


def section(title: str, *, bullets: int, length: int) -> Section:
    made = tuple(Bullet(text=f"{title} {n} " + "x" * length) for n in range(bullets))
    return Section(title=title, bullets=made)


def note(*sections: Section, people: int = 2, notes: str = "") -> str:
    meeting = Meeting(
        key="generic:1",
        source="generic",
        summary=Summary(origin=Origin.PROVIDER, sections=sections),
        action_items=STEPS,
        manual_notes=Text(format="text", text=notes) if notes else None,
    )
    shown = tuple(Shown(name=f"Person {n} " + "y" * 150, matched=n != 3) for n in range(people))
    return note_html(meeting, msgspec.structs.replace(FRAME, people=shown))


def test_open_questions_go_first() -> None:
    made = note(
        section("Main", bullets=100, length=250),
        section("open_questions", bullets=100, length=250),
        section("Other", bullets=90, length=250),
    )

    assert "Open questions" not in made
    assert "Main 99" in made
    assert "Other 89" in made
    assert "Shortened" in made


def test_minor_sections_go_next_from_the_end() -> None:
    made = note(*(section(f"S{n}", bullets=70, length=250) for n in range(4)))

    assert "<h4>S0</h4>" in made
    assert "<h4>S2</h4>" in made
    assert "<h4>S3</h4>" not in made


def test_long_bullets_are_cut_after_that() -> None:
    made = note(section("Main", bullets=150, length=900))

    assert "Main 149" in made
    assert "…</li>" in made


def test_participants_beyond_fifty_go_then_first_those_nobody_knows() -> None:
    made = note(section("Main", bullets=160, length=290), people=90)

    assert re.search(r"<li>and \d+ more</li>", made)
    assert "Person 3 " not in made
    assert "Main 159" in made


def test_notes_of_a_persons_own_end_after_ten_thousand_characters() -> None:
    made = note(section("Main", bullets=5, length=100), notes="z" * 65_000)

    assert made.count("z") == 9_999
    assert "Main 4" in made


def test_header_link_and_next_steps_always_stay() -> None:
    made = note(section("Main", bullets=2_000, length=295), people=300, notes="z" * 65_000)

    assert made.startswith("<h4>Acme</h4>")
    assert "https://hub.example/s/1" in made
    assert "<li>Send the quote</li>" in made
    assert len(made) <= 60_000


def test_a_note_that_fits_is_not_shortened() -> None:
    assert "Shortened" not in note(section("Main", bullets=20, length=290), people=80)
