from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pellucid.book import Builder, Site
from pellucid.book import compiler as compiler_module
from pellucid.errors import BookError, PellucidError

Make = Callable[..., Builder]
PIXEL = bytes.fromhex("89504e470d0a1a0a0000000d494844520000000400000003080600000000") + b"\0" * 8
STRICT = {"pellucid.yml": "strict: true\n"}


def text(site: Site, name: str) -> str:
    content = site.files[name]
    return (content if isinstance(content, bytes) else content.read_bytes()).decode()


def test_any_folder_is_a_book(make_builder: Make) -> None:
    site = make_builder(
        {
            "README.md": "# A title\n\nHello.",
            "b 10.md": "# Ten",
            "b 2.md": "# Two",
            "deep/er/note.md": "Plain text.",
            ".hidden/x.md": "# No",
            "deep/.ipynb_checkpoints/y-checkpoint.ipynb": "{}",
            "data.md": "# Reserved name",
            "B 2.ipynb": "not a notebook",
        }
    ).build()
    assert [(page.slug, page.title) for page in site.pages] == [
        ("", "A title"), ("b-2", "B 2"), ("b-2-2", "Two"), ("b-10", "Ten"), ("data-2", "Reserved name"), ("deep-er-note", "Note"),
    ]  # fmt: skip
    assert "damaged" in text(site, "b-2/index.html")
    assert {
        "index.html",
        "404.html",
        "sandbox/index.html",
        "data/index.html",
        "search.json",
        "assets/main-1a.js",
    } <= set(site.files)


def test_links_between_pages(make_builder: Make) -> None:
    site = make_builder(
        {
            "a.md": "(first)=\n# A\n\n(s)=\n## Sec\n\n$$x$$ (e)\n",
            "sub/b.md": "# B\n\n{ref}`s` {eq}`e` {doc}`../a` [t](../a.md#sec)\n"
            "[](#first) [n](../a.ipynb) {numref}`Formula %s <e>`\n",
            **STRICT,
        }
    ).build()
    body = text(site, "sub-b/index.html")
    for link in (
        '<a href="../a/#sec">Sec</a>',
        '<a href="../a/#eq-e">(1)</a>',
        '<a href="../a/">A</a>',
        '<a href="../a/#sec">t</a>',
        '<a href="../a/#content">A</a>',
        '<a href="../a/">n</a>',
        '<a href="../a/#eq-e">Formula 1</a>',
    ):
        assert link in body


def test_pictures_are_published_with_their_size(make_builder: Make) -> None:
    site = make_builder(
        {
            "c/index.md": "# C\n\n![A dot](img/a%20b.png)\n\n![Up](../up.png)\n",
            "c/img/a b.png": PIXEL,
            "up.png": PIXEL,
            **STRICT,
        }
    ).build()
    body = text(site, "c/index.html")
    assert '<img src="img/a%20b.png" alt="A dot" width="4" height="3" loading="lazy">' in body
    assert "c/img/a b.png" in site.files
    assert sum(name.startswith("c/files/") and name.endswith("-up.png") for name in site.files) == 1


