"""Contractions: einsum and tensordot."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any

import numpy as np

from pellucid.torch import dtypes
from pellucid.torch.ops import apply as made
from pellucid.torch.ops.apply import Operation, apply
from pellucid.torch.ops.reduce import sum as sum_of
from pellucid.torch.ops.views import diagonal_, permute_
from pellucid.torch.tensor import Tensor


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
        equation, operands = from_lists(equation, *operands)
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


def from_lists(*args: Any) -> tuple[str, tuple[Any, ...]]:
    """einsum's other form, x, [0, 1], y, [1, 2], …, [0, 2]: the equation, and the operands."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    if any(k is not ... and not 0 <= k < len(letters) for dims in args[1::2] for k in dims):
        raise RuntimeError("einsum(): the dimensions of an operand are numbers from 0 to 51, or an ellipsis")
    count = len(args) // 2 * 2
    names = [
        "".join("..." if k is ... else letters[k] for k in dims) for dims in (*args[1:count:2], *args[count:])
    ]
    inputs, output = names[: count // 2], names[count // 2 :]
    return ",".join(inputs) + "".join(f"->{name}" for name in output), args[0:count:2]


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
