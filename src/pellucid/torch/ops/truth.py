"""Comparisons, logic and bits: results without gradients."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.torch.dtypes import bool_, result_type
from pellucid.torch.ops.apply import check_broadcast, quietly, unrecorded
from pellucid.torch.ops.formulas import Op1, binary, number, operand
from pellucid.torch.tensor import Tensor, wrap


def comparison(ufunc: Callable[[Any, Any], Any], symbol: str) -> Callable[[Any, Any], Any]:
    """An operation of two inputs whose result is bool."""

    def operation(input: Any, other: Any) -> Any:
        if not isinstance(input, Tensor) and not isinstance(other, Tensor):
            return ufunc(input, other)
        if symbol in ("==", "!=") and not isinstance(other, (Tensor, int, float, np.generic)):
            return (
                NotImplemented
                if other is None or not isinstance(other, np.ndarray)
                else ufunc(input.array, other)
            )
        input, other = operand(input, other, symbol), operand(other, input, symbol)
        own = result_type(input, other)
        a: Any = (
            input.array.astype(own.numpy, copy=False) if isinstance(input, Tensor) else number(input, own)
        )
        b: Any = (
            other.array.astype(own.numpy, copy=False) if isinstance(other, Tensor) else number(other, own)
        )
        try:
            return wrap(quietly(ufunc, a, b), bool_)
        except ValueError:
            check_broadcast(a, b)
            raise

    return operation


eq = comparison(np.equal, "==")
ne = comparison(np.not_equal, "!=")
lt = comparison(np.less, "<")
le = comparison(np.less_equal, "<=")
gt = comparison(np.greater, ">")
ge = comparison(np.greater_equal, ">=")
not_equal, less, less_equal, greater, greater_equal = ne, lt, le, gt, ge
logical_and = comparison(np.logical_and, "logical_and")
logical_or = comparison(np.logical_or, "logical_or")
logical_xor = comparison(np.logical_xor, "logical_xor")


def truth(ufunc: Callable[[Any], Any]) -> Op1:
    """An operation of one input whose result is bool."""
    return lambda input: unrecorded(ufunc, input)


logical_not = truth(np.logical_not)
isnan = truth(np.isnan)
isinf = truth(np.isinf)
isfinite = truth(np.isfinite)
isposinf = truth(lambda x: x == np.inf)
isneginf = truth(lambda x: x == -np.inf)
signbit = truth(np.signbit)
isreal = truth(lambda x: np.ones(x.shape, bool))


def bitwise(ufunc: Callable[[Any, Any], Any], symbol: str) -> Callable[[Any, Any], Any]:
    """An operation on the bits of integers and truth values."""
    whole = binary("BitwiseBackward0", ufunc, x=None, y=None, symbol=symbol)

    def operation(input: Any, other: Any) -> Any:
        if isinstance(input, (np.ndarray, np.generic)):
            return ufunc(input, other)
        own = result_type(operand(input, other, symbol), operand(other, input, symbol))
        if own.is_floating_point:
            name = {"<<": "lshift", ">>": "rshift"}.get(symbol, ufunc.__name__)
            raise NotImplementedError(f"\"{name}_cpu\" not implemented for '{own.legacy}'")
        return whole(input, other)

    return operation


bitwise_and = bitwise(np.bitwise_and, "&")
bitwise_or = bitwise(np.bitwise_or, "|")
bitwise_xor = bitwise(np.bitwise_xor, "^")
bitwise_left_shift = bitwise(np.left_shift, "<<")
bitwise_right_shift = bitwise(np.right_shift, ">>")


def bitwise_not(input: Any) -> Any:
    """Every bit turned over; not of a truth value."""
    if isinstance(input, Tensor) and input.dtype.is_floating_point:
        raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
    return unrecorded(np.invert, input)


def isclose(
    input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> Tensor:
    """Whether |input − other| ≤ atol + rtol·|other|, element by element."""
    if input.dtype is not other.dtype:
        raise RuntimeError(f"{input.dtype.legacy} did not match {other.dtype.legacy}")
    return unrecorded(lambda a, b: np.isclose(a, b, rtol, atol, equal_nan), input, other)


def allclose(
    input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> bool:
    """Whether isclose holds everywhere."""
    return bool(isclose(input, other, rtol, atol, equal_nan).array.all())


def equal(input: Tensor, other: Tensor) -> bool:
    """Whether both have the same shape and elements."""
    return bool(input.array.shape == other.array.shape and (input.array == other.array).all())
