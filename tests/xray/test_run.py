"""Cells as a learner runs them: what is streamed, shown, and said of errors."""

from __future__ import annotations

import io
import itertools
import struct
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pellucid.models
from pellucid.xray import Runner, find_imports
from pellucid.xray.imports import STAND_ON_SCIPY, strip_magics

Events = list[dict[str, Any]]


def run(source: str, runner: Runner | None = None, cell: str = "a") -> tuple[str, Events]:
    events: Events = []
    result = (runner or Runner()).run(cell, source, events.append)
    return result["status"], events


def kinds(events: Events) -> list[str]:
    return [event["type"] for event in events]


def printed(events: Events) -> str:
    return "".join(event["text"] for event in events if event["type"] == "stdout")


def error_of(source: str, runner: Runner | None = None) -> dict[str, Any]:
    status, events = run(source, runner)
    assert status == "error"
    assert kinds(events)[-1] == "error"
    return events[-1]["error"]


def test_prints_then_last_value() -> None:
    status, events = run("print('one')\n1 + 1")
    assert status == "ok"
    assert kinds(events) == ["stdout", "value"]
    assert events[1]["text"] == "2"


def test_semicolon_and_none_hide_the_value() -> None:
    assert run("1 + 1;")[1] == []
    assert run("None")[1] == []


def test_cells_share_a_namespace() -> None:
    runner = Runner()
    run("x = 3", runner)
    assert run("x * 2", runner)[1][0]["text"] == "6"
    assert run("_ + 1", runner)[1][0]["text"] == "7"


def test_stderr_is_kept_apart() -> None:
    events = run("import sys\nprint('no', file=sys.stderr)")[1]
    assert (events[0]["type"], events[0]["text"]) == ("stderr", "no\n")


def test_output_is_cut_once_and_says_so() -> None:
    status, events = run("for i in range(100_000): print('x' * 20)", Runner(max_chars=1000))
    assert status == "ok"
    assert len(printed(events)) == 1000
    assert kinds(events).count("note") == 1
    assert "1,000 characters" in events[-1]["text"]


def test_output_that_fits_exactly_is_not_called_cut() -> None:
    events = run("print('x' * 999)", Runner(max_chars=1000))[1]
    assert "note" not in kinds(events)


def test_a_line_is_shown_when_it_is_written() -> None:
    shown: list[str] = []
    runner = Runner()
    runner.namespace["shown"] = shown
    runner.run(
        "a",
        "print('begun')\nassert shown == ['begun\\n'], shown",
        lambda event: shown.append(event.get("text", event)),
    )
    assert shown == ["begun\n"]


def test_a_flood_comes_in_few_pieces() -> None:
    events = run("for i in range(20_000): print(i)")[1]
    assert len(events) < 200
    assert printed(events) == "".join(f"{i}\n" for i in range(20_000))


def test_array_shows_shape_dtype_and_every_number() -> None:
    event = run("import numpy as np\nnp.array([[1.5, -2.0], [3.25, 4.0]])")[1][0]
    assert event["caption"] == "float64, shape (2, 2)"
    assert [row[1:] for row in event["table"]["rows"]] == [["1.5", "-2."], ["3.25", "4."]]


@pytest.mark.parametrize("shape", [(1, 1), (12, 12), (13, 3), (3, 13), (100, 40)])
def test_array_tables_are_rectangular_and_true(shape: tuple[int, int]) -> None:
    runner = Runner()
    event = run(f"import numpy as np\nA = np.arange({shape[0] * shape[1]}.0).reshape({shape})\nA", runner)[1][
        0
    ]
    table = event["table"]
    array = runner.namespace["A"]
    assert {len(row) for row in table["rows"]} == {len(table["header"])}
    for row in table["rows"]:
        if row[0] == "…":
            continue
        for label, cell in zip(table["header"][1:], row[1:], strict=True):
            if label != "…":
                assert float(cell) == array[int(row[0]), int(label)]


