# ruff: noqa: D103 — what a glyph draws, its name says
"""Draws the pictures of the contact card: PNG, 48 px, transparent, for light and dark grounds.

Run it after a change here: `python tools/card_icons.py`. The files are committed.
"""

import struct
import zlib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

FOLDER = Path(__file__).parents[1] / "src" / "dealwright" / "cards" / "icons"
SIZE, FINE = 48, 4
_AXIS = (np.arange(SIZE * FINE) + 0.5) / FINE
X, Y = np.meshgrid(_AXIS, _AXIS)

SLATE, GREEN, RED, AMBER, BLUE = "#64788f", "#1e9e58", "#d93025", "#e8910a", "#3d7de0"
DOTS = {
    "red": "#d93025", "green": "#188038", "blue": "#1a73e8", "yellow": "#f9ab00",
    "orange": "#e8710a", "purple": "#9334e6", "pink": "#d01884", "brown": "#8d5524",
    "gray": "#80868b", "dark-gray": "#5f6368",
}  # fmt: skip


def disc(cx: float, cy: float, r: float) -> Mask:
    """A full circle."""
    return (X - cx) ** 2 + (Y - cy) ** 2 <= r * r


def ring(cx: float, cy: float, r: float, width: float = 4) -> Mask:
    """A circle's line."""
    return disc(cx, cy, r) & ~disc(cx, cy, r - width)


def box(left: float, top: float, right: float, bottom: float) -> Mask:
    """A full rectangle."""
    return (left <= X) & (right >= X) & (top <= Y) & (bottom >= Y)


def frame(left: float, top: float, right: float, bottom: float, width: float = 4) -> Mask:
    """A rectangle's line."""
    inner = box(left + width, top + width, right - width, bottom - width)
    return box(left, top, right, bottom) & ~inner


def line(x0: float, y0: float, x1: float, y1: float, width: float = 4) -> Mask:
    """A line with round ends."""
    dx, dy = x1 - x0, y1 - y0
    along = np.clip(((X - x0) * dx + (Y - y0) * dy) / (dx * dx + dy * dy), 0, 1)
    return (X - x0 - along * dx) ** 2 + (Y - y0 - along * dy) ** 2 <= (width / 2) ** 2


def path(*points: tuple[float, float], width: float = 4) -> Mask:
    """Lines from point to point."""
    return any_of(*(line(*a, *b, width) for a, b in pairwise(points)))


def any_of(*masks: Mask) -> Mask:
    """All of them together."""
    return np.logical_or.reduce(masks)


def mail() -> Mask:
    return any_of(frame(6, 12, 42, 37), path((8, 14), (24, 27), (40, 14)))


def phone() -> Mask:
    arc = disc(40, 8, 34) & ~disc(40, 8, 26) & (X < 33) & (Y > 15)
    return any_of(arc, line(10, 10, 16, 17, 9), line(31, 32, 38, 38, 9))


def mobile() -> Mask:
    return any_of(frame(14, 4, 34, 44), box(20, 36, 28, 38))


def people() -> Mask:
    return any_of(person_at(16), person_at(33))


def person_at(cx: float) -> Mask:
    return any_of(disc(cx, 16, 6), disc(cx, 38, 11) & box(cx - 12, 26, cx + 12, 37))


def person() -> Mask:
    return any_of(disc(24, 15, 8), disc(24, 44, 17) & box(4, 27, 44, 42))


def task() -> Mask:
    return any_of(frame(8, 8, 40, 40), path((15, 24), (22, 31), (33, 17)))


def flag() -> Mask:
    return any_of(line(12, 6, 12, 43), box(12, 8, 38, 26) & ~(np.abs(Y - 17) * 0.8 < X - 32))


def lunch() -> Mask:
    fork = any_of(line(15, 6, 15, 43), line(9, 6, 9, 18, 3), line(21, 6, 21, 18, 3))
    return any_of(fork, line(9, 19, 21, 19), line(34, 6, 34, 43), disc(34, 15, 7))


