"""The part of scikit-learn's own tests that must pass with Pellucid's classes under its names.

allowed.txt and the reasons for what is left out (docs/records/sklearn-tests.md) are written by tools/sklearn_suite.py.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ALLOWED = (HERE / "allowed.txt").read_text(encoding="utf-8").splitlines()
FILES = sorted({line.partition("::")[0] for line in ALLOWED})


def test_the_list_is_of_the_installed_version() -> None:
    assert version("scikit-learn").startswith("1.9."), "run tools/sklearn_suite.py and look at what changed"
    assert len(ALLOWED) > 500


@pytest.mark.parametrize("file", FILES)
@pytest.mark.timeout(600)
def test_scikit_learns_own_tests_pass(file: str, tmp_path: Path) -> None:
    chosen = [line for line in ALLOWED if line.startswith(f"{file}::")]
    arguments = tmp_path / "arguments.txt"
    arguments.write_text("\n".join(["--pyargs", *chosen]), encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(HERE), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    options = ["-p", "ours_for_theirs", "-p", "no:cacheprovider", "-c", os.devnull, "-q", "--timeout=120"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, f"@{arguments}"],
        env=environment, cwd=tmp_path, check=False, capture_output=True, text=True,
    )  # fmt: skip
    summary = done.stdout.strip().splitlines()[-1]
    assert done.returncode == 0, done.stdout[-6000:]
    passed = re.search(r"(\d+) passed", summary)
    assert passed and int(passed[1]) >= len(chosen)
    assert "skipped" not in summary and "failed" not in summary
