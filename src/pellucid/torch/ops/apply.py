"""How an operation is made: a forward function on arrays and a gradient formula beside it.

The formulas call the same operations and operators as everybody. In a plain backward pass they get arrays, and the operations,
given arrays, only compute; with create_graph they get tensors, and are recorded. So one formula serves every order of derivative.

`unary`, `binary` and `viewing` make an operation from formulas; `Operation` with `apply` is the general form.
"""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import contextvars
import functools
import inspect
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.torch.autograd.graph import (
    CONSTANT,
    OUTPUT,
    AccumulateGrad,
    Node,
    Several,
    Slot,
    next_number,
    short,
)
from pellucid.torch.autograd.mode import Modes
from pellucid.torch.dtypes import (
    Defaults,
    bfloat16,
    bool_,
    dtype,
    dtype_of,
    float32,
    result_type,
    round_bfloat16,
)
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


def watch(node: Node, inputs: tuple[Any, ...], out: Tensor | None) -> None:
    """Note whence each saved array comes, and how often it had been written to."""
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
        links.append(origin)
        if origin != CONSTANT:
            written: Any = out if origin == OUTPUT else inputs[origin]
            clock = written.clock
            guards.append((clock, clock[0], origin, place))
    node.links, node.guards = tuple(links), tuple(guards)


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
        node.start(len(outs))
        for place, out in enumerate(outs):
            if out.dtype.is_floating_point:
                out.node = Slot(node, place)


def check_arrays(name: str, given: Any) -> None:
    """Arrays come from gradient formulas only; a user gets a TypeError."""
    if not Modes.arrays or not isinstance(given, (np.ndarray, np.generic)):
        title = name.removesuffix("0").removesuffix("Backward").lower()
        raise TypeError(f"{title}(): argument 'input' (position 1) must be Tensor, not {spelled(given)}")


def spelled(value: Any) -> str:
    """The name of a value's type, as torch's messages have it."""
    kind = type(value)
    return f"numpy.{kind.__name__}" if kind.__module__ == "numpy" else kind.__name__


# Gradient formulas. Their parameters' names say what they need, and only that is saved:
# g the gradient of the output, x and y the inputs, z the output.


def adapt(formula: Formula) -> tuple[Formula, tuple[bool, bool, bool]]:
    """A formula as a function of (g, x, y, z), and which of x, y, z it uses."""
    names = tuple(inspect.signature(formula).parameters)[1:]
    f = formula
    shapes: dict[tuple[str, ...], Formula] = {
        (): lambda g, x, y, z: f(g),
        ("x",): lambda g, x, y, z: f(g, x),
        ("y",): lambda g, x, y, z: f(g, y),
        ("z",): lambda g, x, y, z: f(g, z),
        ("x", "y"): lambda g, x, y, z: f(g, x, y),
        ("x", "z"): lambda g, x, y, z: f(g, x, z),
        ("y", "z"): lambda g, x, y, z: f(g, y, z),
        ("x", "y", "z"): f,
    }
    return shapes[names], ("x" in names, "y" in names, "z" in names)


def unary(
    name: str, forward: Callable[[Any], Any], formula: Formula | None, *, floats: bool = True
) -> Callable[[Any], Any]:
    """An operation of one input, element by element.

    formula: dL/dx from (g, x), (g, z) or (g, x, z); None where the gradient is zero or there is none. floats: integers are made
    floating first.
    """
    pull_x, (keeps_x, _, keeps_z) = adapt(formula or (lambda g: g * 0))

    def pull(node: Node, g: Any) -> tuple[Any]:
        x, z = node.unpack()
        return (pull_x(g, x, None, z),)

    kind: type[Node] = type(name, (Node,), {"__slots__": (), "pull": pull, "links": (0, OUTPUT)})
    create = kind.__new__

    def operation(input: Any) -> Any:
        try:
            a = input.array
        except AttributeError:
            check_arrays(name, input)
            return forward(input)
        own = input.dtype
        if not own.is_floating_point and floats:
            own = Defaults.floating
            a = a.astype(own.numpy)
        c = quietly(forward, a)
        if own.rounds:
            c = round_bfloat16(c)
        out = wrap(c, own)
        if Modes.grad and input.node is not None:
            node = create(kind)
            node.next = (input.node,)
            node.number = next_number()
            node.saved = (a if keeps_x else None, c if keeps_z else None)
            clock = input.clock
            node.guards = (
                ((clock, clock[0], 0, 0),) if keeps_x else ((out.clock, 0, OUTPUT, 1),) if keeps_z else ()
            )
            out.node = node
        return out

    return operation