def star() -> Mask:
    turns = np.arange(10) * np.pi / 5
    reach = np.where(np.arange(10) % 2, 8.5, 21)
    return within(list(zip(24 + reach * np.sin(turns), 25 - reach * np.cos(turns), strict=True)))


def within(corners: list[tuple[float, float]]) -> Mask:
    """A full polygon."""
    inside = np.zeros_like(X, dtype=bool)
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        crosses = (y0 > Y) != (y1 > Y)
        inside ^= crosses & ((x1 - x0) * (Y - y0) / (y1 - y0 + 1e-12) + x0 > X)
    return inside


def clock() -> Mask:
    return any_of(ring(24, 24, 19), path((24, 13), (24, 25), (32, 30)))


def calendar() -> Mask:
    return any_of(
        frame(7, 10, 41, 42), box(7, 10, 41, 19), line(15, 5, 15, 12), line(33, 5, 33, 12)
    )


def coin() -> Mask:
    bars = any_of(path((31, 17), (20, 15), (17, 21), (31, 27), (28, 33), (17, 31), width=3))
    return any_of(ring(24, 24, 20), bars, line(24, 10, 24, 38, 3))


def shop() -> Mask:
    return any_of(frame(9, 20, 39, 42), box(6, 8, 42, 22), box(20, 28, 28, 42))


def card() -> Mask:
    return any_of(frame(5, 11, 43, 38), disc(16, 22, 4), box(10, 28, 22, 32), box(27, 20, 38, 23))


def pin() -> Mask:
    point = (np.abs(X - 24) < (44 - Y) * 0.62) & box(8, 22, 40, 44)
    return any_of(disc(24, 18, 14), point) & ~disc(24, 18, 6)


def page() -> Mask:
    rows = [line(17, y, 31, y, 3) for y in (16, 24, 32)]
    return any_of(frame(10, 5, 38, 43), *rows)


def camera() -> Mask:
    lens = (X > 32) & (np.abs(Y - 24) < (X - 30) * 0.9) & box(32, 12, 44, 36)
    return any_of(box(5, 13, 31, 35), lens)


def text() -> Mask:
    return any_of(line(10, 10, 38, 10, 5), line(24, 10, 24, 39, 5))


def number() -> Mask:
    bars = [line(18, 8, 14, 40), line(33, 8, 29, 40)]
    return any_of(*bars, line(9, 18, 39, 18), line(8, 30, 38, 30))


def listing() -> Mask:
    rows = [any_of(disc(10, y, 3), line(18, y, 40, y)) for y in (12, 24, 36)]
    return any_of(*rows)


def opened() -> Mask:
    corner = path((22, 11), (9, 11), (9, 39), (37, 39), (37, 27))
    return any_of(corner, line(21, 27, 39, 9), path((28, 8), (40, 8), (40, 20)))


def trophy() -> Mask:
    cup = box(14, 7, 34, 18) | (disc(24, 18, 10) & (Y > 17))
    ears = ring(13, 14, 7, 3) | ring(35, 14, 7, 3)
    return any_of(cup, ears, line(24, 26, 24, 38), box(15, 37, 33, 42))


def cross() -> Mask:
    return any_of(ring(24, 24, 20), line(17, 17, 31, 31), line(31, 17, 17, 31))


def warning() -> Mask:
    outer = (Y < 42) & (np.abs(X - 24) < (Y - 5) * 0.56)
    return outer & ~line(24, 19, 24, 30) & ~disc(24, 37, 2.6)


def letter_p() -> Mask:
    return disc(24, 24, 22) & ~(ring(26, 20, 9, 4) | line(18.5, 13, 18.5, 37, 4))


def house_badge() -> Mask:
    return box(31, 37, 43, 46) | ((Y > 28) & (Y < 38) & (np.abs(X - 37) < (Y - 28) * 0.95))


def case_badge() -> Mask:
    return box(29, 33, 46, 46) | frame(33, 28, 42, 36, 3)


