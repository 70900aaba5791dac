"""Every chapter's ten exercises, with the starters of the chapter and with what learners might type (tests/browser/solutions)."""

import json

import pytest
from solutions import backpropagation, linear_models, training, trees_and_forests

from pellucid.grading import outline, prove
from pellucid.grading.wire import attempt_json, judge_json, plan_json

ANSWERS = {
    "01-linear-models": linear_models.ANSWERS,
    "05-backpropagation": backpropagation.ANSWERS,
    "06-training-and-evaluating": training.ANSWERS,
    "07-trees-and-forests": trees_and_forests.ANSWERS,
}
EXERCISES = [(folder, id) for folder, answers in ANSWERS.items() for id in answers]
MISTAKES = [(folder, id, name) for folder, id in EXERCISES for name in ANSWERS[folder][id].wrong]


@pytest.mark.parametrize("folder", ANSWERS)
def test_the_ten_stand_in_order(open_chapter, folder):
    chapter, ids = open_chapter(folder), list(ANSWERS[folder])
    assert len(ids) == 10
    assert list(chapter.exercises) == ids
    assert list(outline(chapter.source, "exercises.py")) == ids
    assert list(chapter.starters) == ids


@pytest.mark.parametrize("folder", [folder for folder in ANSWERS if folder != "01-linear-models"])
def test_at_least_two_ask_for_a_prediction(open_chapter, folder):
    exercises = open_chapter(folder).exercises.values()
    assert sum(exercise.kind in ("shape", "choice") for exercise in exercises) >= 2


@pytest.mark.parametrize(("folder", "id"), EXERCISES)
def test_every_claim_is_proved(open_chapter, folder, id):
    chapter = open_chapter(folder)
    exercise = chapter.exercises[id]
    proofs = prove(exercise, chapter.starters[id], seeds=8)
    assert [f"{proof.claim}: {proof.detail}" for proof in proofs if not proof.holds] == []
    wanted = len(exercise.mistakes) >= 4 or exercise.kind == "choice"
    assert wanted


@pytest.mark.parametrize(("folder", "id"), EXERCISES)
def test_right_submissions_are_right(open_chapter, folder, id):
    verdict = open_chapter(folder).check(id, ANSWERS[folder][id].right)
    assert verdict.status == "right", (verdict.message, verdict.counterexample)


@pytest.mark.parametrize("seed", [0, 11])
@pytest.mark.parametrize(("folder", "id", "mistake"), MISTAKES)
def test_wrong_submissions_get_the_name_of_their_mistake(open_chapter, folder, id, mistake, seed):
    verdict = open_chapter(folder).check(id, ANSWERS[folder][id].wrong[mistake], seed=seed)
    assert verdict.mistake == mistake, (verdict.status, verdict.message, verdict.diagnosis)
    assert verdict.status == "wrong"


@pytest.mark.parametrize(("folder", "id"), EXERCISES)
def test_the_same_verdict_comes_through_the_wire(open_chapter, folder, id):
    chapter, answers = open_chapter(folder), ANSWERS[folder][id]
    for submission in (answers.right, *answers.wrong.values()):
        agreed = plan_json(chapter.source, id, 4)
        verdict = json.loads(judge_json(chapter.source, id, agreed, attempt_json(submission, agreed)))
        assert verdict == json.loads(json.dumps(chapter.check(id, submission, seed=4).to_dict()))


@pytest.mark.parametrize(("folder", "id"), EXERCISES)
def test_hints_climb_without_giving_the_solution_away(open_chapter, folder, id):
    chapter = open_chapter(folder)
    exercise = chapter.exercises[id]
    assert len(exercise.hints) == 3
    if exercise.kind == "function":
        solution = outline(chapter.source, "exercises.py")[id].solution.code
        told = [line.strip() for line in solution.split("def ")[1].splitlines()[1:] if len(line.strip()) > 12]
        assert told and not any(line in hint for line in told for hint in exercise.hints)
