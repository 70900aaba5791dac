from __future__ import annotations

import json
from pathlib import Path

import pytest

import pellucid.runtime
from pellucid.book.availability import PACKAGES, STANDARD, Session


def session() -> Session:
    return Session(STANDARD | PACKAGES)


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        ("import numpy as np\nimport os, json", ()),
        ("import statsmodels.api as sm", ("statsmodels",)),
        ("from tensorflow.keras import layers", ("tensorflow",)),
        ("from torch.nn import Linear", ()),
        ("def f():\n    import umap", ("umap",)),
        ("try:\n    import tensorflow\nexcept ImportError:\n    tensorflow = None", ()),
        ("try:\n    import tensorflow\nexcept ValueError:\n    pass", ("tensorflow",)),
        ("from . import helper", ("this folder",)),
        ("import tkinter", ("tkinter",)),
        ("%matplotlib inline\nimport seaborn", ("seaborn",)),
    ],
)
def test_missing_imports(source: str, missing: tuple[str, ...]) -> None:
    assert session().examine(source).unavailable == missing


def test_cells_that_build_on_a_missing_module_are_marked_and_others_are_not() -> None:
    cells = [
        "import numpy as np\nimport statsmodels.api as sm\nX = np.eye(2)",
        "r = sm.OLS(X, X)",
        "r.summary()",
        "np.ones(3)",
        "r = 1",
        "r",
    ]
    page = session()
    assert [page.examine(cell).unavailable for cell in cells] == [("statsmodels",)] * 3 + [()] * 3


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("%matplotlib inline\nx = 1", None),
        ("%load_ext autoreload\n%autoreload 2", None),
        ("!pip install x", "shell"),
        ("%%time\nx = 1", "%%time"),
        ("%timeit f(x)", "%timeit"),
        ("%%bash\nls", "%%bash"),
        ("plot?", "help"),
        ("print 'a'", "Python 2"),
        ("x = = 1", "not valid Python"),
        ("fetch_openml('mnist_784')", "downloads"),
        ("pd.read_csv('https://x/y.csv')", "downloads"),
        ("pd.read_csv('y.csv')", None),
    ],
)
def test_notes_for_what_cannot_run(source: str, words: str | None) -> None:
    notes = session().examine(source).notes
    assert (not notes) if words is None else (len(notes) == 1 and words in notes[0])


def test_cell_in_another_language_does_not_run() -> None:
    assert session().examine("%%bash\nls").runs is False
    assert session().examine("%%time\nx = 1").runs is True


def test_packages_are_those_of_the_runtime() -> None:
    pins = json.loads((Path(pellucid.runtime.__file__).parent / "pins.json").read_text())
    assert {name for package in pins["packages"].values() for name in package["imports"]} | {
        "pellucid",
        "torch",
    } == PACKAGES
