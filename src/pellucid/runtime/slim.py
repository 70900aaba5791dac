"""What a package leaves behind on its way into the browser."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

# One rule a line: (files that match it, are not needed because ...).
_DROPPED = tuple(
    (re.compile(pattern), reason)
    for pattern, reason in (
        (r"(^|/)(tests?|testing/tests|conftest)(/|\.py$)", "a package's own tests"),
        (r"\.(pyi|pxd|pyx|c|h|hpp|cpp|f|f90|a|lib|in|build|typed|map)$", "needed to build against the package"),
        (r"^numpy/(f2py|distutils|_pyinstaller|typing/tests|doc)/", "compiles Fortran, or packages for desktops"),
        (r"^numpy/_core/_(operand_flag|rational|struct_ufunc|umath)_tests\.|^numpy/_core/_simd\.", "test-only library"),
        (r"^numpy/_core/(include|lib)/|^numpy/random/(lib|_examples)/", "needed to build against NumPy"),
        (r"^scipy/.*_(test|ctest|cytest)[a-z_]*\.[^/]*\.so$|^scipy/_lib/_test_", "test-only library"),
        (r"^sympy/(parsing/autolev/test-examples/|(.*/)?benchmarks?/)|^isympy\.py$", "benchmarks and a shell"),
        (r"^matplotlib/mpl-data/(sample_data|images|plot_directive|kpsewhich\.lua|fonts/(afm|pdfcorefonts))", "sample data"),
        (r"^matplotlib/backends/(web_backend|qt_editor|_backend_gtk|backend_(gtk|qt|tk|wx|mac|nb|web|cairo))", "windows"),
        (r"^(matplotlib/sphinxext|mpl_toolkits/[^/]*/tests)/", "documentation builders"),
        (r"^scipy/misc/face\.dat$", "sample data"),
        (r"\.dist-info/(?!METADATA$|LICEN[CS]E|licenses?/|COPYING|NOTICE)", "installer's records"),
        (r"\.data/", "scripts and manual pages"),
    )
)

# NumPy imports f2py when a package asks for all of its names, as SciPy does.
_REPLACED = {
    "numpy/f2py/__init__.py": b'"""NumPy compiles Fortran here, where there is a compiler. In the browser there is none."""\n'
}


def is_needed(path: str) -> bool:
    """Whether a wheel's file goes into the browser."""
    return not path.endswith("/") and not any(pattern.search(path) for pattern, _ in _DROPPED)


def read_needed(wheel: Path) -> Iterator[tuple[str, bytes]]:
    """The files of a wheel (or of an archive of shared libraries) that the browser needs, sorted by path."""
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(archive.namelist()):
            if name in _REPLACED:
                yield name, _REPLACED[name]
            elif is_needed(name):
                yield name, archive.read(name)
