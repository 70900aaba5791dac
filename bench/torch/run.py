"""pellucid.torch beside PyTorch, micrograd and HIPS autograd: same process, same numbers, one thread, medians.

    python bench/torch/run.py [FAMILY …]      FAMILY: a file beside this one, for example networks or scalars

The peers are no dependencies: they are installed once into an environment of their own in the cache folder. The first step of
each pair must agree before it is timed. RESULTS.md holds the ratios; what stays behind, and why, stands in out-of-reach.md.
"""

from __future__ import annotations

import importlib
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pellucid
from pellucid.runtime import cache_folder

HERE = Path(__file__).parent
RESULTS = HERE / "results"
PEERS = ("torch==2.13.0", "autograd==1.9.1", "micrograd==0.1.0")
FAMILIES = {
    "networks": "Training steps beside torch",
    "scalars": "Graphs of single numbers",
    "functions": "Functions of arrays beside HIPS autograd",
    "memory": "Memory of forward and backward",
}
"""Measured where the peers are."""
OWN = ("compress", "browser")
"""Measured without the peers: each has a function table() with its heading and its rows."""
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def main() -> None:
    os.environ.update(ONE_THREAD)
    RESULTS.mkdir(exist_ok=True)
    names = (*FAMILIES, *(name for name in OWN if (HERE / f"{name}.py").is_file()))
    for family in sys.argv[1:] or names:
        text = with_peers(family) if family in FAMILIES else own(family)
        (RESULTS / f"{family}.md").write_text(text, encoding="utf-8")
        print(text, flush=True)
    parts = [path.read_text(encoding="utf-8") for name in names if (path := RESULTS / f"{name}.md").is_file()]
    (HERE / "RESULTS.md").write_text("\n".join([head(), *parts]), encoding="utf-8")


def head() -> str:
    return (
        "# pellucid.torch, measured\n\n"
        f"Written by `python -m bench torch`: one thread, medians, Python {platform.python_version()}, NumPy {version('numpy')}, "
        f"{', '.join(PEERS).replace('==', ' ')}; {processor()}, {os.cpu_count()} cores.\n"
        "A ratio is ours ÷ the peer's. Both run in turn in one process; their first steps agreed before they were timed.\n"
        "What stays behind, and why: [out of reach](out-of-reach.md).\n"
    )


def processor() -> str:
    """The processor's name, where the system tells it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    return next((line.split(": ")[1] for line in lines if line.startswith("model name")), platform.machine())


def with_peers(family: str) -> str:
    done = subprocess.run(
        [environment(cache_folder() / "bench" / "torch"), HERE / "measure.py", family],
        env=os.environ | {"PYTHONPATH": str(Path(pellucid.__file__).parents[1])},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return f"## {FAMILIES[family]}\n\n{done.stdout}"


def environment(folder: Path) -> Path:
    """The Python that has the peers, and this one's NumPy and SciPy."""
    python = folder / "bin" / "python"
    if not (folder / "done").is_file():
        own_numbers = [f"{name}=={version(name)}" for name in ("numpy", "scipy")]
        for command in (
            [sys.executable, "-m", "venv", "--clear", folder],
            [python, "-m", "pip", "install", "--quiet", *PEERS, *own_numbers],
        ):
            subprocess.run(command, check=True)
        (folder / "done").touch()
    return python


def own(family: str) -> str:
    sys.path.insert(0, str(HERE))
    return "\n".join(importlib.import_module(family).table()) + "\n"


if __name__ == "__main__":
    main()
