"""Run a cell and record what happened: the same code in CPython and in the browser's worker."""

from pellucid.xray.imports import find_imports
from pellucid.xray.run import Emit, Runner

__all__ = ["Emit", "Runner", "find_imports"]
