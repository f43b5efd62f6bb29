"""Bodies: packed ones are unpacked, and no more than the bound allows."""

import gzip
import json
import zlib

import pytest
from tests.web.door import TRACK, Door

BODY = json.dumps({"batch": [TRACK | {"type": "track"}]}).encode()


def _raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(BODY)),
        ("GZIP", gzip.compress(BODY)),
        ("deflate", zlib.compress(BODY)),
        ("deflate", _raw_deflate(BODY)),
        ("identity", BODY),
        ("gzip", gzip.compress(BODY[:10]) + gzip.compress(BODY[10:])),
        ("gzip", gzip.compress(BODY) + b"\0\0"),
    ],
    ids=["gzip", "capitals", "zlib", "raw deflate", "identity", "two members", "padded"],
)
async def test_a_packed_body_is_unpacked(door: Door, encoding: str, packed: bytes) -> None:
    answer = await door.post("/v1/batch", packed, content_encoding=encoding)

    assert (answer.status_code, len(door.log.events)) == (200, 1)


@pytest.mark.parametrize(
    ("encoding", "packed", "code"),
    [
        ("gzip", BODY, "bad_encoding"),
        ("gzip", gzip.compress(BODY)[:-3], "bad_encoding"),
        ("gzip", gzip.compress(BODY) + b"junk", "bad_encoding"),
        ("deflate", b"\xff\xff", "bad_encoding"),
        ("br", BODY, "unknown_encoding"),
        ("gzip", gzip.compress(b"0" * 100_000_000, 9), "body_too_large"),
        ("gzip", gzip.compress(b" " * 300_000) + gzip.compress(b" " * 300_000), "body_too_large"),
    ],
    ids=["plain", "cut off", "junk behind", "no deflate", "brotli", "bomb", "bomb of members"],
)
async def test_what_cannot_be_unpacked_is_400(
    door: Door, encoding: str, packed: bytes, code: str
) -> None:
    answer = await door.post("/v1/batch", packed, content_encoding=encoding)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
