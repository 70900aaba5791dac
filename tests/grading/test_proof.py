"""`prove` finds what makes an exercise unfit to grade."""

import re

import pytest

from pellucid.grading import prove
from pellucid.grading.load import execute

from .example import SOURCE

STARTER = "def double(x, b):\n    '''x: (d,), b: number -> (d,)'''\n"


def find_broken(source, starter=STARTER, id="double"):
    return {
        proof.claim: proof.detail
        for proof in prove(execute(source, "x.py")[id], starter, seeds=3)
        if not proof.holds
    }


@pytest.mark.parametrize(
    ("id", "starter"),
    [
        ("double", STARTER),
        ("mean", "answer = ...\n"),
        ("product-shape", "answer = ...\n"),
        ("which-norm", ""),
    ],
)
def test_a_sound_exercise_has_nothing_broken(id, starter):
    assert find_broken(SOURCE, starter, id) == {}


@pytest.mark.parametrize(
    ("old", "new", "claim"),
    [
        (
            "return 4 * helper(x) + b",
            "return 4 * helper(x) + b if b else 1 / 0",
            "inputs and the reference run",
        ),
        ("return x + x + b", "return x + x", "alternative by_sum is right"),
        ("@ex.accepts\ndef by_sum(x, b):\n    return x + x + b", "", "at least one other accepted solution"),
        ("    return 2 * x\n", "    return 2 * x + b\n", "mistake no_offset is not right"),
        ("factor=(3, 4)", "factor=(3, 2)", "mistake too_much is not right"),
        (
            "    return factor * x + b",
            "    return 2 * x if factor == 3 else factor * x + b",
            "no_offset gets its own message and no other",
        ),
        (
            "    return 2 * x\n",
            "    return x.nothing\n",
            "mistake no_offset gets its own message and no other",
        ),
        ('"You tripled."', '"You forgot $b$."', "message of its own"),
        ("return 4 * helper(x) + b", "x *= 2\n    return x + b", "leaves its arguments alone"),
        ("return 4 * helper(x) + b", "return 4 * helper(x) + b + np.random.rand()", "same for the same seed"),
        ("return 4 * helper(x) + b", "return 0 * x + b * 0", "0 everywhere fails"),
        ("return 4 * helper(x) + b", "return x + b * 0", "argument 1 handed back fails"),
        ("return 4 * helper(x) + b", "return x * float('nan')", "NaN everywhere fails"),
        ('hints=["a", "b", "c"], parts', 'hints=["a", "b"], parts', "at least three hints"),
        ('hints=["a", "b", "c"], parts', 'hints=["a", "b", "b"], parts', "no hint is empty or given twice"),
    ],
)
def test_a_broken_exercise_is_found_out(old, new, claim):
    assert SOURCE.count(old) >= 1
    broken = find_broken(SOURCE.replace(old, new, 1))
    assert any(claim in found for found in broken), broken


@pytest.mark.parametrize(
    ("starter", "claim"),
    [
        ("def double(x, b):\n    return 2 * x + b\n", "starter fails without an error"),
        ("def double(x, b):\n    return 2 * \n", "starter fails without an error"),
        ("def double(x, b):\n    return 2 * x\n", "starter makes no named mistake"),
        ("def dobule(x, b):\n    ...\n", "starter defines the entry"),
    ],
)
def test_a_starter_that_does_not_do_is_found_out(starter, claim):
    assert any(claim in found for found in find_broken(SOURCE, starter))


def test_details_name_seed_and_numbers():
    broken = find_broken(SOURCE.replace("return x + x + b", "return x + x"))
    assert re.search(
        r"seed 0, case 1: \[2, 4\] where \[5, 7\] is expected", broken["the alternative by_sum is right"]
    )


def test_progress_is_told():
    told = []
    prove(
        execute(SOURCE, "x.py")["mean"],
        "answer = ...",
        seeds=4,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
