"""Judge the extract and three simpler choices over every set of gold meetings."""

import time
from statistics import mean

import msgspec

from bench.result import Goal, Result
from bench.summary.gold import Gold, sets
from bench.summary.judge import Verdict, judge, lines_of
from bench.summary.peers import PEERS
from dealwright.meetings.meeting import Segment
from dealwright.meetings.summary.extract import extract


def run(*, quick: bool) -> Result:
    """Figures of each set, and the CPU of 1,000 utterances."""
    figures: dict[str, float] = {}
    goals: dict[str, Goal] = {}
    for name, cases in sets().items():
        ours = [_ours(case) for case in cases]
        figures |= _figures(f"{name} ours", ours)
        for peer, choose in PEERS.items():
            figures |= _figures(f"{name} {peer}", [judge(case, choose(case)) for case in cases])
        figures |= _steps(name, ours)
        goals |= {
            f"{name} ours facts": Goal(at_least=figures[f"{name} longest facts"]),
            f"{name} ours rouge2": Goal(at_least=figures[f"{name} longest rouge2"]),
            f"{name} ours must_not": Goal(at_most=0),
            f"{name} steps precision": Goal(at_least=0.7),
            f"{name} steps recall": Goal(at_least=0.7),
        }
    figures["cpu_s of 1,000 utterances"] = _cpu_s(rounds=1 if quick else 5)
    goals["cpu_s of 1,000 utterances"] = Goal(at_most=0.5)
    return Result(name="summary", figures=figures, goals=goals)


def _ours(case: Gold) -> Verdict:
    made = extract(case.transcript, language=case.language, sides=case.sides)
    return judge(case, lines_of(made), made.action_items)


def _figures(name: str, verdicts: list[Verdict]) -> dict[str, float]:
    return {
        f"{name} rouge1": round(mean(each.rouge1 for each in verdicts), 3),
        f"{name} rouge2": round(mean(each.rouge2 for each in verdicts), 3),
        f"{name} rougeLsum": round(mean(each.rouge_lsum for each in verdicts), 3),
        f"{name} facts": round(mean(each.facts for each in verdicts), 3),
        f"{name} words": round(mean(each.words for each in verdicts), 1),
        f"{name} must_not": sum(each.must_not for each in verdicts),
    }


def _steps(name: str, verdicts: list[Verdict]) -> dict[str, float]:
    right = sum(each.right for each in verdicts)
    wrong = sum(each.wrong for each in verdicts)
    missed = sum(each.missed for each in verdicts)
    return {
        f"{name} steps precision": round(right / max(1, right + wrong), 3),
        f"{name} steps recall": round(right / max(1, right + missed), 3),
    }


def _cpu_s(*, rounds: int) -> float:
    extract(_thousand()[:50], language="en")
    spent: list[float] = []
    for _ in range(rounds):
        said = _thousand()
        begun = time.process_time()
        extract(said, language="en")
        spent.append(time.process_time() - begun)
    return round(min(spent), 3)


def _thousand() -> tuple[Segment, ...]:
    """The English gold meetings again and again, each line with words of its own."""
    lines = [each for cases in sets().values() for case in cases for each in case.transcript]
    said = (lines[n % len(lines)] for n in range(1_000))
    return tuple(
        msgspec.structs.replace(
            each, start=float(n), text=f"{each.text} Item{n // 7} of lot{n // 3}."
        )
        for n, each in enumerate(said)
    )
