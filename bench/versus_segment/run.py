"""Three rounds of both sides in one run; BENCH_EVENTS="a,b,c" gives other sizes, BENCH_SEED a seed.

(a) neither limits nor latency: what an event costs. (b) 80 ms away, Growth's burst limits, Segment
paced so that nothing is refused: how long the stream takes, and how many tokens. (c) the same
limits, unpaced, an index that lags 3 s, 5 % errors, 5 % lost answers: what is doubled or lost.
"""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.result import Goal, Result
from bench.server import Server, module
from bench.versus_segment.account import asked, seeded
from bench.versus_segment.judge import Verdict, judged
from bench.versus_segment.sides import Played, play_ours, play_segment

HERE = Path(__file__).parent
SIZES, QUICK = (10_000, 1_000, 1_000), (1_000, 60, 150)
#: Persons for every event, those met on the way included.
IDENTITIES = 0.2
#: Tokens a day of a company on Growth with five seats.
DAY = 30_000 * 2 * 5
LATENCY = {"delay_ms": 80}
FAULTS = (
    {"status": 500, "probability": 0.05},
    {"reset": True, "after_commit": True, "probability": 0.05},
)


@dataclass(frozen=True, kw_only=True)
class Round:
    """What both sides meet in a round."""

    name: str
    events: int
    burst: bool = False
    lag_s: float = 0.0
    paced: bool = False
    faults: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Score:
    """One side's round: how it was played, what the account saw, what became of it."""

    played: Played
    requests: int
    tokens: int
    refused: int
    verdict: Verdict


def run(*, quick: bool) -> Result:
    """Play the rounds; each side of each has an account of its own, filled alike."""
    a, b, c = _sizes(QUICK if quick else SIZES)
    rounds = (
        Round(name="a", events=a),
        Round(name="b", events=b, burst=True, lag_s=3.0, paced=True, faults=(LATENCY,)),
        Round(name="c", events=c, burst=True, lag_s=3.0, faults=FAULTS),
    )
    figures: dict[str, float] = {}
    for one in rounds:
        if one.events:
            figures |= _figures(one, *_both(one))
    goals = {
        "a_cpu_times_less": Goal(at_least=3),
        "a_times_faster": Goal(at_least=4),
        "b_tokens_times_fewer": Goal(at_least=10),
        "b_times_sooner": Goal(at_least=8),
        "c_duplicates": Goal(at_most=0),
        "c_lost": Goal(at_most=0),
    }
    return Result(
        name="versus_segment",
        figures=figures,
        goals={name: goal for name, goal in goals.items() if name in figures},
        notes=(
            "…_segment: its destination in Node, keep-alive, 16 events at once (4 where paced).",
            "Ours: from the first request at the door until no Delivery is open; web and worker.",
            "Processor time: of every process of a side, never of the sandbox.",
            "lost: records that are missing or do not hold their newest values.",
        ),
    )


def _sizes(usual: tuple[int, int, int]) -> tuple[int, int, int]:
    given = os.environ.get("BENCH_EVENTS")
    if given is None:
        return usual
    a, b, c = (int(size) for size in given.split(","))
    return a, b, c


def _both(one: Round) -> tuple[Score, Score]:
    with tempfile.TemporaryDirectory(prefix="bench-versus-") as name:
        folder = Path(name)
        _stream(folder, one.events)
        return _score(one, folder, ours=False), _score(one, folder, ours=True)


def _stream(folder: Path, events: int) -> None:
    sizes = ("--events", str(events), "--identities", str(round(events * IDENTITIES)))
    seed = ("--seed", os.environ.get("BENCH_SEED", "1"))
    script = (sys.executable, str(HERE / "stream.py"))
    subprocess.run(
        [*script, *seed, *sizes, "--out", str(folder)], check=True, stdout=subprocess.DEVNULL
    )


def _score(one: Round, folder: Path, *, ours: bool) -> Score:
    stream = folder / "stream.jsonl"
    limits = (*(("--burst",) if one.burst else ()), "--lag", str(one.lag_s))
    with module("bench.versus_segment.account", *limits) as account:
        seeded(account.url, json.loads((folder / "account.json").read_text()))
        if one.faults:
            asked(account.url, "faults", post=_seeded_faults(one.faults))
        played = (
            play_ours(stream, account, folder)
            if ours
            else play_segment(stream, account, folder, paced=one.paced)
        )
        expected = json.loads((folder / "expected.json").read_text())
        return _told(account, played, judged(asked(account.url, "state"), expected))


def _seeded_faults(faults: tuple[dict[str, Any], ...]) -> list[dict[str, Any]]:
    return [{**fault, "seed": number} for number, fault in enumerate(faults, start=1)]


def _told(account: Server, played: Played, verdict: Verdict) -> Score:
    log = asked(account.url, "calls")
    return Score(
        played=played,
        requests=log["next"],
        tokens=log["total_cost"],
        refused=sum(call["status"] == 429 for call in log["calls"]),
        verdict=verdict,
    )


def _figures(one: Round, segment: Score, ours: Score) -> dict[str, float]:
    figures: dict[str, float] = {"events": one.events}
    for end, score in (("_segment", segment), ("", ours)):
        figures |= {f"{name}{end}": value for name, value in _of(one, score).items()}
    figures |= {
        "times_faster": segment.played.seconds / ours.played.seconds,
        "cpu_times_less": segment.played.cpu_s / ours.played.cpu_s,
        "tokens_times_fewer": segment.tokens / ours.tokens,
        "times_sooner": segment.played.seconds / ours.played.seconds,
    }
    return {f"{one.name}_{name}": round(value, 3) for name, value in figures.items()}


def _of(one: Round, score: Score) -> dict[str, float]:
    played, verdict = score.played, score.verdict
    return {
        "seconds": played.seconds,
        "events_per_s": one.events / played.seconds,
        "cpu_us_per_event": played.cpu_s / one.events * 1e6,
        "requests_per_event": score.requests / one.events,
        "tokens": score.tokens,
        "days_of_budget": score.tokens / DAY,
        "refused": score.refused,
        "duplicates": verdict.duplicates,
        "lost": verdict.missing + verdict.stale,
        "missing": verdict.missing,
        "stale": verdict.stale,
        "unlinked": verdict.unlinked,
    }
