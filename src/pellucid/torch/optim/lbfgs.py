"""L-BFGS and its line search."""

from __future__ import annotations

# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from pellucid.torch.autograd.mode import enable_grad
from pellucid.torch.dtypes import dtype_of
from pellucid.torch.optim.optimizer import Group, Optimizer, check_option, check_options
from pellucid.torch.tensor import Tensor, memory, wrap


class Point(NamedTuple):
    """A place on a line: the step t that leads there, the loss, its gradient, and its slope along the line."""

    t: Any
    loss: float
    gradient: Any
    slope: Any


class LBFGS(Optimizer):
    """Newton's method with an inverse Hessian guessed from the last history_size steps (Nocedal and Wright 2006, section 7.2).

    step(closure) takes up to max_iter steps, and calls closure, which computes loss and gradients anew, up to max_eval times.
    line_search_fn: 'strong_wolfe', or None for steps of length lr. All parameters are one group.
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_options(lr)
        options = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, options)
        check_option(
            len(self.param_groups) == 1, "LBFGS doesn't support per-parameter options (parameter groups)"
        )
        self._params: list[Any] = self.param_groups[0]["params"]

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Up to max_iter steps; the loss that closure gave first."""
        if closure is None:
            raise TypeError("LBFGS.step() missing 1 required positional argument: 'closure'")
        self.step_called = True
        group = self.options_of(self.param_groups[0])
        state = self.state[self._params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        first, loss, g = self.evaluate(closure)
        evaluations = 1
        state["func_evals"] += 1
        if np.abs(g).max() <= group["tolerance_grad"]:
            return first
        for k in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            d = direction(state, g, group["history_size"])
            before = loss
            state["prev_flat_grad"], state["prev_loss"] = wrap(g.copy(), dtype_of(g)), loss
            lr = group["lr"]
            t = np.minimum(1.0, 1.0 / np.abs(g).sum()) * lr if state["n_iter"] == 1 else lr
            state["d"], state["t"] = wrap(d, dtype_of(d)), t
            slope = np.dot(g, d)
            if slope > -group["tolerance_change"]:
                break
            left = group["max_eval"] - evaluations
            last = k == group["max_iter"]
            t, loss, g, used = self.move(closure, group, Point(0, loss, g, slope), (t, d), left, last)
            state["t"] = t
            evaluations += used
            state["func_evals"] += used
            if last or evaluations >= group["max_eval"] or np.abs(g).max() <= group["tolerance_grad"]:
                break
            if np.abs(d * t).max() <= group["tolerance_change"]:
                break
            if abs(loss - before) < group["tolerance_change"]:
                break
        return first

    def move(
        self, closure: Any, group: Group, here: Point, line: tuple[Any, Any], left: int, last: bool
    ) -> tuple[Any, float, Any, int]:
        """Go along the line: how far, the loss and the gradient there, and how often closure was called."""
        t, d = line
        if group["line_search_fn"] is None:
            self.go(t, d)
            if last:  # nobody asks for the loss there
                return t, here.loss, here.gradient, 0
            _, loss, g = self.evaluate(closure)
            return t, loss, g, 1
        if group["line_search_fn"] != "strong_wolfe":
            raise RuntimeError("only 'strong_wolfe' is supported")
        start = [memory(p).copy() for p in self._params]

        def look(t: Any) -> Point:
            self.go(t, d)
            _, loss, g = self.evaluate(closure)
            for p, array in zip(self._params, start, strict=True):
                memory(p)[...] = array
                p.clock[0] += 1
            return Point(t, loss, g, np.dot(g, d))

        found, used = strong_wolfe(look, here, t, np.abs(d).max(), left)
        self.go(found.t, d)
        return found.t, found.loss, found.gradient, used

    def evaluate(self, closure: Any) -> tuple[Any, float, Any]:
        """The loss as closure gives it, as a number, and all gradients in a row."""
        with enable_grad():
            loss = closure()
        parts: list[Any] = [
            np.zeros(p.numel(), p.array.dtype) if p.grad_ is None else memory(p.grad_).reshape(-1)
            for p in self._params
        ]
        value = loss.item() if isinstance(loss, Tensor) else float(loss)
        return loss, value, np.concatenate(parts)

    def go(self, t: Any, d: Any) -> None:
        """Move all parameters by t·d."""
        place = 0
        for p in self._params:
            array = memory(p)
            array += (t * d[place : place + array.size]).reshape(array.shape)
            place += array.size
            p.clock[0] += 1


def direction(state: Group, g: Any, most: int) -> Any:
    """−H·g, H the inverse Hessian that the last steps suggest; remembers the step before, where the loss curved up on it."""
    if state["n_iter"] == 1:
        state |= {"d": None, "t": None, "old_dirs": [], "old_stps": [], "ro": [], "H_diag": 1}
        return -g
    ys, ss, ro = state["old_dirs"], state["old_stps"], state["ro"]
    own = dtype_of(g)
    y, s = g - memory(state["prev_flat_grad"]), memory(state["d"]) * state["t"]
    curvature = np.dot(y, s)
    if curvature > 1e-10:
        if len(ys) == most:
            for kept in (ys, ss, ro):
                kept.pop(0)
        for kept, value in ((ys, y), (ss, s), (ro, 1.0 / curvature)):
            kept.append(wrap(value, own))
        state["H_diag"] = wrap(curvature / np.dot(y, y), own)
    q = -g
    shares: list[Any] = [None] * len(ys)
    for k in reversed(range(len(ys))):
        shares[k] = np.dot(ss[k].array, q) * ro[k].array
        q = q - shares[k] * ys[k].array
    r = q * (state["H_diag"] if isinstance(state["H_diag"], int) else state["H_diag"].array)
    for k in range(len(ys)):
        r = r + (shares[k] - np.dot(ys[k].array, r) * ro[k].array) * ss[k].array
    return r


FALL, FLATTEN = (
    1e-4,
    0.9,
)  # how far the loss must fall, and the slope, for a step to be good (Nocedal and Wright, section 3.1)


def strong_wolfe(
    look: Callable[[Any], Point], start: Point, t: Any, longest: Any, most: int
) -> tuple[Point, int]:
    """A point where the loss has fallen and flattened enough, and how many were looked at: t, then further, then between."""
    before, now, looked = start, look(t), 1
    for k in range(most):
        fell = now.loss <= start.loss + FALL * now.t * start.slope
        if not fell or (k > 1 and now.loss >= before.loss):
            break
        if abs(now.slope) <= -FLATTEN * start.slope:
            return now, looked
        if now.slope >= 0:
            break
        bounds = now.t + 0.01 * (now.t - before.t), now.t * 10
        before, now, looked = now, look(least_of_cubic(before, now, bounds)), looked + 1
    else:
        before = start
    low, high = (before, now) if before.loss <= now.loss else (now, before)
    return zoom(look, start, (low, high), longest, most, looked)


def zoom(
    look: Callable[[Any], Point],
    start: Point,
    ends: tuple[Point, Point],
    longest: Any,
    most: int,
    looked: int,
) -> tuple[Point, int]:
    """Between two points, the lower of which comes first, until a point is good enough."""
    low, high = ends
    stuck = False
    while looked <= most and abs(high.t - low.t) * longest >= 1e-9:
        t = least_of_cubic(low, high)
        left, right = min(low.t, high.t), max(low.t, high.t)
        margin = 0.1 * (right - left)
        if min(right - t, t - left) < margin:  # too near to an end for much to be learnt there
            if stuck or t >= right or t <= left:
                t = right - margin if abs(t - right) < abs(t - left) else left + margin
                stuck = False
            else:
                stuck = True
        else:
            stuck = False
        now, looked = look(t), looked + 1
        if now.loss > start.loss + FALL * t * start.slope or now.loss >= low.loss:
            low, high = (now, low) if now.loss < low.loss else (low, now)
            continue
        if abs(now.slope) <= -FLATTEN * start.slope:
            return now, looked
        if now.slope * (high.t - low.t) >= 0:
            high = low
        low = now
    return low, looked


def least_of_cubic(a: Point, b: Point, bounds: tuple[Any, Any] | None = None) -> Any:
    """Where the cubic through two points with their slopes is least, within the bounds (or between the points)."""
    first, second = (a, b) if a.t <= b.t else (b, a)
    low, high = (first.t, second.t) if bounds is None else bounds
    width = second.t - first.t
    h = first.slope + second.slope - 3 * (first.loss - second.loss) / -width
    square = h * h - first.slope * second.slope
    if square < 0:
        return (low + high) / 2.0
    root = math.sqrt(square) if isinstance(square, float) else np.sqrt(square)
    place = second.t - width * ((second.slope + root - h) / (second.slope - first.slope + 2 * root))
    return min(max(place, low), high)
