"""Products of vectors and matrices."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from typing import Any

import numpy as np

from pellucid.torch.ops import apply as made
from pellucid.torch.ops.apply import Operation, apply, sum_to
from pellucid.torch.ops.choice import masked
from pellucid.torch.ops.contraction import tensordot
from pellucid.torch.ops.elementwise import mul
from pellucid.torch.ops.reduce import sum as sum_of
from pellucid.torch.ops.views import transpose, unsqueeze
from pellucid.torch.size import dimension
from pellucid.torch.tensor import Tensor


def mT(x: Any) -> Any:  # noqa: N802
    """The last two dimensions exchanged."""
    return transpose(x, -2, -1)


def no_device(*tensors: Any) -> None:
    """Raises torch's error for factors of two types, or for what is no tensor."""
    first = tensors[0]
    for t in tensors[1:]:
        if t.dtype is not first.dtype:
            raise RuntimeError(
                f"expected m1 and m2 to have the same dtype, but got: {spelled(first)} != {spelled(t)}"
            )


def spelled(x: Tensor) -> str:
    """The C++ name of the element type, as messages have it."""
    return {"float32": "float", "float64": "double", "int64": "long", "int32": "int", "bool": "bool"}.get(
        x.dtype.name, x.dtype.legacy
    )


class MmBackward0(Operation):
    """x·y, of matrices, or of stacks of them with broadcasting."""

    __slots__ = ()

    def forward(self, x: Any, y: Any) -> Any:
        """The product."""
        self.save(x, y)
        return np.matmul(x, y)

    def pull(self, g: Any) -> tuple[Any, Any]:
        """g·yᵀ and xᵀ·g."""
        x, y = self.unpack()
        nx, ny = self.next
        gx = None if nx is None else sum_to(g @ mT(y), x.shape)
        gy = None if ny is None else sum_to(mT(x) @ g, y.shape)
        return gx, gy


class BmmBackward0(MmBackward0):
    """Stacks of matrices."""

    __slots__ = ()


class UnsafeViewBackward0(MmBackward0):
    """Stacks that torch flattens first, so that the last step is a view."""

    __slots__ = ()


class MvBackward0(MmBackward0):
    """A matrix times a vector."""

    __slots__ = ()

    def pull(self, g: Any) -> tuple[Any, Any]:
        """g⊗y and xᵀ·g."""
        x, y = self.unpack()
        gy = mT(x) @ unsqueeze(g, -1)
        return unsqueeze(g, -1) * y, sum_to(made.reshape(gy, gy.shape[:-1]), y.shape)


class SqueezeBackward4(MmBackward0):
    """A vector times a matrix."""

    __slots__ = ()

    def pull(self, g: Any) -> tuple[Any, Any]:
        """y·g and x⊗g."""
        x, y = self.unpack()
        gx = y @ unsqueeze(g, -1)
        return sum_to(made.reshape(gx, gx.shape[:-1]), x.shape), sum_to(
            unsqueeze(x, -1) * unsqueeze(g, -2), y.shape
        )


class DotBackward0(Operation):
    """Σxy of two vectors."""

    __slots__ = ()

    def forward(self, x: Any, y: Any) -> Any:
        """x·y."""
        self.save(x, y)
        return np.dot(x, y)

    def pull(self, g: Any) -> tuple[Any, Any]:
        """g·y and g·x."""
        x, y = self.unpack()
        return g * y, g * x


def mm(input: Tensor, mat2: Tensor) -> Tensor:
    """The product of two matrices."""
    for name, t in (("self", input), ("mat2", mat2)):
        if t.array.ndim != 2:
            raise RuntimeError(f"{name} must be a matrix")
    return matmul(input, mat2)


def matmul(input: Any, other: Any) -> Any:
    """The product: of vectors, matrices, or stacks of matrices (broadcast)."""
    if not isinstance(input, Tensor):
        return np.matmul(input, other)
    if not isinstance(other, Tensor):
        raise TypeError(f"matmul(): argument 'other' (position 2) must be Tensor, not {type(other).__name__}")
    a, b = input.array, other.array
    na, nb = a.ndim, b.ndim
    if not na or not nb:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {na}D and {nb}D")
    no_device(input, other)
    if na == 1 and nb == 1:
        return dot(input, other)
    inner_a, inner_b = a.shape[-1], b.shape[-2 if nb > 1 else -1]
    if inner_a != inner_b:
        if nb == 1:
            raise RuntimeError(
                f"size mismatch, got input ({a.shape[0]}), mat ({a.shape[0]}x{inner_a}), vec ({inner_b})"
            )
        if na > 2 and nb > 2:
            raise RuntimeError(
                f"Expected size for first two dimensions of batch2 tensor to be: [{b.shape[0]}, {inner_a}] "
                f"but got: [{b.shape[0]}, {inner_b}]."
            )
        rows = math.prod(a.shape[:-1]) if na > 1 else 1
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({rows}x{inner_a} and {inner_b}x{b.shape[-1]})"
        )
    if nb == 1:
        kind: type[Operation] = MvBackward0
    elif na == 1:
        kind = SqueezeBackward4
    elif na == 2 and nb == 2:
        kind = MmBackward0
    else:
        kind = BmmBackward0 if na == 3 and nb == 3 else UnsafeViewBackward0
    try:
        return apply(kind, (input, other))
    except ValueError:
        made.check_broadcast(np.empty(a.shape[:-2]), np.empty(b.shape[:-2]))
        raise


