"""Recurrent layers: a cell run along a sequence, and back.

A cell gets what the input and the state contribute to its gates, and gives the next state. Symbols: h the state, c the LSTM's
cell state, a and b the input's and the state's contributions, s what `back` needs.
"""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import functools
from typing import Any

import numpy as np

from pellucid.torch.ops import elementwise
from pellucid.torch.ops.apply import SeveralOperation
from pellucid.torch.ops.choice import where
from pellucid.torch.ops.joining import stack
from pellucid.torch.ops.products import linear
from pellucid.torch.ops.views import alias
from pellucid.torch.tensor import Tensor


def sigmoid(x: Any) -> Any:
    """1/(1 + e⁻ˣ), by the tanh, which cannot overflow."""
    return np.tanh(x * 0.5) * 0.5 + 0.5


class Recurrence(SeveralOperation):
    """One layer in one direction: x (T, N, I), h and c (N, H) → all states (T, N, H), the last h, and the last c of an LSTM."""

    __slots__ = ()

    step: Any  # (a, b, h, c) → (h', c'), in operations on tensors: what `cell` and `back` compute, and its second derivative
    cell: Any  # (a, b, h, c) → (h', c', s); may write over a
    back: Any  # (dL/dh', dL/dc', h, s, a, b) → (dL/dh, dL/dc) but for what comes through b; writes dL/da and dL/db over a and b
    alike = True  # dL/da and dL/db are one

    def forward(
        self, x: Any, w_x: Any, w_h: Any, b_x: Any, b_h: Any, h: Any, c: Any, reverse: bool, active: Any
    ) -> tuple[Any, ...]:
        """active: (T, N, 1), where a sequence has not ended; elsewhere its state stays. None: nowhere."""
        start_h, start_c = h, c
        T, N = x.shape[:2]
        steps = range(T - 1, -1, -1) if reverse else range(T)
        from_input = np.matmul(x.reshape(T * N, -1), w_x.T)
        if b_x is not None:
            from_input += b_x
        from_input = from_input.reshape(T, N, -1)
        out: Any = np.empty((T, N, h.shape[1]), x.dtype)
        before: Any = np.empty_like(out)  # the state that each step began with
        kept: list[Any] = [None] * T
        for t in steps:
            before[t] = h
            from_state = h @ w_h.T
            if b_h is not None:
                from_state += b_h
            new_h, new_c, kept[t] = type(self).cell(from_input[t], from_state, h, c)
            if active is not None:
                new_h = np.where(active[t], new_h, h)
                new_c = None if c is None else np.where(active[t], new_c, c)
            h, c = new_h, new_c
            out[t] = h
        self.how = steps, active
        self.save(x, w_x, w_h, b_x, b_h, start_h, start_c, before, kept)
        return (out, h) if c is None else (out, h, c)

    def gradients(self, grads: list[Any]) -> tuple[Any, ...]:
        """Back along the sequence, then one product for each weight."""
        if any(isinstance(g, Tensor) for g in grads):
            return self.recorded_gradients(grads)
        x, w_x, w_h, b_x, *_, before, kept = self.unpack()
        steps, active = self.how
        T, N, H = before.shape
        dh: Any = np.zeros((N, H), x.dtype) if grads[1] is None else grads[1]
        dc: Any = grads[2] if len(grads) > 2 and grads[2] is not None else np.zeros((N, H), x.dtype)
        da: Any = np.empty((T, N, w_x.shape[0]), x.dtype)
        db: Any = da if type(self).alike else np.empty_like(da)
        for t in reversed(steps):
            dh = dh if grads[0] is None else dh + grads[0][t]
            idle_h = idle_c = 0
            if active is not None:  # where a sequence has ended the gradient passes by
                idle_h, idle_c = np.where(active[t], 0, dh), np.where(active[t], 0, dc)
                dh, dc = np.where(active[t], dh, 0), np.where(active[t], dc, 0)
            dh, dc = type(self).back(dh, dc, before[t], kept[t], da[t], db[t])
            dh, dc = dh + db[t] @ w_h + idle_h, dc + idle_c
        da, db = da.reshape(T * N, -1), db.reshape(T * N, -1)
        first = self.next[0] is not None
        sums = None if b_x is None else da.sum(axis=0)
        return (
            np.matmul(da, w_x).reshape(x.shape) if first else None,
            da.T @ x.reshape(T * N, -1),
            db.T @ before.reshape(T * N, -1),
            sums,
            None if sums is None else sums.copy() if type(self).alike else db.sum(axis=0),
            dh,
            dc if len(self.next) > 6 and self.next[6] is not None else None,
        )

    def recorded_gradients(self, grads: list[Any]) -> tuple[Any, ...]:
        """The same, to be differentiated again: the sequence is run once more in operations on tensors, and these go back."""
        from pellucid.torch.autograd.functions import grad

        inputs: list[Any] = [None if t is None else alias(t) for t in self.unpack()[:7]]
        steps, active = self.how
        x, w_x, w_h, b_x, b_h, h, c = inputs
        a = linear(x, w_x, b_x)
        out: dict[int, Any] = {}
        for t in steps:
            new_h, new_c = type(self).step(a[t], linear(h, w_h, b_h), h, c)
            h = new_h if active is None else where(active[t], new_h, h)
            c = new_c if active is None or c is None else where(active[t], new_c, c)
            out[t] = h
        outs = [stack([out[t] for t in range(len(out))]), h, *([] if c is None else [c])]
        given = [(z, g) for z, g in zip(outs, grads, strict=True) if g is not None]
        wanted = [t for t, n in zip(inputs, self.next, strict=True) if n is not None and t is not None]
        found = iter(
            grad([z for z, _ in given], wanted, [g for _, g in given], create_graph=True, allow_unused=True)
        )
        return tuple(None if n is None else next(found) for n in self.next)


