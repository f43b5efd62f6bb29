"""Notes of Pipedrive in the few tags of card text, and as safe HTML."""

import pytest
from tests.cards.valid import faults

from dealwright.cards.richtext import card_text, safe_link, text_lines, web_html


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<b>a</b> <strong>b</strong>", "<b>a</b> <b>b</b>"),
        ("<em>a</em><ins>b</ins><del>c</del>", "<i>a</i><u>b</u><s>c</s>"),
        ("<ul><li>a<li>b</ul>", "• a<br>• b"),
        ("<ol><li>a<li>b</ol>", "1. a<br>2. b"),
        ('<ol start="3"><li>a<li>b</ol>', "3. a<br>4. b"),
        ("<ul><li>a<ul><li>b</ul></ul>", "• a<br>\u00a0\u00a0◦ b"),
        ("<h2>Head</h2>text", "<b>Head</b><br>text"),
        ("<p>a</p><p>b</p>", "a<br>b"),
        ("<blockquote>said</blockquote>", "❝ said"),
        ("<table><tr><td>a<td>b<tr><td>c</table>", "a | b<br>c"),
        ('<img src="https://x.example/a.png" alt="map">', "[map]"),
        ("a &lt; b &amp; c", "a &lt; b &amp; c"),
        ("<script>alert(1)</script>x", "x"),
        ('<a href="http://x.example/?a=1&b=2">y</a>', '<a href="https://x.example/?a=1&amp;b=2">y</a>'),
        ('<a href="https://bank@evil.example">y</a>', "y"),
        ('<a href="javascript:alert(1)">y</a>', "y"),
        ("<b><i>crossed</b></i>", "<b><i>crossed</i></b>"),
    ],
)  # fmt: skip
def test_a_note_keeps_its_form(written: str, shown: str) -> None:
    assert card_text(written, limit=1000) == (shown, False)


def test_a_long_note_is_cut_with_its_tags_closed() -> None:
    text, cut = card_text("<b>" + "word " * 1000, limit=100)

    assert cut
    assert text.endswith("…</b>")
    assert len(text) < 120


@pytest.mark.parametrize("limit", range(1, 60, 7))
def test_a_cut_anywhere_is_card_text(limit: int) -> None:
    text, _ = card_text(
        '<b>a <a href="https://x.example">link &amp; more</a></b><ul><li>x', limit=limit
    )
    card = {
        "header": {"title": "t"},
        "sections": [{"widgets": [{"textParagraph": {"text": text or "–"}}]}],
    }

    assert faults(card) == []


def test_a_picture_of_others_is_never_fetched() -> None:
    assert web_html('<img src="https://spy.example/x.png" alt="map">') == "[map]"


def test_a_link_on_the_page_tells_nobody_where_it_was() -> None:
    assert 'rel="noopener noreferrer nofollow"' in web_html('<a href="https://x.example">y</a>')


def test_a_heading_of_a_note_is_no_heading_of_the_page() -> None:
    assert web_html("<h1>Big</h1>") == "<p><b>Big</b></p>"


@pytest.mark.parametrize("target", ["ftp://x.example", "//x.example", "https://a:b@x.example", "x"])
def test_these_are_no_links(target: str) -> None:
    assert not safe_link(target)


def test_the_words_alone_are_lines_with_the_marks_of_lists() -> None:
    written = "<h2>a</h2>\n<p>b &amp; <b>c</b></p><ol><li>d &lt;i&gt;</li></ol><ul><li>e</li></ul>"
    assert text_lines(written) == ["a", "b & c", "1. d <i>", "• e"]
