"""How an operation is made: a forward function on arrays and a gradient formula beside it.

The formulas call the same operations and operators as everybody. In a plain backward pass they get arrays, and the operations,
given arrays, only compute; with create_graph they get tensors, and are recorded. So one formula serves every order of derivative.

`Operation` with `apply` is the general form; `viewing` makes a view; `unary` and `binary` (formulas.py) go element by element.
"""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import contextvars
import math
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.torch.autograd.graph import CONSTANT, FIRST_OF_SEVERAL, OUTPUT, Node, Several, Slot, next_number
from pellucid.torch.autograd.mode import Modes
from pellucid.torch.dtypes import bfloat16, dtype_of, float32, round_bfloat16
from pellucid.torch.tensor import Tensor, memory, wrap

Formula = Callable[..., Any]

# NumPy warns of log(0) and overflow where torch is silent. A context with warnings off costs a fifth of what errstate does.
silence = contextvars.copy_context()
silence.run(np.seterr, all="ignore")
run_silent = silence.run


def quietly(function: Callable[..., Any], *args: Any) -> Any:
    """function(*args) without NumPy's warnings about infinities."""
    try:
        return run_silent(function, *args)
    except RuntimeError as error:
        if "cannot enter context" not in str(error):
            raise
        with np.errstate(all="ignore"):  # another thread is within
            return function(*args)


class Operation(Node):
    """An operation with any number of inputs. Subclass it, named as torch names the node, and call it by `apply`.

    forward(node, *arrays, *params) computes an array, calls node.save(…) with what `pull` needs, and may set other attributes.
    pull(node, g) returns one gradient for each input. Save inputs and the output only: their second derivatives are then right.
    """

    __slots__ = ()

    forward: Any


def apply(kind: type[Operation], inputs: tuple[Any, ...], *params: Any) -> Any:
    """Run an operation on tensors (None for one left out) and record it; on arrays, only compute."""
    node = kind.__new__(kind)
    node.saved = ()
    node.guards = ()
    first = inputs[0]
    if not isinstance(first, Tensor):
        check_arrays(kind.__name__, first)
        return node.forward(*inputs, *params)
    array = quietly(node.forward, *[None if t is None else t.array for t in inputs], *params)
    own = dtype_of(array)
    if first.dtype is bfloat16 and own is float32:
        own, array = bfloat16, round_bfloat16(array)
    out = wrap(array, own)
    if Modes.grad and own.is_floating_point:
        link(node, inputs, out)
    return out


def link(node: Node, inputs: tuple[Any, ...], out: Tensor | None) -> bool:
    """Join `node` to its inputs' nodes, and `out` to it, if any input requires grad."""
    node.next = tuple([None if t is None else t.node for t in inputs])
    if not any(n is not None for n in node.next):
        return False
    node.number = next_number()
    if out is not None:
        out.node = node
    if node.saved:
        watch(node, inputs, out)
    return True


def watch(node: Node, inputs: tuple[Any, ...], out: Tensor | None, outs: tuple[Tensor, ...] = ()) -> None:
    """Note whence each saved array comes, and how often it had been written to. outs: of an operation with several."""
    links: list[int] = []
    guards: list[tuple[list[int], int, int, int]] = []
    for place, array in enumerate(node.saved or ()):
        origin = CONSTANT
        if out is not None and array is out.array:
            origin = OUTPUT
        elif array is not None:
            for i, t in enumerate(inputs):
                if t is not None and t.array is array:
                    origin = i
                    break
            for k, t in enumerate(outs):
                if t.array is array:
                    origin = FIRST_OF_SEVERAL - k
        links.append(origin)
        if origin != CONSTANT:
            written: Any = (
                inputs[origin]
                if origin >= 0
                else out
                if origin == OUTPUT
                else outs[FIRST_OF_SEVERAL - origin]
            )
            guards += guard(written, origin, place)
    node.links, node.guards = tuple(links), tuple(guards)


def guard(written: Tensor, link: int, place: int) -> tuple[tuple[list[int], int, int, int], ...]:
    """What a node must note of a tensor that it saves: nothing, where the tensor's own node tells whether it was written to."""
    if (
        link > FIRST_OF_SEVERAL
        and written.node is not None
        and (written.written is None or not written.written[0])
    ):
        return ()
    clock = written.clock
    return ((clock, clock[0], link, place),)


class SeveralOperation(Several):
    """An operation with several outputs: forward returns a tuple of arrays, gradients(node, grads) one for each input."""

    __slots__ = ()

    forward: Any


def apply_several(kind: type[SeveralOperation], inputs: tuple[Any, ...], *params: Any) -> tuple[Any, ...]:
    """Run an operation with several outputs. Floating outputs are recorded, others (indices) are not."""
    node = kind.__new__(kind)
    node.saved = ()
    node.guards = ()
    first = inputs[0]
    if not isinstance(first, Tensor):
        check_arrays(kind.__name__, first)
        return node.forward(*inputs, *params)
    arrays = quietly(node.forward, *[None if t is None else t.array for t in inputs], *params)
    outs = tuple(
        [wrap(a, bfloat16 if first.dtype.rounds and a.dtype == np.float32 else dtype_of(a)) for a in arrays]
    )
    record_several(node, inputs, outs)
    return outs


def record_several(node: Several, inputs: tuple[Any, ...], outs: tuple[Tensor, ...]) -> None:
    """Join the outputs to `node` by slots."""
    if Modes.grad and link(node, inputs, None):
        if node.saved:
            watch(node, inputs, None, outs)
        node.start(len(outs))
        for place, out in enumerate(outs):
            if out.dtype.is_floating_point:
                out.node = Slot(node, place)
                node.slots[place] = weakref.ref(out.node)


