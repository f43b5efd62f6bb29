"""Cut a template into text, outputs and tags where LiquidJS cuts it.

python-liquid ends an output at the first `}}`, also inside of quotes; LiquidJS does not.
"""

import re
from collections.abc import Iterator
from typing import Final

from liquid.exceptions import LiquidSyntaxError
from liquid.token import TOKEN_CONTENT, TOKEN_EXPRESSION, TOKEN_OUTPUT, TOKEN_TAG, Token

from dealwright.core.liquidjs.values import WHITE_SPACE

_OPENING: Final = re.compile(r"\{[{%]")
_END_OF_RAW: Final = re.compile(r"\{%-?\s*endraw\s*(-?)%\}")
_TAG: Final = re.compile(r"\s*(#|\w+)?\s*(.*)", re.DOTALL)
_OUTPUT_PIECE: Final = re.compile(
    r"""[^"'}]+|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\}(?!\})""", re.DOTALL
)


def tokenize(source: str) -> Iterator[Token]:
    """Give the tokens that python-liquid's parser reads."""
    at, trims = 0, False
    while at < len(source):
        opening = _OPENING.search(source, at)
        start = opening.start() if opening else len(source)
        text = source[at:start]
        text = text.lstrip(WHITE_SPACE) if trims else text
        if source.startswith("-", start + 2):
            text = text.rstrip(WHITE_SPACE)
        if text:
            yield Token(TOKEN_CONTENT, text, at, source)
        if opening is None:
            return
        end = _end(source, start)
        inner = source[start + 2 : end - 2]
        trims = inner.endswith("-")
        tokens = _tokens(source, start, inner.removeprefix("-").removesuffix("-"))
        if tokens[0].kind == TOKEN_TAG and tokens[0].value == "raw":
            closing = _END_OF_RAW.search(source, end)
            if closing is None:
                raise LiquidSyntaxError("expected `{% endraw %}`", token=tokens[0])
            tokens = [Token(TOKEN_CONTENT, source[end : closing.start()], end, source)]
            end, trims = closing.end(), bool(closing[1])
        yield from tokens
        at = end


def _end(source: str, start: int) -> int:
    """Find the place behind the delimiter that closes a tag or an output."""
    if source[start + 1] == "%":
        at = source.find("%}", start + 2)
    else:
        at = start + 2
        while piece := _OUTPUT_PIECE.match(source, at):
            at = piece.end()
        at = at if source.startswith("}}", at) else -1
    if at < 0:
        token = Token(TOKEN_CONTENT, source[start : start + 40], start, source)
        raise LiquidSyntaxError("a tag or an output is not closed", token=token)
    return at + 2


def _tokens(source: str, start: int, inner: str) -> list[Token]:
    if source[start + 1] == "{":
        expression = Token(TOKEN_EXPRESSION, inner.strip(WHITE_SPACE), start, source)
        return [Token(TOKEN_OUTPUT, inner, start, source), expression]
    hit = _TAG.fullmatch(inner)
    name, rest = (hit[1] or "", hit[2].strip(WHITE_SPACE)) if hit else ("", "")
    tag = Token(TOKEN_TAG, name, start, source)
    return [tag, Token(TOKEN_EXPRESSION, rest, start, source)] if rest else [tag]