def mv(input: Tensor, vec: Tensor) -> Tensor:
    """A matrix times a vector."""
    return matmul(input, vec)


def dot(input: Tensor, tensor: Tensor) -> Tensor:
    """Σxy of two vectors."""
    a, b = input.array, tensor.array
    if a.ndim != 1 or b.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {a.ndim}D and {b.ndim}D tensors")
    if a.size != b.size:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{a.size}] and src [{b.size}] to have the same number of elements, "
            f"but got {a.size} and {b.size} elements respectively"
        )
    if input.dtype is not tensor.dtype:
        raise RuntimeError(
            f"dot : expected both vectors to have same dtype, but found {input.dtype.legacy} and {tensor.dtype.legacy}"
        )
    return apply(DotBackward0, (input, tensor))


def vdot(input: Tensor, other: Tensor) -> Tensor:
    """Σxy of two vectors."""
    return dot(input, other)


def inner(input: Tensor, other: Tensor) -> Tensor:
    """Σ over the last dimensions."""
    if not input.array.ndim or not other.array.ndim:
        return mul(input, other)
    return tensordot(input, other, dims=([-1], [-1]))


def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    """The products of two stacks of matrices."""
    for name, t in (("batch1", input), ("batch2", mat2)):
        if t.array.ndim != 3:
            raise RuntimeError(f"{name} must be a 3D tensor")
    return matmul(input, mat2)


def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """xᵢyⱼ."""
    if input.array.ndim != 1 or vec2.array.ndim != 1:
        raise RuntimeError(f"outer: Expected 1-D argument self, but got {input.array.ndim}-D")
    return mul(unsqueeze(input, 1), unsqueeze(vec2, 0))


ger = outer


class AddmmBackward0(Operation):
    """b + x·y."""

    __slots__ = ()

    def forward(self, b: Any, x: Any, y: Any, beta: float, alpha: float) -> Any:
        """beta·b + alpha·x·y."""
        self.how = b.shape, beta, alpha
        self.save(x, y)
        z = np.matmul(x, y)
        if alpha != 1:
            z *= z.dtype.type(alpha)
        z += b if beta == 1 else b * b.dtype.type(beta)
        return z

    def pull(self, g: Any) -> tuple[Any, Any, Any]:
        """g, g·yᵀ and xᵀ·g."""
        x, y = self.unpack()
        shape, beta, alpha = self.how
        nb, nx, ny = self.next
        scaled = g if alpha == 1 else g * alpha
        gb = None if nb is None else sum_to(g if beta == 1 else g * beta, shape)
        return gb, None if nx is None else scaled @ mT(y), None if ny is None else mT(x) @ scaled


def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta·input + alpha·mat1·mat2."""
    a, b = mat1.array, mat2.array
    if a.ndim != 2 or b.ndim != 2:
        raise RuntimeError(f"mat1 and mat2 must be matrices, got {a.ndim}-D and {b.ndim}-D tensors")
    if a.shape[1] != b.shape[0]:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({a.shape[0]}x{a.shape[1]} and {b.shape[0]}x{b.shape[1]})"
        )
    no_device(mat1, mat2)
    return apply(AddmmBackward0, (input, mat1, mat2), beta, alpha)


def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta·input + alpha·mat·vec."""
    return weighted(input, beta) + weighted(mv(mat, vec), alpha)


def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta·input + alpha·vec1⊗vec2."""
    return weighted(input, beta) + weighted(outer(vec1, vec2), alpha)


def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta·input + alpha·batch1·batch2."""
    return weighted(input, beta) + weighted(bmm(batch1, batch2), alpha)


def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta·input + alpha·Σ batch1·batch2."""
    return weighted(input, beta) + weighted(sum_of(bmm(batch1, batch2), 0), alpha)


def weighted(x: Any, factor: float) -> Any:
    """factor·x, in x's type; x itself for 1, zeros for 0 even of what is not a number."""
    if x.dtype.category < 2:
        factor = x.dtype.numpy.type(factor).item()
    return x if factor == 1 else mul(x, factor) if factor else masked(x, np.zeros(x.array.shape, bool))


