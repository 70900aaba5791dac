"""Products of matrices, einsum, and linear algebra: forward by NumPy's LAPACK, gradients beside."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.torch import dtypes
from pellucid.torch.ops import apply as made
from pellucid.torch.ops.apply import Operation, SeveralOperation, apply, apply_several, sum_to
from pellucid.torch.ops.elementwise import masked, mul, sgn
from pellucid.torch.ops.reduce import axes_of, named, vector_norm
from pellucid.torch.ops.reduce import sum as sum_of
from pellucid.torch.ops.shape import (
    diagonal_,
    embed,
    permute_,
    transpose,
    tril,
    triu,
    unsqueeze,
)
from pellucid.torch.size import dimension
from pellucid.torch.tensor import Tensor, wrap


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


# ── Products ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
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


class MvBackward0(Operation):
    """A matrix times a vector."""

    __slots__ = ()

    def forward(self, x: Any, y: Any) -> Any:
        """x·y."""
        self.save(x, y)
        return np.matmul(x, y)

    def pull(self, g: Any) -> tuple[Any, Any]:
        """g⊗y and xᵀ·g."""
        x, y = self.unpack()
        gy = mT(x) @ unsqueeze(g, -1)
        return unsqueeze(g, -1) * y, sum_to(made.reshape(gy, gy.shape[:-1]), y.shape)


class SqueezeBackward4(Operation):
    """A vector times a matrix."""

    __slots__ = ()

    def forward(self, x: Any, y: Any) -> Any:
        """x·y."""
        self.save(x, y)
        return np.matmul(x, y)

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
    """factor·x; x itself for 1."""
    return x if factor == 1 else mul(x, factor)


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
    x, w = input.array, weight.array
    if w.ndim == 1:
        out = matmul(input, weight)
        return out if bias is None else out + bias
    if x.ndim == 0 or x.shape[-1] != w.shape[1]:
        rows = math.prod(x.shape[:-1])
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


# ── Contractions ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
class EinsumBackward(Operation):
    """A contraction of tensors, none of which has a letter twice."""

    __slots__ = ()

    def forward(self, *args: Any) -> Any:
        """args: arrays, then their letters (output last)."""
        *arrays, letters = args
        self.letters = letters
        self.save(*arrays)
        *inputs, output = letters
        return np.asarray(
            np.einsum(f"{','.join(inputs)}->{output}", *arrays, optimize=len(arrays) > 1)
        ).astype(arrays[0].dtype)

    def pull(self, g: Any) -> tuple[Any, ...]:
        """For each factor the contraction of g with all the others."""
        factors = self.unpack()
        *inputs, output = self.letters
        grads: list[Any] = []
        for k, own in enumerate(inputs):
            if self.next[k] is None:
                grads.append(None)
                continue
            others = [f for i, f in enumerate(factors) if i != k]
            names = [n for i, n in enumerate(inputs) if i != k]
            known = "".join(c for c in own if c in output or any(c in n for n in names))
            grad = apply(EinsumBackward, (g, *others), [output, *names, known])
            if known != own:  # letters that were only summed over
                shape = factors[k].shape
                grad = made.reshape(
                    grad, tuple(n if c in known else 1 for c, n in zip(own, shape, strict=True))
                )
                grad = made.expand(grad, shape)
            grads.append(grad)
        return tuple(grads)


def einsum(equation: Any, *operands: Any) -> Tensor:
    """The contraction that `equation` says: 'ij,jk->ik' is a matrix product, 'ii->i' a diagonal, '...ij->...ji' transposes."""
    if not isinstance(equation, str):
        raise NotImplementedError("einsum with lists of dimensions is absent: write the equation as a string")
    factors: list[Any] = list(
        operands[0] if len(operands) == 1 and isinstance(operands[0], (list, tuple)) else operands
    )  # pyright: ignore
    text = equation.replace(" ", "")
    left, arrow, output = text.partition("->")
    names = left.split(",")
    if len(names) != len(factors):
        many = "more" if len(factors) > len(names) else "fewer"
        raise RuntimeError(f"einsum(): {many} operands were provided than specified in the equation")
    spare = [c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" if c not in text]
    width = max(
        f.array.ndim - len(n.replace("...", "")) if "..." in n else 0
        for n, f in zip(names, factors, strict=True)
    )
    dots = "".join(spare[:width])
    for k, (name, f) in enumerate(zip(names, factors, strict=True)):
        letters = name.replace("...", "")
        own = f.array.ndim - len(letters)
        if own < 0 or (own and "..." not in name):
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({len(letters)}) does not match the number of dimensions "
                f"({f.array.ndim}) for operand {k} and no ellipsis was given"
                if own > 0
                else f"einsum(): the number of subscripts in the equation ({len(letters)}) is more than the number of "
                f"dimensions ({f.array.ndim}) for operand {k}"
            )
        names[k] = name.replace("...", dots[width - own :] if own else "")
    if arrow:
        output = output.replace("...", dots)
    else:
        joined = "".join(names)
        output = dots + "".join(sorted(c for c in set(joined) - set(dots) if joined.count(c) == 1))
    sizes: dict[str, int] = {}
    for k, f in enumerate(factors):
        names[k], factors[k] = without_repeats(names[k], f)
        for c, n in zip(names[k], factors[k].array.shape, strict=True):
            if sizes.setdefault(c, n) != n:
                if 1 not in (n, sizes[c]):
                    raise RuntimeError(
                        f"einsum(): subscript {c} has size {n} for operand {k} which does not broadcast with previously seen "
                        f"size {sizes[c]}"
                    )
                sizes[c] = max(n, sizes[c])
    for k, f in enumerate(factors):
        full = tuple(sizes[c] for c in names[k])
        factors[k] = f if f.array.shape == full else made.expand(f, full)
    own = dtypes.result_type(*factors)
    if len(factors) == 1 and sorted(names[0]) == sorted(output):
        return permute_(factors[0], tuple(names[0].index(c) for c in output))
    return apply(EinsumBackward, tuple(f.to(own) for f in factors), [*names, output])


def without_repeats(letters: str, x: Any) -> tuple[str, Any]:
    """Diagonals taken until no letter occurs twice."""
    for c in letters:
        while letters.count(c) > 1:
            i = letters.index(c)
            j = letters.index(c, i + 1)
            x = diagonal_(x, 0, i, j)
            letters = letters[:i] + letters[i + 1 : j] + letters[j + 1 :] + c
    return letters, x


def tensordot(a: Tensor, b: Tensor, dims: Any = 2) -> Tensor:
    """Σ over pairs of dimensions: the last `dims` of a with the first of b, or those listed."""
    na, nb = a.array.ndim, b.array.ndim
    if isinstance(dims, int):
        da, db = list(range(na - dims, na)), list(range(dims))
    else:
        da, db = ([d % n for d in side] for side, n in zip(dims, (na, nb), strict=True))
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    left, right = list(letters[:na]), list(letters[na : na + nb])
    for i, j in zip(da, db, strict=True):
        if a.array.shape[i] != b.array.shape[j] and 1 in (a.array.shape[i], b.array.shape[j]):
            if a.array.shape[i] == 1:
                b = sum_of(b, j, True)
            else:
                a = sum_of(a, i, True)
        elif a.array.shape[i] != b.array.shape[j]:
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {a.array.shape[i]} in dim {i} and second has size "
                f"{b.array.shape[j]} in dim {j}"
            )
        right[j] = left[i]
    output = [c for k, c in enumerate(left) if k not in da] + [c for k, c in enumerate(right) if k not in db]
    return apply(EinsumBackward, (a, b), ["".join(left), "".join(right), "".join(output)])


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
        return np.trace(x)

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


class CdistBackward0(Operation):
    """The p-norms of all differences of rows."""

    __slots__ = ()

    def forward(self, x: Any, y: Any, p: float) -> Any:
        """(…, n, d), (…, m, d) → (…, n, m)."""
        self.p = p
        difference = x[..., :, None, :] - y[..., None, :, :]
        z = np.linalg.norm(difference, p, axis=-1).astype(x.dtype)
        self.save(x, y, z)
        return z

    def pull(self, g: Any) -> tuple[Any, Any]:
        """The norm's gradient, summed over the other's rows."""
        x, y, z = self.unpack()
        p = self.p
        if p == 0:
            return x * 0, y * 0
        difference = unsqueeze(x, -2) - unsqueeze(y, -3)
        z1, g1 = unsqueeze(z, -1), unsqueeze(g, -1)
        if p == 2:
            part = masked(g1 / z1, z1 != 0) * difference
        else:
            sign = sgn(difference)
            part = g1 * sign if p == 1 else g1 * sign * masked(difference * sign / z1, z1 != 0) ** (p - 1)
        return sum_to(part.sum(-2), x.shape), sum_to(-part.sum(-3), y.shape)


def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str | None = None) -> Tensor:
    """The distance of each row of x1 to each of x2 in the p-norm; always computed from differences, whatever the compute_mode."""
    if math.isinf(p):
        from pellucid.torch.ops.reduce import vector_norm as norm

        return norm(unsqueeze(x1, -2) - unsqueeze(x2, -3), p, -1)
    return apply(CdistBackward0, (x1, x2), float(p))


def pdist(input: Tensor, p: float = 2.0) -> Tensor:
    """The distances of all pairs of rows."""
    i, j = np.triu_indices(input.array.shape[0], 1)
    rows = [wrap(k.astype(np.int64), dtypes.int64) for k in (i, j)]
    return vector_norm(input[rows[0]] - input[rows[1]], p, -1)


# ── Square systems ───────────────────────────────────────────────────────────────────────────────────────────────────────────
class LinAlgError(RuntimeError):
    """A matrix that has not what was asked for: singular, not positive definite."""


LinAlgError.__name__ = "_LinAlgError"  # as tracebacks of torch show it


def square(name: str, x: Tensor) -> None:
    """Raises unless `x` holds square matrices of a floating type."""
    if x.array.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor A must have at least 2 dimensions.")
    if x.array.shape[-1] != x.array.shape[-2]:
        raise RuntimeError(
            f"{name}: A must be batches of square matrices, but they are {x.array.shape[-2]} by {x.array.shape[-1]} matrices"
        )
    if not x.dtype.is_floating_point:
        raise RuntimeError(
            f"{name}: Expected a floating point or complex tensor as input. Got {x.dtype.legacy}"
        )


class LinalgInvExBackward0(Operation):
    """X⁻¹."""

    __slots__ = ()

    def forward(self, x: Any) -> Any:
        """The inverse."""
        z = np.linalg.inv(x)
        self.save(z)
        return z

    def pull(self, g: Any) -> tuple[Any]:
        """−Zᵀ·g·Zᵀ."""
        (z,) = self.unpack()
        return (-(mT(z) @ g @ mT(z)),)


def zero_pivot(a: Any) -> int:
    """The place, counted from 1, of the first zero that elimination with pivoting meets."""
    import scipy.linalg  # pyright: ignore[reportMissingTypeStubs]

    factors: Any = scipy.linalg.lu(a, permute_l=False) if a.ndim == 2 else None
    lu = None if factors is None else factors[2]
    zeros: Any = np.flatnonzero(np.diag(lu) == 0) if lu is not None else np.zeros(0)
    return int(zeros[0]) + 1 if zeros.size else 1


def bad_minor(a: Any) -> int:
    """The order of the first leading minor that is not positive definite."""
    if a.ndim == 2:
        for k in range(1, a.shape[0] + 1):
            try:
                np.linalg.cholesky(a[:k, :k])
            except np.linalg.LinAlgError:
                return k
    return 1


def inv(A: Tensor) -> Tensor:
    """The inverse of square matrices."""
    square("linalg.inv", A)
    try:
        return apply(LinalgInvExBackward0, (A,))
    except np.linalg.LinAlgError:
        raise LinAlgError(
            f"linalg.inv: The diagonal element {zero_pivot(A.array)} is zero, the inversion could not be completed because the "
            "input matrix is singular."
        ) from None


class LinalgDetBackward0(Operation):
    """det X."""

    __slots__ = ()

    def forward(self, x: Any) -> Any:
        """The determinant."""
        z = np.linalg.det(x)
        self.save(x, z)
        return z

    def pull(self, g: Any) -> tuple[Any]:
        """g·det·X⁻ᵀ; where X is singular, the cofactors."""
        x, z = self.unpack()
        if not isinstance(x, Tensor) and np.any(z == 0):
            u, s, vt = np.linalg.svd(x)
            others = np.stack([np.delete(s, k, -1).prod(-1) for k in range(s.shape[-1])], -1)
            sign = np.linalg.det(u) * np.linalg.det(vt)
            return ((g * sign)[..., None, None] * (u * others[..., None, :]) @ vt,)
        return (unsqueeze(unsqueeze(g * z, -1), -1) * mT(apply(LinalgInvExBackward0, (x,))),)


def det(A: Tensor) -> Tensor:
    """The determinants of square matrices."""
    square("linalg.det", A)
    return apply(LinalgDetBackward0, (A,))


class LinalgSlogdetBackward0(Operation):
    """log|det X|."""

    __slots__ = ()

    def forward(self, x: Any) -> Any:
        """The logarithm of the determinant's size."""
        self.save(x)
        return np.linalg.slogdet(x)[1]

    def pull(self, g: Any) -> tuple[Any]:
        """g·X⁻ᵀ."""
        (x,) = self.unpack()
        return (unsqueeze(unsqueeze(g, -1), -1) * mT(apply(LinalgInvExBackward0, (x,))),)


