"""A reader of pickles that can make tensors and plain data and nothing else: torch.load's weights_only.

It interprets the few instructions that torch.save writes. A name that is not in the tables below is refused before anything is
called.
"""

from __future__ import annotations

# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import codecs
import pickletools
from collections import Counter, OrderedDict
from collections.abc import Callable
from pickle import UnpicklingError
from typing import Any

from pellucid.torch import dtypes
from pellucid.torch.nn.parameter import Parameter
from pellucid.torch.serialization.storage import Storage
from pellucid.torch.size import Size, device
from pellucid.torch.tensor import Tensor

FindStorage = Callable[[str, str, str, int], Storage]  # of its type, key, device and count of elements


def rebuild_tensor(
    storage: Any,
    offset: Any,
    shape: Any,
    strides: Any,
    requires_grad: Any = False,
    hooks: Any = None,
    metadata: Any = None,
) -> Tensor:
    """A view of a storage."""
    if not isinstance(storage, Storage) or metadata:
        raise UnpicklingError("a tensor must lie in a storage, and have no metadata of its own")
    if requires_grad and not storage.dtype.is_floating_point:
        raise UnpicklingError("only Tensors of floating point dtype can require gradients")
    return storage.view(offset, tuple(shape), tuple(strides)).requires_grad_(bool(requires_grad))


def rebuild_parameter(data: Any, requires_grad: Any, hooks: Any) -> Parameter:
    """A parameter on the memory of a tensor."""
    return Parameter(data, bool(requires_grad))


def encode(text: str, encoding: str) -> bytes:
    """Bytes, which protocol 2 writes as a string."""
    return codecs.encode(text, "latin1" if encoding == "latin1" else "ascii")


def rebuild_bytearray(data: bytes = b"") -> bytearray:
    """A copy of bytes; never one of a given length, which a file could choose at will."""
    return bytearray(memoryview(data))


CALLS: dict[str, Callable[..., Any]] = {  # what a file may call
    "torch._utils._rebuild_tensor": rebuild_tensor,
    "torch._utils._rebuild_tensor_v2": rebuild_tensor,
    "torch._utils._rebuild_parameter": rebuild_parameter,
    "collections.OrderedDict": OrderedDict,
    "collections.Counter": Counter,
    "torch.Size": Size,
    "torch.device": device,
    "_codecs.encode": encode,
    "builtins.set": set,
    "builtins.bytes": lambda: b"",
    "builtins.bytearray": rebuild_bytearray,
    "builtins.complex": complex,
}
VALUES: dict[str, Any] = {f"torch.{d.name}": d for d in dtypes.ALL}  # what a file may name


class Name:
    """A name on the stack: inert, so that a file can do no more with it than call what CALLS has."""

    def __init__(self, path: str) -> None:
        self.path = path


def do_global(u: Unpickler, text: str) -> Any:
    """A name, if it is one of the few."""
    path = text.replace(" ", ".", 1).replace("__builtin__.", "builtins.", 1)
    if path in VALUES:
        return u.push(VALUES[path])
    # A storage of a type that is absent here is told apart when it is read.
    storage = path.startswith("torch.") and path.endswith("Storage")
    if path in CALLS or storage:
        return u.push(Name(path))
    path = path.removeprefix("builtins.")
    raise UnpicklingError(f"Unsupported global: GLOBAL {path} was not an allowed global by default.")


def do_reduce(u: Unpickler, _: Any) -> None:
    """A call."""
    args, function = u.pop(), u.pop()
    if not isinstance(function, Name) or function.path not in CALLS or type(args) is not tuple:
        raise UnpicklingError(
            f"Trying to call reduce for unrecognized function {getattr(function, 'path', function)!r}"
        )
    u.push(CALLS[function.path](*args))


def do_build(u: Unpickler, _: Any) -> None:
    """Attributes: a state_dict has one, _metadata."""
    state = u.pop()
    if type(u.top()) is not OrderedDict or type(state) is not dict:
        raise UnpicklingError(f"Can only build OrderedDict, but got {type(u.top())}")
    u.top().__dict__.update(state)


def do_storage(u: Unpickler, _: Any) -> None:
    """A storage by its key."""
    pid = u.pop()
    if type(pid) is not tuple or len(pid) != 5 or pid[0] != "storage" or not isinstance(pid[1], Name):
        raise UnpicklingError(f"Only persistent_load of storage is allowed, but got {pid!r}")
    _, kind, key, tag, count = pid
    if type(count) is not int:
        raise UnpicklingError(f"a storage of {count!r} elements")
    u.push(u.find(kind.path.rpartition(".")[2], str(key), str(tag), count))


def extend(u: Unpickler, items: list[Any]) -> None:
    """Elements to a list."""
    if type(u.top()) is not list:
        raise UnpicklingError(f"Can only append to lists, but got {type(u.top())}")
    u.top().extend(items)


