"""Notes: HTML cleaned to what Pipedrive keeps, text made into it, and what is too long."""

import pytest

from dealwright.core.errors import MappingError
from dealwright.core.html import MAX_BYTES, TextFormat, note_html, plain, same_html


@pytest.mark.parametrize(
    ("sent", "made"),
    [
        ("Hi", "Hi"),
        ("a < b & c", "a &lt; b &amp; c"),
        ("one\r\ntwo\nthree", "one<br>two<br>three"),
        ("<b>bold</b>\nnext", "<b>bold</b>\nnext"),
        ('<p style="color:red">x</p>', "<p>x</p>"),
        ("<!-- hidden -->x", "x"),
        ("x<script>alert(1)</script>", "x"),
        ('<a href="javascript:alert(1)">x</a>', '<a rel="noopener noreferrer">x</a>'),
        ("<img src=x onerror=alert(1)>", '<img src="x">'),
        ("tom &amp; eve", "tom &amp; eve"),
    ],
)
def test_a_note_is_what_pipedrive_keeps(sent: str, made: str) -> None:
    assert note_html(sent, field="content") == made


def test_text_that_is_meant_as_text_shows_its_tags() -> None:
    made = note_html("<b>x</b>", field="content", meant=TextFormat.TEXT)
    assert made == "&lt;b&gt;x&lt;/b&gt;"


def test_a_note_above_100_kb_is_refused_with_its_size() -> None:
    with pytest.raises(MappingError, match="100,001 bytes") as caught:
        note_html("x" * (MAX_BYTES + 1), field="content")
    assert caught.value.code == "content_too_long"


def test_a_note_of_100_kb_is_taken() -> None:
    assert len(note_html("x" * MAX_BYTES, field="content")) == MAX_BYTES


def test_html_that_says_the_same_is_the_same() -> None:
    assert same_html("<p>a & b<br/></p>", "<p>a &amp; b<br></p>")


def test_notes_are_told_apart_by_their_words() -> None:
    assert plain("<p>Hi&nbsp;Ada</p>") == "Hi Ada"