def slogdet(A: Tensor) -> Any:
    """(sign, logabsdet) of the determinants."""
    square("linalg.slogdet", A)
    sign = wrap(np.linalg.slogdet(A.array)[0], A.dtype)
    return named("linalg_slogdet", "sign", "logabsdet")(sign, apply(LinalgSlogdetBackward0, (A,)))


def logdet(input: Tensor) -> Tensor:
    """log det; NaN where the determinant is negative."""
    sign, size = slogdet(input)
    return size + wrap(np.where(sign.array < 0, np.nan, 0).astype(size.array.dtype), size.dtype)


class LinalgSolveExBackward0(Operation):
    """The solution of A·Z = B."""

    __slots__ = ()

    def forward(self, a: Any, b: Any) -> Any:
        """Z."""
        z = np.linalg.solve(a, b)
        self.save(a, z)
        return z

    def pull(self, g: Any) -> tuple[Any, Any]:
        """−(A⁻ᵀg)·Zᵀ and A⁻ᵀg."""
        a, z = self.unpack()
        gb = apply(LinalgSolveExBackward0, (mT(a), g))
        return -(gb @ mT(z)), gb


def solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    """The solution of A·X = B (X·A = B with left=False); B a vector or a matrix."""
    square("linalg.solve", A)
    if not left:
        return mT(solve(mT(A), mT(B)))
    vector = B.array.ndim == 1 or (B.array.ndim == A.array.ndim - 1 and B.array.shape == A.array.shape[:-1])
    right = unsqueeze(B, -1) if vector else B
    lead = np.broadcast_shapes(A.array.shape[:-2], right.array.shape[:-2])
    a, right = A.expand(*lead, *A.array.shape[-2:]), right.expand(*lead, *right.array.shape[-2:])
    try:
        out = apply(LinalgSolveExBackward0, (a, right))
    except np.linalg.LinAlgError:
        raise LinAlgError(
            "torch.linalg.solve: The solver failed because the input matrix is singular."
        ) from None
    return out.squeeze(-1) if vector else out


