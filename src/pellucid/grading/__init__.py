"""From a submission to a verdict: what authors write, and the three steps plan, attempt, judge (docs/reference/exercises.md)."""

from pellucid.grading.attempt import Case, Outcome, attempt
from pellucid.grading.exercise import Exercise, Mistake, exercise
from pellucid.grading.judge import Counterexample, Verdict, judge, plan
from pellucid.grading.load import load_exercises
from pellucid.grading.outline import Code, Outline, outline
from pellucid.grading.proof import Proof, prove

__all__ = [
    "Case",
    "Code",
    "Counterexample",
    "Exercise",
    "Mistake",
    "Outcome",
    "Outline",
    "Proof",
    "Verdict",
    "attempt",
    "exercise",
    "judge",
    "load_exercises",
    "outline",
    "plan",
    "prove",
]
