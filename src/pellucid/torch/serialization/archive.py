"""torch's own file format since 1.6: a zip of data.pkl, which tells what there is, and of data/0, data/1, …: the memory."""

from __future__ import annotations

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportPrivateUsage=false, reportUntypedBaseClass=false
import io
import pickle
import struct
import sys
import zipfile
import zlib
from collections import Counter, OrderedDict
from typing import Any

from pellucid.torch.dtypes import dtype
from pellucid.torch.nn.modules.module import Module
from pellucid.torch.nn.parameter import Parameter
from pellucid.torch.serialization.storage import OF_NAME, Placing, Storage, Storages, from_bytes, to_bytes
from pellucid.torch.serialization.unpickle import Unpickler
from pellucid.torch.size import Size, device
from pellucid.torch.tensor import Tensor, memory, wrap

PLAIN = (type(None), bool, int, float, str)
WHOLE = (*PLAIN, bytes, bytearray, complex, Size, dtype, device, Tensor, Parameter)
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    ValueError,
)  # what zipfile raises
ALIGNMENT = 64  # where torch lets each storage begin, so that it can be mapped into memory


def pack(obj: Any) -> bytes:
    """The whole file."""
    check(obj, "obj", set())
    text = io.BytesIO()
    pickler = Pickler(text)
    pickler.dump(obj)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as z:
        add(z, file, "archive/data.pkl", text.getvalue())
        add(z, file, "archive/byteorder", sys.byteorder.encode())
        for storage in pickler.storages.all():
            add(z, file, f"archive/data/{storage.key}", to_bytes(storage.array, storage.dtype))
        add(z, file, "archive/version", b"3\n")
    return file.getvalue()


def add(z: zipfile.ZipFile, file: io.BytesIO, name: str, data: bytes) -> None:
    """One more record, its data on a multiple of 64 bytes."""
    info = zipfile.ZipInfo(name)  # of the year 1980, so that the same content gives the same file
    before = file.tell() + 30 + len(name) + 4
    padding = -before % ALIGNMENT
    info.extra = b"FB" + struct.pack("<H", padding) + b"Z" * padding
    z.writestr(info, data)


def check(obj: Any, where: str, above: set[int]) -> None:
    """TypeError for what is neither tensor nor plain data, naming where it is; above: the containers that it is in."""
    kind = type(obj)
    if kind in WHOLE:
        return
    if kind in (dict, OrderedDict, Counter, list, tuple, set):
        if id(obj) in above:
            return
        if kind is OrderedDict and vars(obj):  # a state_dict has _metadata
            check(vars(obj), f"the attributes of {where}", above)
        inside: Any = obj.items() if isinstance(obj, dict) else enumerate(obj)
        for key, value in inside:
            check(key, f"the key {key!r} of {where}", above)
            check(value, f"{where}[{key!r}]", above | {id(obj)})
        return
    if isinstance(obj, Module):
        raise NotImplementedError(
            f"{where} is a whole module ({kind.__name__}), which torch.save would keep by the name of its class: it could not be "
            "loaded where the class is another. Save its state_dict: torch.save(model.state_dict(), f), and load it by "
            "model.load_state_dict(torch.load(f))"
        )
    name = f"{kind.__module__}.{kind.__qualname__}"
    hint = ": save obj.item()" if kind.__module__ == "numpy" and hasattr(obj, "item") else ""
    hint = ": save torch.from_numpy(array)" if name == "numpy.ndarray" else hint
    raise TypeError(
        f"{where} is of type {name}, which torch.load(weights_only=True) would not read{hint}. Save tensors, numbers, "
        "strings, and lists, tuples, sets and dictionaries of them"
    )


class Named:
    """A function or class of torch, told to a pickle by its name."""

    def __init__(self, module: str, name: str) -> None:
        self.text = f"c{module}\n{name}\n".encode()

    def __call__(self) -> None:
        """Never called: pickle asks whether it could be."""


REBUILD_TENSOR = Named("torch._utils", "_rebuild_tensor_v2")
REBUILD_PARAMETER = Named("torch._utils", "_rebuild_parameter")
ENCODE = Named("_codecs", "encode")
SET, BYTEARRAY, COMPLEX = (Named("__builtin__", n) for n in ("set", "bytearray", "complex"))
SIZE, DEVICE = Named("torch", "Size"), Named("torch", "device")
STORAGE_TYPE = {d: Named("torch", name) for name, d in OF_NAME.items()}


BasePickler: Any = (
    pickle._Pickler
)  # the one in Python, because the one in C looks for torch's names by importing it


