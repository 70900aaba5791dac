"""What authors get: outlines without execution, and errors with file, line and what was expected."""

import textwrap

import pytest

from pellucid.errors import BookError
from pellucid.grading import attempt, judge, load_exercises, outline, plan
from pellucid.grading.load import execute

from .example import SOURCE

HEAD = "import numpy as np\nfrom pellucid.grading import exercise\n\n"
WHOLE = """
ex = exercise("a-b", entry="f", hints=["1", "2", "3"])

@ex.inputs
def inputs(rng):
    yield (1.0,)

@ex.reference
def f(x):
    return x
"""


def test_the_outline_agrees_with_what_executing_gives():
    found, made = outline(SOURCE, "exercises.py"), execute(SOURCE, "exercises.py")
    assert list(found) == list(made) == ["double", "mean", "product-shape", "which-norm"]
    for id, one in found.items():
        assert (one.kind, one.entry, one.hints) == (made[id].kind, made[id].entry, made[id].hints)
    assert found["which-norm"].options == ("the sum of squares", "the sum of absolute values", "the largest")


def test_shown_solutions_run_as_they_stand():
    found, made = outline(SOURCE, "exercises.py"), execute(SOURCE, "exercises.py")
    for id, one in found.items():
        for code in (one.solution, *one.alternatives):
            cases = plan(made[id], 0)
            assert judge(made[id], cases, attempt(code.code, one.entry, cases)).status == "right", code.code


def test_a_shown_solution_brings_what_it_uses_and_no_decorator():
    [solution, alternative] = [
        outline(SOURCE, "x.py")["double"].solution,
        outline(SOURCE, "x.py")["double"].alternatives[0],
    ]
    assert solution.code == textwrap.dedent(
        """\
        HALF = 0.5


        def helper(x):
            return HALF * x


        def double(x, b):
            # twice, and the offset
            return 4 * helper(x) + b
        """
    )
    assert (alternative.name, alternative.code) == ("by_sum", "def double(x, b):\n    return x + x + b\n")


def test_a_value_is_shown_as_an_assignment():
    code = outline(SOURCE, "x.py")["mean"].solution.code
    assert code == "import numpy as np\n\nvalues = np.array([1.0, 2.0, 6.0])\nanswer = values.mean()\n"


def test_the_outline_executes_nothing(tmp_path):
    trap = tmp_path / "sprung"
    source = f"open({str(trap)!r}, 'w')\n" + HEAD + WHOLE + "raise SystemExit\n"
    assert list(outline(source, "x.py")) == ["a-b"]
    assert not trap.exists()


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("def f(:", 1, "not Python"),
        (HEAD + 'ex = exercise("a")\n', 4, "entry is missing"),
        (HEAD + 'ex = exercise("a", entry="f", kind="essay")\n', 4, "function, value, shape, choice"),
        (HEAD + 'ex = exercise("a", entry="f")\n', 4, "no reference"),
        (HEAD + WHOLE + WHOLE, 15, "used twice"),
        (HEAD + 'ex = exercise(NAME, entry="f")\n', 4, "executing"),
        (HEAD + 'ex = exercise("a", entry="f", hints=[h for h in HINTS])\n', 4, "hints cannot be read"),
        (HEAD + "@ex.reference\ndef f(x): return x\n", 5, "belongs to no exercise"),
        (
            HEAD + 'ex = exercise("a", kind="value")\n@ex.reference\ndef f():\n    print(3)\n',
            6,
            "does not end in `return`",
        ),
    ],
)
def test_outline_faults_name_the_line(source, line, words):
    with pytest.raises(BookError) as caught:
        outline(source, "x.py")
    assert any(
        fault.file == "x.py" and fault.line == line and words in str(fault) for fault in caught.value.faults
    ), str(caught.value)


