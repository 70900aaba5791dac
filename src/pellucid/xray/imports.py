"""Which modules a cell imports, found by parsing it."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator

# Commands of notebooks: `%matplotlib inline`, `%%time`, `!pip install …`, `name?`. They are no Python; a page needs none.
_COMMAND = re.compile(r"^\s*(%{1,2}\w|!|\?{1,2}\w)|^\s*[\w.]+\?{1,2}\s*$")


# Parts of the library that come to a page when a cell imports them.
OWN_PACKS = ("pellucid.models", "pellucid.torch")

# The library loads SciPy when it first needs it. These families do so in every fit: a page must fetch it with them.
STAND_ON_SCIPY = ("pellucid.models.decomposition", "pellucid.models.manifold", "pellucid.models.svm")

ALIASES = {"torch": "pellucid.torch"}  # what is imported by another name than its own

# Of torch, these functions and modules stand on SciPy; a test finds them by taking SciPy away.
TORCH_ON_SCIPY = frozenset(
    """
    GELU gelu erf erfc erfcx erfinv ndtr ndtri log_ndtr lgamma gammaln mvlgamma multigammaln digamma psi polygamma
    igamma igammac gammainc gammaincc zeta i0 i0e i1 i1e bessel_j0 bessel_j1 bessel_y0 bessel_y1 modified_bessel_i0
    modified_bessel_i1 modified_bessel_k0 modified_bessel_k1 scaled_modified_bessel_k0 scaled_modified_bessel_k1 lu
    lu_factor lu_factor_ex matrix_exp sparsify SparseLinear
    """.split()  # noqa: SIM905 - a word list
)


def strip_magics(source: str) -> str:
    """Blank out the notebook commands of a source that is not Python with them; every other line keeps its number."""
    try:
        ast.parse(source)
    except (SyntaxError, ValueError):
        return "\n".join("" if _COMMAND.match(line) else line for line in source.split("\n"))
    return source


def find_imports(source: str) -> list[str]:
    """Top-level names of the modules that `source` imports anywhere, sorted; empty if it does not parse.

    The parts of the library that are packs of their own are named too, torch by its own name here, and SciPy where what the cell
    names stands on it.
    """
    try:
        tree = ast.parse(strip_magics(source))
    except (SyntaxError, ValueError):
        return []
    modules = {ALIASES.get(name.partition(".")[0], name) for name in _imported(tree)}
    found = {name.partition(".")[0] for name in modules}
    found |= {pack for pack in OWN_PACKS if _reach(modules, pack)}
    if any(_reach(modules, family) for family in STAND_ON_SCIPY) or _needs_scipy_in_torch(tree, found):
        found.add("scipy")
    return sorted(found)


def _needs_scipy_in_torch(tree: ast.AST, found: set[str]) -> bool:
    # An earlier cell may have imported torch: then this one names only what it uses.
    return bool("pellucid.torch" in (found | sys.modules.keys()) and TORCH_ON_SCIPY & set(_words(tree)))


def _words(tree: ast.AST) -> Iterator[str]:
    """Every name, attribute and short text: `F.gelu`, `from torch import erf`, `activation="gelu"`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.alias):
            yield node.name
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _reach(modules: set[str], package: str) -> bool:
    return any(f"{name}.".startswith(f"{package}.") for name in modules)


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
