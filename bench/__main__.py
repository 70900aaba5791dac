"""Run every benchmark, or those named: `python -m bench [start|build|page]`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    names = sys.argv[1:] or sorted(folder.name for folder in HERE.iterdir() if (folder / "run.py").is_file())
    for name in names:
        script = HERE / name / "run.py"
        if not script.is_file():
            print(f"bench: there is no {name}.", file=sys.stderr)
            return 2
        print(f"== {name} ==", flush=True)
        status = subprocess.run([sys.executable, str(script)], check=False).returncode
        if status:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