def solve_triangular(
    A: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False
) -> Tensor:
    """The solution of a triangular system."""
    a = triu(A) if upper else tril(A)
    if unitriangular:
        eye = wrap(np.eye(A.array.shape[-1], dtype=A.array.dtype), A.dtype)
        a = (triu(A, 1) if upper else tril(A, -1)) + eye
    return solve(a, B, left=left)


class LinalgCholeskyExBackward0(Operation):
    """The lower L with L·Lᵀ = A."""

    __slots__ = ()

    def forward(self, a: Any) -> Any:
        """L."""
        z = np.linalg.cholesky(a)
        self.save(z)
        return z

    def pull(self, g: Any) -> tuple[Any]:
        """L⁻ᵀ·Φ(Lᵀg)·L⁻¹ made symmetric; Φ halves the diagonal of the lower triangle."""
        (z,) = self.unpack()
        phi = tril(mT(z) @ g)
        eye = np.eye(z.shape[-1], dtype=bool)
        phi = phi - masked(phi * 0.5, eye)
        inverse = apply(LinalgInvExBackward0, (z,))
        out = mT(inverse) @ phi @ inverse
        return ((out + mT(out)) * 0.5,)


def cholesky(A: Tensor, *, upper: bool = False) -> Tensor:
    """The lower (or upper) Cholesky factor of positive definite matrices."""
    square("linalg.cholesky", A)
    try:
        lower = apply(LinalgCholeskyExBackward0, (A,))
    except np.linalg.LinAlgError:
        raise LinAlgError(
            "linalg.cholesky: The factorization could not be completed because the input is not positive-definite "
            f"(the leading minor of order {bad_minor(A.array)} is not positive-definite)."
        ) from None
    return mT(lower) if upper else lower


