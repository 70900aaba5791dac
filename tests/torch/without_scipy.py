"""Which names of torch need SciPy: takes SciPy away, calls everything that it can, and prints what failed for want of it."""

from __future__ import annotations

import importlib.abc
import importlib.util
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any


class NoSciPy(importlib.abc.MetaPathFinder):
    """A Python in which SciPy is not installed."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name.partition(".")[0] == "scipy":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, NoSciPy())

from pellucid import torch  # noqa: E402
from pellucid.torch import nn  # noqa: E402

WORDS = ("gelu", "relu")  # of `activation=`


def misses_scipy(call: Callable[[], object]) -> bool:
    """Whether the call ends for want of SciPy. Any other end says nothing."""
    try:
        call()
    except ModuleNotFoundError as error:
        return (error.name or "").startswith("scipy")
    except Exception:
        return False
    return False


def operations(replay: ModuleType) -> Iterator[str]:
    recorded = replay.Recorded()
    for operation in recorded.operations:
        title = replay.title_of(operation)
        for call in operation["calls"]:
            if misses_scipy(lambda title=title, call=call: replay.replay(recorded, title, call)):
                yield title.partition(" ")[0].rpartition(".")[2]
                break


def layers() -> Iterator[str]:
    x = torch.rand(2, 4)
    for name in nn.__all__:
        kind = getattr(nn, name)
        if (
            isinstance(kind, type)
            and issubclass(kind, nn.Module)
            and misses_scipy(lambda kind=kind: kind()(x))
        ):
            yield name
    for word in WORDS:
        if misses_scipy(lambda word=word: nn.TransformerEncoderLayer(4, 2, 8, activation=word)(x)):
            yield word
    for name in dir(nn.init):
        if name.endswith("_") and not name.startswith("_"):
            fill = getattr(nn.init, name)
            if misses_scipy(lambda fill=fill: fill(torch.empty(4, 4))):
                yield name


def main() -> None:
    warnings.simplefilter("ignore")
    file = Path(__file__).parent / "test_operations.py"
    spec = importlib.util.spec_from_file_location("replay", file)
    assert spec is not None and spec.loader is not None
    replay = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(replay)
    print("\n".join(sorted({*operations(replay), *layers()})))


if __name__ == "__main__":
    main()
