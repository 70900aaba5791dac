"""Views and writes, memory and threads, derivatives of functions; what is absent; the alias finds the library.

Gradients over random graphs: test_gradients_random.py.
"""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import pellucid.torch as torch
from pellucid.torch.tensor import Tensor


def numbers(seed: int, *shape: int) -> Tensor:
    rng = np.random.default_rng(seed)
    return torch.from_numpy(np.asarray(rng.uniform(-2, 2, shape))).requires_grad_()


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


def test_what_torch_refuses_is_refused() -> None:
    x, mask = torch.ones(2), torch.tensor([True, False])
    with pytest.raises(RuntimeError, match="with a bool tensor is not supported"):
        1 - mask
    with pytest.raises(
        TypeError, match=r"maximum\(\): argument 'other' \(position 2\) must be Tensor, not float"
    ):
        torch.maximum(x, 2.0)
    with pytest.raises(RuntimeError, match="for `end`"):
        torch.lerp(x, x.double(), 0.5)
    with pytest.raises(TypeError, match="colour"):
        x.to(colour="red")
    assert torch.einsum(x, [0], x, [1], [1, 0]).shape == (2, 2)
    assert [g.shape for g in torch.meshgrid(torch.arange(3), torch.arange(2), indexing="xy")] == [(2, 3)] * 2
