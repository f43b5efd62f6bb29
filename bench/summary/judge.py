"""What an extract is worth: ROUGE, facts found, strings that must not be there, next steps."""

from dataclasses import dataclass
from statistics import mean

from rouge_score.rouge_scorer import RougeScorer

from bench.summary.gold import Gold
from dealwright.meetings.meeting import ActionItem, Summary

_KINDS = ("rouge1", "rouge2", "rougeLsum")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Figures of one extract; `right`, `wrong` and `missed` count next steps."""

    rouge1: float
    rouge2: float
    rouge_lsum: float
    facts: float
    words: int
    must_not: int
    right: int = 0
    wrong: int = 0
    missed: int = 0


def lines_of(summary: Summary) -> list[str]:
    """The lines that an extract quotes."""
    return [
        bullet.text for section in summary.sections for bullet in section.bullets if bullet.quote
    ]


def judge(case: Gold, lines: list[str], steps: tuple[ActionItem, ...] = ()) -> Verdict:
    """Compare an extract with the gold."""
    text = "\n".join(lines)
    reference = case.reference.replace(". ", ".\n")
    scores = RougeScorer(list(_KINDS), use_stemmer=True).score(reference, text)
    low = text.lower()
    said = f"{low}\n" + "\n".join(step.text.lower() for step in steps)
    found = [(step, _fits(step, case)) for step in steps]
    got = {want for _, wants in found for want in wants}
    return Verdict(
        rouge1=scores["rouge1"].fmeasure,
        rouge2=scores["rouge2"].fmeasure,
        rouge_lsum=scores["rougeLsum"].fmeasure,
        facts=mean(fact.lower() in low for fact in case.facts) if case.facts else 1.0,
        words=len(text.split()),
        must_not=sum(each.lower() in said for each in case.must_not),
        right=len(got),
        wrong=sum(not wants for _, wants in found),
        missed=len(case.actions) - len(got),
    )


def _fits(step: ActionItem, case: Gold) -> set[tuple[str, str]]:
    return {
        (owner, phrase)
        for owner, phrase in case.actions
        if step.owner == owner and phrase.lower() in step.text.lower()
    }