def binary(
    name: str,
    forward: Callable[[Any, Any], Any],
    x: Formula | None,
    y: Formula | None,
    *,
    floats: bool = False,
    symbol: str = "",
) -> Callable[[Any, Any], Any]:
    """An operation of two inputs, element by element, with broadcasting and type promotion.

    x, y: dL/dx and dL/dy from g and any of (x, y, z). floats: two integers are made floating first.
    """
    pull_x, needs_x = adapt(x or (lambda g: None))
    pull_y, needs_y = adapt(y or (lambda g: None))
    needs_both = tuple(p or q for p, q in zip(needs_x, needs_y, strict=True))

    def pull(node: Node, g: Any) -> tuple[Any, Any]:
        next_x, next_y = node.next
        a, b, c = node.unpack()
        gx = None if next_x is None else pull_x(g, a, b, c)
        gy = None if next_y is None else pull_y(g, a, b, c)
        shapes = node.__dict__.get("shapes")
        if shapes is not None:
            gx = None if gx is None else sum_to(gx, shapes[0])
            gy = None if gy is None else sum_to(gy, shapes[1])
        return gx, gy

    kind: type[Node] = type(name, (Node,), {"__slots__": (), "pull": pull, "links": (0, 1, OUTPUT)})
    create = kind.__new__

    def record(first: Any, second: Any, a: Any, b: Any, own: dtype) -> Any:
        """first, second: tensors, or None where the operand is a number."""
        try:
            c = run_silent(forward, a, b)
        except RuntimeError:  # another thread is within, or an error that comes again
            c = quietly(forward, a, b)
        except ValueError:
            check_broadcast(a, b)
            raise
        if own.rounds:
            c = round_bfloat16(c)
        out = wrap(c, own)
        if not Modes.grad:
            return out
        nx = None if first is None else first.node
        ny = None if second is None else second.node
        if nx is None and ny is None:
            return out
        node = create(kind)
        node.next = (nx, ny)
        node.number = next_number()
        keeps = needs_both if nx is not None and ny is not None else needs_y if nx is None else needs_x
        keeps_a, keeps_b, keeps_c = keeps
        node.saved = (a if keeps_a else None, b if keeps_b else None, c if keeps_c else None)
        guards: tuple[Any, ...] = ()
        if keeps_a and first is not None:
            guards = ((first.clock, first.clock[0], 0, 0),)
        if keeps_b and second is not None:
            guards += ((second.clock, second.clock[0], 1, 1),)
        if keeps_c:
            guards += ((out.clock, 0, OUTPUT, 2),)
        node.guards = guards
        if first is not None and second is not None and a.shape != b.shape:
            node.shapes = (a.shape, b.shape)  # pyright: ignore[reportAttributeAccessIssue]
        out.node = node
        return out

    def operation(input: Any, other: Any) -> Any:
        try:
            own = input.dtype
            if own is other.dtype and (own.is_floating_point or not floats):
                return record(input, other, input.array, other.array, own)
        except AttributeError:
            pass
        return mixed(input, other)

    def mixed(input: Any, other: Any) -> Any:
        """Operands of two types: numbers, or tensors to be promoted; or arrays within a formula."""
        tensors = isinstance(input, Tensor), isinstance(other, Tensor)
        if not any(tensors):
            if not Modes.arrays:
                check_arrays(name, input)
            return forward(input, other)
        if Modes.arrays or not all(tensors):
            input, other = operand(input, other, symbol), operand(other, input, symbol)
            tensors = isinstance(input, Tensor), isinstance(other, Tensor)
        own = result_type(input, other)
        if floats and not own.is_floating_point:
            own = Defaults.floating
        if all(tensors):
            first, second = input.to(own), other.to(own)
            return record(first, second, first.array, second.array, own)
        if tensors[0]:
            first = input.to(own)
            return record(first, None, first.array, number(other, own), own)
        second = other.to(own)
        return record(None, second, number(input, own), second.array, own)

    return operation


