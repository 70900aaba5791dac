"""The safetensors format, with the names of safetensors.torch: tensors by name and nothing else, so that no file can run code.

A file: the header's length (8 bytes, little-endian), the header (JSON: for each name its type, shape and place in the data), the
data. Where the safetensors package can be imported it reads and writes; `encode` and `decode`, which a browser uses, give the
same bytes. Source: the format's description in the package's documentation, version 0.8.
"""

from __future__ import annotations

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
import json
import struct
from typing import Any

import numpy as np

from pellucid.torch import dtypes
from pellucid.torch.serialization import files
from pellucid.torch.serialization.storage import from_bytes, root_of, to_bytes
from pellucid.torch.size import device as at_device
from pellucid.torch.tensor import Tensor, memory, wrap

try:
    import safetensors as package
except ImportError:  # in the browser
    package = None

Entry = tuple[dtypes.dtype, list[int], bytes]  # type, shape, elements in row order

CODES = {  # in the order in which a file has them
    "I64": dtypes.int64,
    "F64": dtypes.float64,
    "F32": dtypes.float32,
    "I32": dtypes.int32,
    "BF16": dtypes.bfloat16,
    "F16": dtypes.float16,
    "I16": dtypes.int16,
    "I8": dtypes.int8,
    "U8": dtypes.uint8,
    "BOOL": dtypes.bool_,
}
CODE_OF = {own: code for code, own in CODES.items()}
RANK = {code: k for k, code in enumerate(CODES)}


def save(tensors: dict[str, Tensor], metadata: dict[str, str] | None = None) -> bytes:
    """The file's bytes. metadata: texts to be kept beside the tensors."""
    entries = flatten(tensors)
    check_metadata(metadata)
    by_package = hasattr(package, "TensorSpec")  # older versions take other arguments
    return encode_by_package(entries, metadata) if by_package else encode(entries, metadata)


def save_file(tensors: dict[str, Tensor], filename: Any, metadata: dict[str, str] | None = None) -> None:
    """Write the file; what was there before stays if it fails."""
    files.write(filename, save(tensors, metadata))


def load(data: bytes) -> dict[str, Tensor]:
    """The tensors of a file's bytes, by name, in the order in which the format lays them out."""
    return unpack(data, "the data")


def load_file(filename: Any, device: Any = "cpu") -> dict[str, Tensor]:
    """The tensors of a file, by name, in the order in which the format lays them out."""
    at_device(device)
    place, data = files.read(filename)
    return unpack(data, place)


def flatten(tensors: dict[str, Tensor]) -> dict[str, Entry]:
    """The tensors' types, shapes and bytes; errors in the words of safetensors.torch."""
    if not isinstance(tensors, dict):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ValueError(f"Expected a dict of [str, torch.Tensor] but received {type(tensors)}")
    for name, t in tensors.items():
        if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ValueError(f"Names of tensors must be strings, but one is {name!r}")
        if not isinstance(t, Tensor):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ValueError(
                f"Key `{name}` is invalid, expected torch.Tensor but received {type(t)}; the safetensors format holds tensors "
                "only: save a checkpoint of nested data under a name that ends in .pt"
            )
    shared = names_sharing(tensors)
    if shared:
        raise RuntimeError(
            f"Some tensors share memory, this will lead to duplicate memory on disk and potential differences when loading them "
            f"again: {shared}. Save one of them, or clone() the others; an archive (a name that ends in .pt) keeps them together"
        )
    for name, t in tensors.items():
        if not t.is_contiguous():
            raise ValueError(
                f"You are trying to save a non contiguous tensor: `{name}` which is not allowed. Call "
                "`.contiguous()` on it to pack it before saving."
            )
    return {name: (t.dtype, list(t.array.shape), to_bytes(memory(t), t.dtype)) for name, t in tensors.items()}


def names_sharing(tensors: dict[str, Tensor]) -> list[list[str]]:
    """Groups of names whose elements overlap in memory."""
    areas: list[tuple[int, int, int, str]] = []
    for name, t in tensors.items():
        array = memory(t)
        start = array.__array_interface__["data"][0]
        reach = sum((n - 1) * s for n, s in zip(array.shape, array.strides, strict=True)) + array.itemsize
        if array.size:
            areas.append((root_of(array).__array_interface__["data"][0], start, start + reach, name))
    groups: list[list[str]] = []
    root, end = -1, -1
    for own, start, stop, name in sorted(areas):
        if own == root and start < end:
            groups[-1].append(name)
        else:
            groups.append([name])
            end = stop
        root, end = own, max(end, stop)
    return [sorted(g) for g in groups if len(g) > 1]


