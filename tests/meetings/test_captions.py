"""Captions: whatever was said, a player reads the same words at the same times."""

from io import StringIO

import webvtt
from hypothesis import given
from hypothesis import strategies as st

from dealwright.meetings.captions import vtt_of
from dealwright.meetings.meeting import Segment

HOSTILE = st.text(alphabet="ab<>&-\n\r :/\0é", max_size=30) | st.sampled_from(
    ["--> 00:01", "</v><script>", "NOTE x", "WEBVTT", "\n\n00:00.000 --> 00:01.000\nEvil"]
)
SEGMENTS = st.lists(
    st.builds(
        Segment,
        start=st.floats(min_value=0, max_value=90_000),
        end=st.none() | st.floats(min_value=0, max_value=90_000),
        speaker=HOSTILE,
        text=HOSTILE,
    ),
    max_size=6,
)


@given(SEGMENTS)
def test_each_utterance_is_one_cue_whatever_was_said(segments: list[Segment]) -> None:
    cues = webvtt.from_buffer(StringIO(vtt_of(segments)))
    assert len(list(cues)) == len(segments)


@given(SEGMENTS)
def test_no_markup_of_a_stranger_is_left(segments: list[Segment]) -> None:
    lines = vtt_of(segments).splitlines()
    said = [line.removeprefix("<v ").replace(">", "", 1) for line in lines if "-->" not in line]
    assert not any("<" in line for line in said)


def test_the_last_words_end_some_seconds_later() -> None:
    assert "00:01:01.500 --> 00:01:06.500" in vtt_of([Segment(start=61.5, text="Bye")])


def test_words_stand_until_the_next_begin() -> None:
    told = vtt_of([Segment(start=0, text="One"), Segment(start=2, text="Two")])
    assert "00:00:00.000 --> 00:00:02.000" in told