def matrix_power(A: Tensor, n: int) -> Tensor:
    """Aⁿ."""
    square("linalg.matrix_power", A)
    if n < 0:
        return matrix_power(inv(A), -n)
    if n == 0:
        return A * 0 + wrap(np.eye(A.array.shape[-1], dtype=A.array.dtype), A.dtype)
    result: Any = None
    factor = A
    while n:
        if n & 1:
            result = factor if result is None else matmul(result, factor)
        n >>= 1
        factor = matmul(factor, factor) if n else factor
    return result


def multi_dot(tensors: Sequence[Tensor]) -> Tensor:
    """The product of several matrices, in the cheapest order of brackets."""
    cheapest: dict[tuple[int, int], tuple[float, Any]] = {}
    shapes = [
        t.array.shape if t.array.ndim == 2 else (1, t.array.size) if k == 0 else (t.array.size, 1)
        for k, t in enumerate(tensors)
    ]

    def cost(i: int, j: int) -> tuple[float, Any]:
        if i == j:
            return 0, None
        if (i, j) not in cheapest:
            cheapest[i, j] = min(
                (cost(i, k)[0] + cost(k + 1, j)[0] + shapes[i][0] * shapes[k][1] * shapes[j][1], k)
                for k in range(i, j)
            )
        return cheapest[i, j]

    def product(i: int, j: int) -> Tensor:
        return tensors[i] if i == j else matmul(product(i, cost(i, j)[1]), product(cost(i, j)[1] + 1, j))

    return product(0, len(tensors) - 1)


