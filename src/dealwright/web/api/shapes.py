"""Shapes: what answers of the API have in common."""

from datetime import datetime
from hashlib import blake2b
from typing import Annotated, ClassVar, TypeVar

from fastapi import Path, Response
from pydantic import BaseModel, ConfigDict

from dealwright.core.clock import from_ms

#: What the tables can hold as a number.
LARGEST = 2**63 - 1

Id = Annotated[int, Path(ge=1, le=LARGEST)]


class Given(BaseModel):
    """A body: what it does not know, it refuses."""

    model_config = ConfigDict(extra="forbid")


class Configured(BaseModel):
    """What people configure. Its ETag is of all but `PASSING`, which changes by itself."""

    PASSING: ClassVar[frozenset[str]] = frozenset()

    def etag(self) -> str:
        """What If-Match has to say."""
        told = self.model_dump_json(exclude=set(self.PASSING))
        return f'"{blake2b(told.encode(), digest_size=12).hexdigest()}"'


C = TypeVar("C", bound=Configured)


def tagged(found: C, response: Response) -> C:
    """Put the ETag of an answer onto it."""
    response.headers["ETag"] = found.etag()
    return found


class Count(BaseModel):
    """How many it were."""

    count: int


def moment(at_ms: int | None) -> datetime | None:
    """A moment of the tables as answers have it."""
    return None if at_ms is None else from_ms(at_ms)
