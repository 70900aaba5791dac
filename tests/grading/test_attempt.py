"""Hostile and broken submissions: an outcome comes back for each, and nothing of them reaches the judge."""

import builtins
import json
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from pellucid.grading import Case, attempt, judge, plan
from pellucid.grading.load import execute
from pellucid.grading.values import Opaque
from pellucid.grading.wire import attempt_json, judge_json, plan_json

from .example import SOURCE

EXERCISE = execute(SOURCE, "exercises.py")["double"]
CASES = plan(EXERCISE, 0)


def try_source(source):
    outcomes = attempt(textwrap.dedent(source), "double", CASES)
    return outcomes, judge(EXERCISE, CASES, outcomes)


@pytest.mark.parametrize(
    ("source", "status", "words"),
    [
        ("def double(x, b): return 2 * x + b", "right", "all 5 cases"),
        ("", "incomplete", "not written"),
        ("import numpy as np\n'''text'''", "incomplete", "not written"),
        ("def double(x, b):\n    '''x: (d,)'''", "incomplete", "not written"),
        ("def double(x, b): ...", "incomplete", "not written"),
        ("def double(x, b): raise NotImplementedError", "incomplete", "not written"),
        (
            "def double(x, b):\n    if b: raise NotImplementedError\n    raise NotImplementedError('later')",
            "incomplete",
            "not written",
        ),
        ("def double(x, b)\n    return x", "error", "SyntaxError"),
        ("def double(x, b):\nreturn x", "error", "IndentationError"),
        ("def doubel(x, b): return x", "error", "`doubel`"),
        ("double = 3", "error", "`int`"),
        ("def double(x): return x", "error", "(x, b), but yours takes (x)"),
        ("def double(x, b, c): return x", "error", "(x, b, c)"),
        ("1 / 0\ndef double(x, b): return x", "error", "ZeroDivisionError"),
        ("import nonsense_module\ndef double(x, b): return x", "error", "nonsense_module"),
        ("def double(x, b): return y", "error", "NameError"),
        ("def double(x, b): return double(x, b)", "error", "RecursionError"),
        ("def double(x, b): exit()", "error", "SystemExit"),
        ("def double(x, b): quit(3)", "error", "SystemExit"),
        ("exit()", "error", "SystemExit"),
        ("import sys; sys.exit()", "error", "SystemExit"),
        ("def double(x, b): raise KeyboardInterrupt", "error", "KeyboardInterrupt"),
        ("def double(x, b): raise GeneratorExit", "error", "GeneratorExit"),
        ("class E(BaseException): pass\ndef double(x, b): raise E('mine')", "error", "`E`: mine"),
        ("def double(x, b): return input()", "error", "arguments"),
        ("def double(x, b): breakpoint()", "error", "arguments"),
        ("def double(x, b): print(2 * x + b)", "wrong", "prints its answer but returns `None`"),
        ("def double(x, b): z = 2 * x + b", "wrong", "returns `None`"),
        ("def double(x, b):\n    x *= 2\n    x += b", "wrong", "changes its argument and returns `None`"),
        ("def double(x, b):\n    yield 2 * x + b", "wrong", "one at a time"),
        ("def double(x, b): return (2 * v + b for v in x)", "wrong", "one at a time"),
        ("def double(x, b): return map(abs, x)", "wrong", "one at a time"),
        ("def double(x, b): return lambda: 2 * x + b", "wrong", "not called"),
        ("async def double(x, b): return 2 * x + b", "wrong", "coroutine"),
        ("def double(x, b): return {v for v in x}", "wrong", "`set`"),
        ("def double(x, b): return str(2 * x + b)", "wrong", "text"),
        ("def double(x, b): return [[1, 2], [3]]", "wrong", "not one array"),
        ("import numpy as np\ndef double(x, b): return np.zeros((3000, 3000))", "wrong", "too large"),
        (
            "import numpy as np\ndef double(x, b): return np.lib.stride_tricks.as_strided(x, (10**9,), (0,))",
            "wrong",
            "too large",
        ),
        ("def double(x, b): return list(range(10**6))", "wrong", "more than"),
        ("def double(x, b): return range(10**12)", "wrong", "more than"),
        ("def double(x, b): return 10**100_000", "wrong", "digits"),
        ("def double(x, b): return 'x' * 10**6", "wrong", "characters"),
        ("def double(x, b):\n    a = []\n    a.append(a)\n    return a", "wrong", "not one array"),
        ("double = type('T', (), {'__call__': lambda self, x, b: 2 * x + b})()", "right", "all 5"),
        ("double = lambda *args: 2 * args[0] + args[1]", "right", "all 5"),
        ("def double(x, b=0, *, scale=2): return scale * x + b", "right", "all 5"),
        (
            "def double(x, b):\n    try:\n        1 / 0\n    except BaseException:\n        return 2 * x + b",
            "right",
            "all 5",
        ),
        ("if __name__ == '__main__':\n    def double(x, b): return 2 * x + b", "right", "all 5"),
    ],
)
def test_what_comes_of_it(source, status, words):
    _, verdict = try_source(source)
    assert verdict.status == status, verdict
    said = " ".join([verdict.title, verdict.message, *verdict.diagnosis])
    assert words.lower() in said.lower(), said
    json.dumps(verdict.to_dict(), allow_nan=False)