def check_arrays(name: str, given: Any) -> None:
    """Arrays come from gradient formulas only; a user gets a TypeError."""
    if not Modes.arrays or not isinstance(given, (np.ndarray, np.generic)):
        title = name.removesuffix("0").removesuffix("Backward").lower()
        raise TypeError(f"{title}(): argument 'input' (position 1) must be Tensor, not {spelled(given)}")


def spelled(value: Any) -> str:
    """The name of a value's type, as torch's messages have it."""
    kind = type(value)
    return f"numpy.{kind.__name__}" if kind.__module__ == "numpy" else kind.__name__


def check_broadcast(a: Any, b: Any) -> None:
    """Raises the RuntimeError of shapes that do not go together."""
    sa, sb = np.shape(a), np.shape(b)
    for back in range(1, min(len(sa), len(sb)) + 1):
        if sa[-back] != sb[-back] and 1 not in (sa[-back], sb[-back]):
            raise RuntimeError(
                f"The size of tensor a ({sa[-back]}) must match the size of tensor b ({sb[-back]}) "
                f"at non-singleton dimension {max(len(sa), len(sb)) - back}"
            )


class SumBackward1(Operation):
    """The sum over what broadcasting had repeated."""

    __slots__ = ()

    def forward(self, x: Any, shape: tuple[int, ...]) -> Any:
        """x summed to `shape`."""
        self.shape = x.shape
        lead = x.ndim - len(shape)
        axes = tuple(range(lead)) + tuple(
            lead + i for i, n in enumerate(shape) if n == 1 and x.shape[lead + i] != 1
        )
        return x.sum(axis=axes, keepdims=True).reshape(shape) if axes else x.reshape(shape)

    def pull(self, g: Any) -> tuple[Any]:
        """The gradient repeated again."""
        return (expand(g, self.shape),)


def sum_to(g: Any, shape: tuple[int, ...]) -> Any:
    """`g` summed over the dimensions along which `shape` was broadcast."""
    return g if g.shape == shape else apply(SumBackward1, (g,), shape)


# Views: the result shares the input's memory.


def viewing(name: str, look: Callable[..., Any], back: Formula) -> Callable[..., Any]:
    """An operation whose result is a view. look(a, *args): NumPy's view of it; back(g, shape, *args): the input's gradient."""

    def pull(node: Any, g: Any) -> tuple[Any]:
        return (back(g, node.shape, *node.args),)

    kind: type[Node] = type(name, (Node,), {"__slots__": ("args", "shape"), "pull": pull})
    create = kind.__new__

    def operation(input: Any, *args: Any) -> Any:
        if not isinstance(input, Tensor):
            check_arrays(name, input)
            return look(input, *args)
        a = input.array
        if type(a) is not np.ndarray:
            a = memory(input)
        out = wrap(look(a, *args), input.dtype)
        become_view(out, input, operation, args)
        if Modes.grad and input.node is not None:
            node: Any = create(kind)
            node.next = (input.node,)
            node.number = next_number()
            node.saved = node.guards = ()
            node.args, node.shape = args, a.shape
            out.made_by(node)
        return out

    return operation


def become_view(out: Tensor, input: Tensor, operation: Callable[..., Any], args: tuple[Any, ...]) -> None:
    """Let `out` share the count of writes, and let the base know of it, so that in-place writes can give it a new node."""
    base = input if input.base is None else input.base
    out.clock = input.clock
    out.base = base
    out.path = (*input.path, (operation, args))
    if Modes.grad:
        views = base.views
        if views is None:
            base.views = [weakref.ref(out)]
        else:
            if len(views) & 63 == 63:
                views[:] = [v for v in views if v() is not None]
            views.append(weakref.ref(out))


def repeated(a: Any, shape: tuple[int, ...]) -> Any:
    """`a` broadcast to a shape: not to be written to, unless no element is repeated."""
    return np.broadcast_to(a, shape) if a.size != math.prod(shape) else a.reshape(shape)


expand = viewing("ExpandBackward0", repeated, lambda g, old, new: sum_to(g, old))
view = viewing("ViewBackward0", lambda a, shape: a.reshape(shape), lambda g, old, new: reshape(g, old))


class UnsafeViewBackward0(Operation):
    """A reshape that had to copy."""

    __slots__ = ()

    def forward(self, x: Any, shape: tuple[int, ...]) -> Any:
        """x in another shape."""
        self.shape = x.shape
        return x.reshape(shape)

    def pull(self, g: Any) -> tuple[Any]:
        """The gradient in the input's shape."""
        return (reshape(g, self.shape),)


def reshape(x: Any, shape: tuple[int, ...]) -> Any:
    """x in another shape: a view where the memory's order allows it, else a copy. `shape` is complete, without -1."""
    if not isinstance(x, Tensor):
        return x.reshape(shape)
    if np.may_share_memory(memory(x), x.array.reshape(shape)) or not x.array.size:
        return view(x, shape)
    return apply(UnsafeViewBackward0, (x,), shape)


def unrecorded(function: Callable[..., Any], *tensors: Any) -> Any:
    """A tensor of function(*arrays) that no gradient flows through: comparisons, indices."""
    array = quietly(function, *[t.array if isinstance(t, Tensor) else t for t in tensors])
    return wrap(array, dtype_of(array))
