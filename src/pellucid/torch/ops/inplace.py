"""Writing over a tensor: what its node, its base and the base's other views become."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import functools
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.torch.autograd.graph import OUTPUT, AccumulateGrad, Node, Slot, next_number, short
from pellucid.torch.autograd.mode import Modes
from pellucid.torch.tensor import Tensor

# In-place operations: compute, then write over the tensor and take over the result's node.


class CopySlices(Node):
    """The base after one of its views was written to: what was overwritten gets no gradient, the view's node gets its part."""

    __slots__ = ("path",)

    def pull(self, g: Any) -> tuple[Any, Any]:
        """(the base's former gradient, the new values' gradient)."""
        part = g
        for operation, args in self.path:
            part = operation(part, *args)
        if isinstance(g, Tensor):
            part = part.clone()
            rest = g.clone()
            look_along(rest, self.path).zero_()
            return rest, part
        rest: Any = g.copy() if isinstance(g, np.ndarray) else np.array(g)
        part = part.copy()
        target: Any = look_along(rest, self.path)
        if target.size and not np.may_share_memory(target, rest):
            raise RuntimeError(
                "the base of a view that was written to in place must be contiguous: clone() it first"
            )
        target[...] = 0
        return rest, part


def look_along(x: Any, path: tuple[Any, ...]) -> Any:
    """The view of `x` at the end of `path`."""
    for operation, args in path:
        x = operation(x, *args)
    return x


def check_overwrite(x: Tensor) -> None:
    """Raises torch's errors for tensors that may not be written to in place."""
    if Modes.grad and x.node is not None:
        if x.base is not None and x.base.is_leaf:
            raise RuntimeError(
                "a view of a leaf Variable that requires grad is being used in an in-place operation."
            )
        if type(x.node) is AccumulateGrad:
            raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
        if x.one_of_several:
            place = x.node.place if isinstance(x.node, Slot) else 0
            raise RuntimeError(
                f"Output {place} of {short(x.node.name())} is a view and is being modified inplace. This view is the output of a "
                "function that returns multiple views. Such functions do not allow the output views to be modified "
                "inplace. You should replace the inplace operation by an out-of-place one."
            )
    if isinstance(x.array, np.ndarray) and not x.array.flags.writeable:
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
            "Please clone() the tensor before performing the operation."
        )


def overwrite(x: Tensor, result: Tensor) -> Tensor:
    """Write `result` over `x`, which becomes what the result's node says."""
    check_overwrite(x)
    if result.array.shape != x.array.shape:
        raise RuntimeError(
            f"output with shape {list(x.array.shape)} doesn't match the broadcast shape {list(result.array.shape)}"
        )
    if result.dtype is not x.dtype:
        if result.dtype.category > x.dtype.category:
            raise RuntimeError(
                f"result type {result.dtype.legacy} can't be cast to the desired output type {x.dtype.legacy}"
            )
        result = result.to(x.dtype)
    keep_former(x, result.node)
    if isinstance(x.array, np.ndarray):
        x.array[...] = result.array
    else:
        x.array = result.array
    x.clock[0] += 1
    if Modes.grad:
        take_over(x, result)
    return x


def keep_former(x: Tensor, node: Node | None) -> None:
    """What the operation itself saved of `x` is copied before `x` is written over."""
    if node is None or not node.saved:
        return
    saved = node.saved
    places = [k for k, array in enumerate(saved) if array is x.array]
    if not x.array.ndim:  # single numbers are saved as such, not as memory
        own = {0} | {
            i for i, n in enumerate(node.next) if n is not None and n is x.node
        }  # the inputs that are x
        places += [k for k, a in enumerate(saved) if a is not None and node.links[k] in own]
    if places:
        former: Any = x.array.copy()
        node.saved = tuple([former if k in places else array for k, array in enumerate(saved)])
        others = [g for g in node.guards if g[3] not in places]
        node.guards = (*others, *[([0], 0, node.links[k], k) for k in places])  # nobody writes to the copy


def take_over(x: Tensor, result: Tensor) -> None:
    """Give `x`, its base and the base's other views the nodes that belong to their new values."""
    node = result.node
    if node is not None and OUTPUT in node.links and node.saved:
        place = node.links.index(OUTPUT)
        if node.saved[place] is result.array:
            node.saved = (*node.saved[:place], x.array, *node.saved[place + 1 :])
            others = [g for g in node.guards if g[2] != OUTPUT]
            node.guards = (*others, (x.clock, x.clock[0], OUTPUT, place))
    if x.base is None:
        x.made_by(node)
        if node is not None:
            clock: list[Any] = x.clock  # pyright: ignore[reportAssignmentType]
            clock[1:] = [node.name()]  # for the message of a later backward
        if x.views and node is not None:
            refresh_views(x)
    elif node is not None or x.base.node is not None:
        base = x.base
        copy = CopySlices()
        copy.next, copy.number, copy.saved, copy.guards, copy.path = (
            (base.node, node),
            next_number(),
            (),
            (),
            x.path,
        )
        base.made_by(copy)
        refresh_views(base)


def refresh_views(base: Tensor) -> None:
    """Let every living view of `base` be a view of what the base is now."""
    views = [v for v in (ref() for ref in base.views or ()) if v is not None]
    for v in views:
        node = look_along(base, v.path).node
        if node is not None:
            node.__class__ = regenerated(type(node))
        v.made_by(node)
    base.views = [weakref.ref(v) for v in views]


@functools.cache
def regenerated(kind: type[Node]) -> type[Node]:
    """The class of a view's new node, under the name that torch prints for it."""
    return type("AsStridedBackward0", (kind,), {"__slots__": ()})


def in_place(operation: Callable[..., Any]) -> Callable[..., Any]:
    """The variant of an operation that writes its result over its first argument."""

    def operation_(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        check_overwrite(self)
        return overwrite(self, operation(self, *args, **kwargs))

    return operation_