chain_matmul = multi_dot


class MatrixExpBackward0(Operation):
    """eᴬ."""

    __slots__ = ()

    def forward(self, a: Any) -> Any:
        """The matrix exponential."""
        import scipy.linalg  # pyright: ignore[reportMissingTypeStubs]

        self.save(a)
        expm: Any = scipy.linalg.expm
        return np.asarray(expm(np.asarray(a, np.float64))).astype(a.dtype)

    def pull(self, g: Any) -> tuple[Any]:
        """The upper right block of exp [[Aᵀ, g], [0, Aᵀ]]."""
        (a,) = self.unpack()
        n = a.shape[-1]
        shape = (*a.shape[:-2], 2 * n, 2 * n)
        upper, lower = slice(0, n), slice(n, 2 * n)
        block = embed(mT(a), shape, (..., upper, upper)) + embed(mT(a), shape, (..., lower, lower))
        block = block + embed(g, shape, (..., upper, lower))
        return (apply(MatrixExpBackward0, (block,))[..., :n, n:],)


def matrix_exp(A: Tensor) -> Tensor:
    """The exponentials of square matrices."""
    square("linalg.matrix_exp", A)
    return apply(MatrixExpBackward0, (A,))


# ── Decompositions ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def zeros_for(g: Any, like: Any) -> Any:
    """A gradient, or zeros where none arrived."""
    return np.zeros_like(like) if g is None else g


def reciprocal_gaps(s: Any) -> Any:
    """1/(sⱼ − sᵢ), 0 on the diagonal."""
    gaps = s[..., None, :] - s[..., :, None]
    eye = np.eye(s.shape[-1], dtype=bool)
    return masked(1 / (gaps + eye), ~eye)


