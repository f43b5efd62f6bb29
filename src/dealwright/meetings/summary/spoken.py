"""What was said, kept from texts that are not extracts: transcripts never leave the hub."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from dealwright.meetings.meeting import Segment
from dealwright.meetings.summary.clean import clean
from dealwright.meetings.summary.rich import Block, Run

#: Shorter utterances say nothing: "Yes, of course."
FEWEST_WORDS: Final = 5
_AFTER_DOTS: Final = re.compile(r"…[.!?…]+")
_FIRST_WORD: Final = re.compile(r"^\W*\w+\W+")


class Spoken:
    """The utterances of a transcript that may not stand in a provider's or a model's text."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        said = (clean(each.text).replace("\n", " ").strip().rstrip(".!?…") for each in segments)
        self._said = {text for text in said if len(text.split()) >= FEWEST_WORDS}

    def left_out(self, blocks: Iterable[Block]) -> tuple[Block, ...]:
        """The blocks without whole utterances; what is then empty is gone."""
        kept: list[Block] = []
        told = tuple(blocks)
        present = self._in("\n".join(block.text.replace("\n", " ") for block in told))
        for block in told:
            found = [said for said in present if said in block.text.replace("\n", " ")]
            if not found:
                kept.append(block)
                continue
            left = _without(block.text, found)
            if len(left.split()) > 1:
                kept.append(msgspec.structs.replace(block, runs=(Run(left),)))
        return tuple(kept)

    def shortened(self, text: str) -> str:
        """A next step that is an utterance word by word loses its first word (“I will …”)."""
        while text and self._in(text):
            text = _FIRST_WORD.sub("", text) if _FIRST_WORD.match(text) else ""
        return text

    def _in(self, text: str) -> list[str]:
        return sorted((said for said in self._said if said in text), key=len, reverse=True)


def _without(text: str, said: Iterable[str]) -> str:
    even = text.replace("\n", " ")
    for each in said:
        even = even.replace(each, "…")
    return _AFTER_DOTS.sub("…", even).strip()
