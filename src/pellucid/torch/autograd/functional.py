"""torch.autograd.functional: derivatives of functions.

strict=True, by which torch raises where a result does not depend on an input, is absent: it is refused.
"""

from __future__ import annotations

# Arrays are Any here: functions take and give what they like.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.torch.autograd.functions import grad, several
from pellucid.torch.autograd.mode import Mode
from pellucid.torch.ops.joining import stack
from pellucid.torch.tensor import Tensor, wrap


def refuse_strict(strict: bool) -> None:
    """Raises for strict=True."""
    if strict:
        raise NotImplementedError(
            "strict=True is absent from pellucid.torch: what does not depend on an input has gradient 0"
        )


def inputs_of(inputs: Any, create_graph: bool) -> list[Any]:
    """The inputs as leaves; those that are part of a graph themselves if derivatives are to be part of it."""
    return [
        t if create_graph and t.node is not None else t.detach().requires_grad_() for t in several(inputs)
    ]


def jacobian(func: Callable[..., Any], inputs: Any, create_graph: bool = False, strict: bool = False) -> Any:
    """d out/d in for each pair, of shape out.shape + in.shape."""
    refuse_strict(strict)
    single = isinstance(inputs, Tensor)
    xs = inputs_of(inputs, create_graph)
    with Mode(True):
        outs = func(*xs)
        rows: list[Any] = []
        for out in several(outs):
            flat = out.reshape(-1)
            columns: list[list[Any]] = [[] for _ in xs]
            for k in range(flat.array.size):
                if flat.node is None:  # it depends on none
                    for column, x in zip(columns, xs, strict=True):
                        column.append(wrap(np.zeros_like(x.array), x.dtype))
                    continue
                found = grad(
                    flat[k],
                    xs,
                    retain_graph=True,
                    create_graph=create_graph,
                    allow_unused=True,
                    materialize_grads=True,
                )
                for column, g in zip(columns, found, strict=True):
                    column.append(g)
            parts = tuple(
                stack(c).reshape(*out.array.shape, *x.array.shape)
                if c
                else wrap(np.zeros((*out.array.shape, *x.array.shape)), x.dtype)
                for c, x in zip(columns, xs, strict=True)
            )
            rows.append(parts[0] if single else parts)
    return rows[0] if isinstance(outs, Tensor) else tuple(rows)


def hessian(func: Callable[..., Any], inputs: Any, create_graph: bool = False, strict: bool = False) -> Any:
    """The second derivatives of a function with one number as result."""
    refuse_strict(strict)
    single = isinstance(inputs, Tensor)

    def slope(*args: Any) -> Any:
        found = jacobian(lambda *a: func(*a).reshape(()), args[0] if single else args, create_graph=True)
        return found

    return jacobian(slope, tuple(inputs) if not single else inputs, create_graph=create_graph)


def vjp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> Any:
    """(func(inputs), vᵀ·Jacobian)."""
    refuse_strict(strict)
    xs = inputs_of(inputs, create_graph)
    with Mode(True):
        outs = func(*xs)
        found = grad(outs, xs, v, create_graph=create_graph, allow_unused=True, materialize_grads=True)
    return outs if create_graph else detached(outs), found[0] if isinstance(inputs, Tensor) else found


def jvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> Any:
    """(func(inputs), Jacobian·v), by differentiating vᵀ·Jacobian twice."""
    refuse_strict(strict)
    xs = inputs_of(inputs, create_graph)
    with Mode(True):
        outs = func(*xs)
        seeds = [wrap(np.zeros_like(t.array), t.dtype).requires_grad_() for t in several(outs)]
        pulled = grad(
            list(several(outs)), xs, seeds, create_graph=True, allow_unused=True, materialize_grads=True
        )
        found = grad(
            list(pulled),
            seeds,
            several(v),
            create_graph=create_graph,
            allow_unused=True,
            materialize_grads=True,
        )
    return outs if create_graph else detached(outs), found[0] if isinstance(outs, Tensor) else found


def detached(outs: Any) -> Any:
    """One or several tensors outside the computation."""
    return outs.detach() if isinstance(outs, Tensor) else tuple(t.detach() for t in outs)


def vhp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> Any:
    """(func(inputs), vᵀ·Hessian) of a function with one number as result."""
    refuse_strict(strict)
    xs = inputs_of(inputs, create_graph)
    with Mode(True):
        out = func(*xs)
        slopes = grad(out, xs, create_graph=True, allow_unused=True, materialize_grads=True)
        curved = [(g, s) for g, s in zip(slopes, several(v), strict=True) if g.node is not None]
        found = grad(
            [g for g, _ in curved],
            xs,
            [s for _, s in curved],
            create_graph=create_graph,
            allow_unused=True,
            materialize_grads=True,
        )
    return out if create_graph else detached(out), found[0] if isinstance(inputs, Tensor) else found


def hvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> Any:
    """(func(inputs), Hessian·v): the same as vhp, since the Hessian is symmetric."""
    return vhp(func, inputs, v, create_graph, strict)


__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]
