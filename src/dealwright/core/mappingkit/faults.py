"""What is wrong with a mapping, and where."""

from collections.abc import Iterable
from dataclasses import dataclass

from dealwright.core.errors import MappingError

_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong: its `path` (keys from the root, each behind a `/`), a sentence."""

    path: str
    message: str


class MappingFaults(MappingError):
    """A mapping that cannot be compiled; `faults` are all that were found, in reading order."""

    faults: tuple[Fault, ...]

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        sentences = [f"{fault.path}: {fault.message}" for fault in self.faults[:_SHOWN]]
        if len(self.faults) > _SHOWN:
            sentences.append(f"… and {len(self.faults) - _SHOWN} more")
        super().__init__("; ".join(sentences), path=self.faults[0].path)
