"""Filters that encode and decode: HTML, URLs, JSON, Base64, hashes (LIQUID.md, 4 and 5)."""

import base64
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

from liquid.exceptions import FilterError

from dealwright.core.ecmascript import json_text
from dealwright.core.liquidjs.expressions import Filter
from dealwright.core.liquidjs.values import Word, is_true, number_of, text_of, within
from dealwright.core.mappingkit.absence import ABSENT

_HTML: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;"}
_ESCAPED: Final = {code: sign for sign, code in _HTML.items()}
_ESCAPES: Final = re.compile("&(?:amp|lt|gt|#34|#39);")
_HTML_TABLE: Final = str.maketrans(_HTML)
# ECMA-262, encodeURIComponent and encodeURI: what stays as it is beside letters and digits.
_COMPONENT: Final = "-_.!~*'()"
_WHOLE: Final = _COMPONENT + ";,/?:@&=+$#"
_BROKEN: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_BLOCKS: Final = {"<script": "</script>", "<style": "</style>", "<!--": "-->", "<": ">"}
_NO_BASE64: Final = re.compile(r"[^A-Za-z0-9+/]")
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^"{}\[\],:]+', re.DOTALL)
_ACCENTS: Final = str.maketrans(
    {
        **dict.fromkeys("àáâãäå", "a"), **dict.fromkeys("èéêë", "e"),
        **dict.fromkeys("ìíîï", "i"), **dict.fromkeys("òóôõöø", "o"),
        **dict.fromkeys("ùúûü", "u"), **dict.fromkeys("ýÿ", "y"),
        "æ": "ae", "ç": "c", "ð": "d", "ñ": "n", "ß": "ss", "œ": "oe", "þ": "th",
        "ẞ": "SS", "Œ": "OE", "Þ": "TH",
    }
)  # fmt: skip


def _escape(value: Any, *_rest: Any) -> str:
    text = text_of(value)
    within(len(text))
    return text.translate(_HTML_TABLE)


def _escape_once(value: Any, *_rest: Any) -> str:
    return _escape(_ESCAPES.sub(lambda code: _ESCAPED[code[0]], text_of(value)))


def _strip_html(value: Any, *_rest: Any) -> str:
    """Drop scripts, styles, comments and tags; a kind that is never closed is looked for once."""
    text = text_of(value)
    blocks = dict(_BLOCKS)
    kept: list[str] = []
    at = 0
    while (start := text.find("<", at)) >= 0:
        kept.append(text[at:start])
        end = _block_end(text, start, blocks)
        if end < 0:
            return "".join(kept) + text[start:]
        at = end
    return "".join(kept) + text[at:]


def _block_end(text: str, start: int, blocks: dict[str, str]) -> int:
    for opening, closing in list(blocks.items()):
        if text.startswith(opening, start):
            end = text.find(closing, start + len(opening))
            if end >= 0:
                return end + len(closing)
            del blocks[opening]
    return -1


def _quoted(value: Any, safe: str) -> str:
    try:
        return quote(text_of(value), safe=safe)
    except UnicodeEncodeError as error:
        raise FilterError("half a surrogate pair has no place in a URL", token=None) from error


def _url_encode(value: Any, *_rest: Any) -> str:
    return _quoted(value, _COMPONENT).replace("%20", "+")


def _cgi_escape(value: Any, *_rest: Any) -> str:
    return _quoted(value, "-_.~").replace("%20", "+")


def _uri_escape(value: Any, *_rest: Any) -> str:
    return _quoted(value, _WHOLE + "[]")


def _url_decode(value: Any, *_rest: Any) -> str:
    text = text_of(value)
    if _BROKEN.search(text):
        raise FilterError("a broken % sequence in a URL", token=None)
    try:
        return unquote_to_bytes(text).decode().replace("+", " ")
    except UnicodeError as error:
        raise FilterError("a broken % sequence in a URL", token=None) from error


