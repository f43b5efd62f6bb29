"""What Pipedrive makes of a note's HTML. Source: two independent live write-ups."""

from html import escape
from html.parser import HTMLParser

_DROPPED_WITH_CONTENT = frozenset({"script", "style", "iframe", "object", "embed"})
_VOID = frozenset({"br", "img", "hr"})
_DROPPED_ATTRIBUTES = frozenset({"style", "target", "rel"})


class _Cleaner(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self._skipping = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _DROPPED_WITH_CONTENT:
            self._skipping += tag != "embed"
            return
        if self._skipping:
            return
        kept = [
            f' {name}="{escape(value or "", quote=True)}"'
            for name, value in attrs
            if name not in _DROPPED_ATTRIBUTES
            and not name.startswith("on")
            and not (value or "").strip().lower().startswith("javascript:")
        ]
        if tag == "a":
            kept.append(' rel="noopener noreferrer"')
        self.out.append(f"<{tag}{''.join(kept)}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _DROPPED_WITH_CONTENT:
            return
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _DROPPED_WITH_CONTENT:
            self._skipping = max(0, self._skipping - 1)
        elif not self._skipping and tag not in _VOID:
            self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self.out.append(escape(data, quote=False))


def cleaned(html: str) -> str:
    """The HTML as it is stored: no comments, styles or scripts; `&` written out."""
    cleaner = _Cleaner()
    cleaner.feed(html)
    cleaner.close()
    return "".join(cleaner.out)
