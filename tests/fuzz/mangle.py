"""Inputs: what senders really send, broken in the ways that break parsers.

A strategy draws one sample and a short program of bytes; the program is what is done to it. One
draw of bytes is far cheaper for hypothesis than a draw per change, and shrinks as well.
"""

import gzip
import re
import zlib
from collections.abc import Callable, Sequence

from hypothesis import strategies as st

#: What breaks parsers of texts, JSON, dates, numbers and markup.
TOKENS: tuple[bytes, ...] = (
    *(
        b'"',
        b"\\",
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b",",
        b"'",
        b"`",
        b"<",
        b">",
        b"&",
        b"%",
        b"=",
        b";",
    ),
    *(b"null", b"true", b"NaN", b"Infinity", b"-0", b"1e999", b"1E-400", b"0x10", b"9" * 40),
    *(b"18446744073709551616", b"-9223372036854775809", b"1.7976931348623159e308"),
    *(
        b"\x00",
        b"\xff",
        b"\xed\xa0\x80",
        b"\xef\xbb\xbf",
        b"\xe2\x80\xa8",
        b"\xc0\xaf",
        b"\xf4\x90\x80\x80",
    ),
    *(b"\\ud83d", b"\\u0000", b"\\x41", b"\r\n", b"\n\n", b"\t", b"\x0b", b"\x1b[31m"),
    *(b"[" * 300, b'{"a":' * 150, b"(" * 200, b"a" * 3_000, b"<b>" * 200, b"{{" * 100),
    *(b"<script>alert(1)</script>", b"<img src=x onerror=alert(1)>", b"javascript:alert(1)"),
    *(b"<![CDATA[", b"<!--", b"]]>", b"&#x6a;", b"&lt;", b"<svg/onload=a>", b"<math><mtext>"),
    *(
        b"../../etc/passwd",
        b"' OR 1=1 --",
        b"${7*7}",
        b"%00",
        b"%2e%2e",
        b"%ZZ",
        b"+",
        b"=?utf-8?q?",
    ),
    *(b"9999-12-31T23:59:60Z", b"0000-00-00", b"2026-02-30", b"+99:99", b"-1", b"1e3"),
    *(
        "\u202e".encode(),
        "\u0130".encode(),
        "ß".encode(),
        "\ufb01".encode(),
        "\u0661\u0662".encode(),
    ),
    *("👩‍👩‍👧".encode(), "e\u0301".encode(), "\u200b".encode(), b"xn--"),
    *(b"{{ x | append: x }}", b"{%", b"%}", b"{{", b"}}", b"@path", b"$.a.b", b"__proto__"),
    *(b"&a [*a]", b"*a", b"!!python/object:os.system", b"<<: ", b"? ", b"- ", b"|", b"---"),
)


def mangled(samples: Sequence[bytes], *, changes: int = 24) -> st.SearchStrategy[bytes]:
    """One of the samples, whole or broken in up to a dozen places."""
    programs = st.binary(max_size=changes)
    return st.builds(_changed, st.sampled_from(list(samples)), programs) | st.binary(max_size=64)


def texts(*samples: str) -> st.SearchStrategy[str]:
    """The same as texts; what is no UTF-8 becomes lone surrogates, as in headers and files."""
    broken = mangled([sample.encode() for sample in samples])
    return broken.map(lambda body: body.decode("utf-8", "replace")) | st.text(max_size=40)


def packed(bodies: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Bodies as gzip or zlib, some of them broken afterwards."""
    ways: list[Callable[[bytes], bytes]] = [
        lambda body: gzip.compress(body, 1, mtime=0),
        lambda body: zlib.compress(body, 1),
        lambda body: gzip.compress(body, 1, mtime=0)[:-3],
        lambda body: gzip.compress(body, 1, mtime=0) * 3,
    ]
    return st.builds(
        lambda body, way, program: _changed(way(body), program),
        bodies,
        st.sampled_from(ways),
        st.binary(max_size=6),
    )


def _changed(body: bytes, program: bytes) -> bytes:
    """Run the program: each two bytes are a change and its place."""
    for what, where in zip(program[::2], program[1::2], strict=False):
        at = where * len(body) // 256 if body else 0
        body = _CHANGES[what % len(_CHANGES)](body, at, what)
    return body[:20_000]


def _flip(body: bytes, at: int, what: int) -> bytes:
    return body[:at] + bytes([body[at] ^ (1 << what % 8)]) + body[at + 1 :] if body else b""


def _cut(body: bytes, at: int, what: int) -> bytes:
    return body[:at] + body[at + what % 17 + 1 :]


def _end(body: bytes, at: int, what: int) -> bytes:
    return body[: at + what % 3]


def _repeat(body: bytes, at: int, what: int) -> bytes:
    piece = body[at : at + what % 29 + 1]
    return body[:at] + piece * (what % 5 + 2) + body[at:]


def _token(body: bytes, at: int, what: int) -> bytes:
    return body[:at] + TOKENS[(what * 7 + at) % len(TOKENS)] + body[at:]


def _value(body: bytes, at: int, what: int) -> bytes:
    """Put a token in the place of the word or number that begins after `at`."""
    found = _WORD.search(body, at)
    if found is None:
        return body
    token = TOKENS[(what * 5 + at) % len(TOKENS)]
    return body[: found.start()] + token + body[found.end() :]


def _swap(body: bytes, at: int, what: int) -> bytes:
    cut = at + what % 31
    return body[:at] + body[cut:] + body[at:cut]


_WORD = re.compile(rb'"[^"]*"|[\w.+-]+')
_CHANGES = (_flip, _cut, _end, _repeat, _token, _value, _swap, _token, _value)