@functools.cache
def lstm_scales(H: int, kind: Any) -> tuple[Any, Any]:
    """What makes a tanh the gates' functions: tanh(x·scale)·scale + shift is σ for i, f and o, tanh for g."""
    scale: Any = np.full(4 * H, 0.5, kind)
    scale[2 * H : 3 * H] = 1
    return scale, 1 - scale


def lstm_cell(a: Any, b: Any, h: Any, c: Any) -> tuple[Any, Any, Any]:
    """i, f, o = σ, g = tanh; c' = f·c + i·g; h' = o·tanh(c')."""
    H = h.shape[1]
    scale, shift = lstm_scales(H, a.dtype)
    a += b
    a *= scale
    np.tanh(a, out=a)
    a *= scale
    a += shift
    new_c = a[:, H : 2 * H] * c
    new_c += a[:, :H] * a[:, 2 * H : 3 * H]
    t = np.tanh(new_c)
    return a[:, 3 * H :] * t, new_c, (a, t, c)


def lstm_back(dh: Any, dc: Any, h: Any, s: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """Both contributions enter alike."""
    gates, t, c = s
    H = h.shape[1]
    i, f, g, o = (gates[:, k * H : (k + 1) * H] for k in range(4))
    dc = dc + dh * o * (1 - t * t)
    np.multiply(dc, g, out=a[:, :H])
    np.multiply(dc, c, out=a[:, H : 2 * H])
    np.multiply(dc, i, out=a[:, 2 * H : 3 * H])
    np.multiply(dh, t, out=a[:, 3 * H :])
    slope = gates * (1 - gates)
    slope[:, 2 * H : 3 * H] = 1 - g * g
    a *= slope
    return 0, dc * f


def lstm_step(a: Any, b: Any, h: Any, c: Any) -> tuple[Any, Any]:
    """i, f, o = σ, g = tanh; c' = f·c + i·g; h' = o·tanh(c')."""
    i, f, g, o = (a + b).chunk(4, -1)
    c = elementwise.sigmoid(f) * c + elementwise.sigmoid(i) * elementwise.tanh(g)
    return elementwise.sigmoid(o) * elementwise.tanh(c), c


def gru_cell(a: Any, b: Any, h: Any, c: Any) -> tuple[Any, Any, Any]:
    """r, z = σ; n = tanh(aₙ + r·bₙ); h' = (1 − z)·n + z·h."""
    H = h.shape[1]
    r_z = sigmoid(a[:, : 2 * H] + b[:, : 2 * H])
    r, z = r_z[:, :H], r_z[:, H:]
    b_n = b[:, 2 * H :]
    n = np.tanh(a[:, 2 * H :] + r * b_n)
    return n + z * (h - n), None, (r, z, n, b_n)


def gru_back(dh: Any, dc: Any, h: Any, s: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """The state's contribution to n enters through r."""
    r, z, n, b_n = s
    H = h.shape[1]
    dn = dh * (1 - z) * (1 - n * n)
    a[:, :H] = dn * b_n * r * (1 - r)
    a[:, H : 2 * H] = dh * (h - n) * z * (1 - z)
    a[:, 2 * H :] = dn
    b[:, : 2 * H] = a[:, : 2 * H]
    b[:, 2 * H :] = dn * r
    return dh * z, dc


def gru_step(a: Any, b: Any, h: Any, c: Any) -> tuple[Any, Any]:
    """r, z = σ; n = tanh(aₙ + r·bₙ); h' = (1 − z)·n + z·h."""
    (a_r, a_z, a_n), (b_r, b_z, b_n) = a.chunk(3, -1), b.chunk(3, -1)
    r, z = elementwise.sigmoid(a_r + b_r), elementwise.sigmoid(a_z + b_z)
    n = elementwise.tanh(a_n + r * b_n)
    return n + z * (h - n), None


def tanh_cell(a: Any, b: Any, h: Any, c: Any) -> tuple[Any, Any, Any]:
    """h' = tanh(a + b)."""
    z = np.tanh(a + b)
    return z, None, z


def tanh_back(dh: Any, dc: Any, h: Any, s: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """dh·(1 − h'²)."""
    np.multiply(dh, 1 - s * s, out=a)
    return 0, dc


def tanh_step(a: Any, b: Any, h: Any, c: Any) -> tuple[Any, Any]:
    """h' = tanh(a + b)."""
    return elementwise.tanh(a + b), None


def relu_cell(a: Any, b: Any, h: Any, c: Any) -> tuple[Any, Any, Any]:
    """h' = max(a + b, 0)."""
    z = np.maximum(a + b, 0)
    return z, None, z


def relu_back(dh: Any, dc: Any, h: Any, s: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """dh where h' > 0."""
    np.multiply(dh, s > 0, out=a)
    return 0, dc


def relu_step(a: Any, b: Any, h: Any, c: Any) -> tuple[Any, Any]:
    """h' = max(a + b, 0)."""
    return elementwise.relu(a + b), None


CELLS = {
    "LSTM": (lstm_step, lstm_cell, lstm_back),
    "GRU": (gru_step, gru_cell, gru_back),
    "RNN_TANH": (tanh_step, tanh_cell, tanh_back),
    "RNN_RELU": (relu_step, relu_cell, relu_back),
}
LAYERS: dict[str, Any] = {
    mode: type(
        "StackBackward0",
        (Recurrence,),
        {
            "__slots__": (),
            "step": staticmethod(step),
            "cell": staticmethod(cell),
            "back": staticmethod(back),
            "alike": mode != "GRU",
        },
    )
    for mode, (step, cell, back) in CELLS.items()
}
