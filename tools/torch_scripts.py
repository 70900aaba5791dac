"""Record what PyTorch prints for the scripts of tests/torch/scripts, so that tests can replay it without PyTorch.

    python -m venv env && env/bin/pip install torch==2.13.0 numpy
    env/bin/python tools/torch_scripts.py             # writes tests/torch/scripts/fixtures/printed.json
    env/bin/python tools/torch_scripts.py --print     # the same, to standard output

It runs whatever `import torch` finds: the test that compares runs the same functions with pellucid.torch in its place.
"""

from __future__ import annotations

import contextlib
import io
import json
import runpy
import sys
import warnings
from pathlib import Path

SCRIPTS = Path(__file__).parents[1] / "tests" / "torch" / "scripts"


def names() -> list[str]:
    """The scripts, in order."""
    return sorted(path.stem for path in SCRIPTS.glob("*.py") if not path.stem.startswith("test_"))


def printed(name: str) -> list[str]:
    """The lines that a script prints; what it set as default is put back."""
    import torch

    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what either library warns of is another test's subject
            runpy.run_path(str(SCRIPTS / f"{name}.py"), run_name="__main__")
    finally:
        torch.set_default_dtype(torch.float32)
        torch.set_printoptions(profile="default")
    return out.getvalue().splitlines()


def main() -> None:
    import torch

    torch.set_num_threads(1)  # as the tests run
    text = json.dumps({name: printed(name) for name in names()}, indent=0, ensure_ascii=False) + "\n"
    if sys.argv[1:] == ["--print"]:
        sys.stdout.write(text)
    else:
        (SCRIPTS / "fixtures").mkdir(exist_ok=True)
        (SCRIPTS / "fixtures" / "printed.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
