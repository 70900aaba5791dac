"""`pellucid new`: a chapter or an exercise that builds, runs and is proved, to be written over."""

from __future__ import annotations

import json
import keyword
import re
import unicodedata
from pathlib import Path

from pellucid.errors import PellucidError

CHAPTER = """\
---
title: {yaml_title}
question: Which question does this chapter answer?
---

# {title}

Begin with something concrete: one small data set, one picture.

```{{code-cell}} python
:name: first-look

import numpy as np

X = np.array([[1.0, 2.0], [3.0, 4.0]])  # (n, d)
X
```

{exercise}"""

EXERCISE = """\
:::{{exercise}} {title}
:id: {id}

Return the mean of each column of $X$, an array of shape $(d,)$.

```{{starter}}
import numpy as np


def {entry}(X):
    \"\"\"X: (n, d) -> means: (d,)\"\"\"
```
:::
"""

GRADING_HEAD = """\
\"\"\"What grades the exercises of this chapter.\"\"\"

import numpy as np

from pellucid.grading import exercise
"""

GRADING = """

{entry}_exercise = exercise(
    "{id}",
    kind="function",
    entry="{entry}",
    hints=[
        "One number for each column: along which axis do you average?",
        "Axis 0 runs over the rows.",
        "`X.mean(axis=...)` with the axis that should disappear.",
    ],
)


@{entry}_exercise.inputs
def inputs(rng):
    yield (np.array([[2.0]]),)
    yield (np.array([[1.0, 2.0], [3.0, 6.0]]),)
    for _ in range(12):
        n, d = rng.integers(2, 6, size=2)
        yield (rng.normal(size=(n, d)) + 1,)


@{entry}_exercise.reference
def {entry}(X):
    return X.mean(axis=0)


@{entry}_exercise.accepts
def by_sum(X):
    return X.sum(axis=0) / len(X)


@{entry}_exercise.mistake("You averaged each row: axis 1 disappears. The mean of a column runs over the rows, axis 0.")
def over_rows(X):
    return X.mean(axis=1)


@{entry}_exercise.mistake("You averaged all numbers into one. Name the axis, so that one mean for each column is left.")
def over_all(X):
    return X.mean()


@{entry}_exercise.mistake("This is the sum of each column. A mean divides it by the number of rows $n$.")
def not_divided(X):
    return X.sum(axis=0)


@{entry}_exercise.mistake("You divided by $n - 1$. That divisor belongs to the sample variance; a mean divides by $n$.")
def wrong_divisor(X):
    return X.sum(axis=0) / max(len(X) - 1, 1)
"""


# Names that the grading of every new exercise uses for itself.
TAKEN_NAMES = {"np", "exercise", "inputs", "by_sum", "over_rows", "over_all", "not_divided", "wrong_divisor"}


def slug_of(title: str) -> str:
    """A title as part of a URL: lower case, words joined by hyphens, letters of any script, Latin ones without accents."""
    letters = re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFKD", title.lower()))
    slug = re.sub(r"[\W_]+", "-", unicodedata.normalize("NFKC", letters)).strip("-")
    if not slug:
        raise PellucidError(f"The title {title!r} has no letters or digits.", "Choose another title.")
    return slug


def new_chapter(book: Path, title: str) -> Path:
    """Make `NN-slug/` with index.md and exercises.py in `book`; returns the folder."""
    if not book.is_dir():
        raise PellucidError(
            f"{book}: there is no such folder.", "Name the book: pellucid new chapter TITLE --book DIR"
        )
    title, slug = " ".join(title.split()), slug_of(title)
    numbered = [match for folder in book.iterdir() if (match := re.fullmatch(r"([0-9]+)-(.*)", folder.name))]
    if any(match[2] == slug for match in numbered):
        raise PellucidError(f"{book} has a chapter named {slug} already.", "Choose another title.")
    folder = book / f"{max((int(match[1]) for match in numbered), default=0) + 1:02d}-{slug}"
    folder.mkdir()
    identity = "column-means"
    exercise = EXERCISE.format(title="Column means", id=identity, entry="column_means")
    page = CHAPTER.format(title=title, yaml_title=json.dumps(title, ensure_ascii=False), exercise=exercise)
    (folder / "index.md").write_text(page, encoding="utf-8")
    grading = GRADING_HEAD + GRADING.format(id=identity, entry="column_means")
    (folder / "exercises.py").write_text(grading, encoding="utf-8")
    return folder


def new_exercise(chapter: Path, title: str) -> str:
    """Add an exercise at the end of a chapter's index.md and exercises.py; returns its id."""
    page, grading = chapter / "index.md", chapter / "exercises.py"
    if not page.is_file():
        raise PellucidError(
            f"{page}: there is no such file.", "Name a chapter's folder, as in book/01-linear-models."
        )
    title, identity = " ".join(title.split()), slug_of(title)
    entry = identity.replace("-", "_")
    if not entry.isidentifier() or not entry.isascii():
        raise PellucidError(
            f"The title {title!r} makes no Python name.",
            "Begin it with a letter from a to z, and use no others.",
        )
    if keyword.iskeyword(entry) or entry in TAKEN_NAMES:
        raise PellucidError(f"The name {entry} is taken in every exercises.py.", "Choose another title.")
    text = _read(page)
    code = _read(grading) if grading.is_file() else GRADING_HEAD
    if f":id: {identity}\n" in text:
        raise PellucidError(f"{page} has an exercise {identity} already.", "Choose another title.")
    exercise = EXERCISE.format(title=title, id=identity, entry=entry)
    page.write_text(f"{text.rstrip()}\n\n{exercise}", encoding="utf-8")
    grading.write_text(code.rstrip() + "\n" + GRADING.format(id=identity, entry=entry), encoding="utf-8")
    return identity


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise PellucidError(f"{file}: byte {error.start} is not UTF-8.", "Save the file as UTF-8.") from None
