"""Gradients against finite differences over random graphs, shapes and views; memory is freed; the alias finds the library."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    lambda x: x.cumsum(0) / 2,
    lambda x: x - x.mean(0, keepdim=True),
    lambda x: x.flip(0),
    lambda x: x.t().contiguous().t(),
    lambda x: x.reshape(-1)[:, None].reshape(x.shape),
    lambda x: torch.cat([x[1:], x[:1]]),
    lambda x: torch.stack(x.unbind(0)),
    lambda x: x @ x.t() @ x / x.numel(),
    lambda x: x.clone().index_add(0, torch.tensor([0, 0]), x[:2]) if x.shape[0] > 1 else x,
    lambda x: torch.where(x > 0, x * 2, x * 3),
]
BINARY: list[Any] = [
    lambda x, y: x + y,
    lambda x, y: x * y - y,
    lambda x, y: x / (y * y + 1),
    lambda x, y: torch.maximum(x, y * 0.9 + 0.01),
    lambda x, y: torch.atan2(x, y * y + 1),
    lambda x, y: torch.logaddexp(x, y),
]


def numbers(seed: int, *shape: int) -> Tensor:
    rng = np.random.default_rng(seed)
    return torch.from_numpy(np.asarray(rng.uniform(-2, 2, shape))).requires_grad_()


@settings(deadline=None, max_examples=60)
@given(
    st.tuples(st.integers(1, 4), st.integers(1, 3)),
    st.lists(
        st.tuples(st.integers(0, len(UNARY) + len(BINARY) - 1), st.integers(0, 9)), min_size=1, max_size=8
    ),
    st.integers(0, 10**6),
)
def test_gradients_of_random_graphs_are_finite_differences(shape: Any, steps: list[Any], seed: int) -> None:
    def graph(x: Tensor) -> Tensor:
        made = [x]
        for which, other in steps:
            if which < len(UNARY):
                made.append(UNARY[which](made[-1]))
            else:
                made.append(BINARY[which - len(UNARY)](made[-1], made[other % len(made)]))
        return made[-1]

    assert torch.autograd.gradcheck(graph, numbers(seed, *shape), atol=1e-4, rtol=1e-3)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(1, 3), max_size=3),
    st.lists(st.booleans(), min_size=3, max_size=3),
    st.integers(0, 3),
    st.integers(0, 5),
)
def test_broadcast_shapes(shape: list[int], ones: list[bool], dropped: int, which: int) -> None:
    other = [1 if one else n for n, one in zip(shape, ones, strict=False)][min(dropped, len(shape)) :]
    x, y = numbers(1, *shape), numbers(2, *other)
    assert torch.autograd.gradcheck(BINARY[which], (x, y), atol=1e-4)


VIEWS: list[Any] = [
    lambda x: x[1:],
    lambda x: x[:, 0],
    lambda x: x.t(),
    lambda x: x.view(-1)[::2],
    lambda x: x[None].expand(2, *x.shape)[0],
    lambda x: x.diagonal(),
    lambda x: x.unfold(0, 2, 1)[0],
    lambda x: x.split(1)[1],
    lambda x: x.permute(1, 0)[1],
    lambda x: x.unsqueeze(0).squeeze(0).select(0, 1),
]


@pytest.mark.parametrize("which", range(len(VIEWS)))
def test_views_share_memory_and_pull_gradients_back(which: int) -> None:
    look = VIEWS[which]
    assert torch.autograd.gradcheck(lambda x: look(x) ** 2, numbers(3, 3, 3))
    x = torch.arange(9.0).reshape(3, 3)
    before = x._version
    if which in (4, 7):
        return  # expanded, or one of several: torch forbids writing
    look(x).fill_(-5.0)
    assert (x == -5.0).any()
    assert x._version == before + 1


@pytest.mark.parametrize("which", [0, 1, 2, 3, 5, 8, 9])
def test_writing_through_a_view_is_differentiated(which: int) -> None:
    def written(x: Tensor, y: Tensor) -> Tensor:
        base = x * 1
        part = VIEWS[which](base)
        part.mul_(y)
        part.add_(1)
        return base * base + base.sum()

    assert torch.autograd.gradcheck(written, (numbers(4, 3, 3), numbers(5)))


@pytest.mark.parametrize("which", [k for k in range(len(UNARY)) if k not in (3, 17)])
def test_second_derivatives(which: int) -> None:
    from pellucid.torch.autograd.functions import gradgradcheck

    assert gradgradcheck(UNARY[which], (numbers(6, 2, 2),), atol=1e-4)


@pytest.mark.parametrize(
    "name", ["inv", "det", "slogdet", "cholesky", "pinv", "matrix_exp", "eigvalsh", "svdvals", "qr", "eigh"]
)
def test_linear_algebra(name: str) -> None:
    def function(x: Tensor) -> Any:
        a = x @ x.t() + 2 * torch.eye(3, dtype=torch.float64)
        out = getattr(torch.linalg, name)(a)
        if name == "eigh":  # whatever the eigenvectors' signs
            return out[0], out[1] ** 2
        return out[1] if name == "slogdet" else tuple(out) if isinstance(out, tuple) else out

    assert torch.autograd.gradcheck(function, numbers(7, 3, 3), atol=1e-4)


def test_a_deep_graph_needs_no_recursion() -> None:
    x = torch.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(30_000):
        y = y + 0.0
    y.backward()
    assert x.grad.item() == 1.0


def test_graphs_are_freed_without_the_garbage_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        x = torch.randn(10, requires_grad=True)
        y = (x.exp() * x).tanh()
        held = [weakref.ref(y), weakref.ref(y.grad_fn), weakref.ref(x)]
        y.sum().backward()
        del x, y
        assert all(r() is None for r in held)
    finally:
        gc.enable()


def test_gradients_do_not_share_memory() -> None:
    x, y = torch.ones(3, requires_grad=True), torch.ones(3, requires_grad=True)
    (x + y).sum().backward()
    x.grad.zero_()
    assert y.grad.tolist() == [1, 1, 1]
    z = torch.ones(2, 2, requires_grad=True)
    v = torch.ones(2, 2)
    z.backward(v)
    z.grad.zero_()
    assert v.sum() == 4


def test_absent_names_say_so_and_name_the_nearest() -> None:
    with pytest.raises(AttributeError, match=r"absent.*torch\.softmax"):
        torch.softmaks  # noqa: B018
    with pytest.raises(AttributeError, match=r"absent.*the CPU"):
        torch.ones(2).cuda()
    assert not hasattr(torch.ones(1), "detach_everything")
    with pytest.raises(ImportError, match=r"LazyLinear is absent.*torch\.nn\.Linear, with all its sizes"):
        from pellucid.torch.nn import LazyLinear  # noqa: F401  # pyright: ignore
    assert not hasattr(torch.nn, "LazyLinear")
    assert not torch.cuda.is_available()


def test_import_torch_finds_the_library_once_installed() -> None:
    code = (
        "import pellucid.torch; pellucid.torch.install()\n"
        "import torch, torch.autograd\nfrom torch.autograd import Function\nfrom torch import Tensor\nimport torch.linalg as l\n"
        "assert torch is pellucid.torch and l is pellucid.torch.linalg\n"
        "assert isinstance(torch.ones(1), Tensor) and torch.__spec__.name == 'pellucid.torch'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_numpy_is_as_silent_as_torch() -> None:
    x = torch.tensor([0.0, 1e30])
    assert (x.log()[0], (x * x)[1], (1 / x)[0]) == (float("-inf"), float("inf"), float("inf"))
    with pytest.warns(RuntimeWarning):
        np.log(np.zeros(1))


def test_threads_do_not_disturb_each_other() -> None:
    def work() -> float:
        for _ in range(20):
            x = torch.ones(100, 100).requires_grad_()
            (x @ x).tanh().sum().backward()
            with torch.no_grad():
                x -= x.grad
        return x.sum().item()

    with ThreadPoolExecutor(3) as pool:
        assert len({f.result() for f in [pool.submit(work) for _ in range(6)]}) == 1


def test_anomaly_detection_names_the_formula_that_gave_nan() -> None:
    x = torch.tensor([0.0, 1.0], requires_grad=True)
    with (
        torch.autograd.detect_anomaly(),
        pytest.raises(RuntimeError, match="'SqrtBackward0' returned nan values in its 0th output"),
    ):
        (x.sqrt() * 0).sum().backward()
    (x.sqrt() * 0).sum().backward()
    assert x.grad.isnan().tolist() == [True, False]


def test_derivatives_of_functions() -> None:
    F = torch.autograd.functional
    x, v = numbers(8, 3).detach(), numbers(9, 3).detach()
    hessian = F.hessian(lambda x: (x**3).sum() * x[0], x)
    assert torch.allclose(F.hvp(lambda x: (x**3).sum() * x[0], x, v)[1], hessian @ v)
    assert torch.allclose(F.vhp(lambda x: (x**3).sum() * x[0], x, v)[1], v @ hessian)
    assert torch.equal(F.hessian(lambda x: x.sum(), x), torch.zeros(3, 3, dtype=torch.float64))
    assert torch.allclose(F.jvp(lambda x: x**3, x, v)[1], F.jacobian(lambda x: x**3, x) @ v)
    with pytest.raises(NotImplementedError, match="strict"):
        F.jacobian(lambda x: x, x, strict=True)
