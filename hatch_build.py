"""Build hook: a wheel holds the built front end; in a checkout without it, npm builds it first."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FrontEndHook(BuildHookInterface):  # type: ignore[type-arg]
    """Makes src/pellucid/server/static before the wheel is packed."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the front end unless it stands already; an editable install leaves it to `make setup`."""
        root = Path(self.root)
        if version == "editable" or (root / "src/pellucid/server/static/manifest.json").is_file():
            return
        npm = shutil.which("npm")
        if npm is None:
            raise RuntimeError(
                "The front end is not built, and npm was not found. Install Node 20 or newer, then try again."
            )
        subprocess.run([npm, "install", "--no-save", "--no-audit", "--no-fund"], cwd=root / "web", check=True)
        subprocess.run([npm, "run", "build"], cwd=root / "web", check=True)
