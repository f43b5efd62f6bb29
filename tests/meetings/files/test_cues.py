"""WebVTT and SRT: voices, names before a colon, runs of one speaker, and what is left out."""

import pytest

from dealwright.core.errors import InvalidEvent
from dealwright.meetings.files.cues import read_srt, read_vtt
from dealwright.meetings.meeting import Segment


def _vtt(*cues: str) -> list[tuple[float, float | None, str, str]]:
    return _said(read_vtt("WEBVTT\n\n" + "\n\n".join(cues) + "\n"))


def _said(segments: tuple[Segment, ...]) -> list[tuple[float, float | None, str, str]]:
    return [(one.start, one.end, one.speaker, one.text) for one in segments]


def test_a_voice_tag_names_the_speaker() -> None:
    cue = "00:02.000 --> 00:06.500\n<v.loud Jonas Berg>We lost <b>two</b> renewals &amp; one.</v>"

    assert _vtt(cue) == [(2.0, 6.5, "Jonas Berg", "We lost two renewals & one.")]


def test_a_cue_of_two_voices_is_two_segments() -> None:
    cue = "00:02.000 --> 00:06.000\n<v Ana>Price?\n<v Jo>48 000."

    assert _vtt(cue) == [(2.0, 6.0, "Ana", "Price?"), (2.0, 6.0, "Jo", "48 000.")]


def test_consecutive_cues_of_one_named_speaker_are_one_segment() -> None:
    cues = [
        f"00:0{second}.000 --> 00:0{second}.900\n<v {name}>{text}"
        for second, name, text in ((1, "Ana", "One"), (2, "Ana", "two."), (3, "Jo", "Three."))
    ]

    assert _vtt(*cues) == [(1.0, 2.9, "Ana", "One two."), (3.0, 3.9, "Jo", "Three.")]


def test_cues_of_nobody_stay_as_they_come() -> None:
    cues = ["00:01.000 --> 00:02.000\nOne", "00:02.000 --> 00:03.000\ntwo."]

    assert _vtt(*cues) == [(1.0, 2.0, "", "One"), (2.0, 3.0, "", "two.")]


def test_zoom_writes_names_before_a_colon_and_numbers_as_names() -> None:
    cues = [
        "1\n00:00:05.000 --> 00:00:08.000\nBen Okafor: Hello: it is about the price.",
        "2\n01:00:09.000 --> 01:00:14.000\n447700900123: Please send it.",
    ]

    assert _vtt(*cues) == [
        (5.0, 8.0, "Ben Okafor", "Hello: it is about the price."),
        (3609.0, 3614.0, "447700900123", "Please send it."),
    ]


def test_a_colon_in_a_sentence_names_nobody() -> None:
    cues = [
        "00:01.000 --> 00:02.000\nRemember: call them.",
        "00:02.000 --> 00:03.000\nand then we go on.",
        "00:03.000 --> 00:04.000\nto the next point",
    ]

    assert [speaker for _, _, speaker, _ in _vtt(*cues)] == ["", "", ""]


def test_notes_styles_and_empty_cues_are_left_out() -> None:
    cues = [
        "STYLE\n::cue { color: red }",
        "NOTE Bo: this is not said",
        "00:01.000 --> 00:02.000\n<v Ana>Said.",
        "00:03.000 --> 00:04.000\n<v Ana> ",
    ]

    assert [text for *_, text in _vtt(*cues)] == ["Said."]


@pytest.mark.parametrize("head", ["\ufeffWEBVTT", "WEBVTT - made by Teams", "\nWEBVTT"])
def test_the_first_line_may_say_more(head: str) -> None:
    assert len(read_vtt(f"{head}\n\n00:01.000 --> 00:02.000\n<v A>x\n")) == 1


@pytest.mark.parametrize("text", ["", "no", "1\n00:00:01,000 --> 00:00:02,000\nx", "\0" * 50])
def test_what_is_no_webvtt_is_told(text: str) -> None:
    with pytest.raises(InvalidEvent) as wrong:
        read_vtt(text)

    assert wrong.value.code == "transcript_unreadable"


def test_a_cue_that_cannot_be_read_takes_nothing_from_the_others() -> None:
    cues = ["00:99.000 --> 00:10.000\nx", "never --> now\ny", "00:01.000 --> 00:02.000\nz"]

    assert [text for *_, text in _vtt(*cues)] == ["z"]


@pytest.mark.parametrize(
    "text",
    [
        "1\n00:00:01,500 --> 00:00:02,000\nAna: Hi\n\n2\n00:00:03,000 --> 00:00:04,000\nJo: Yes\n",
        "00:00:01.5 --> 00:00:02.0\nAna: Hi\n\n00:00:03,000 --> 00:00:04,000\nJo: Yes",
        "1\n00:00:01,500 --> 00:00:02,000\nAna: Hi\n2\n00:00:03,000 --> 00:00:04,000\nJo: Yes\n",
    ],
)
def test_srt_is_read_with_and_without_numbers_and_empty_lines(text: str) -> None:
    assert _said(read_srt(text)) == [(1.5, 2.0, "Ana", "Hi"), (3.0, 4.0, "Jo", "Yes")]


def test_a_number_that_is_said_is_not_the_number_of_a_cue() -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\n42\n\n2\n00:00:03,000 --> 00:00:04,000\nYes\n"

    assert [text for *_, text in _said(read_srt(text))] == ["42", "Yes"]


def test_what_is_no_srt_is_told() -> None:
    with pytest.raises(InvalidEvent):
        read_srt("just words")