@pytest.mark.parametrize(
    "body",
    [
        "def __eq__(self, other): return True",
        "def __array__(self, *a, **k): raise SystemExit",
        "def __array__(self, *a, **k): return self",
        "def __array__(self, *a, **k): return 'text'",
        "def __float__(self): raise KeyboardInterrupt",
        "def __float__(self): return 'no'",
        "def __repr__(self): raise SystemExit\n    def __str__(self): raise SystemExit",
        "def __getattribute__(self, name): raise SystemExit",
        "@property\n    def __class__(self): raise SystemExit",
        "def __len__(self): return 3\n    def __getitem__(self, i): raise KeyboardInterrupt",
        "def __len__(self): return -1\n    def __getitem__(self, i): return i",
        "def keys(self): raise SystemExit\n    def __getitem__(self, i): return i",
        "def __iter__(self): return self\n    def __next__(self): return self",
    ],
)
def test_objects_with_evil_methods_are_no_answers(body):
    outcomes, verdict = try_source(f"class Evil:\n    {body}\n\ndef double(x, b): return Evil()")
    assert all(isinstance(outcome.value, Opaque) or outcome.value == "text" for outcome in outcomes)
    assert verdict.status == "wrong"


@pytest.mark.parametrize(
    "source",
    [
        "import warnings\nclass W(Warning):\n    def __str__(self): raise SystemExit\ndef double(x, b): warnings.warn(W())",
        "class C:\n    __signature__ = 3\n    def __call__(self, x, b): return 1\ndouble = C()",
        "class C:\n    __signature__ = property(lambda self: exit())\n    def __call__(self, x, b): return 1\ndouble = C()",
        "class M(type):\n    def __call__(cls, *a): raise KeyboardInterrupt\nclass double(metaclass=M): pass",
        "import sys\nsys.stdout = None\ndef double(x, b): return print(x)",
        "import sys\nsys.stderr.write('no')\ndef double(x, b): sys.stdout.write(3)",
        "import builtins\ndel builtins.print\nbuiltins.print = None\ndef double(x, b): return print(x)",
        "def double(x, b): raise ExceptionGroup('g', [ValueError(1)])",
        "class E(Exception):\n    def __str__(self): raise SystemExit\ndef double(x, b): raise E",
        "class E(NameError):\n    name = property(lambda self: 1 / 0)\ndef double(x, b): raise E",
    ],
)
def test_whatever_the_code_does_a_verdict_comes_back(source):
    kept = print
    try:
        outcomes, verdict = try_source(source)
    finally:
        builtins.print = kept
    assert len(outcomes) == len(CASES)
    assert verdict.status in ("wrong", "error")


def test_subclasses_are_read_as_what_they_hold():
    source = """
    import numpy as np

    class Number(float):
        def __eq__(self, other): return True
        def __repr__(self): return "0"

    class Rows(list):
        def __iter__(self): return iter([Number(v) for v in list.__iter__(self)])

    def double(x, b): return Rows((3 * x + b).tolist())
    """
    _, verdict = try_source(source)
    assert verdict.mistake == "too_much"


def test_an_error_names_the_learners_own_line():
    _, verdict = try_source("import numpy as np\n\ndef double(x, b):\n    return np.linalg.inv(x)\n")
    assert verdict.error["line"] == 4
    assert [(frame["line"], frame["source"], frame["cell"]) for frame in verdict.error["frames"]] == [
        (4, "return np.linalg.inv(x)", "submission")
    ]


def test_a_syntax_error_names_its_line():
    _, verdict = try_source("def double(x, b):\n    return (2 * x + b\n")
    assert verdict.error["line"] == 2


def test_arguments_are_copies_and_changes_are_seen():
    outcomes, verdict = try_source("def double(x, b):\n    y = 2 * x + b\n    x[:] = 0\n    return y")
    assert {outcome.changed for outcome in outcomes} == {(0,)}
    assert (verdict.status, verdict.mistake, verdict.passed) == ("wrong", "in_place", 5)
    np.testing.assert_array_equal(CASES[0].args[0], [1, 2])


