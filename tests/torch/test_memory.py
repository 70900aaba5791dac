"""What is no longer needed is freed at once: seen by weak references to arrays, with the garbage collector switched off."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from pellucid import torch


@pytest.fixture(autouse=True)
def _without_collector() -> Iterator[None]:
    """Only reference counts free: a cycle would be seen."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def watched(tensor: Any) -> Callable[[], bool]:
    """Whether the tensor's array is still there."""
    reference = weakref.ref(tensor.array)
    return lambda: reference() is not None


def leaf(*shape: int) -> Any:
    return torch.ones(*shape, requires_grad=True)


def test_a_result_that_nothing_needs_is_freed_with_its_tensor() -> None:
    x = leaf(3)
    y = x * 2  # its gradient needs the 2 only
    z = y + 1
    there = watched(y)
    del y
    assert not there()
    assert z.requires_grad


def test_a_saved_result_lives_until_backward_and_no_longer() -> None:
    x = leaf(3)
    y = x.exp()
    there = watched(y)
    loss = y.sum()
    del y
    assert there()
    loss.backward()
    assert not there()
    assert loss.grad_fn is not None


def test_retain_graph_keeps_what_was_saved() -> None:
    x = leaf(3)
    y = x.exp()
    there = watched(y)
    loss = y.sum()
    del y
    loss.backward(retain_graph=True)
    assert there()
    del loss
    assert not there()


def test_backward_frees_layer_by_layer() -> None:
    """When the first layer's gradient is computed, what the last layer had saved is gone."""
    x = leaf(4)
    first = x.exp()
    last = first.exp()
    there = watched(last)
    seen: list[bool] = []
    first.register_hook(lambda g: seen.append(there()))
    loss = last.sum()
    del last
    loss.backward()
    assert seen == [False]


def test_a_gradient_on_its_way_is_freed_when_it_was_used() -> None:
    x = leaf(4)
    first = x.exp()
    middle = first.exp()
    references: list[weakref.ref[Any]] = []
    seen: list[bool] = []
    middle.register_hook(lambda g: references.append(weakref.ref(g.array)))
    first.register_hook(lambda g: seen.append(references[0]() is not None))
    middle.sum().backward()
    assert seen == [False]


def test_a_leaf_takes_over_its_gradient_uncopied() -> None:
    x, y = leaf(4), torch.full((4,), 3.0)
    arrays: list[Any] = []
    x.register_hook(lambda g: arrays.append(g.array.ctypes.data))
    (x * y).sum().backward()
    assert x.grad.data_ptr() == arrays[0]


def test_two_leaves_never_share_a_gradient() -> None:
    x, y = leaf(4), leaf(4)
    (x + y).backward(torch.ones(4))
    x.grad.zero_()
    assert y.grad.tolist() == [1.0] * 4


def test_a_detached_state_holds_no_graph() -> None:
    """Truncated backpropagation: the state of the last stretch does not keep the stretch."""
    w = leaf(3)
    h = torch.zeros(3)
    there = []
    for _ in range(3):
        h = (h.detach() + w).exp()
        there.append(watched(h))
    assert [each() for each in there] == [False, False, True]


def test_no_grad_keeps_nothing() -> None:
    x = leaf(3)
    with torch.no_grad():
        y = x.exp()
        there = watched(y)
        y = y.sum()
    assert not there()
    assert y.grad_fn is None