@pytest.mark.parametrize(
    ("source", "caption"),
    [
        ("np.float64(2.5)", "float64"),
        ("np.zeros((2, 0))", "float64, shape (2, 0)"),
        ("np.arange(3)", "int64, shape (3,)"),
        ("np.zeros((2, 2, 2), dtype='float32')", "float32, shape (2, 2, 2)"),
        ("pd.DataFrame({'a': [1.5], 'b': ['x']})", "DataFrame, 1 rows × 2 columns"),
        ("torch.zeros(2, 3)", "float32, shape (2, 3)"),
        ("torch.nn.Linear(2, 1)", None),
        ("pd.Series([1, 2], name='s')", "Series, int64, shape (2,)"),
    ],
)
def test_captions(source: str, caption: str | None) -> None:
    event = run(f"import numpy as np, pandas as pd, torch\n{source}")[1][0]
    assert event["caption"] == caption


def test_long_values_are_cut() -> None:
    text = run("'x' * 50_000")[1][0]["text"]
    assert len(text) < 21_000
    assert "more characters" in text


def test_error_shows_own_lines_only_and_marks_the_line() -> None:
    error = error_of("import numpy as np\n\ndef f(A):\n    return np.linalg.inv(A)\n\nf(np.ones((2, 2)))")
    assert (error["name"], error["line"]) == ("LinAlgError", 4)
    assert [(frame["line"], frame["function"]) for frame in error["frames"]] == [(6, ""), (4, "f")]
    assert "no inverse" in error["help"]


def test_error_in_a_function_of_another_cell() -> None:
    runner = Runner()
    run("def f():\n    return 1 / 0", runner, cell="first")
    status, events = run("x = 1\nf()", runner, cell="second")
    error = events[-1]["error"]
    assert status == "error"
    assert error["line"] == 2
    assert [frame["cell"] for frame in error["frames"]] == ["second", "first"]


@pytest.mark.parametrize(
    ("source", "name", "line", "help_part"),
    [
        ("nump = 1\nprnt(1)", "NameError", 2, "`print`"),
        ("np.zeros(3)", "NameError", 1, "import numpy as np"),
        ("import numpy as np\nnp.ones((2, 3)) @ np.ones((2, 3))", "ValueError", 2, "last axis of A"),
        ("import numpy as np\nnp.ones((2, 3)) + np.ones((2,))", "ValueError", 2, "compared from the right"),
        ("for i in [1]\n    pass", "SyntaxError", 1, "colon"),
        ("def f():\nreturn 1", "IndentationError", 2, "indented by four spaces"),
        ("  x = 1", "IndentationError", 1, "further right"),
        ("(1, 2", "SyntaxError", 1, "bracket"),
        ("import torch_of_nowhere", "ModuleNotFoundError", 1, "Available are"),
        ("[1][5]", "IndexError", 1, "begin at 0"),
        ("{}['a']", "KeyError", 1, "no such key"),
        ("def f(n): return f(n + 1)\nf(0)", "RecursionError", 1, "calls itself"),
        ("None + 1", "TypeError", 1, "None"),
        ("'abc'.uper()", "AttributeError", 1, "`.upper`"),
        ("1 / 0", "ZeroDivisionError", 1, "divisor is zero"),
    ],
)
def test_help_for_common_errors(source: str, name: str, line: int, help_part: str) -> None:
    error = error_of(source, Runner(available=["numpy", "scipy"]))
    assert (error["name"], error["line"]) == (name, line)
    assert help_part in error["help"]


def test_recursion_is_told_in_few_frames() -> None:
    assert len(error_of("def f(n): return f(n + 1)\nf(0)")["frames"]) <= 8


@pytest.mark.parametrize(
    "source",
    [
        "class E(Exception):\n    def __str__(self): raise ValueError\nraise E()",
        "class R:\n    def __repr__(self): raise ValueError('no repr')\nR()",
        "raise BaseException('base')",
        "raise GeneratorExit",
    ],
)
def test_hostile_errors_are_reported(source: str) -> None:
    assert error_of(source)["name"]