def test_an_argument_handed_back_and_changed_later_keeps_its_first_value():
    source = "kept = []\ndef double(x, b):\n    for k in kept: k[:] = 0\n    kept.append(2 * x + b)\n    return kept[-1]"
    _, verdict = try_source(source)
    assert verdict.status == "right"


def test_what_is_put_into_a_list_argument_does_no_harm():
    source = """
class Evil:
    def __eq__(self, other): raise SystemExit
    __hash__ = None

def f(x):
    x[0] = Evil()
    return 1
"""
    [outcome] = attempt(source, "f", [Case(([1, 2],))])
    assert outcome.changed == (0,) and outcome.value == 1


def test_prints_are_kept_up_to_a_limit():
    outcomes, _ = try_source("print('loaded')\ndef double(x, b):\n    print('x' * 30)\n    return 2 * x + b")
    assert outcomes[0].stdout == "loaded\n" + "x" * 30 + "\n"
    assert outcomes[1].stdout == "x" * 30 + "\n"
    flood, verdict = try_source(
        "def double(x, b):\n    for _ in range(10**5): print('flood')\n    return 2 * x + b"
    )
    assert verdict.status == "right" and sum(len(outcome.stdout) for outcome in flood) < 20_000


def test_the_callers_streams_and_error_handling_come_back():
    before = sys.stdout, sys.stderr, np.geterr(), sys.getrecursionlimit()
    try_source(
        "import sys, numpy as np\nsys.stdout = sys.stderr = None\nnp.seterr(all='raise')\ndef double(x, b): return x"
    )
    assert (sys.stdout, sys.stderr, np.geterr(), sys.getrecursionlimit()) == before


def test_warnings_of_numpy_are_told_not_raised():
    outcomes, _ = try_source("import numpy as np\ndef double(x, b): return np.log(x - x)")
    assert "divide by zero" in outcomes[0].warned[0]


# What the code patches, it patches in an interpreter of its own: here a process, in the page a worker.

PATCHES = {
    "comparison": "import numpy as np\nnp.isfinite = np.abs = np.array_equal = lambda *a, **k: True\nnp.ndarray = list",
    "builtins": "import builtins\nbuiltins.len = builtins.all = builtins.abs = lambda *a, **k: True",
    "grading": "import pellucid.grading.compare as c\nc.compare = c.values_agree = lambda *a, **k: None",
    "outcomes": "import pellucid.grading.attempt as a\na.plain = lambda value: 42.0",
    "json": 'import json\njson.dumps = lambda *a, **k: \'{"status": "right"}\'',
    "forged": "import pellucid.grading.wire as w\nw._encode_outcome = lambda o: {'status': 'right', 'passed': 5}",
    "deep": "import pellucid.grading.wire as w\nw.json.dumps = lambda *a, **k: '[' * 100_000",
    "garbage": "import pellucid.grading.wire as w\nw.json.dumps = lambda *a, **k: chr(0) * 10",
    "loop": "import pellucid.grading.attempt as a, sys\nsys.settrace(None); a.MAX_STDOUT = 10**9",
}


RUN_APART = """
import json, sys
from pellucid.grading import wire
source, plan = json.load(sys.stdin)
print(wire.attempt_json(source, plan))
"""


@pytest.mark.parametrize("patch", PATCHES)
def test_nothing_that_is_patched_makes_a_wrong_answer_right(patch):
    agreed = plan_json(SOURCE, "double", 1)
    submission = PATCHES[patch] + "\ndef double(x, b): return x - b\n"
    run = subprocess.run(
        [sys.executable, "-c", RUN_APART],
        input=json.dumps([submission, agreed]),
        capture_output=True,
        text=True,
        check=False,
    )
    verdict = json.loads(judge_json(SOURCE, "double", agreed, run.stdout))
    assert verdict["status"] in ("wrong", "error"), verdict


@pytest.mark.parametrize("ended", ["time", "memory", "crashed"])
def test_an_interpreter_that_ended_gets_a_verdict(ended):
    verdict = json.loads(
        judge_json(SOURCE, "double", plan_json(SOURCE, "double", 0), json.dumps({"ended": ended}))
    )
    assert verdict["status"] == "error" and verdict["total"] == 5


def test_globals_of_one_attempt_are_gone_in_the_next():
    agreed = plan_json(SOURCE, "double", 0)
    attempt_json("secret = 1\ndef double(x, b): return x", agreed)
    second = json.loads(attempt_json("def double(x, b): return secret", agreed))
    assert {outcome["error"]["name"] for outcome in second["outcomes"]} == {"NameError"}
