"""Find what is valid in a trigger but hardly meant (FQL.md, section 8): warnings, never errors."""

from collections.abc import Iterator
from typing import Final

from dealwright.core.fql.syntax import Comparison, Constant, Node, Path, children

# Segment's spec, "Common fields": https://segment.com/docs/connections/spec/common/
_TOP_LEVEL: Final = frozenset({
    "type", "event", "name", "category", "userId", "anonymousId", "groupId", "previousId",
    "messageId", "timestamp", "sentAt", "receivedAt", "originalTimestamp", "channel", "version",
    "context", "properties", "traits", "integrations",
})  # fmt: skip


def suspicions(node: Node) -> Iterator[tuple[int, str]]:
    """Give the offset and a sentence for each suspicious comparison."""
    if isinstance(node, Comparison):
        yield from _comparison(node)
    for part in children(node):
        yield from suspicions(part)


def _comparison(node: Comparison) -> Iterator[tuple[int, str]]:
    left, right = node.left, node.right
    if isinstance(left, Constant) and isinstance(right, Constant):
        yield node.at, "Two values that never change are compared; name a field on one side."
    if isinstance(right, Path) and len(right.parts) == 1:
        name = right.parts[0]
        yield right.at, f'`{name}` is read as a field; for the text write "{name}" in quotes.'
    for side, other in ((left, right), (right, left)):
        if isinstance(side, Path) and _is_text(other) and side.parts[0] not in _TOP_LEVEL:
            yield side.at, f"Segment's events have no field `{side.parts[0]}` of their own."


def _is_text(node: Node) -> bool:
    return isinstance(node, Constant) and isinstance(node.value, str)
