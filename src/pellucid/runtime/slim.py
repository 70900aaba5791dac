"""What a package leaves behind on its way into the browser."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

# Why a file is not needed: what its path matches.
_DROPPED = {
    "a package's own tests": (
        r"(^|/)(tests?|conftest)(/|\.py$)",
        r"^numpy/_core/_(operand_flag|rational|struct_ufunc|umath)_tests\.",
        r"^numpy/_core/_simd\.",
        r"^scipy/.*_(test|ctest|cytest)[a-z_]*\.[^/]*\.so$|^scipy/_lib/_test_",
    ),
    "to build other packages against this one": (
        r"\.(pyi|pxd|pyx|c|h|hpp|cpp|f|f90|a|lib|in|build|typed|map)$",
        r"^numpy/(_core/(include|lib)|random/(lib|_examples)|f2py|distutils|_pyinstaller|doc)/",
    ),
    "benchmarks, sample data, documentation": (
        r"^sympy/(parsing/autolev/test-examples/|(.*/)?benchmarks?/)",
        r"^matplotlib/mpl-data/(sample_data|images|plot_directive|kpsewhich\.lua)",
        r"^matplotlib/sphinxext/",
        r"^scipy/misc/face\.dat$",
    ),
    "windows, shells and printers, of which a page has none": (
        r"^isympy\.py$",
        r"^matplotlib/backends/(web_backend|qt_editor|_backend_gtk|backend_(gtk|qt|tk|wx|mac|nb|web|cairo))",
        r"^matplotlib/mpl-data/fonts/(afm|pdfcorefonts)/",
    ),
    "the installer's records": (
        r"\.dist-info/(?!METADATA$|LICEN[CS]E|licenses?/|COPYING|NOTICE)",
        r"\.data/",
    ),
}
_ANY = re.compile("|".join(pattern for patterns in _DROPPED.values() for pattern in patterns))

# NumPy imports f2py when a package asks for all of its names, as SciPy does.
_REPLACED = {
    "numpy/f2py/__init__.py": b'"""NumPy compiles Fortran here, where there is a compiler. In the browser there is none."""\n'
}


def is_needed(path: str) -> bool:
    """Whether a wheel's file goes into the browser."""
    return not path.endswith("/") and _ANY.search(path) is None


def read_needed(wheel: Path) -> Iterator[tuple[str, bytes]]:
    """The files of a wheel (or of an archive of shared libraries) that the browser needs, sorted by path."""
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(archive.namelist()):
            if name in _REPLACED:
                yield name, _REPLACED[name]
            elif is_needed(name):
                yield name, archive.read(name)
