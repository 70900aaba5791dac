"""Gradients against finite differences over random graphs, broadcast shapes, views and writes on views, in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

import pellucid.torch as torch
from pellucid.torch.tensor import Tensor

UNARY: list[Any] = [
    lambda x: x.sin(),
    lambda x: (x * x + 1).log(),
    lambda x: x.tanh() * 2 - 1,
    lambda x: (x.abs() + 0.5).sqrt(),
    lambda x: 1 / (x * x + 1),
    lambda x: x.sigmoid() ** 3,
    lambda x: x.softmax(-1),
    lambda x: x.logsumexp(-1, keepdim=True) - x,
    lambda x: x.logcumsumexp(0),
    lambda x: x.cumsum(0) / 2,
    lambda x: x.tanh().cumprod(-1),
    lambda x: x - x.mean(0, keepdim=True),
    lambda x: x / (x.norm(dim=-1, keepdim=True) + 1),
    lambda x: x.sort(-1, descending=True)[0],
    lambda x: x.flip(0),
    lambda x: x.t().contiguous().t(),
    lambda x: x.reshape(-1)[:, None].reshape(x.shape),
    lambda x: torch.cat([x[1:], x[:1]]),
    lambda x: torch.stack(x.unbind(0)),
    lambda x: sum(x.split(1)) + x,
    lambda x: x @ x.t() @ x / x.numel(),
    lambda x: torch.linalg.qr(x @ x.t() + 2 * torch.eye(len(x), dtype=x.dtype))[1] @ x / 9,
    lambda x: torch.linalg.solve(x @ x.t() + 2 * torch.eye(len(x), dtype=x.dtype), x),
    lambda x: torch.einsum("ij,kj->ki", x.tanh(), x) @ x / x.numel(),
    lambda x: x.clone().index_add(0, torch.tensor([0, 0]), x[:2]) if x.shape[0] > 1 else x,
    lambda x: torch.where(x > 0, x * 2, x * 3),
    lambda x: torch.nn.functional.layer_norm(x, x.shape[-1:], eps=0.1),
    lambda x: torch.special.i0e(x) + torch.erf(x),
]
BINARY: list[Any] = [
    lambda x, y: x + y,
    lambda x, y: x * y - y,
    lambda x, y: x / (y * y + 1),
    lambda x, y: torch.maximum(x, y * 0.9 + 0.01),
    lambda x, y: torch.atan2(x, y * y + 1),
    lambda x, y: torch.logaddexp(x, y),
    lambda x, y: torch.where(x > y + 0.01, x * y, x - y),
    lambda x, y: (y.sigmoid() + 0.5) ** x,
    lambda x, y: torch.lerp(x, y, 0.3) + torch.hypot(x, y + 3),
]


def numbers(seed: int, *shape: int) -> Tensor:
    rng = np.random.default_rng(seed)
    return torch.from_numpy(np.asarray(rng.uniform(-2, 2, shape))).requires_grad_()


STEPS = st.lists(
    st.tuples(st.integers(0, len(UNARY) + len(BINARY) - 1), st.integers(0, 30), st.integers(0, 30)),
    min_size=1,
    max_size=8,
)


@settings(deadline=None, max_examples=300)
@given(st.tuples(st.integers(1, 4), st.integers(1, 3)), STEPS, st.integers(0, 10**6))
def test_gradients_of_random_graphs_are_finite_differences(shape: Any, steps: list[Any], seed: int) -> None:
    """Each step takes any earlier results, so that they are used several times; what none takes is summed."""

    def graph(x: Tensor, y: Tensor) -> Tensor:
        made = [x, y]
        taken: set[int] = set()
        for which, i, j in steps:
            i, j = i % len(made), j % len(made)
            if which < len(UNARY):
                made.append(UNARY[which](made[i]))
                taken.add(i)
            else:
                made.append(BINARY[which - len(UNARY)](made[i], made[j]))
                taken |= {i, j}
        return sum(z for k, z in enumerate(made) if k not in taken)

    assert torch.autograd.gradcheck(
        graph, (numbers(seed, *shape), numbers(seed + 1, *shape)), atol=1e-4, rtol=1e-3
    )


@settings(deadline=None, max_examples=40)
@given(STEPS, st.integers(0, 10**6))
def test_second_derivatives_of_random_graphs(steps: list[Any], seed: int) -> None:
    def graph(x: Tensor) -> Tensor:
        made = [x]
        for which, i, j in steps[:3]:
            if which < len(UNARY):
                made.append(UNARY[which](made[i % len(made)]))
            else:
                made.append(BINARY[which - len(UNARY)](made[i % len(made)], made[j % len(made)]))
        return made[-1]

    assert torch.autograd.gradgradcheck(graph, (numbers(seed, 2, 2),), atol=1e-3, rtol=1e-3)


@settings(deadline=None, max_examples=100)
@given(
    mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3, min_side=0),
    st.integers(0, len(BINARY) - 1),
)
def test_gradients_over_broadcast_shapes(shapes: Any, which: int) -> None:
    x, y = (numbers(k, *s) for k, s in enumerate(shapes.input_shapes))
    out = BINARY[which](x, y)
    assert out.shape == shapes.result_shape
    assert torch.autograd.gradcheck(BINARY[which], (x, y), atol=1e-4)


# Programs of views and writes: (how, place of the tensor, numbers of the step). NumPy's views are the second oracle.
VIEWS: list[Any] = [
    lambda t, a, b: (
        t[a % t.shape[0], ...] if t.ndim and t.shape[0] else t[...]
    ),  # without dots NumPy copies numbers
    lambda t, a, b: t[a % 2 :: 1 + b % 2] if t.ndim else t[...],
    lambda t, a, b: t[..., None],
    lambda t, a, b: t[..., a % t.shape[-1]] if t.ndim and t.shape[-1] else t[...],
    lambda t, a, b: t.swapaxes(a % t.ndim, b % t.ndim) if t.ndim else t[...],
    lambda t, a, b: t[..., : 1 + a % 3] if t.ndim else t[...],
    lambda t, a, b: t.T if t.ndim == 2 else t[...],
]


def write(t: Any, how: int, value: Any) -> None:
    """One write in place, spelled alike for arrays and tensors."""
    if how == 0:
        t *= value
    elif how == 1:
        t += value * 2
    elif how == 2:
        t[...] = value
    elif how == 3:
        t /= value * value + 1
    else:
        t -= 1 - value


PROGRAMS = st.lists(
    st.tuples(st.booleans(), st.integers(0, 30), st.integers(0, 30), st.integers(0, 3), st.integers(0, 3)),
    min_size=1,
    max_size=7,
)


def run(base: Any, value: Any, program: list[Any]) -> list[Any]:
    """The tensors, or arrays, that a program leaves: the base and its views, written to on the way."""
    made = [base]
    for looks, which, place, a, b in program:
        t = made[place % len(made)]
        if looks:
            made.append(VIEWS[which % len(VIEWS)](t, a, b))
        else:
            write(t, which % 5, value)
    return made


@settings(deadline=None, max_examples=500)
@given(PROGRAMS, st.integers(0, 10**6))
def test_writes_on_views_are_seen_and_differentiated(program: list[Any], seed: int) -> None:
    def left(x: Tensor, y: Tensor) -> Tensor:
        return sum((t * t).sum() * (k + 1) for k, t in enumerate(run(x * 1, y, program)))

    x, y = numbers(seed, 3, 2), numbers(seed + 1)
    mine = run(x.detach().clone(), y.detach(), program)
    arrays = run(x.detach().numpy().copy(), y.item(), program)
    for t, array in zip(mine, arrays, strict=True):
        assert t.shape == array.shape
        np.testing.assert_allclose(t.numpy(), array)
    assert torch.autograd.gradcheck(left, (x, y), atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("which", range(len(UNARY)))
def test_second_derivatives(which: int) -> None:
    assert torch.autograd.gradgradcheck(UNARY[which], (numbers(6, 2, 2),), atol=1e-4)


def up_to_signs(*outs: Any) -> Any:
    """Eigenvectors and singular vectors squared: LAPACK may choose their signs."""
    return tuple(z if z.ndim == 1 else z**2 for z in outs)


LINEAR: dict[str, Any] = {
    name: getattr(torch.linalg, name)
    for name in ("inv", "det", "cholesky", "pinv", "matrix_exp", "eigvalsh", "svdvals", "qr", "lu_factor")
} | {
    "slogdet": lambda a: torch.linalg.slogdet(a)[1],
    "eigh": lambda a: up_to_signs(*torch.linalg.eigh(a)),
    "svd": lambda a: up_to_signs(*torch.linalg.svd(a)),
    "svd of a wide matrix": lambda a: up_to_signs(*torch.linalg.svd(a[:2], full_matrices=False)),
    "qr of a tall matrix": lambda a: tuple(torch.linalg.qr(a[:, :2])),
    "lu of a wide matrix": lambda a: tuple(torch.linalg.lu(a[:2]))[1:],
    "pinv of a symmetric matrix": lambda a: torch.linalg.pinv(a, hermitian=True),
    "cholesky_solve": lambda a: torch.cholesky_solve(a, torch.linalg.cholesky(a)),
    "scatter_reduce": lambda a: a.scatter_reduce(0, torch.tensor([[0, 2, 0]]), a[1:2], "prod"),
}


@pytest.mark.parametrize("name", LINEAR)
def test_first_and_second_derivatives_of_linear_algebra(name: str) -> None:
    def function(x: Tensor) -> Any:
        return LINEAR[name](x @ x.t() + 2 * torch.eye(3, dtype=torch.float64))

    assert torch.autograd.gradcheck(function, numbers(7, 3, 3), atol=1e-4)
    assert torch.autograd.gradgradcheck(function, (numbers(7, 3, 3),), atol=1e-4)


@pytest.mark.parametrize("function", [lambda x: x.prod(1), lambda x: x[2:].prod(), lambda x: x.cumprod(1)])
def test_products_over_zeros(function: Any) -> None:
    x = torch.tensor([[1.0, 2, 3], [0, 0, 2], [0, 1.5, 2]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(function, x)
    assert torch.autograd.gradgradcheck(function, x)