def dot_badge() -> Mask:
    return any_of(*(disc(x, 40, 3) for x in (28, 36, 44)))


def check_badge() -> Mask:
    return disc(36, 36, 11) & ~path((31, 36), (35, 40), (41, 32), width=3)


GLYPHS: dict[str, tuple[Callable[[], Mask], str]] = {
    "won": (trophy, GREEN), "lost": (cross, RED), "primary": (star, AMBER),
    "pipedrive": (letter_p, GREEN), "open": (opened, SLATE), "warning": (warning, AMBER),
    "cf-text": (text, SLATE), "cf-number": (number, SLATE), "cf-list": (listing, SLATE),
    "phone-mobile": (mobile, SLATE),
    "k-person": (person, SLATE), "k-store": (shop, SLATE), "k-membership": (card, SLATE),
    "k-clock": (clock, SLATE), "k-invite": (calendar, SLATE), "k-dollar": (coin, SLATE),
    "k-phone": (phone, SLATE), "k-map-pin": (pin, SLATE), "k-description": (page, SLATE),
    "k-email": (mail, SLATE), "k-video-camera": (camera, SLATE), "k-star": (star, SLATE),
}  # fmt: skip
ACTIVITIES = {
    "call": phone, "meeting": people, "task": task, "deadline": flag, "email": mail,
    "lunch": lunch, "custom": star,
}  # fmt: skip
BADGES = {"work": case_badge, "home": house_badge, "other": dot_badge}


def halo(badge: Mask) -> Mask:
    """The badge and a little room around it."""
    wide = badge.copy()
    reach = 2 * FINE
    for dx, dy in ((reach, 0), (-reach, 0), (0, reach), (0, -reach), (6, 6), (-6, 6), (6, -6)):
        wide |= np.roll(badge, (dy, dx), axis=(0, 1))
    return wide


def png(layers: list[tuple[Mask, str]]) -> bytes:
    """Masks with their colours, one over the other, as a PNG file."""
    pixels = np.zeros((SIZE * FINE, SIZE * FINE, 4), dtype=np.float64)
    for mask, colour in layers:
        pixels[mask] = [*(int(colour[i : i + 2], 16) for i in (1, 3, 5)), 255]
    blocks = pixels.reshape(SIZE, FINE, SIZE, FINE, 4)
    alpha = blocks[..., 3:].mean(axis=(1, 3))
    solid = (blocks[..., :3] * blocks[..., 3:]).sum(axis=(1, 3))
    weight = blocks[..., 3:].sum(axis=(1, 3))
    colours = np.divide(solid, weight, out=np.zeros_like(solid), where=weight > 0)
    rows = np.concatenate([colours, alpha], axis=2).round().astype(np.uint8)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    head = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 6, 0, 0, 0)
    parts = (_chunk(b"IHDR", head), _chunk(b"IDAT", zlib.compress(raw, 9)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def badged(glyph: Mask, badge: Mask, colour: str) -> list[tuple[Mask, str]]:
    """A glyph with a badge in its corner."""
    return [(glyph & ~halo(badge), SLATE), (badge, colour)]


def drawn() -> dict[str, bytes]:
    """Every picture by its name."""
    made = {name: png([(glyph(), colour)]) for name, (glyph, colour) in GLYPHS.items()}
    for name, colour in DOTS.items():
        made[f"dot-{name}"] = png([(disc(24, 24, 14), colour)])
    for kind, badge in BADGES.items():
        made[f"mail-{kind}"] = png(badged(mail(), badge(), BLUE))
        made[f"phone-{kind}"] = png(badged(phone(), badge(), BLUE))
    for kind, glyph in ACTIVITIES.items():
        made[f"act-{kind}"] = png([(glyph(), SLATE)])
        made[f"act-{kind}-done"] = png(badged(glyph(), check_badge(), GREEN))
    return made


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file, data in drawn().items():
        (FOLDER / f"{file}.png").write_bytes(data)