class LinalgEighBackward0(SeveralOperation):
    """A = V·diag(λ)·Vᵀ of symmetric matrices."""

    __slots__ = ()

    def forward(self, a: Any, triangle: Any) -> tuple[Any, Any]:
        """(λ, V)."""
        values, vectors = np.linalg.eigh(a, triangle)
        self.save(values, vectors)
        return values, vectors

    def gradients(self, grads: list[Any]) -> tuple[Any]:
        """V·(diag(gλ) + (Vᵀ·gV)/(λⱼ − λᵢ))·Vᵀ."""
        refuse_second_order(grads)
        values, vectors = self.unpack()
        g_values, g_vectors = grads
        inner: Any = 0.0
        if g_vectors is not None:
            inner = (mT(vectors) @ g_vectors) * reciprocal_gaps(values)
        if g_values is not None:
            inner = inner + diagonal_matrix(g_values)
        return (vectors @ inner @ mT(vectors),)


def refuse_second_order(grads: list[Any]) -> None:
    """A decomposition's outputs are saved as constants, so that a second derivative would be wrong: it is refused."""
    if any(isinstance(g, Tensor) for g in grads):
        raise NotImplementedError(
            "second derivatives of eigh, svd and qr are absent; their first ones and those of inv, solve, det exist"
        )


def diagonal_matrix(d: Any) -> Any:
    """Matrices with the last dimension on their diagonals."""
    return d[..., None] * np.eye(d.shape[-1], dtype=d.dtype)


def eigh(A: Tensor, UPLO: str = "L") -> Any:
    """(eigenvalues, eigenvectors) of symmetric matrices, ascending; only one triangle is read."""
    square("linalg.eigh", A)
    found = apply_several(LinalgEighBackward0, (A,), UPLO)
    return named("linalg_eigh", "eigenvalues", "eigenvectors")(*found)


def eigvalsh(A: Tensor, UPLO: str = "L") -> Tensor:
    """The eigenvalues of symmetric matrices, ascending."""
    return eigh(A, UPLO)[0]


class LinalgSvdBackward0(SeveralOperation):
    """A = U·diag(S)·Vᵀ."""

    __slots__ = ()

    def forward(self, a: Any) -> tuple[Any, Any, Any]:
        """(U, S, Vᵀ), reduced."""
        u, s, vt = np.linalg.svd(a, full_matrices=False)
        self.save(u, s, vt)
        return u, s, vt

    def gradients(self, grads: list[Any]) -> tuple[Any]:
        """The gradient through U, S and V (Townsend, 'Differentiating the singular value decomposition', 2016)."""
        refuse_second_order(grads)
        u, s, vt = self.unpack()
        gu, gs, gvt = grads
        v, m, n, k = mT(vt), u.shape[-2], vt.shape[-1], s.shape[-1]
        inner: Any = 0.0 if gs is None else diagonal_matrix(gs)
        s_row, s_column = unsqueeze(s, -2), unsqueeze(s, -1)
        gaps = reciprocal_gaps(s * s) if gu is not None or gvt is not None else None
        if gu is not None:
            left = mT(u) @ gu
            inner = inner + gaps * (left - mT(left)) * s_row
        if gvt is not None:
            right = vt @ mT(gvt)
            inner = inner + s_column * (gaps * (right - mT(right)))
        out = u @ inner @ vt
        if gu is not None and m > k:
            out = out + (gu - u @ (mT(u) @ gu)) / s_row @ vt
        if gvt is not None and n > k:
            out = out + (u / s_row) @ (gvt - (gvt @ v) @ vt)
        return (out,)


def svd(A: Tensor, full_matrices: bool = True) -> Any:
    """(U, S, Vh). With full_matrices no gradient flows through U and Vh."""
    result = named("linalg_svd", "U", "S", "Vh")
    if full_matrices and A.array.shape[-1] != A.array.shape[-2]:
        u, s, vh = np.linalg.svd(A.array)
        if A.node is not None:
            return result(wrap(u, A.dtype), svdvals(A), wrap(vh, A.dtype))
        return result(wrap(u, A.dtype), wrap(s, A.dtype), wrap(vh, A.dtype))
    return result(*apply_several(LinalgSvdBackward0, (A,)))


