"""The summary on the meeting's page, and as Markdown that can be edited and read back."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from dealwright.meetings.meeting import (
    ActionItem,
    Bullet,
    Meeting,
    Origin,
    Section,
    Summary,
    Text,
)
from dealwright.meetings.summary.markdown import blocks_of
from dealwright.meetings.summary.render import markdown_of, page_html

PAGE = "https://hub.example/s/1"
SUMMARY = Summary(
    origin=Origin.LLM,
    sections=(
        Section(title="pain", bullets=(Bullet(text="Two renewals"), Bullet(text="Doubtful"))),
    ),
    action_items=(ActionItem(text="Send it", owner="Ana", due="2026-11-21"),),
    flagged=(1,),
)
MEETING = Meeting(key="generic:1", source="generic", summary=SUMMARY)


def provided(text: str) -> Meeting:
    body = Text(format="text", text=text)
    return msgspec.structs.replace(MEETING, summary=Summary(origin=Origin.PROVIDER, body=body))


def words(text: str) -> str:
    return " ".join(text.split())


def test_the_page_shows_flagged_bullets_too() -> None:
    made = page_html(MEETING, page_url=PAGE, language="en")

    assert made == (
        "<h4>Pain and need</h4><ul><li>Two renewals</li><li>Doubtful</li></ul>"
        "<h4>Next steps</h4><ul><li><b>Ana</b>: Send it (due 21 November 2026)</li></ul>"
    )


def test_a_summary_as_markdown() -> None:
    assert markdown_of(MEETING, language="en") == (
        "#### Pain and need\n\n- Two renewals\n- Doubtful\n\n"
        "#### Next steps\n\n- **Ana**: Send it (due 21 November 2026)\n"
    )


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab*_[]()<>#-+1.|~\\` \n&", min_size=1, max_size=60))
def test_markdown_reads_back_as_the_same_words(written: str) -> None:
    before = blocks_of(Text(format="text", text=written))

    markdown = markdown_of(provided(written), language="en")
    after = blocks_of(Text(format="markdown", text=markdown))

    assert not before or words(" ".join(each.text for each in after)) == words(
        " ".join(each.text for each in before)
    )