@pytest.mark.parametrize(
    "target", ["../../secret.txt", "/etc/passwd", "link.txt", ".git/config", "page.html", "nothing.csv"]
)
def test_only_the_book_s_own_files_are_published(target: str, make_builder: Make, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    builder = make_builder(
        {"c.md": f"[x]({target}) {{download}}`{target}` ![x]({target})", ".git/config": "x", "page.html": "x"}
    )
    (tmp_path / "My notes" / "link.txt").symlink_to(tmp_path / "secret.txt")
    site = builder.build()
    assert not [name for name in site.files if name.startswith("c/") and name != "c/index.html"]
    assert len(site.warnings) >= 3


def test_strict_book_stops_with_every_mistake_and_lenient_goes_on(make_builder: Make) -> None:
    files = {"a.md": "{ref}`nowhere`\n\n![](no.png)\n", "b.md": "$\\nope$\n\n[x](missing.md)\n"}
    with pytest.raises(BookError) as error:
        make_builder({**files, **STRICT}).build()
    assert [(f.file, f.line) for f in error.value.faults] == [
        ("a.md", 1),
        ("a.md", 3),
        ("a.md", 3),
        ("b.md", 1),
        ("b.md", 3),
    ]


def test_faults_are_shown_in_their_page(make_builder: Make) -> None:
    site = make_builder({"a.md": "{ref}`nowhere`", "b.md": "fine", **STRICT}, show_faults=True).build()
    assert "a.md:1" in text(site, "a/index.html") and "class=fault" not in text(site, "b/index.html")
    assert len(site.faults) == 1 and not site.warnings


def test_strangers_mistakes_are_warnings_and_stay_out_of_the_page(make_builder: Make) -> None:
    site = make_builder({"a.md": "{ref}`nowhere`"}, show_faults=True).build()
    assert not site.faults and len(site.warnings) == 1
    assert "class=fault" not in text(site, "a/index.html")


def test_only_what_changed_is_compiled(
    make_builder: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    compiled: list[str] = []
    real = compiler_module.compile_page

    def counting(source, formulas):  # type: ignore[no-untyped-def]
        compiled.append(source.file)
        return real(source, formulas)

    monkeypatch.setattr(compiler_module, "compile_page", counting)
    files = {f"{n}.md": f"# Page {n}\n\n$x_{n}$ {{doc}}`0`\n" for n in range(5)}
    builder = make_builder(files, cache=tmp_path / "cache")
    first = builder.build()
    assert sorted(compiled) == sorted(files)
    assert builder.build().files == first.files and len(compiled) == 5
    (tmp_path / "My notes" / "3.md").write_text("# Page three\n")
    changed = builder.build()
    assert compiled[5:] == ["3.md"]
    assert "Page three" in text(changed, "0/index.html")  # the contents of every page
    fresh = make_builder({}, cache=tmp_path / "cache").build()
    assert len(compiled) == 6 and fresh.files == changed.files and fresh.pages == changed.pages


def test_damaged_cache_is_no_cache(make_builder: Make, tmp_path: Path) -> None:
    builder = make_builder({"a.md": "# A\n\n$x$"}, cache=tmp_path / "cache")
    first = builder.build()
    for path in (tmp_path / "cache" / "pages").iterdir():
        path.write_text('{"slug": 1')
    assert make_builder({}, cache=tmp_path / "cache").build().files == first.files


def test_exercises_are_joined_with_their_judges(make_builder: Make) -> None:
    chapter = "# C\n\n:::{exercise} Double $x$\n:id: double\n\nDouble it.\n\n```{starter}\ndef double(x):\n    ...\n```\n:::\n"
    judge = (
        "from pellucid.grading import exercise\n\n"
        'ex = exercise("double", entry="double", hints=["Add $x$ to itself.", "b", "c"])\n\n\n'
        "@ex.inputs\ndef inputs(rng):\n    yield (1.0,)\n\n\n@ex.reference\ndef double(x):\n    return 2 * x\n"
    )
    site = make_builder({"c/index.md": chapter, "c/exercises.py": judge, **STRICT}).build()
    data = json.loads(text(site, "c/exercises.json"))
    entry = data["exercises"]["double"]
    assert data["source"] == judge
    assert entry["starter"] == "def double(x):\n    ..."
    assert "<math" in entry["hints"][0] and "\ue000" not in json.dumps(entry, ensure_ascii=False)
    assert "return 2 * x" in entry["solution"]["code"]
    assert "return 2 * x" not in text(site, "c/index.html")
    assert json.loads(text(site, "c/index.html").partition("id='page-data'>")[2].partition("</script>")[0])[
        "exercises"
    ] == [{"id": "double", "title": "Double $x$", "kind": "function"}]


def test_exercise_without_judge_and_judge_without_exercise_are_faults(make_builder: Make) -> None:
    chapter = ":::{exercise} A\n:id: here\n\n```{starter}\nx\n```\n:::\n"
    judge = (
        "from pellucid.grading import exercise\nex = exercise('there', entry='f', hints=['a', 'b', 'c'])\n"
        "@ex.inputs\ndef i(rng):\n    yield (1,)\n@ex.reference\ndef f(x):\n    return x\n"
    )
    site = make_builder({"c/index.md": chapter, "c/exercises.py": judge, **STRICT}, show_faults=True).build()
    messages = {(f.file, f.message) for f in site.faults}
    assert ("c/index.md", "the exercise “here” is not in c/exercises.py.") in messages
    assert ("c/exercises.py", "the exercise “there” is not on the page c/index.md.") in messages


def test_nothing_to_build_says_what_to_do(make_builder: Make, tmp_path: Path) -> None:
    with pytest.raises(PellucidError, match="no Markdown file or notebook"):
        make_builder({"x.txt": "x"}).build()
    with pytest.raises(PellucidError, match="no such folder"):
        Builder(tmp_path / "none", static=tmp_path).build()


def test_page_data_cannot_end_its_script(make_builder: Make) -> None:
    body = text(make_builder({"a.md": "# </script><script>alert(1)</script>"}).build(), "a/index.html")
    assert "</script><script>alert" not in body.partition("id='page-data'>")[2]


def test_search_holds_every_section(make_builder: Make) -> None:
    documents = json.loads(
        text(make_builder({"a.md": "# A\n\nOne.\n\n## B\n\nTwo $x^2$.\n"}).build(), "search.json")
    )["documents"]
    assert documents == [
        {"page": "a", "anchor": "", "chapter": "A", "title": "A", "text": "One."},
        {"page": "a", "anchor": "b", "chapter": "A", "title": "B", "text": "Two x^2."},
    ]
