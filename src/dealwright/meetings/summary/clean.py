"""Text of strangers made fit for a note: no hidden characters, no addresses to click, escaped.

Source: MEETINGS 3.6, rules 8 to 10. Everything that others wrote goes through here before it
stands in HTML of ours: titles, names, summaries, notes, what was said.
"""

import re
import unicodedata
from typing import Final

# Characters of format (bidi, zero width), and those that are shown as nothing though they count
# as letters or marks. U+FE0F stays: emoji need it.
_UNSEEN: Final = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800]")
_LINE_ENDS: Final = re.compile("\r\n|[\r\u2028\u2029\u0085\x0b\x0c]")
_CONTROL_KINDS: Final = frozenset({"Cc", "Cf", "Cs", "Cn"})

_REST: Final = r"[^\s<>]*[^\s<>.,;:!?'\")\]}’”»]"
_SCRIPTS: Final = r"(?:java|vb)script:[^\s<>]*"
_DATA: Final = rf"\bdata:[\w.+-]{{0,60}}[/,;]{_REST}"
# Quantifiers have bounds: the text is a stranger's, and may be long.
_LINKS: Final = rf"[a-z0-9+.-]{{0,20}}://(?:{_REST})?|\bwww\.{_REST}"
_HOST: Final = r"(?<![\w@.%+-])(?:\w[\w-]{0,62}\.){1,8}[^\W\d_]{2,24}"
_PATHS: Final = rf"{_HOST}(?::\d{{1,5}})?[/?#](?:{_REST})?|{_HOST}:\d{{1,5}}\b"
_ADDRESSES: Final = re.compile(f"{_SCRIPTS}|{_DATA}|{_LINKS}|{_PATHS}", re.IGNORECASE)
# A host by its name alone: a brand ("Booking.com", "Read.ai") is written with a capital.
_BARE_HOSTS: Final = re.compile(
    r"(?<![\w@.%+-])(?:[a-z0-9][a-z0-9-]{0,62}\.){1,8}(?:com|net|org|example|io|ai|app|dev|co|"
    r"info|biz|xyz|online|site|shop|link|click|top|cloud|test|invalid|eu|de|se|fi|dk|ee|fr|nl|ru|"
    r"cn|uk|us|ly|gg|page|pro)\b(?![\w@-])"
)
# Markdown that stayed as words: a link that was refused, an image.
_MARKDOWN_LINK: Final = re.compile(r"!?\[([^\[\]]*)\]\([^()]*(?:\([^()]*\)[^()]*)*\)")
_BRACKETS: Final = re.compile(r"<\s*>|\(\s*\)|\[\s*\]")
_SPACES: Final = re.compile(r"[^\S\n\u00a0\u202f]+")
_BEFORE_A_MARK: Final = re.compile(r" +(?=[,;!?)])")
_NESTED: Final = 4
# Longer than any title: what is behind it is not looked at.
_LONGEST_LINE: Final = 2_000


def visible(text: str) -> str:
    """NFC, one sign for the end of a line, without control, bidi and zero-width characters."""
    if text.isascii() and text.isprintable():
        return text
    even = _LINE_ENDS.sub("\n", text).replace("\t", " ")
    kept = "".join(
        char
        for char in even
        if char == "\n" or (char.isascii() and char >= " " and char != "\x7f") or _is_shown(char)
    )
    return unicodedata.normalize("NFC", _UNSEEN.sub("", kept))


def clean(text: str) -> str:
    """Running text of a summary or of notes: addresses are taken out, line ends stay."""
    without = _without_addresses(visible(text))
    return _tidy(_BARE_HOSTS.sub(" ", without))


def clean_line(text: str) -> str:
    """A title or a name: one line without addresses; the name of a host may be part of it."""
    return _tidy(_without_addresses(visible(text[:_LONGEST_LINE]).replace("\n", " "))).strip()


def escaped(text: str) -> str:
    """Text for HTML: only `&`, `<` and `>` are written otherwise (MEETINGS 3.6, rule 10)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def attribute(text: str) -> str:
    """Text for an attribute in double quotes."""
    return escaped(text).replace('"', "&quot;")


def _is_shown(char: str) -> bool:
    return not char.isascii() and unicodedata.category(char) not in _CONTROL_KINDS


def _without_addresses(text: str) -> str:
    for _ in range(_NESTED):
        text = _MARKDOWN_LINK.sub(r"\1", text)
    # A space stays where an address was: what stood around it must not become one.
    return _BRACKETS.sub(" ", _ADDRESSES.sub(" ", text))


def _tidy(text: str) -> str:
    return _BEFORE_A_MARK.sub("", _SPACES.sub(" ", text))
