"""What `pellucid new` makes of titles, as people give them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pellucid.errors import PellucidError
from pellucid.scaffold import new_chapter, new_exercise, slug_of


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Linear models", "linear-models"),
        ("Régression à deux", "regression-a-deux"),
        ("k-means/EM_2", "k-means-em-2"),
        ("線形モデル", "線形モデル"),
    ],
)
def test_a_title_becomes_a_slug(title: str, slug: str) -> None:
    assert slug_of(title) == slug


@pytest.mark.parametrize("title", ["Bias: and variance", '"Quoted" # not a comment', "[1]", "a\nb"])
def test_any_title_is_good_yaml(title: str, tmp_path: Path) -> None:
    text = (new_chapter(tmp_path, title) / "index.md").read_text()
    assert yaml.safe_load(text.split("---\n")[1])["title"] == " ".join(title.split())


def test_chapters_are_numbered_and_told_apart_by_their_whole_name(tmp_path: Path) -> None:
    assert new_chapter(tmp_path, "Linear models").name == "01-linear-models"
    assert new_chapter(tmp_path, "Models").name == "02-models"
    with pytest.raises(PellucidError, match="a chapter named models already"):
        new_chapter(tmp_path, "Models")


@pytest.mark.parametrize("title", ["Lambda", "Exercise", "Inputs", "2 means", "線形"])
def test_a_title_that_cannot_name_a_function_is_refused_and_nothing_is_written(
    title: str, tmp_path: Path
) -> None:
    chapter = new_chapter(tmp_path, "Means")
    before = [file.read_text() for file in sorted(chapter.iterdir())]
    with pytest.raises(PellucidError, match=r"title|name"):
        new_exercise(chapter, title)
    assert [file.read_text() for file in sorted(chapter.iterdir())] == before
