"""`import torch` finds pellucid.torch: in pages, in exercises and where `install` was called."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from typing import Any


class Alias(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds torch.x.y as pellucid.torch.x.y: the very same module under both names."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        """A spec for torch and all beneath it that exists here."""
        if fullname != "torch" and not fullname.startswith("torch."):
            return None
        try:
            found = importlib.util.find_spec("pellucid." + fullname)
        except ModuleNotFoundError:
            return None
        return None if found is None else importlib.machinery.ModuleSpec(fullname, self)

    def create_module(self, spec: Any) -> Any:
        """The module itself."""
        module = importlib.import_module("pellucid." + spec.name)
        self.own = module.__spec__
        return module

    def exec_module(self, module: Any) -> None:
        """It is loaded already; only its own name comes back, which the import system has overwritten."""
        module.__spec__ = self.own


def install() -> None:
    """Let `import torch` find pellucid.torch, also where PyTorch is installed, unless that was imported before."""
    if "torch" not in sys.modules and not any(isinstance(f, Alias) for f in sys.meta_path):
        sys.meta_path.insert(0, Alias())