def _slugify(value: Any, mode: Any = ABSENT, keeps_case: Any = ABSENT, *_rest: Any) -> str:
    text = text_of(value)
    kept = _KEPT.get("default" if mode is ABSENT else text_of(mode))
    if kept is not None:
        text = text.translate(_ACCENTS) if mode == "latin" else text
        signs = [sign if kept(sign) else "\0" for sign in text.replace("\0", " ")]
        text = re.sub("\0+", "-", "".join(signs))
        text = text.removeprefix("-").removesuffix("-")
    return text if is_true(keeps_case) and keeps_case not in ("", 0) else text.lower()


def _is_letter(sign: str) -> bool:
    category = unicodedata.category(sign)
    return category[0] in "LM" or category == "Nd"


_KEPT: Final[Mapping[str, Callable[[str], bool]]] = {
    "raw": lambda sign: not sign.isspace() and sign != "\ufeff",
    "default": _is_letter,
    "latin": _is_letter,
    "pretty": lambda sign: sign in "._~!$&'()+,;=@" or _is_letter(sign),
    "ascii": lambda sign: sign.isascii() and sign.isalnum(),
}


def _json(value: Any, indent: Any = ABSENT, *_rest: Any) -> Any:
    if value is ABSENT:
        return ABSENT
    text = json_text(_plain(value))
    within(len(text))
    pad = _pad(indent)
    return _indented(text, pad) if pad else text


def _plain(value: Any) -> Any:
    return {} if isinstance(value, Word) else value


def _pad(indent: Any) -> str:
    if isinstance(indent, str):
        return indent[:10]
    if isinstance(indent, bool) or not isinstance(indent, int | float):
        return ""
    number = number_of(indent)
    return " " * int(max(0, min(number, 10)))


def _indented(text: str, pad: str) -> str:
    """Spread compact JSON over lines, as JSON.stringify does with a third argument."""
    tokens = _TOKEN.findall(text)
    out: list[str] = []
    depth = size = 0
    for place, piece in enumerate(tokens):
        before = tokens[place - 1] if place else ""
        if piece in "}]" and before not in "{[":
            depth -= 1
            out.append("\n" + pad * depth)
        elif piece in "}]":
            depth -= 1
        elif before in ("{", "["):
            out.append("\n" + pad * depth)
        out.append(": " if piece == ":" else piece)
        if piece in "{[":
            depth += 1
        elif piece == ",":
            out.append("\n" + pad * depth)
        size += len(piece) + len(pad) * depth
        within(size)
    return "".join(out)


def _base64_encode(value: Any, *_rest: Any) -> str:
    within(len(text_of(value)))
    return base64.b64encode(_bytes(value)).decode()


def _base64_decode(value: Any, *_rest: Any) -> str:
    text = text_of(value).partition("=")[0].translate(str.maketrans("-_", "+/"))
    digits = _NO_BASE64.sub("", text)
    digits = digits[:-1] if len(digits) % 4 == 1 else digits
    return base64.b64decode(digits + "=" * (-len(digits) % 4)).decode("utf-8", "replace")


def _sha256(value: Any, *_rest: Any) -> str:
    return hashlib.sha256(_bytes(value)).hexdigest()


def _hmac_sha256(value: Any, key: Any = ABSENT, *_rest: Any) -> str:
    return hmac.new(_bytes(key), _bytes(value), "sha256").hexdigest()


def _bytes(value: Any) -> bytes:
    """Encode as UTF-8; half a surrogate pair becomes U+FFFD, as in ECMAScript."""
    whole = text_of(value).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.encode()


CODES: Final[Mapping[str, Filter]] = {
    "escape": _escape,
    "xml_escape": _escape,
    "escape_once": _escape_once,
    "strip_html": _strip_html,
    "url_encode": _url_encode,
    "url_decode": _url_decode,
    "cgi_escape": _cgi_escape,
    "uri_escape": _uri_escape,
    "slugify": _slugify,
    "json": _json,
    "jsonify": _json,
    "inspect": _json,
    "base64_encode": _base64_encode,
    "base64_decode": _base64_decode,
    "sha256": _sha256,
    "hmac_sha256": _hmac_sha256,
}
"""Filters that encode and decode."""