def test_a_graph_goes_with_its_result() -> None:
    """Nodes, tensors and clocks form no cycle, whatever was done in place, viewed, hooked or split."""
    x = leaf(4)
    y = x.exp()
    there = watched(y)
    z = y.view(2, 2)
    a, b = z.unbind(0)
    c = a.clone()
    c.mul_(b)
    c.register_hook(lambda g: g * 2)
    c.retain_grad()
    values, _ = c.sort()
    del y, z, a, b, c
    assert there()
    del values
    assert not there()


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU", "Conv1d", "BatchNorm1d", "LayerNorm"])
def test_layers_free_what_they_saved(kind: str) -> None:
    make: dict[str, Callable[[], Any]] = {
        "Conv1d": lambda: torch.nn.Conv1d(4, 4, 1),
        "BatchNorm1d": lambda: torch.nn.BatchNorm1d(4),
        "LayerNorm": lambda: torch.nn.LayerNorm(4),
    }
    layer = make[kind]() if kind in make else getattr(torch.nn, kind)(4, 4)
    x = torch.ones(2, 4, 4).exp()
    there = watched(x)
    out = layer(x)
    loss = (out[0] if isinstance(out, tuple) else out).square().sum()
    del x, out
    assert there()
    loss.backward()
    assert not there()


def test_a_recurrent_layer_frees_its_gates() -> None:
    out, _ = torch.nn.LSTM(4, 4)(torch.ones(5, 2, 4))
    *_, kept = out.grad_fn.parent.saved
    there = [weakref.ref(array) for step in kept for array in step]
    del kept, _
    loss = out.sum()
    assert len(there) == 15
    assert all(array() is not None for array in there)
    loss.backward()
    assert not any(array() is not None for array in there)


def test_what_create_graph_built_is_freed_too() -> None:
    x = leaf(3)
    y = x.exp()
    there = watched(y)
    (g,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    del y
    assert there()
    g.sum().backward()
    del g
    assert not there()


def test_an_optimizer_writes_into_the_parameters_own_memory() -> None:
    x = leaf(3)
    address = x.data_ptr()
    optimizer = torch.optim.Adam([x])
    for _ in range(3):
        optimizer.zero_grad()
        x.square().sum().backward()
        optimizer.step()
    assert x.data_ptr() == address
    assert x.grad.data_ptr() != address


# Writes in place, as the errors see them: the clock is made when it is first asked for, and the node knows it.


def fails(loss: Any) -> bool:
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()
    return True


def test_a_write_after_saving_is_seen_on_every_way() -> None:
    x = leaf(3)
    for write in (
        lambda t: t.add_(1),
        lambda t: t.detach().add_(1),
        lambda t: t.view(3)[0].mul_(2),
        lambda t: t.__setitem__(0, 5.0),
    ):
        y = x * 2
        loss = (y * y).sum()
        write(y)
        assert fails(loss)
    data = torch.ones(3)  # made by no node
    loss = (x * data).sum()
    data.add_(1)
    assert fails(loss)


def test_a_number_is_watched_like_an_array() -> None:
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    loss = y * y
    y += 1
    assert fails(loss)


def test_a_write_before_saving_is_none_of_its_business() -> None:
    x = leaf(3)
    y = x * 2
    y.add_(1)
    y.mul_(2)
    (y * y).sum().backward()  # 4(2x + 1)²
    assert x.grad.tolist() == [48.0] * 3


def test_second_derivatives_through_what_was_written_before() -> None:
    x = torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64, requires_grad=True)
    y = x * 2
    y.add_(1)
    (g,) = torch.autograd.grad((y**3).sum(), x, create_graph=True)  # (2x + 1)³
    (h,) = torch.autograd.grad(g.sum(), x)
    np.testing.assert_allclose(h.numpy(), 24 * (2 * x.detach().numpy() + 1))


def test_in_place_of_what_the_operation_itself_saved() -> None:
    x = leaf(3)
    y = x * 1
    y.sin_()  # needs what it overwrites: a copy of it
    y.exp_()  # needs what it writes
    y.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), np.exp(np.sin(1)) * np.cos(1), rtol=1e-6)


def test_what_saves_nothing_can_be_walked_twice() -> None:
    x = leaf(3)
    loss = (-x + 1).sum()
    loss.backward()
    loss.backward()
    assert x.grad.tolist() == [-2.0] * 3
    loss = (x * x).sum()
    loss.backward()
    with pytest.raises(RuntimeError, match="a second time"):
        loss.backward()
