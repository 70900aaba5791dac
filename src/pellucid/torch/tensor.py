"""The Tensor: an array, its element type, its node in the recorded computation, and its count of in-place writes.

Pellucid's own attributes, open to whoever wants to look inside: `array`, `node`, `clock`, `base`, `path`. All others are torch's.
The operations are attached by methods.py.
"""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.torch import dtypes, size
from pellucid.torch.autograd import graph
from pellucid.torch.autograd.graph import AccumulateGrad, Node
from pellucid.torch.autograd.mode import Modes
from pellucid.torch.size import CPU, Size

Clock = list[int]  # one number, shared by all tensors on the same memory: the in-place writes so far


class Tensor:
    """An array that remembers how it was computed. `Tensor(2, 3)` is uninitialised, `Tensor([1, 2])` holds float32 numbers."""

    # What a tensor has only sometimes: the class says that there is none.
    grad_: Any = None
    base: Tensor | None = None  # the tensor whose memory this is a view of
    path: tuple[
        tuple[Callable[..., Any], tuple[Any, ...]], ...
    ] = ()  # the views that lead here from the base
    views: list[weakref.ref[Tensor]] | None = None
    after: list[Callable[[Any], Any]] | None = None  # hooks for when `.grad` was accumulated
    kept: bool = False  # retain_grad was called
    node: Node | None = None
    written: Clock | None = None  # the clock, once somebody asked for it
    one_of_several: bool = False  # a view from split, unbind and the like
    name: str | None = None
    __array_priority__ = 1000  # array + tensor asks the tensor

    if TYPE_CHECKING:  # the operators, attached by methods.py
        __add__: Any
        __radd__: Any
        __sub__: Any
        __rsub__: Any
        __mul__: Any
        __rmul__: Any
        __truediv__: Any
        __rtruediv__: Any
        __floordiv__: Any
        __mod__: Any
        __pow__: Any
        __rpow__: Any
        __matmul__: Any
        __and__: Any
        __or__: Any
        __xor__: Any
        __neg__: Any
        __invert__: Any
        __lt__: Any
        __le__: Any
        __gt__: Any
        __ge__: Any
        __getitem__: Any
        __setitem__: Any
        __iadd__: Any
        __isub__: Any
        __imul__: Any
        __itruediv__: Any

    array: Any
    dtype: dtypes.dtype

    def __new__(cls, *args: Any, **kwargs: Any) -> Tensor:
        """An uninitialised tensor of sizes, or float32 numbers from a sequence."""
        return make_legacy(cls, *args)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    @staticmethod
    def _make_subclass(kind: type[Tensor], data: Tensor, require_grad: bool = False) -> Any:
        return make_subclass(kind, data, require_grad)

    @property
    def clock(self) -> Clock:
        """The count of in-place writes. It is made when it is first asked for: most tensors are never written to."""
        clock = self.written
        if clock is None:
            clock = self.clock = [0]
        return clock

    @clock.setter
    def clock(self, clock: Clock) -> None:
        self.written = clock
        if self.node is not None:
            self.node.clock = clock

    def made_by(self, node: Node | None) -> None:
        """Belong to `node` from now on; it gets to know the clock."""
        self.node = node
        if node is not None and self.written is not None:
            node.clock = self.written

    # Shape and type.

    @property
    def shape(self) -> Size:
        """The lengths of the dimensions."""
        return Size(self.array.shape)

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the length of one dimension."""
        shape = self.array.shape
        if dim is None:
            return Size(shape)
        if not shape:
            raise IndexError("Dimension specified as 0 but tensor has no dimensions")
        return shape[size.dimension(dim, len(shape))]

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self.array.ndim

    def dim(self) -> int:
        """The number of dimensions."""
        return self.array.ndim

    ndimension = dim

    def numel(self) -> int:
        """The number of elements."""
        return self.array.size

    nelement = numel

    def __len__(self) -> int:
        if not self.array.ndim:
            raise TypeError("len() of a 0-d tensor")
        return len(self.array)

    def stride(self, dim: int | None = None) -> Any:
        """How many elements apart neighbours of each dimension lie in memory."""
        array = memory(self)
        steps = tuple(s // array.itemsize for s in array.strides)
        return steps if dim is None else steps[size.dimension(dim, len(steps))]

    def storage_offset(self) -> int:
        """How many elements into its base's memory the tensor begins."""
        if self.base is None:
            return 0
        mine, theirs = memory(self), memory(self.base)
        return (mine.__array_interface__["data"][0] - theirs.__array_interface__["data"][0]) // mine.itemsize

    def data_ptr(self) -> int:
        """The address of the first element."""
        return memory(self).__array_interface__["data"][0]

    def element_size(self) -> int:
        """Bytes of one element."""
        return self.dtype.itemsize

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self.array.size * self.dtype.itemsize

    def is_contiguous(self, memory_format: Any = None) -> bool:
        """Whether the elements lie in memory in row order."""
        return memory(self).flags.c_contiguous

    def is_floating_point(self) -> bool:
        """Whether the type is floating."""
        return self.dtype.is_floating_point

    def is_complex(self) -> bool:
        """Whether the type is complex; never here."""
        return False

    def is_signed(self) -> bool:
        """Whether the type has negative numbers."""
        return self.dtype.is_signed

    @property
    def device(self) -> size.device:
        """Always the CPU."""
        return CPU

    @property
    def layout(self) -> Any:
        """Always torch.strided."""
        return size.strided

    is_cuda = is_sparse = is_quantized = is_meta = is_mkldnn = is_nested = False

    # Out of the tensor.

    def item(self) -> Any:
        """The one element, as a Python number."""
        if self.array.size != 1:
            raise RuntimeError(f"a Tensor with {self.array.size} elements cannot be converted to Scalar")
        return self.array.item()

    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers."""
        return self.array.tolist()

    def numpy(self, *, force: bool = False) -> Any:
        """The array itself, sharing memory."""
        if self.node is not None and not force:
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
            )
        if self.dtype.rounds:
            raise TypeError("Got unsupported ScalarType BFloat16")
        return memory(self)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        array = self.numpy()
        return array.astype(dtype) if copy or (dtype is not None and dtype != array.dtype) else array

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        return wrap(np.asarray(array), dtypes.dtype_of(np.asarray(array)))

    def _number(self) -> Any:
        if self.array.size != 1:
            raise RuntimeError(f"a Tensor with {self.array.size} elements cannot be converted to Scalar")
        if self.node is not None and Modes.grad:
            warnings.warn(
                "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n"
                "Consider using tensor.detach() first.",
                UserWarning,
                stacklevel=3,
            )
        return self.array.item()

    def __float__(self) -> float:
        return float(self._number())

    def __int__(self) -> int:
        return int(self._number())

    def __complex__(self) -> complex:
        return complex(self._number())

    def __index__(self) -> int:
        if self.array.size != 1 or self.dtype.is_floating_point:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.array.item())

    def __bool__(self) -> bool:
        if self.array.size == 1:
            return bool(self.array.item())
        if not self.array.size:
            raise RuntimeError("Boolean value of Tensor with no values is ambiguous")
        raise RuntimeError("Boolean value of Tensor with more than one value is ambiguous")

    def __format__(self, spec: str) -> str:
        if not self.array.ndim:
            return self.array.item().__format__(spec)
        return object.__format__(self, spec)

    def __repr__(self) -> str:
        from pellucid.torch.printing import tensor_text

        return tensor_text(self)

    def __hash__(self) -> int:
        return id(self)

    def __iter__(self) -> Iterator[Tensor]:
        if not self.array.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind(0))

    def __contains__(self, element: Any) -> bool:
        return bool((self.array == (element.array if isinstance(element, Tensor) else element)).any())

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if self.node is not None and not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment.  "
                "If you were attempting to deepcopy a module, this may be because of a torch.nn.utils.weight_norm usage, "
                "see https://github.com/pytorch/pytorch/pull/103001"
            )
        if id(self) in memo:
            return memo[id(self)]
        copy = make_subclass(type(self), wrap(self.array.copy(), self.dtype), self.node is not None)
        memo[id(self)] = copy
        if self.grad_ is not None:
            copy.grad_ = self.grad_.__deepcopy__(memo)
        return copy

    def __reduce__(self) -> Any:
        return rebuild, (type(self), memory(self).copy(), self.dtype.name, self.node is not None)

    # Autograd.

    @property
    def requires_grad(self) -> bool:
        """Whether operations on this tensor are recorded."""
        return self.node is not None

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        self.requires_grad_(wanted)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Make this tensor a leaf whose gradient backward() accumulates, or no longer."""
        node = self.node
        if requires_grad and node is None:
            if not self.dtype.is_floating_point:
                raise RuntimeError("only Tensors of floating point dtype can require gradients")
            self.node = AccumulateGrad(self)
        elif not requires_grad and node is not None:
            if type(node) is not AccumulateGrad:
                raise RuntimeError(
                    "you can only change requires_grad flags of leaf variables. If you want to use a computed variable "
                    "in a subgraph that doesn't require differentiation use var_no_grad = var.detach()."
                )
            self.node = None
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation made this tensor."""
        return self.node is None or type(self.node) is AccumulateGrad

    @property
    def grad_fn(self) -> Node | None:
        """The node of the operation that made this tensor; None for a leaf."""
        return None if type(self.node) is AccumulateGrad else self.node

    @property
    def grad(self) -> Any:
        """The accumulated gradient, or None."""
        if self.grad_ is None and not self.is_leaf and not self.kept:
            warnings.warn(
                "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be "
                "populated during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf "
                "Tensor, use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor by mistake, make sure "
                "you access the leaf Tensor instead.",
                UserWarning,
                stacklevel=2,
            )
        return self.grad_

    @grad.setter
    def grad(self, value: Any) -> None:
        if value is not None:
            if not isinstance(value, Tensor):
                raise TypeError(
                    f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}"
                )
            if value.array.shape != self.array.shape:
                raise RuntimeError(
                    f"attempting to assign a gradient of size '{list(value.array.shape)}' to a tensor of size "
                    f"'{list(self.array.shape)}'. Please ensure that the gradient and the tensor are the same size"
                )
            if value.dtype is not self.dtype:
                raise RuntimeError(
                    f"attempting to assign a gradient with dtype '{value.dtype.name}' to a tensor with grad_dtype "
                    f"'{self.dtype.legacy}'. The gradient must match the tensor's dtype."
                )
        self.grad_ = value

    @grad.deleter
    def grad(self) -> None:
        self.grad_ = None

    def backward(
        self,
        gradient: Any = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
    ) -> None:
        """Compute the gradients of this tensor with respect to the leaves and add them to their `.grad`.

        gradient: the vector of the vector–Jacobian product, of this tensor's shape; may be left out for one element.
        """
        from pellucid.torch.autograd.functions import backward

        backward(self, gradient, retain_graph, create_graph, inputs)

    def detach(self) -> Tensor:
        """The same memory outside the recorded computation."""
        out = wrap(memory(self), self.dtype)
        out.clock = self.clock
        return out

    def detach_(self) -> Tensor:
        """Leave the recorded computation, in place."""
        if self.base is not None:
            raise RuntimeError("Can't detach views in-place. Use detach() instead.")
        self.node = None
        return self

    @property
    def data(self) -> Tensor:
        """The same memory, unrecorded, and unwatched: writing through it is not counted."""
        return wrap(memory(self), self.dtype)

    @data.setter
    def data(self, value: Tensor) -> None:
        self.array, self.dtype = memory(value), value.dtype

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> graph.RemovableHandle:
        """Call `hook` with this tensor's gradient whenever it is computed; what it returns replaces it."""
        if self.node is None:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        return graph.add_hook(self.node, hook)

    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], None]) -> graph.RemovableHandle:
        """Call hook(tensor) whenever backward() has added to this leaf's `.grad`."""
        if not self.is_leaf or self.node is None:
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        self.after = self.after or []
        return graph.RemovableHandle(self.after, hook)

    def retain_grad(self) -> None:
        """Keep the gradient of this non-leaf tensor in `.grad` too."""
        if self.node is None:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if self.is_leaf or self.kept:
            return
        self.kept = True
        holder = weakref.ref(self)

        def keep(g: Any) -> None:
            tensor = holder()
            if tensor is not None:
                kept: Any = wrap(g.array.copy(), g.dtype) if g.node is None else g
                tensor.grad_ = kept if tensor.grad_ is None else tensor.grad_ + kept

        graph.add_hook(self.node, keep)

    @property
    def retains_grad(self) -> bool:
        """Whether retain_grad was called on this non-leaf tensor."""
        return self.kept

    @property
    def output_nr(self) -> int:
        """Which output of its operation this is."""
        return self.node.place if isinstance(self.node, graph.Slot) else 0

    @property
    def _version(self) -> int:
        return self.clock[0]

    @property
    def _base(self) -> Tensor | None:
        return self.base

    def _is_view(self) -> bool:
        return self.base is not None

    def is_inference(self) -> bool:
        """Whether the tensor belongs to inference mode; none is marked here."""
        return False

    def __getattr__(self, name: str) -> Any:
        from pellucid.torch.absent import missing_method

        raise missing_method(type(self), name)