def test_exit_ends_the_cell_not_the_session() -> None:
    runner = Runner()
    status, events = run("x = 1\nexit()\nx = 2", runner)
    assert status == "ok"
    assert "session goes on" in events[-1]["text"]
    assert runner.namespace["x"] == 1


def test_interrupt_is_a_stop() -> None:
    assert run("raise KeyboardInterrupt") == ("stopped", [])


def test_what_was_printed_before_an_error_comes_first() -> None:
    assert kinds(run("print('before')\n1 / 0")[1]) == ["stdout", "error"]


def test_warnings_name_their_line_and_come_again_on_a_second_run() -> None:
    runner = Runner()
    for _ in range(2):
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            events = run("import warnings\nwarnings.warn('look out')", runner)[1]
        assert events[0] == {"type": "warning", "category": "UserWarning", "message": "look out", "line": 2}


def test_streams_are_restored() -> None:
    import builtins
    import sys

    before = sys.stdout, sys.stderr, builtins.input, warnings.showwarning
    run("1 / 0")
    assert (sys.stdout, sys.stderr, builtins.input, warnings.showwarning) == before


def test_input_asks_and_echoes() -> None:
    runner = Runner()
    asked: list[str] = []
    runner.set_input(lambda prompt: (asked.append(prompt), "7")[1])
    status, events = run("x = int(input('how many? '))\nx", runner)
    assert status == "ok"
    assert asked == ["how many? "]
    assert printed(events) == "how many? 7\n"


def test_input_without_an_answer_is_an_error() -> None:
    assert error_of("input()")["name"] == "EOFError"


def png_size(data: bytes) -> tuple[int, int]:
    return struct.unpack(">II", data[16:24])


def test_figure_in_two_themes() -> None:
    source = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.title('Loss')\nplt.xlabel('step')\nplt.ylabel('loss')"
    status, events = run(source, Runner(scale=2))
    assert status == "ok"
    assert kinds(events) == ["figure"]
    figure = events[0]
    assert np.allclose(png_size(figure["light"]), (2 * figure["width"], 2 * figure["height"]), atol=2)
    assert figure["alt"] == "Figure: Loss, loss against step"
    assert figure["light"] != figure["dark"]


def test_dark_figure_has_light_ink_and_the_figure_is_left_as_it_was() -> None:
    import matplotlib.pyplot as plt

    from pellucid.xray.figures import draw_figure

    figure, axes = plt.subplots()
    axes.set_title("title")
    event = draw_figure(figure, 1.0)
    dark, light = (plt.imread(io.BytesIO(event[theme])) for theme in ("dark", "light"))
    plt.close(figure)
    opaque = dark[..., 3] > 0.9
    # The frame, the ticks and the letters: light ink on a dark page, dark ink on a light one. The paper itself differs too.
    assert axes.title.get_color() == "black"
    assert np.abs(dark[opaque].mean() - light[opaque].mean()) > 0.2


def test_a_legend_on_a_dark_page_is_dark() -> None:
    import matplotlib.pyplot as plt

    from pellucid.xray.figures import draw_figure

    figure, axes = plt.subplots(figsize=(4, 3))
    axes.plot([0, 0], label="a line")
    legend = axes.legend(loc="center")
    figure.canvas.draw()
    box = legend.get_frame().get_window_extent().transformed(figure.transFigure.inverted())
    dark = plt.imread(io.BytesIO(draw_figure(figure, 1.0)["dark"]))
    frame = legend.get_frame().get_facecolor()
    plt.close(figure)
    height, width = dark.shape[:2]
    corner = dark[int((1 - box.y0) * height) - 6, int(box.x0 * width) + 6]
    assert corner[3] > 0.5
    assert corner[:3].max() < 0.3
    assert frame == (1.0, 1.0, 1.0, 0.8)


