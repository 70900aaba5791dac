"""The command line as a person uses it: each test is a command in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from pellucid.checking.cells import CellToRun, check_cells

CHAPTER = """\
# Means

```{code-cell} python
:name: first

1 + 1
```
"""


def pellucid(*arguments: str | Path, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pellucid", *map(str, arguments)]
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1", **variables}
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=240, check=False
    )


@pytest.fixture
def book(tmp_path: Path) -> Path:
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / "means.md").write_text(CHAPTER)
    return folder


COMMANDS = ["serve", "build", "check", "new", "runtime", "doctor"]


def test_help_names_every_command_and_the_readme_does_too(tmp_path: Path) -> None:
    shown = pellucid("--help", cwd=tmp_path).stdout
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    for command in COMMANDS:
        assert re.search(rf"\b{command}\b", shown)
        assert f"`pellucid {command}" in readme


@pytest.mark.parametrize(
    ("arguments", "says", "next_act"),
    [
        (["serve", "nowhere"], "nowhere: there is no such folder", "Name a folder"),
        (["build", "empty", "-o", "out"], "no Markdown file or notebook", "Name a folder"),
        (
            ["build", "book", "-o", "full"],
            "holds files that Pellucid did not write",
            "Name an empty or new folder",
        ),
        (["build", "book", "-o", "book/means.md"], "is a file", "Name a folder"),
        (["check", "book", "--only", "trees"], "No chapter's name contains 'trees'", "There are: means"),
        (["new", "chapter", "SVM", "--book", "nowhere"], "nowhere: there is no such folder", "--book DIR"),
        (
            ["new", "exercise", "book", "Softmax"],
            "index.md: there is no such file",
            "Name a chapter's folder",
        ),
        (["new", "chapter", "!!!", "--book", "book"], "has no letters", "Choose another title"),
        (["serve", "book/means.md"], "means.md is a file", "Name its folder: book"),
        (["build", "broken", "-o", "site"], "pellucid.yml:1: this is not valid YAML", "Expected"),
        (["build", "book", "-o", "book"], "book holds the book", "Name another folder"),
        (["serve", "book", "--host", "300.1.1.1"], "Cannot listen on 300.1.1.1", "another --host"),
        (["new", "chapter", "SVM", "--book", "book/means.md"], "there is no such folder", "--book DIR"),
    ],
)
def test_a_users_mistake_gets_its_message_and_no_traceback(
    book: Path, arguments: list[str], says: str, next_act: str
) -> None:
    root = book.parent
    (root / "empty").mkdir()
    (root / "full").mkdir()
    (root / "broken").mkdir()
    (root / "broken" / "pellucid.yml").write_text("title: [")
    (root / "broken" / "a.md").write_text("x")
    (root / "full" / "thesis.txt").write_text("mine")
    result = pellucid(*arguments, cwd=root)
    assert result.returncode == 2
    assert says in result.stderr
    assert next_act in result.stderr
    assert "Traceback" not in result.stderr
    assert (root / "full" / "thesis.txt").read_text() == "mine"


def test_build_writes_a_site_and_says_which_headers(book: Path) -> None:
    out = book.parent / "site"
    for _ in range(2):  # an earlier build is replaced
        result = pellucid("build", book, "-o", out, cwd=book.parent)
        assert result.returncode == 0, result.stderr
    assert "Cross-Origin-Embedder-Policy: require-corp" in result.stdout
    assert (out / "means" / "index.html").is_file()
    assert (out / "runtime" / "manifest.json").is_file()
    headers = (out / "_headers").read_text()
    assert "/assets/frame-" in headers
    assert "connect-src 'none'" in headers


def test_serve_answers_on_a_free_port(book: Path) -> None:
    command = [sys.executable, "-m", "pellucid", "serve", str(book), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        try:
            assert server.stdout is not None
            line = server.stdout.readline()
            while line and "http://" not in line:
                line = server.stdout.readline()
            url = re.search(r"http://localhost:\d+", line)
            assert url, line
            with urllib.request.urlopen(f"{url[0]}/means/", timeout=30) as answer:
                assert b"pellucid-cell" in answer.read()
        finally:
            server.terminate()


def test_a_cache_that_cannot_be_a_folder_is_said(book: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    environment = {"PELLUCID_CACHE": str(tmp_path / "file" / "cache")}
    result = pellucid("build", book, "-o", "site", cwd=tmp_path, **environment)
    assert (result.returncode, "Traceback" in result.stderr) == (2, False)
    assert str(tmp_path / "file") in result.stderr


def test_doctor_says_what_is_not_fetched_and_what_to_do(tmp_path: Path) -> None:
    result = pellucid("doctor", cwd=tmp_path, PELLUCID_CACHE=str(tmp_path))
    assert result.returncode == 1
    assert re.search(
        r"wanting +Python for the browser: not fetched yet\n +Run: pellucid runtime fetch", result.stdout
    )
    assert re.search(rf"ok +cache folder: {tmp_path}", result.stdout)


def test_a_lenient_book_is_built_and_its_first_mistakes_are_said(book: Path) -> None:
    (book / "means.md").write_text(CHAPTER + "".join(f"\n![x](no[/b]{i}.png)\n" for i in range(9)))
    result = pellucid("build", book, "-o", "site", cwd=book.parent)
    assert result.returncode == 0
    assert result.stderr.count("is not in the book") == 5
    assert "no[/b]0.png" in result.stderr
    assert "and 4 more" in result.stderr


def test_check_names_what_it_leaves_out(book: Path) -> None:
    more = "\n```{code-cell} julia\n1\n```\n\n```{code-cell} python\nimport jax\n```\n\n:::{exercise} A\n:id: a\n:::\n"
    (book / "means.md").write_text(CHAPTER + more)
    result = pellucid("check", book, cwd=book.parent)
    assert result.returncode == 0, result.stdout + result.stderr
    assert re.search(r"cell cell-2 +python +skipped +This cell is written in Julia", result.stdout)
    assert re.search(r"cell cell-3 +python +skipped +This cell needs jax", result.stdout)
    assert re.search(
        r"exercise a +python +skipped +a task to read: there is no means\.exercises\.py", result.stdout
    )
    (book / "means.exercises.py").write_text("raise SystemExit")
    assert pellucid("check", book, cwd=book.parent).returncode == 1


@pytest.mark.parametrize(
    ("cell", "outcome"),
    [
        ("print(1)", "holds"),
        ("1 / 0", "line 1: ZeroDivisionError"),
        ("import warnings\nwarnings.warn('old')", "UserWarning: old"),
        ("import os\nos._exit(3)", "ended the whole process"),
        ("import module_of_nowhere", "skipped"),
    ],
)
def test_check_runs_cells(book: Path, cell: str, outcome: str) -> None:
    (book / "means.md").write_text(CHAPTER.replace("1 + 1", cell))
    result = pellucid("check", book, cwd=book.parent)
    assert outcome in result.stdout, result.stdout + result.stderr
    assert result.returncode == (0 if outcome in ("holds", "skipped") else 1)


def test_a_cell_that_hangs_fails_and_the_rest_is_skipped(book: Path) -> None:
    to_run = [
        CellToRun("first", "1", 60, False),
        CellToRun("loop", "while True: pass", 0.5, False),
        CellToRun("later", "1", 1, False),
    ]
    results = list(check_cells("page", book, to_run))
    assert [result.outcome for result in results] == ["holds", "fails", "skipped"]
    assert "did not end within 0.5 s" in results[1].detail


def test_the_cell_that_ends_the_process_is_the_one_that_is_named(book: Path) -> None:
    to_run = [CellToRun("first", "1", 60, False), CellToRun("exit", "import os\nos._exit(3)", 60, False)]
    results = list(check_cells("page", book, to_run))
    assert [(result.outcome, result.detail) for result in results] == [
        ("holds", ""),
        ("fails", "ended the whole process"),
    ]


def test_a_new_chapter_is_proved_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    made = pellucid("new", "chapter", "Kernel methods", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    added = pellucid("new", "exercise", "book/01-kernel-methods", "Gram matrix", cwd=tmp_path)
    assert added.returncode == 0, added.stderr
    result = pellucid("check", "book", "--seeds", "20", cwd=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "exercise gram-matrix" in result.stdout
    assert "0 fail" in result.stdout


def test_a_broken_exercise_fails_the_check(tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    pellucid("new", "chapter", "Kernel methods", cwd=tmp_path)
    grading = tmp_path / "book" / "01-kernel-methods" / "exercises.py"
    grading.write_text(grading.read_text().replace("return X.sum(axis=0) / len(X)", "return X.sum(axis=0)"))
    result = pellucid("check", "book", "--seeds", "5", cwd=tmp_path)
    assert result.returncode == 1
    assert "by_sum" in result.stdout
