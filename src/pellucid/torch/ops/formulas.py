"""Operations element by element, made from formulas: `unary` and `binary`."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import inspect
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.torch.autograd.graph import OUTPUT, Node, next_number, short
from pellucid.torch.autograd.mode import Modes
from pellucid.torch.dtypes import (
    Defaults,
    bool_,
    dtype,
    dtype_of,
    float16,
    result_type,
    round_bfloat16,
)
from pellucid.torch.ops.apply import (
    Formula,
    check_arrays,
    check_broadcast,
    guard,
    quietly,
    run_silent,
    sum_to,
)
from pellucid.torch.tensor import Tensor, wrap

# An array of no dimension is made a NumPy scalar (a[()]) before it is computed with: 0.06 µs instead of 0.9 µs.
ndarray = np.ndarray

Op1 = Callable[[Any], Any]

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

    keeps = keeps_x or keeps_z

    def pull(node: Node, g: Any) -> tuple[Any]:
        x, z = node.unpack() if keeps else (None, None)
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
        if type(a) is ndarray and not a.ndim:
            a = a[()]
        try:
            c = run_silent(forward, a)
        except RuntimeError:  # another thread is within, or an error that comes again
            c = quietly(forward, a)
        if own.rounds:
            c = round_bfloat16(c)
        out = wrap(c, own)
        if Modes.grad and input.node is not None:
            node = create(kind)
            node.next = (input.node,)
            node.number = next_number()
            node.saved = (a if keeps_x else None, c if keeps_z else None) if keeps else ()
            node.guards = guard(input, 0, 0) if keeps_x and input.written is not None else ()
            out.node = node
        return out

    return operation


class NodeOfTwo(Node):
    """An operation of two inputs. They stand in it, not in a tuple: one object less for the garbage collector to walk over.

    shapes: of the inputs, where they differ.
    """

    __slots__ = ("first", "second", "shapes")
    next = property(operator.attrgetter("first", "second"))
    links = (0, 1, OUTPUT)


def binary(
    name: str,
    forward: Callable[[Any, Any], Any],
    x: Formula | None,
    y: Formula | None,
    *,
    floats: bool = False,
    symbol: str = "",
    numbers: bool = True,
    wide: bool = False,
) -> Callable[[Any, Any], Any]:
    """An operation of two inputs, element by element, with broadcasting and type promotion.

    x, y: dL/dx and dL/dy from g and any of (x, y, z). floats: two integers are made floating first. numbers: one input may be a
    Python number; torch has operations that refuse one. wide: a Python number beside 16 bits is not rounded to them first.
    """
    pull, needs = pull_of_two(x or (lambda g: None), y or (lambda g: None))
    kind: type[Node] = type(name, (NodeOfTwo,), {"__slots__": (), "pull": pull})
    record = recorder(kind, forward, needs)

    def operation(input: Any, other: Any) -> Any:
        try:
            own = input.dtype
            given = type(other)
            if (given is float or given is int) and numbers and own.category == 2 and own.storage_bits > 16:
                return record(input, None, input.array, own.numpy.type(other), own)
            if own is other.dtype and (own.is_floating_point or not floats):
                return record(input, other, input.array, other.array, own)
        except AttributeError:
            pass
        if not isinstance(input, Tensor) and not isinstance(other, Tensor):
            if not Modes.arrays:
                check_arrays(name, input)
            return forward(input, other)
        if not numbers and isinstance(other, (bool, int, float)):
            title = short(name).lower()
            raise TypeError(
                f"{title}(): argument 'other' (position 2) must be Tensor, not {type(other).__name__}"
            )
        return record(*promoted(input, other, floats, symbol, wide))

    return operation


Needs = tuple[bool, bool, bool]  # of x, y and z, which a formula uses


def pull_of_two(x: Formula, y: Formula) -> tuple[Callable[[Any, Any], tuple[Any, Any]], tuple[Needs, Needs]]:
    """Both gradients of a node as its `pull`, and what each of them needs."""
    pull_x, needs_x = adapt(x)
    pull_y, needs_y = adapt(y)
    keeps = any(needs_x) or any(needs_y)

    def pull(node: Any, g: Any) -> tuple[Any, Any]:
        next_x, next_y = node.first, node.second
        a, b, c = node.unpack() if keeps else (None, None, None)
        gx = None if next_x is None else pull_x(g, a, b, c)
        gy = None if next_y is None else pull_y(g, a, b, c)
        shapes = node.shapes
        if shapes is not None:
            gx = None if gx is None else sum_to(gx, shapes[0])
            gy = None if gy is None else sum_to(gy, shapes[1])
        return gx, gy

    return pull, (needs_x, needs_y)


def recorder(kind: type[Node], forward: Callable[[Any, Any], Any], needs: tuple[Needs, Needs]) -> Any:
    """What computes and records: (first, second, a, b, type) → tensor; a tensor is None where the operand is a number."""
    needs_x, needs_y = needs
    needs_both: Any = tuple(p or q for p, q in zip(needs_x, needs_y, strict=True))
    keeps = any(needs_both)
    create: Any = kind.__new__

    def record(first: Any, second: Any, a: Any, b: Any, own: dtype) -> Any:
        if type(a) is ndarray and not a.ndim:
            a = a[()]
        if type(b) is ndarray and not b.ndim:
            b = b[()]
        try:
            c = run_silent(forward, a, b)
        except RuntimeError:  # another thread is within, or an error that comes again
            c = quietly(forward, a, b)
        except ValueError:
            check_broadcast(a, b)
            raise
        if own.rounds:
            c = round_bfloat16(c)
        elif own is float16:
            c = c.astype(np.float16, copy=False)
        out = wrap(c, own)
        if not Modes.grad:
            return out
        nx = None if first is None else first.node
        ny = None if second is None else second.node
        if nx is None and ny is None:
            return out
        node = create(kind)
        node.first, node.second = nx, ny
        node.number = next_number()
        node.saved = node.guards = ()
        if keeps:
            keeps_a, keeps_b, keeps_c = (
                needs_both if nx is not None and ny is not None else needs_y if nx is None else needs_x
            )
            node.saved = (a if keeps_a else None, b if keeps_b else None, c if keeps_c else None)
            if keeps_a and first is not None and (nx is None or first.written is not None):
                node.guards = guard(first, 0, 0)
            if keeps_b and second is not None and (ny is None or second.written is not None):
                node.guards += guard(second, 1, 1)
        differ = type(c) is ndarray and first is not None and second is not None and a.shape != b.shape
        node.shapes = (a.shape, b.shape) if differ else None
        out.node = node
        return out

    return record


def promoted(
    input: Any, other: Any, floats: bool, symbol: str, wide: bool
) -> tuple[Any, Any, Any, Any, dtype]:
    """What `record` takes, for operands of two types: tensors to be promoted, or a tensor and a number."""
    if type(input) in (float, int):
        own = other.dtype
        if own.category == 2 and own.storage_bits > 16:
            return None, other, own.numpy.type(input), other.array, own
    if symbol == "-" and (is_bool(input) or is_bool(other)):
        raise RuntimeError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the `~` "
            "or `logical_not()` operator instead."
        )
    tensors = isinstance(input, Tensor), isinstance(other, Tensor)
    if Modes.arrays or not all(tensors):
        input, other = operand(input, other, symbol), operand(other, input, symbol)
        tensors = isinstance(input, Tensor), isinstance(other, Tensor)
    own = result_type(input, other)
    if floats and not own.is_floating_point:
        own = Defaults.floating
    first = input.to(own) if isinstance(input, Tensor) else None
    second = other.to(own) if isinstance(other, Tensor) else None
    a = number(input, own, wide) if first is None else first.array
    b = number(other, own, wide) if second is None else second.array
    return first, second, a, b, own


def is_bool(given: Any) -> bool:
    """Whether an operand is a truth value or a tensor of them."""
    return isinstance(given, bool) or (isinstance(given, Tensor) and given.dtype is bool_)


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


def number(value: Any, own: dtype, wide: bool = False) -> Any:
    """A Python number beside arrays of type `own`: of that type, wrapping as torch does.

    wide: in float32 beside 16 bits, as torch multiplies and divides by it.
    """
    if wide and own.category == 2 and own.storage_bits == 16:
        return np.float32(value)
    if own.category == 2:
        return own.numpy.type(value) if not own.rounds else round_bfloat16(np.float32(value))[()]
    if own is bool_:
        return np.bool_(value)
    return np.array(int(value)).astype(own.numpy)[()]