def test_show_puts_the_figure_between_prints() -> None:
    source = "import matplotlib.pyplot as plt\nprint(1)\nplt.plot([1])\nplt.show()\nprint(2)"
    order = [kind for kind, _ in itertools.groupby(kinds(run(source)[1]))]
    assert order == ["stdout", "figure", "stdout"]


def test_figures_beyond_the_limit_are_left_out_and_said() -> None:
    source = "import matplotlib.pyplot as plt\nfor i in range(4):\n    plt.figure(); plt.plot([i])"
    events = run(source, Runner(max_figures=2))[1]
    assert kinds(events) == ["figure", "figure", "note"]
    assert "2 more figures" in events[-1]["text"]


def test_completion() -> None:
    runner = Runner()
    run(
        "import numpy as np\nX = np.zeros((3, 2))\nclass P:\n    @property\n    def boom(self): raise SystemExit",
        runner,
    )
    assert [o["label"] for o in runner.complete("np.linsp", 8)["options"]] == ["linspace"]
    (option,) = [o for o in runner.complete("X", 1)["options"] if o["label"] == "X"]
    assert option["detail"] == "ndarray (3, 2)"
    assert runner.complete("y = np.linalg.so", 16)["from"] == 14
    assert runner.complete("P().boom.", 9)["options"] == []
    assert runner.complete("nothing.here.", 13)["options"] == []


def test_find_imports() -> None:
    source = "%matplotlib inline\nimport numpy.linalg as la, os\ndef f():\n    from scipy import stats\nfrom . import x"
    assert find_imports(source) == ["numpy", "os", "scipy"]
    assert find_imports("def (") == []


@pytest.mark.parametrize(
    ("source", "modules"),
    [
        ("from pellucid.models import svm", ["pellucid", "pellucid.models", "scipy"]),
        ("from pellucid.models.decomposition import PCA", ["pellucid", "pellucid.models", "scipy"]),
        ("import pellucid.models.manifold.umap", ["pellucid", "pellucid.models", "scipy"]),
        ("from pellucid.models.linear_model import LinearRegression", ["pellucid", "pellucid.models"]),
        ("import pellucid.torch as torch", ["pellucid", "pellucid.torch"]),
        ("import torch.nn as nn", ["pellucid", "pellucid.torch"]),
        ("from torch import erf", ["pellucid", "pellucid.torch", "scipy"]),
        (
            "import torch\ntorch.nn.TransformerEncoderLayer(8, 2, activation='gelu')",
            ["pellucid", "pellucid.torch", "scipy"],
        ),
        ("from pellucid import errors", ["pellucid"]),
        ("import pellucid.models.svm_of_nowhere", ["pellucid", "pellucid.models"]),
    ],
)
def test_families_that_stand_on_scipy_bring_it(source: str, modules: list[str]) -> None:
    assert find_imports(source) == modules


def test_every_family_that_stands_on_scipy_is_known() -> None:
    families = Path(pellucid.models.__file__).parent.glob("*/*.py")
    users = {path.parent.name for path in families if "scipy_module(" in path.read_text(encoding="utf-8")}
    now_and_then = {
        "linear_model",
        "tree",
    }  # lbfgs, the search for separable data, decision_path: a cell asks for it
    assert users - now_and_then == {name.rpartition(".")[2] for name in STAND_ON_SCIPY}


def test_magics_keep_line_numbers() -> None:
    source = "%matplotlib inline\n!pip install torch\nx = 10 % 3\nnp.mean?\n?x\n  %timeit x"
    assert strip_magics(source).split("\n") == ["", "", "x = 10 % 3", "", "", ""]


def test_python_that_looks_like_a_magic_stays() -> None:
    source = "x = (10\n%y)\ntext = '''\n!important\n'''"
    assert strip_magics(source) == source


def test_a_cell_with_notebook_commands_runs() -> None:
    assert run("%%time\n!ls\n6 * 7")[1][0]["text"] == "42"