def svd_legacy(input: Tensor, some: bool = True) -> Any:
    """torch.svd: (U, S, V) with V not transposed."""
    u, s, vh = svd(input, not some)
    return named("svd", "U", "S", "V")(u, s, mT(vh))


def svdvals(A: Tensor) -> Tensor:
    """The singular values, falling."""
    return apply_several(LinalgSvdBackward0, (A,))[1]


class LinalgQrBackward0(SeveralOperation):
    """A = Q·R."""

    __slots__ = ()

    def forward(self, a: Any) -> tuple[Any, Any]:
        """(Q, R), reduced."""
        q, r = np.linalg.qr(a)
        self.save(a, q, r)
        return q, r

    def gradients(self, grads: list[Any]) -> tuple[Any]:
        """For the square part of R: (gQ + Q·sym(M))·R⁻ᵀ with M = R·gRᵀ − gQᵀ·Q (Walter and Lehmann, 2010)."""
        refuse_second_order(grads)
        a, q, r = self.unpack()
        gq, gr = zeros_for(grads[0], q), zeros_for(grads[1], r)
        n = r.shape[-2]
        beyond = gr[..., n:]  # columns of R that only follow from Q
        gq = gq + a[..., n:] @ mT(beyond)
        r, gr = r[..., :n], gr[..., :n]
        m = r @ mT(gr) - mT(gq) @ q
        low = np.tril(m, -1)
        symmetric = low + mT(low) + masked(m, np.eye(n, dtype=bool))
        inner = (gq + q @ symmetric) @ mT(np.linalg.inv(r))
        return (np.concatenate([inner, q @ beyond], -1),)


def qr(A: Tensor, mode: str = "reduced") -> Any:
    """(Q, R) with Q's columns orthonormal and R upper triangular."""
    result = named("linalg_qr", "Q", "R")
    if mode == "complete" and A.array.shape[-2] > A.array.shape[-1]:
        if A.node is not None:
            raise NotImplementedError("the gradient of qr(mode='complete') is absent; 'reduced' has one")
        q, r = np.linalg.qr(A.array, "complete")
        return result(wrap(q, A.dtype), wrap(r, A.dtype))
    q, r = apply_several(LinalgQrBackward0, (A,))
    return result(wrap(np.empty(0, A.array.dtype), A.dtype) if mode == "r" else q, r)


class PinvBackward(Operation):
    """The Moore–Penrose inverse."""

    __slots__ = ()

    def forward(self, a: Any, limit: Any) -> Any:
        """A⁺ by singular values; limit(s) says below which they count as 0."""
        u, s, vt = np.linalg.svd(a, full_matrices=False)
        inverse = np.where(s > limit(s), 1 / s, 0).astype(a.dtype)
        z = mT(vt) @ (inverse[..., None] * mT(u))
        self.save(a, z)
        return z

    def pull(self, g: Any) -> tuple[Any]:
        """−PᵀgPᵀ + (I − AP)gᵀPPᵀ + PᵀPgᵀ(I − PA) (Golub and Pereyra, 1973)."""
        a, p = self.unpack()
        pt, gt = mT(p), mT(g)
        first = gt @ p @ pt
        last = pt @ p @ gt
        return (-(pt @ g @ pt) + first - a @ (p @ first) + last - (last @ p) @ a,)


def pinv(
    A: Tensor, rcond: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None
) -> Tensor:
    """The Moore–Penrose inverse; singular values up to max(atol, rtol·greatest) count as 0."""
    if hermitian:
        square("linalg.pinv", A)
    relative = rcond if rtol is None else rtol
    return apply(PinvBackward, (A,), lambda s: cutoff(A, s, atol, relative))


pinverse = pinv


