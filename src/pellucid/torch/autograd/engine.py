"""The backward pass: a walk over the recorded nodes, youngest first, without recursion.

Nodes are numbered as they are made, so that falling numbers are a topological order: when a node's turn comes, everything that
uses its output has already given its share. Formulas run on plain arrays; with create_graph they run on tensors and are recorded.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from pellucid.torch.autograd import graph
from pellucid.torch.autograd.graph import AccumulateGrad, Node
from pellucid.torch.autograd.mode import Modes
from pellucid.torch.dtypes import round_bfloat16

BY_NUMBER = attrgetter("number")


def reachable(roots: Sequence[Node]) -> list[Node]:
    """Every node that the roots depend on, youngest first."""
    found = set(roots)
    add = found.add
    stack = list(found)
    pop, push = stack.pop, stack.append
    while stack:
        for node in pop().next:
            if node is not None and node not in found:
                add(node)
                push(node)
    return sorted(found, key=BY_NUMBER, reverse=True)


def leading_to(order: list[Node], targets: dict[Node, int]) -> list[Node]:
    """Those of `order` from which a target can be reached."""
    needed = set(targets)
    for node in reversed(order):
        if not needed.isdisjoint(node.next):
            needed.add(node)
    return [node for node in order if node in needed]


def run(
    roots: Sequence[Node],
    grads: Sequence[Any],
    *,
    targets: dict[Node, int] | None = None,
    retain_graph: bool = False,
    create_graph: bool = False,
) -> dict[int, Any]:
    """Pull the gradients `grads` of the roots back through the graph.

    Without targets they are added to the `.grad` of every leaf; with, only the targets' gradients are computed, and returned by
    the numbers that `targets` gives them. grads are tensors.
    """
    order = reachable(roots)
    if targets is not None:
        order = leading_to(order, targets)
    pending: dict[Node, Any] = {}
    for root, grad in zip(roots, grads, strict=True):
        g = grad if create_graph else grad.array
        pending[root] = pending[root] + g if root in pending else g
    captured: dict[int, Any] = {}
    former = Modes.grad, Modes.arrays
    Modes.grad, Modes.arrays = create_graph, not create_graph
    try:
        with np.errstate(all="ignore"):
            walk(order, pending, targets, captured, keep=retain_graph or create_graph)
    finally:
        Modes.grad, Modes.arrays = former
    return captured


def walk(
    order: list[Node],
    pending: dict[Node, Any],
    targets: dict[Node, int] | None,
    captured: dict[int, Any],
    keep: bool,
) -> None:
    """Run each node's formula on what has arrived, and hand the results on."""
    take = pending.pop
    check_nan = Modes.check_nan
    for node in order:
        g = take(node, None)
        if g is None:
            continue
        if node.hooks is not None:
            g = run_hooks(node.hooks, g)
        if targets is not None:
            if node in targets:
                captured[targets[node]] = g
        elif type(node) is AccumulateGrad:
            arrived, g = [g], None
            accumulate(node, arrived)
            continue
        following = node.next
        if not following:
            continue
        results = node.pull(g)
        if check_nan:
            refuse_nan(node, results)
        if node.calls is not None:
            results = run_calls(node, results, g)
        if node.saved and not keep:
            node.saved = None
        g = None
        for target, share in zip(following, results, strict=True):
            if share is not None and target is not None:
                before = pending.get(target)
                pending[target] = share if before is None else before + share
        del results, share  # pyright: ignore[reportPossiblyUnboundVariable]  so that a leaf may take its gradient over uncopied


def refuse_nan(node: Node, results: tuple[Any, ...]) -> None:
    """Raises torch's error, within detect_anomaly, for a gradient that is not a number."""
    for place, g in enumerate(results):
        array: Any = getattr(g, "array", g)
        if getattr(array, "dtype", np.dtype(int)).kind == "f" and np.isnan(array).any():
            raise RuntimeError(f"Function '{node.name()}' returned nan values in its {place}th output.")


def as_tensor(g: Any) -> Any:
    """A gradient as the tensor that a hook sees."""
    return graph.make_tensor(g, graph.dtype_of(g)) if Modes.arrays and g is not None else g


def as_gradient(g: Any) -> Any:
    """What a hook returned, as the engine carries it."""
    return g.array if Modes.arrays and g is not None else g


def run_hooks(hooks: list[Any], g: Any) -> Any:
    """The gradient after the hooks, each of which may replace it."""
    if type(g) is int:  # a Slot's message to its parent
        return g
    for hook in tuple(hooks):
        result = hook(as_tensor(g))
        if result is not None:
            g = as_gradient(result)
    return g


def run_calls(node: Node, results: tuple[Any, ...], g: Any) -> tuple[Any, ...]:
    """The node's results after its own hooks."""
    for call in tuple(node.calls or ()):
        changed = call(tuple(map(as_tensor, results)), (as_tensor(g),))
        if changed is not None:
            results = tuple(as_gradient(c) for c in (changed if isinstance(changed, tuple) else [changed]))  # pyright: ignore
    return results


def accumulate(node: AccumulateGrad, arrived: list[Any]) -> None:
    """Add the gradient to the leaf's `.grad`; a fresh array becomes the `.grad` itself, any other is copied."""
    variable = node.holder()
    if variable is None:
        return
    before = variable.grad_
    if not Modes.arrays:
        g = arrived.pop()
        variable.grad_ = g if before is None else before + g
    else:
        if before is None:
            variable.grad_ = graph.make_tensor(own(arrived, variable), variable.dtype)
        else:
            array: Any = before.array
            total = array + arrived.pop()
            if type(array) is np.ndarray:
                array[...] = total
            else:
                before.array = total
            before.clock[0] += 1
    for hook in variable.after or ():
        hook(variable)


def own(arrived: list[Any], variable: Any) -> Any:
    """The one arrived array, copied unless nobody else can write to its memory."""
    g = arrived.pop()
    if variable.dtype.rounds:
        return round_bfloat16(g)
    if type(g) is not np.ndarray:
        return g
    base: Any = g.base  # pyright: ignore[reportUnknownMemberType]
    fresh = sys.getrefcount(g) <= FRESH and (
        base is None
        or (type(base) is np.ndarray and base.base is None and sys.getrefcount(base) <= FRESH + 1)
    )
    steal: bool = fresh and g.flags.writeable and g.shape == variable.array.shape  # pyright: ignore[reportUnknownMemberType]
    return g if steal else g.copy()


def references_of_fresh() -> int:
    """How many references an array has in `own` when only the list held it: measured, since it differs by Python version."""

    def look(arrived: list[Any]) -> int:
        g = arrived.pop()
        return sys.getrefcount(g)

    return look([np.zeros(1)])


FRESH = references_of_fresh()