class Pickler(BasePickler):
    """Protocol 2, as torch writes it: its own names, and storages by key."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file, 2)
        self.storages = Storages()

    def persistent_id(self, obj: Any) -> Any:
        """What stands for a storage; None for all else."""
        if not isinstance(obj, Storage):
            return None
        return ("storage", STORAGE_TYPE[obj.dtype], obj.key, "cpu", obj.array.size)

    def reducer_override(self, obj: Any) -> Any:
        """(function, arguments) that make the object again, for those that Python alone would tell otherwise."""
        kind = type(obj)
        if kind is Tensor:
            storage, offset, strides = self.storages.locate(obj)
            shape = tuple(obj.array.shape)
            return REBUILD_TENSOR, (storage, offset, shape, strides, obj.requires_grad, OrderedDict())
        if kind is Parameter:
            data = wrap(memory(obj), obj.dtype)
            return REBUILD_PARAMETER, (data, obj.requires_grad, OrderedDict())
        if kind is bytes:
            return ENCODE, (obj.decode("latin1"), "latin1")
        if kind is bytearray:
            return BYTEARRAY, (bytes(obj),)
        if kind is set:
            return SET, (list(obj),)
        if kind is complex:
            return COMPLEX, (obj.real, obj.imag)
        if kind is Size:
            return SIZE, (tuple(obj),)
        if kind is device:
            return DEVICE, (obj.type,) if obj.index is None else (obj.type, obj.index)
        return NotImplemented

    def write_name(self, obj: Any) -> None:
        """A name of torch's."""
        text = obj.text if isinstance(obj, Named) else f"ctorch\n{obj.name}\n".encode()
        self.write(text)
        self.memoize(obj)

    dispatch = {**BasePickler.dispatch, Named: write_name, dtype: write_name}  # noqa: RUF012 - pickle's table


def unpack(data: bytes, place: str, placing: Placing) -> Any:
    """What the file holds. place: what to call it in messages."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as z:
            return Archive(z, place, placing).load()
    except DAMAGE as error:
        raise RuntimeError(
            f"{place}: failed reading zip archive: {error}. The file is damaged or not complete"
        ) from None


class Archive:
    """An open file and the storages read from it so far."""

    def __init__(self, z: zipfile.ZipFile, place: str, placing: Placing) -> None:
        self.z, self.place, self.placing = z, place, placing
        self.storages: dict[str, Storage] = {}
        self.tags: list[tuple[Storage, str]] = []  # where each was when it was saved
        found = [n for n in z.namelist() if n.endswith("/data.pkl") and n.count("/") == 1]
        if len(found) != 1:
            raise RuntimeError(f"{place}: a zip without data.pkl; torch.save did not write it")
        self.root = found[0].removesuffix("data.pkl")
        names = z.namelist()
        if f"{self.root}constants.pkl" in names:
            raise RuntimeError(
                f"{place} is a TorchScript archive, which is absent from pellucid.torch; use a state_dict saved by torch.save"
            )
        order = f"{self.root}byteorder"
        self.order = z.read(order).decode() if order in names else "little"

    def load(self) -> Any:
        """The object."""
        text = f"{self.root}data.pkl"
        obj = Unpickler(self.z.read(text), f"{self.place}: {text}", self.storage).load()
        for storage, tag in self.tags:
            self.placing.place(storage, tag)
        return obj

    def storage(self, name: str, key: str, tag: str, count: int) -> Storage:
        """The storage under a key, read once."""
        if key not in self.storages:
            self.storages[key] = self.read(name, key, tag, count)
        storage = self.storages[key]
        if OF_NAME.get(name) is not storage.dtype:
            raise RuntimeError(
                f"{self.place}: {self.root}data/{key} is told to be a {name} and of {storage.dtype}"
            )
        return storage

    def read(self, name: str, key: str, tag: str, count: int) -> Storage:
        """A storage from the file."""
        record = f"{self.root}data/{key}"
        if name not in OF_NAME:
            raise RuntimeError(
                f"{self.place}: {record} is a {name}, a type that is absent from pellucid.torch"
            )
        own = OF_NAME[name]
        try:
            data = self.z.read(record)
        except KeyError:
            raise RuntimeError(
                f"{self.place}: {record} is not in the file, though a tensor lies in it"
            ) from None
        if len(data) != count * own.itemsize:
            raise RuntimeError(
                f"{self.place}: {record} has {len(data)} bytes, not the {count * own.itemsize} of {count} elements of {own}"
            )
        storage = Storage(key, own, from_bytes(data, own, self.order))
        self.tags.append((storage, tag))
        return storage