def lstsq(A: Tensor, B: Tensor, rcond: Any = None, *, driver: str | None = None) -> Any:
    """The X that minimises ‖A·X − B‖, with residuals and rank; by the pseudoinverse, which serves as every driver."""
    if driver not in (None, "gelsy", "gels", "gelsd", "gelss"):
        raise RuntimeError(
            f"torch.linalg.lstsq: parameter `driver` should be one of (gels, gelsy, gelsd, gelss), got {driver}"
        )
    result = named("linalg_lstsq", "solution", "residuals", "rank", "singular_values")
    solution = matmul(pinv(A, rcond), B)
    rank = matrix_rank(A) if driver != "gels" else wrap(np.zeros(0, np.int64), dtypes.int64)
    residual = wrap(np.zeros(0, A.array.dtype), A.dtype)
    if A.array.shape[-2] > A.array.shape[-1] and (matrix_rank(A).array == A.array.shape[-1]).all():
        residual = ((matmul(A, solution) - B) ** 2).sum(-2)
    return result(solution, residual, rank, wrap(np.zeros(0, A.array.dtype), A.dtype))


def matrix_rank(
    A: Tensor, tol: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None
) -> Tensor:
    """How many singular values exceed max(atol, rtol·greatest); rtol is by default max(m, n)·eps."""
    s: Any = np.linalg.svd(A.array, compute_uv=False)
    if hermitian:
        s = np.abs(np.linalg.eigvalsh(A.array))
    cut = cutoff(A, s, tol if tol is not None else atol, 0.0 if tol is not None else rtol)
    return wrap(np.asarray((s > cut).sum(-1)).astype(np.int64), dtypes.int64)


def cutoff(A: Tensor, s: Any, atol: Any, rtol: Any) -> Any:
    """Below which singular values count as 0."""
    atol, rtol = (v.array[..., None] if isinstance(v, Tensor) else v for v in (atol, rtol))
    if rtol is None:
        rtol = (
            0.0
            if atol is not None and np.any(atol > 0)
            else max(A.array.shape[-2:]) * np.finfo(A.array.dtype).eps
        )
    greatest: Any = s.max(-1, keepdims=True) if s.shape[-1] else 0.0
    return np.maximum(0.0 if atol is None else atol, rtol * greatest)


def matrix_norm(A: Tensor, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False) -> Tensor:
    """A norm of matrices: 'fro', 'nuc', ±1, ±2, ±inf."""
    rows, columns = (dimension(d, A.array.ndim) for d in dim)
    if ord == "fro":
        return vector_norm(A, 2, (rows, columns), keepdim)
    if ord in ("nuc", 2, -2):
        s = svdvals(A.movedim((rows, columns), (-2, -1)))
        out = sum_of(s, -1) if ord == "nuc" else s.amax(-1) if ord == 2 else s.amin(-1)
    elif ord in (1, -1, math.inf, -math.inf):
        summed, kept = (rows, columns) if abs(ord) == 1 else (columns, rows)
        sums = sum_of(A.abs(), summed, True)
        out = sums.amax((summed, kept)) if ord > 0 else sums.amin((summed, kept))
    else:
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported.")
    if keepdim:
        for d in sorted((rows, columns)):
            out = unsqueeze(out, d)
    return out


def norm(A: Tensor, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """torch.linalg.norm: of vectors, or of matrices where two dimensions are named or `ord` is one of theirs."""
    if dtype is not None:
        return norm(A.to(dtype), ord, dim, keepdim)
    pair = isinstance(dim, (tuple, list)) and len(dim) == 2
    if ord is not None and (pair or (dim is None and A.array.ndim == 2)):
        return matrix_norm(A, ord, (0, 1) if dim is None else dim, keepdim)
    if ord is not None and dim is None and A.array.ndim != 1:
        raise RuntimeError(
            "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got "
            + f"{A.array.ndim}D."
        )
    return vector_norm(A, 2 if ord is None else ord, axes_of(dim, A.array.ndim) or None, keepdim)


def cond(A: Tensor, p: Any = None) -> Tensor:
    """The condition number."""
    if p in (None, 2, -2):
        s = svdvals(A)
        return s.amax(-1) / s.amin(-1) if p != -2 else s.amin(-1) / s.amax(-1)
    return matrix_norm(A, p) * matrix_norm(inv(A), p)


def vander(x: Tensor, *, N: int | None = None) -> Tensor:
    """The powers 0, 1, … of x as columns."""
    width = x.array.shape[-1] if N is None else N
    powers = wrap(np.arange(width).astype(x.array.dtype), x.dtype)
    return unsqueeze(x if x.array.ndim else made.reshape(x, (1,)), -1) ** powers