def check_metadata(metadata: Any) -> None:
    """ValueError unless texts by text."""
    if metadata is not None and not (
        isinstance(metadata, dict) and all(isinstance(s, str) for item in metadata.items() for s in item)
    ):
        raise ValueError(f"metadata must be a dictionary of strings, not {metadata!r}")


def in_order(entries: dict[str, Entry]) -> list[tuple[str, Entry]]:
    """Larger types first, so that all begin at multiples of their size; then by name."""
    return sorted(entries.items(), key=lambda item: (RANK[CODE_OF[item[1][0]]], item[0].encode()))


def encode(entries: dict[str, Entry], metadata: dict[str, str] | None) -> bytes:
    """The file."""
    header: dict[str, Any] = {}
    if metadata:
        header["__metadata__"] = metadata
    pieces: list[bytes] = []
    end = 0
    for name, (own, shape, data) in in_order(entries):
        header[name] = {"dtype": CODE_OF[own], "shape": shape, "data_offsets": [end, end + len(data)]}
        pieces.append(data)
        end += len(data)
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([struct.pack("<Q", len(text)), text, *pieces])


def encode_by_package(entries: dict[str, Entry], metadata: dict[str, str] | None) -> bytes:
    """The same, written by the package."""
    assert package is not None
    buffers = [
        np.frombuffer(data, np.uint8) for _, _, data in entries.values()
    ]  # they live until it has read them
    specs = {
        name: package.TensorSpec(
            dtype=own.name, shape=shape, data_ptr=b.__array_interface__["data"][0], data_len=b.size
        )
        for b, (name, (own, shape, _)) in zip(buffers, entries.items(), strict=True)
    }
    return package.serialize(specs, metadata or None)


def unpack(data: bytes, place: str) -> dict[str, Tensor]:
    """The tensors in `data`; RuntimeError naming `place` where it is damaged."""
    found: dict[str, Entry] = {}
    try:
        for name, code, shape, piece in decode(data) if package is None else decode_by_package(data):
            if code not in CODES:
                raise ValueError(f"'{name}' is of type {code}, which is absent from pellucid.torch")
            found[name] = (CODES[code], shape, piece)
    except ValueError as error:
        raise RuntimeError(f"{place}: not a whole safetensors file: {error}") from None
    return {
        name: wrap(from_bytes(p, own, "little").reshape(shape), own)
        for name, (own, shape, p) in in_order(found)
    }


def decode_by_package(data: bytes) -> list[tuple[str, str, list[int], bytes]]:
    """(name, type, shape, bytes) of each tensor, read by the package."""
    assert package is not None
    try:
        return [(name, t["dtype"], t["shape"], t["data"]) for name, t in package.deserialize(data)]
    except package.SafetensorError as error:
        raise ValueError(str(error)) from None


def decode(data: bytes) -> list[tuple[str, str, list[int], bytes]]:
    """The same; ValueError for a header that is not one, and for data that it does not cover from end to end."""
    length = struct.unpack("<Q", data[:8])[0] if len(data) >= 8 else 0
    if not 2 <= length <= len(data) - 8:
        raise ValueError("the header is not complete")
    header = json.loads(data[8 : 8 + length])
    if not isinstance(header, dict):
        raise ValueError("the header is not a JSON object")
    header.pop("__metadata__", None)
    body = data[8 + length :]
    out: list[tuple[str, str, list[int], bytes]] = []
    for name, t in header.items():
        if not isinstance(t, dict) or sorted(t) != ["data_offsets", "dtype", "shape"]:
            raise ValueError(f"the header says of '{name}' {t}, not a type, a shape and a place")
        code, shape, place = t["dtype"], t["shape"], t["data_offsets"]
        if (
            not (isinstance(shape, list) and isinstance(place, list))
            or not all(type(n) is int and n >= 0 for n in (*shape, *place))
            or len(place) != 2
        ):
            raise ValueError(f"the header says of '{name}' {t}")
        size = (
            CODES[code].itemsize * int(np.prod(shape, dtype=object)) if code in CODES else place[1] - place[0]
        )
        if place[1] - place[0] != size:
            raise ValueError(
                f"'{name}' of shape {shape} and type {code} has {place[1] - place[0]} bytes, not {size}"
            )
        out.append((name, code, shape, body[place[0] : place[1]]))
    end = 0
    for place in sorted(t["data_offsets"] for t in header.values()):
        if place[0] != end:
            raise ValueError(f"the data has a gap or an overlap at byte {end}")
        end = place[1]
    if end != len(body):
        raise ValueError(f"the header tells of {end} bytes of data, but {len(body)} are there")
    return out