def test_outline_tells_all_faults_at_once():
    source = HEAD + 'a = exercise("x", kind="essay")\nb = exercise("y")\nc = exercise(3, entry="f")\n'
    with pytest.raises(BookError) as caught:
        outline(source, "x.py")
    assert {fault.line for fault in caught.value.faults} == {4, 5, 6}


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("def f(:", 1, "not Python"),
        (HEAD + "1 / 0\n", 4, "ZeroDivisionError"),
        (HEAD + 'ex = exercise("Not An Id", entry="f")\n', 4, "lower-case words joined by hyphens"),
        (HEAD + 'ex = exercise("a", entry="not a name")\n', 4, "not a Python name"),
        (HEAD + 'ex = exercise("a", entry="f", hints="one")\n', 4, "list of texts"),
        (HEAD + 'ex = exercise("a", entry="f", rtol=-1)\n', 4, "tolerance"),
        (HEAD + 'ex = exercise("a", entry="f", options=["x", "y"])\n', 4, "belong to the kind 'choice'"),
        (HEAD + 'ex = exercise("a", kind="choice", options=["x"], answer=0)\n', 4, "options that differ"),
        (
            HEAD + 'ex = exercise("a", kind="choice", options=["x", "y"], answer=2)\n',
            4,
            "none of the 2 options",
        ),
        (HEAD + 'ex = exercise("a", kind="choice", options=["x", "y"], answer=0)\n', 4, "for [1]"),
        (HEAD + 'ex = exercise("a", entry="f")\n', 4, "no reference"),
        (HEAD + 'ex = exercise("a", entry="f")\n@ex.reference\ndef f(x): return x\n', 4, "no inputs"),
        (
            HEAD + 'ex = exercise("a", kind="value")\n@ex.inputs\ndef i(rng): yield (1,)\n',
            5,
            "takes no inputs",
        ),
        (HEAD + WHOLE + "@ex.reference\ndef g(x): return x\n", 14, "two references"),
        (HEAD + WHOLE + "@ex.inputs\ndef g(x): return x\n", 14, "two functions under @inputs"),
        (HEAD + WHOLE + "@ex.mistake\ndef g(x): return x\n", 14, "without a message"),
        (HEAD + WHOLE + '@ex.mistake("m", a=(1,), b=(2,))\ndef g(x): return x\n', 14, "one parameter"),
        (HEAD + WHOLE + 'ex.mistake("m", source="f = 1")\n', 14, "without a name"),
        (
            HEAD + WHOLE + '@ex.mistake("m")\ndef g(x): return 1\n@ex.mistake("k")\ndef g(x): return 2\n',
            16,
            "named 'g'",
        ),
        (HEAD + WHOLE + WHOLE, 15, "used twice"),
    ],
)
def test_loading_names_file_and_line(tmp_path, source, line, words):
    path = tmp_path / "exercises.py"
    path.write_text(source, encoding="utf-8")
    with pytest.raises(BookError) as caught:
        load_exercises(path)
    faults = [fault for fault in caught.value.faults if words in str(fault)]
    assert [(fault.file, fault.line) for fault in faults] == [(str(path), line)], str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BookError, match=r"none\.py"):
        load_exercises(tmp_path / "none.py")


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ("yield np.ones(2)", "a tuple"),
        ("return iter(())", "no inputs"),
        ("yield (object(),)", "cannot be sent"),
        ("while True: yield (1.0,)", "a generator that ends"),
    ],
)
def test_inputs_that_cannot_be_planned(inputs, words):
    source = HEAD + WHOLE.replace("yield (1.0,)", inputs)
    with pytest.raises(BookError, match=words):
        plan(execute(source, "x.py")["a-b"], 0)


@pytest.mark.parametrize("body", ["return None", "return 1 / 0", "return {1, 2}"])
def test_a_reference_that_gives_no_answer_is_the_authors_fault(body):
    exercise = execute(HEAD + WHOLE.replace("return x", body), "x.py")["a-b"]
    with pytest.raises(BookError, match="a reference that fails"):
        exercise.expected(plan(exercise, 0))


def test_answers_that_are_not_unique_are_checked_by_their_property():
    source = (HEAD + WHOLE).replace(
        'hints=["1", "2", "3"]',
        'check=lambda args, got: None if got * got == args[0] ** 2 else "Its square is not $x^2$."',
    )
    exercise = execute(source, "x.py")["a-b"]
    cases = plan(exercise, 0)

    def check(answer):
        return judge(exercise, cases, attempt(f"def f(x): return {answer}", "f", cases))

    assert check("-x").status == "right"
    assert (check("2 * x").status, check("2 * x").message) == ("wrong", "Its square is not $x^2$.")
    assert "cannot be checked" in check("'text'").message
