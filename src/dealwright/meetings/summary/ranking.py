"""LexRank: which lines say what the others say too, and a choice of lines that differ.

numpy is loaded when something is ranked. Scores are rounded, ties go to the earlier line: the same
transcript gives the same extract everywhere. Source: MEETINGS 3.3 (TF-IDF, cosine, damped .85,
MMR λ .5).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_DAMPING: Final = 0.85
_ROUNDS: Final = 30
_STILL: Final = 1e-3
_LAMBDA: Final = 0.5


def similarities(lines: Sequence[Sequence[str]]) -> "NDArray[np.float32]":
    """The cosine of each line's words with each other's, by TF-IDF; n × n."""
    import numpy as np  # noqa: PLC0415

    counts = [Counter(line) for line in lines]
    seen = Counter(word for line in counts for word in line)
    # A word of one line alone adds to its length only.
    columns = {
        word: n for n, word in enumerate(word for word, lines_ in seen.items() if lines_ > 1)
    }
    idf = {word: float(np.log((1 + len(lines)) / (1 + n)) + 1) for word, n in seen.items()}
    matrix = np.zeros((len(lines), len(columns)), dtype=np.float32)
    for row, line in enumerate(counts):
        length = sum((n * idf[word]) ** 2 for word, n in line.items()) ** 0.5 or 1.0
        for word, n in line.items():
            column = columns.get(word)
            if column is not None:
                matrix[row, column] = n * idf[word] / length
    return matrix @ matrix.T


def centrality(alike: "NDArray[np.float32]") -> list[float]:
    """LexRank of each line, 1 for the most central one."""
    import numpy as np  # noqa: PLC0415

    count = len(alike)
    if count == 0:
        return []
    weights = alike.copy()
    np.fill_diagonal(weights, 0.0)
    sums = weights.sum(axis=1, keepdims=True)
    even = np.float32(1 / count)
    np.divide(weights, sums, out=weights, where=sums > 0)
    weights[sums[:, 0] == 0] = even
    rank = np.full(count, even, dtype=np.float32)
    for _ in range(_ROUNDS):
        before = rank
        rank = _DAMPING * (before @ weights) + (1 - _DAMPING) * even
        if float(np.abs(rank - before).max()) < _STILL * even:
            break
    top = float(rank.max()) or 1.0
    return [round(float(each) / top, 3) for each in rank]


def chosen(
    scores: Sequence[float],
    alike: "NDArray[np.float32]",
    *,
    count: int,
    already: Sequence[int],
    fits: Callable[[int], bool],
) -> list[int]:
    """Up to `count` lines, best first, each as unlike the ones before as it is good (MMR).

    `already`: lines that stand. `fits` is asked once for a line that would be taken.
    """
    near = [max((float(alike[n, m]) for m in already), default=0.0) for n in range(len(scores))]
    left = [n for n in range(len(scores)) if n not in set(already)]
    taken: list[int] = []
    while left and len(taken) < count:
        best = max(left, key=lambda n: (round(_LAMBDA * (scores[n] - near[n]), 5), -n))
        left.remove(best)
        if fits(best):
            taken.append(best)
            for n in left:
                near[n] = max(near[n], float(alike[n, best]))
    return taken
