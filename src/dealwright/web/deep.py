"""Deep: items of a batch that are nested beyond what can be read, set aside so the rest can be."""

import re
from typing import Final

from dealwright.core.payload import MAX_DEPTH

#: What stands in a batch for an item that was set aside; no event looks like this.
ASIDE: Final = b'"\\u0000 set aside"'

_TOKEN: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)
_ITEM_DEPTH: Final = 3
#: A body with more brackets is made to do harm: 0.2 µs of ours for each byte of theirs.
_MOST_BRACKETS: Final = 50_000


def set_aside(body: bytes) -> tuple[bytes, list[bytes]]:
    """Put ASIDE for each item of `batch` that is too deep; gives the items, in order, as well.

    None are found in a body that is not a batch, or is nothing but brackets.
    """
    if body.count(b"[") + body.count(b"{") > _MOST_BRACKETS:
        return body, []
    kept: list[bytes] = []
    deep: list[bytes] = []
    behind = 0
    for start, end in _deep_items(body):
        kept += (body[behind:start], ASIDE)
        deep.append(body[start:end])
        behind = end
    return b"".join([*kept, body[behind:]]), deep


def _deep_items(body: bytes) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    depth = deepest = start = 0
    key = b""
    in_batch = False
    for hit in _TOKEN.finditer(body):
        token = hit[0]
        if token in b"[{":
            depth += 1
            deepest = max(deepest, depth)
            if depth == _ITEM_DEPTH:
                start, deepest = hit.start(), depth
            elif depth == _ITEM_DEPTH - 1:
                in_batch = key == b'"batch"'
        elif token in b"]}":
            if depth == _ITEM_DEPTH and in_batch and deepest - depth >= MAX_DEPTH:
                found.append((start, hit.end()))
            depth -= 1
        elif depth == 1:
            key = token
    return found