def set_items(u: Unpickler, items: list[Any]) -> None:
    """Keys and values to a dictionary."""
    if type(u.top()) not in (dict, OrderedDict, Counter):
        raise UnpicklingError(f"Can only set items of dictionaries, but got {type(u.top())}")
    u.top().update(zip(items[::2], items[1::2], strict=True))


def do_get(u: Unpickler, place: int) -> None:
    """What was remembered."""
    u.push(u.memo[place])


def do_put(u: Unpickler, place: int) -> None:
    """Remember the top."""
    u.memo[place] = u.top()


def push_argument(u: Unpickler, value: Any) -> None:
    """A number or a string."""
    u.push(value)


def tuple_of(count: int) -> Callable[[Unpickler, Any], None]:
    """The last `count` things as a tuple."""
    return lambda u, _: u.push(tuple(u.take(count)))


def new(make: Callable[[], Any]) -> Callable[[Unpickler, Any], None]:
    """A fresh value."""
    return lambda u, _: u.push(make())


INSTRUCTIONS: dict[str, Callable[[Unpickler, Any], Any]] = {
    "GLOBAL": do_global,
    "REDUCE": do_reduce,
    "BUILD": do_build,
    "BINPERSID": do_storage,
    "APPEND": lambda u, _: extend(u, u.take(1)),
    "APPENDS": lambda u, _: extend(u, u.unmark()),
    "SETITEM": lambda u, _: set_items(u, u.take(2)),
    "SETITEMS": lambda u, _: set_items(u, u.unmark()),
    "MARK": lambda u, _: u.mark(),
    "TUPLE": lambda u, _: u.push(tuple(u.unmark())),
    "TUPLE1": tuple_of(1),
    "TUPLE2": tuple_of(2),
    "TUPLE3": tuple_of(3),
    "NONE": new(lambda: None),
    "NEWFALSE": new(bool),
    "NEWTRUE": new(lambda: True),
    "EMPTY_TUPLE": new(tuple),
    "EMPTY_LIST": new(list),
    "EMPTY_DICT": new(dict),
    "EMPTY_SET": new(set),
    "BINGET": do_get,
    "LONG_BINGET": do_get,
    "BINPUT": do_put,
    "LONG_BINPUT": do_put,
    "PROTO": lambda u, _: None,
} | dict.fromkeys(
    ("BININT", "BININT1", "BININT2", "LONG1", "LONG4", "BINFLOAT", "BINUNICODE", "SHORT_BINSTRING"),
    push_argument,
)


class Unpickler:
    """The machine: a stack, the stacks below marks, and a memory. find: gives the storages. place: for messages."""

    def __init__(self, data: bytes, place: str, find: FindStorage) -> None:
        self.data, self.place, self.find = data, place, find
        self.stack: list[Any] = []
        self.below: list[list[Any]] = []
        self.memo: dict[int, Any] = {}

    def load(self) -> Any:
        """The object; UnpicklingError for anything that is not weights or plain data."""
        at: Any = 0
        try:
            for instruction, argument, position in pickletools.genops(self.data):
                at = position
                if instruction.name == "STOP":
                    return self.pop()
                if instruction.name not in INSTRUCTIONS:
                    raise UnpicklingError(f"Unsupported operand {ord(instruction.code)}")
                INSTRUCTIONS[instruction.name](self, argument)
        except UnpicklingError as error:
            raise UnpicklingError(self.failed(f"WeightsUnpickler error: {error}", at)) from None
        except (ValueError, TypeError, IndexError, KeyError, AttributeError, OverflowError) as error:
            raise UnpicklingError(self.failed(f"The file is damaged: {error!r}", at)) from None
        raise UnpicklingError(self.failed("The file is damaged: it ends without STOP", at))

    def failed(self, why: str, at: Any) -> str:
        """The message."""
        return (
            f"Weights only load failed. {why}\n{self.place}, byte {at}. pellucid.torch loads tensors and plain data only: "
            "where the file comes from a program of your own, save model.state_dict() rather than the model."
        )

    def push(self, value: Any) -> None:
        """Put on the stack."""
        self.stack.append(value)

    def pop(self) -> Any:
        """Take from the stack."""
        return self.stack.pop()

    def top(self) -> Any:
        """The top of the stack, left there."""
        return self.stack[-1]

    def take(self, count: int) -> list[Any]:
        """The last `count` things."""
        if len(self.stack) < count:
            raise IndexError("the stack is empty")
        items = self.stack[-count:]
        del self.stack[-count:]
        return items

    def mark(self) -> None:
        """Begin a new stack."""
        self.below.append(self.stack)
        self.stack = []

    def unmark(self) -> list[Any]:
        """All since the last mark."""
        items = self.stack
        self.stack = self.below.pop()
        return items
