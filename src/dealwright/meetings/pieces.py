"""Pieces of a Meeting that several recorders tell alike: a link, a text of their own, tags."""

from collections.abc import Iterable

from dealwright.meetings.meeting import Origin, Recording, Summary, Text
from dealwright.meetings.texts import block, line


def recording_at(*urls: str | None) -> Recording | None:
    """The recording that stands at the first address that was told; None where there is none."""
    for written in urls:
        if url := line(written):
            return Recording(url=url)
    return None


def own_summary(
    written: str | None, *, form: str = "markdown", template: str = "", language: str = ""
) -> Summary | None:
    """A recorder's own summary, of one text; None without one."""
    text = block(written)
    if not text:
        return None
    body = Text(format=form, text=text)
    return Summary(origin=Origin.PROVIDER, template=template, language=language, body=body)


def tags_of(written: Iterable[str | None] | None) -> tuple[str, ...]:
    """The tags that say something."""
    return tuple(tag for tag in map(line, written or ()) if tag)
