"""The reference page of the models: its examples run, and it names what there is. PELLUCID_GOLDEN=write writes the list anew."""

from __future__ import annotations

import dataclasses
import doctest
import importlib
import inspect
import os
import pkgutil
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sklearn

from pellucid import models
from pellucid.models.stats import Distribution

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "models.md"
FAMILIES = [each.name for each in pkgutil.iter_modules(models.__path__) if each.ispkg]


def first_sentence(doc: str) -> str:
    paragraph = " ".join(inspect.cleandoc(doc).split("\n\n")[0].split())
    sentence = re.split(r"(?<=[.?])\s(?=[A-Z])", paragraph)[0].rstrip(":")
    return sentence if sentence[-1] in ".?" else f"{sentence}."


def called_as(name: str, value: object) -> str:
    """The name with its parameters, of functions, models and splitters; of what they return the name alone."""
    returned = inspect.isclass(value) and (
        issubclass(value, (Exception, tuple))
        or (dataclasses.is_dataclass(value) and not issubclass(value, Distribution))
    )
    if returned or not callable(value):
        return name
    shown = [each.replace(annotation=inspect.Parameter.empty) for each in parameters_of(value).values()]
    return name + re.sub(r"<(?:function|class) '?(?:\w+\.)*(\w+).*?>", r"\1", str(inspect.Signature(shown)))


def parameters_of(value: Callable[..., object]) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(value).parameters)


def list_names() -> Iterator[str]:
    for family in FAMILIES:
        module = importlib.import_module(f"pellucid.models.{family}")
        yield f"\n### pellucid.models.{family}\n\n{first_sentence(module.__doc__)}\n\n"
        for name in sorted(module.__all__, key=lambda name: (not name[0].isupper(), name)):
            value = getattr(module, name)
            says = f"{', '.join(value)}." if isinstance(value, dict) else first_sentence(value.__doc__)
            yield f"- `{called_as(name, value)}`: {says}\n"
    yield "\n"


def list_differences() -> Iterator[str]:
    """What our functions and models of one name with scikit-learn's have otherwise."""
    yield "\n"
    for family in FAMILIES:
        try:
            theirs = importlib.import_module(f"sklearn.{family}")
        except ModuleNotFoundError:
            continue
        module = importlib.import_module(f"pellucid.models.{family}")
        for name in module.__all__:
            if callable(getattr(module, name)) and hasattr(theirs, name):
                yield from compare(
                    name, parameters_of(getattr(module, name)), parameters_of(getattr(theirs, name))
                )
    yield "\n"


def compare(
    name: str, ours: dict[str, inspect.Parameter], theirs: dict[str, inspect.Parameter]
) -> Iterator[str]:
    open_ended = [key for key, each in ours.items() if each.kind is inspect.Parameter.VAR_KEYWORD]
    added = [key for key in ours if key not in theirs and key not in (*open_ended, "see")]
    missing = [key for key in theirs if key not in ours and not open_ended]
    given = [key for key in ours if key in theirs and ours[key].default is not inspect.Parameter.empty]
    other = [key for key in given if ours[key].default != theirs[key].default]
    said = [f"adds {', '.join(f'`{key}`' for key in added)}"] if added else []
    said += [f"`{key}={ours[key].default!r}` for {theirs[key].default!r}" for key in other]
    said += [f"leaves out {', '.join(f'`{key}`' for key in missing)}"] if missing else []
    if said:
        yield f"- `{name}`: {'; '.join(said)}.\n"


@pytest.mark.parametrize(("mark", "write"), [("names", list_names), ("differences", list_differences)])
def test_the_page_lists_what_there_is(mark: str, write: Callable[[], Iterator[str]]) -> None:
    if mark == "differences" and not sklearn.__version__.startswith("1.9."):
        pytest.skip("the page compares with scikit-learn 1.9")
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(f"<!-- {mark} -->\n")
    written, after = rest.split(f"<!-- end of {mark} -->")
    listed = "".join(write())
    if os.environ.get("PELLUCID_GOLDEN") == "write":
        whole = f"{before}<!-- {mark} -->\n{listed}<!-- end of {mark} -->{after}"
        PAGE.write_text(whole, encoding="utf-8")
    else:
        assert written == listed, (
            "PELLUCID_GOLDEN=write pytest tests/models/test_reference.py writes the list anew"
        )


def test_examples_print_what_they_say() -> None:
    found = doctest.testfile(str(PAGE), module_relative=False)
    assert found.attempted > 15 and found.failed == 0


@pytest.mark.parametrize("family", FAMILIES)
def test_every_public_name_has_a_docstring(family: str) -> None:
    module = importlib.import_module(f"pellucid.models.{family}")
    for name in module.__all__:
        value = getattr(module, name)
        generated = inspect.isclass(value) and (value.__doc__ or "").startswith(f"{name}(")  # by dataclass
        assert isinstance(value, dict) or (value.__doc__ and not generated), name


def test_no_family_is_loaded_before_it_is_asked_for() -> None:
    code = "import sys, pellucid.models; print([m for m in sys.modules if m.startswith('pellucid.models.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