def wrap(array: Any, dtype: dtypes.dtype) -> Tensor:
    """A new tensor around `array` (an ndarray, or a NumPy scalar for no dimension), not copied."""
    self: Tensor = object.__new__(Tensor)
    self.array = array
    self.dtype = dtype
    return self


def memory(tensor: Tensor) -> Any:
    """The tensor's array as one that can be written to and viewed: a NumPy scalar becomes an array without dimension."""
    array = tensor.array
    if type(array) is not np.ndarray:
        array = tensor.array = np.array(array)
    return array


def make_subclass(kind: type[Tensor], data: Tensor, requires_grad: bool = False) -> Any:
    """A leaf of class `kind` on the memory of `data`: what nn.Parameter is made by."""
    self: Tensor = object.__new__(kind)
    self.array, self.dtype, self.clock = memory(data), data.dtype, data.clock
    if requires_grad:
        self.requires_grad_()
    return self


def rebuild(kind: type[Tensor], array: Any, name: str, requires_grad: bool) -> Tensor:
    """A tensor from what pickle kept."""
    own = dtypes.bool_ if name == "bool" else getattr(dtypes, name)
    return make_subclass(kind, wrap(array, own), requires_grad)


def make_legacy(kind: type[Tensor], *args: Any) -> Tensor:
    """What torch.Tensor(…) gives: sizes make an uninitialised tensor, a sequence a float32 one."""
    if len(args) == 1 and not isinstance(args[0], int):
        data = args[0]
        if isinstance(data, Tensor):
            return make_subclass(kind, data)
        array = np.zeros(data) if isinstance(data, Size) else np.array(data)
    else:
        array = np.zeros(size.sizes(args) if args else (0,))
    tensor = wrap(dtypes.cast(array, dtypes.Defaults.floating), dtypes.Defaults.floating)
    return tensor if kind is Tensor else make_subclass(kind, tensor)


graph.install_tensors(wrap)
