"""torch.save and torch.load: tensors and plain data to a file and back, in formats that PyTorch itself reads and writes."""

from __future__ import annotations

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
import os
from pathlib import Path
from typing import Any

from pellucid.torch.serialization import archive, files
from pellucid.torch.serialization.storage import Placing

LEGACY_PICKLE = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."  # how files began before torch 1.6


def save(obj: Any, f: Any) -> None:
    """Write tensors and plain data, nested in lists, tuples, sets and dictionaries, to a path or a file open for writing.

    A path that ends in .safetensors gets the safetensors format, which holds a dictionary of names and tensors and nothing else;
    everything else gets torch's own archive, which torch.load(…, weights_only=True) opens. Tensors that share memory will share
    it again, and like torch's the archive then holds all of that memory, even for a small view of it: clone() the view first. A
    path has either its former content or the new one, never a part. TypeError: something else is in `obj`, and where.
    """
    if is_path(f) and os.fspath(f).endswith(".safetensors"):
        from pellucid.torch.safetensors import save_file

        save_file(obj, f)
        return
    data = archive.pack(obj)
    if is_path(f):
        files.write(f, data)
    elif hasattr(f, "write"):
        f.write(data)
    else:
        raise AttributeError(
            f"expected 'f' to be string, path, or a file-like object with a 'write' attribute, not {f!r}"
        )


def load(
    f: Any, map_location: Any = None, *, weights_only: bool | None = None, mmap: bool | None = None
) -> Any:
    """What save wrote, or torch.save or safetensors.torch.save_file in PyTorch: the content tells which.

    f: a path or a file open for reading. map_location: 'cpu', a device, a dictionary from devices in the file to 'cpu', or a
    function of (storage, device) that returns the storage or None; needed for files from a GPU. Only weights and plain data are
    read: weights_only=False allows no more. mmap is accepted because the numbers are the same; the file is read at once.
    Errors: pickle.UnpicklingError for anything but weights, RuntimeError for a damaged file, naming the place.
    """
    place, data = files.read(f)
    placing = Placing(map_location)
    if data[:4] == b"PK\x03\x04":
        return archive.unpack(data, place, placing)
    if data[8:9] == b"{":
        from pellucid.torch.safetensors import unpack

        placing.check_cpu()
        return unpack(data, place)
    if not data:
        raise EOFError(f"{place} is empty")
    if data.startswith(LEGACY_PICKLE):
        raise RuntimeError(
            f"{place} is in the format before torch 1.6, which is absent from pellucid.torch; "
            "load it in PyTorch and save it again"
        )
    raise RuntimeError(
        f"{place} is neither an archive of torch.save nor safetensors: it begins with {data[:8]!r}. "
        "It may be damaged, or in another format"
    )


def is_path(f: Any) -> bool:
    """Whether `f` names a file."""
    return isinstance(f, (str, os.PathLike, Path))


def __getattr__(name: str) -> Any:
    from pellucid.torch.absent import missing_name

    raise missing_name("torch.serialization", name, globals())


__all__ = ["load", "save"]