def operand(given: Any, beside: Any, symbol: str) -> Any:
    """A tensor or a Python number; arrays in a formula become tensors."""
    if isinstance(given, (Tensor, bool, int, float)):
        return given
    if isinstance(given, np.generic) and not isinstance(given, (np.str_, np.bytes_)):
        return given.item()
    if isinstance(given, np.ndarray):
        return wrap(given, dtype_of(given))
    first, second = (given, beside) if not isinstance(given, Tensor) else (beside, given)
    if symbol:
        raise TypeError(
            f"unsupported operand type(s) for {symbol}: '{type(second).__name__}' and '{type(first).__name__}'"
        )
    raise TypeError(f"argument 'other' (position 2) must be Tensor, not {type(given).__name__}")


def number(value: Any, own: dtype) -> Any:
    """A Python number beside arrays of type `own`: of that type, wrapping as torch does."""
    if own.category == 2:
        return own.numpy.type(value) if not own.rounds else round_bfloat16(np.float32(value))[()]
    if own is bool_:
        return np.bool_(value)
    return np.array(int(value)).astype(own.numpy)[()]


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
            out.node = node
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


expand = viewing("ExpandBackward0", np.broadcast_to, lambda g, old, new: sum_to(g, old))
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
        if not np.may_share_memory(target, rest):
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
        if type(x.node) is AccumulateGrad:
            raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
        if x.base is not None and type(x.base.node) is AccumulateGrad:
            raise RuntimeError(
                "a view of a leaf Variable that requires grad is being used in an in-place operation."
            )
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
    places = [k for k, array in enumerate(node.saved or ()) if array is x.array] if node is not None else []
    if node is not None and places:
        former: Any = x.array.copy()
        node.saved = tuple(former if k in places else array for k, array in enumerate(node.saved or ()))
        node.guards = tuple(g for g in node.guards if g[3] not in places)


def take_over(x: Tensor, result: Tensor) -> None:
    """Give `x`, its base and the base's other views the nodes that belong to their new values."""
    node = result.node
    if node is not None and OUTPUT in node.links and node.saved:
        place = node.links.index(OUTPUT)
        if node.saved[place] is result.array:
            node.saved = (*node.saved[:place], x.array, *node.saved[place + 1 :])
            node.guards = tuple((x.clock, x.clock[0], *g[2:]) if g[2] == OUTPUT else g for g in node.guards)
    if x.base is None:
        x.node = node
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
        base.node = copy
        refresh_views(base)


def refresh_views(base: Tensor) -> None:
    """Let every living view of `base` be a view of what the base is now."""
    views = [v for v in (ref() for ref in base.views or ()) if v is not None]
    for v in views:
        node = look_along(base, v.path).node
        if node is not None:
            node.__class__ = regenerated(type(node))
        v.node = node
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


def unrecorded(function: Callable[..., Any], *tensors: Any) -> Any:
    """A tensor of function(*arrays) that no gradient flows through: comparisons, indices."""
    array = quietly(function, *[t.array if isinstance(t, Tensor) else t for t in tensors])
    return wrap(array, dtype_of(array))