class LinearBackward(Operation):
    """x·Wᵀ + b, the gradients laid out in memory as x, W and b are."""

    __slots__ = ()

    def forward(self, x: Any, weight: Any, bias: Any) -> Any:
        """x (…, in), weight (out, in), bias (out,) or None."""
        self.save(x, weight)
        flat = x.reshape(-1, x.shape[-1])
        z = np.matmul(flat, weight.T)
        if bias is not None:
            z += bias
        return z.reshape(*x.shape[:-1], weight.shape[0])

    def pull(self, g: Any) -> tuple[Any, Any, Any]:
        """g·W, gᵀ·x, Σg."""
        x, weight = self.unpack()
        nx, nw, nb = self.next
        rows = made.reshape(g, (math.prod(g.shape[:-1]), g.shape[-1]))
        gx = None if nx is None else made.reshape(rows @ weight, x.shape)
        gw = None if nw is None else mT(rows) @ made.reshape(x, (rows.shape[0], x.shape[-1]))
        gb = None if nb is None else sum_to(rows, (rows.shape[1],))
        return gx, gw, gb


# What torch prints for a linear layer depends on what it calls: addmm, mm and a transpose, or a view of either.
LINEAR: dict[str, type[LinearBackward]] = {
    name: type(name, (LinearBackward,), {"__slots__": ()})
    for name in ("AddmmBackward0", "MmBackward0", "ViewBackward0", "UnsafeViewBackward0", "SqueezeBackward4")
}


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input·weightᵀ + bias: input (…, in), weight (out, in) or (in,), bias (out,)."""
    try:
        x, w = input.array, weight.array
    except AttributeError:
        raise TypeError(
            f"linear(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}"
        ) from None
    if w.ndim == 1:
        out = matmul(input, weight)
        return out if bias is None else out + bias
    if x.ndim == 0 or x.shape[-1] != w.shape[1]:
        rows = math.prod(x.shape[:-1])
        if x.ndim == 0:
            raise RuntimeError(
                f"both arguments to linear need to be at least 1D, but they are 0D and {w.ndim}D"
            )
        if x.ndim == 1:
            raise RuntimeError(
                f"size mismatch, got input ({w.shape[0]}), mat ({w.shape[0]}x{w.shape[1]}), vec ({x.shape[0]})"
            )
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({rows}x{x.shape[-1]} and {w.shape[1]}x{w.shape[0]})"
        )
    if input.dtype is not weight.dtype:
        raise RuntimeError(
            f"mat1 and mat2 must have the same dtype, but got {input.dtype.legacy} and {weight.dtype.legacy}"
        )
    if x.ndim == 2:
        name = "MmBackward0" if bias is None else "AddmmBackward0"
    elif x.ndim == 1:
        name = "SqueezeBackward4" if bias is None else "ViewBackward0"
    else:
        name = "UnsafeViewBackward0" if bias is None else "ViewBackward0"
    return apply(LINEAR[name], (input, weight, bias))


def kron(input: Tensor, other: Tensor) -> Tensor:
    """The Kronecker product."""
    n = max(input.array.ndim, other.array.ndim)
    a = (1,) * (n - input.array.ndim) + input.array.shape
    b = (1,) * (n - other.array.ndim) + other.array.shape
    x = made.reshape(input, tuple(v for k in a for v in (k, 1)))
    y = made.reshape(other, tuple(v for k in b for v in (1, k)))
    return made.reshape(mul(x, y), tuple(p * q for p, q in zip(a, b, strict=True)))


class TraceBackward0(Operation):
    """Σxᵢᵢ."""

    __slots__ = ()

    def forward(self, x: Any) -> Any:
        """The trace."""
        self.shape = x.shape
        return np.trace(x, dtype=np.int64 if x.dtype.kind in "iub" else x.dtype)

    def pull(self, g: Any) -> tuple[Any]:
        """g on the diagonal."""
        eye = np.eye(*self.shape, dtype=bool)
        return (masked(made.expand(g, self.shape), eye),)


def trace(input: Tensor) -> Tensor:
    """Σxᵢᵢ of a matrix."""
    if input.array.ndim != 2:
        raise RuntimeError("trace: expected a matrix")
    return apply(TraceBackward0, (input,))


def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """The cross product of 3-vectors along `dim` (the last; in torch.cross without dim the first of length 3)."""
    ndim = max(input.array.ndim, other.array.ndim)
    shape = np.broadcast_shapes(input.array.shape, other.array.shape)
    place = shape.index(3) if dim is None else dimension(dim, ndim)
    if shape[place] != 3:
        raise RuntimeError(
            f"linalg.cross: inputs dimension {place} must have length 3. Got {shape[place]} and {shape[place]}"
        )
    x, y = made.expand(input, shape), made.expand(other, shape)
    a, b = (x.roll(-1, place), x.roll(-2, place)), (y.roll(-1, place), y.roll(-2, place))
    return a[0] * b[1] - a[1] * b[0]
