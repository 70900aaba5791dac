"""Recurrent layers and cells: RNN, LSTM, GRU."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import math
import warnings
from typing import Any

from pellucid.torch.creation import empty, zeros
from pellucid.torch.nn import functional as F
from pellucid.torch.nn import init
from pellucid.torch.nn.functional.recurrence import LAYERS, gru_step, lstm_step, relu_step, tanh_step
from pellucid.torch.nn.modules.module import Module
from pellucid.torch.nn.parameter import Parameter
from pellucid.torch.nn.utils.rnn import PackedSequence, places_of, spread_out
from pellucid.torch.ops.apply import apply_several
from pellucid.torch.ops.joining import cat, stack
from pellucid.torch.tensor import Tensor

GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}


def check_states(states: list[Any], batched: bool) -> None:
    """RuntimeError for states that have a batch where the input has none, or none where it has one."""
    wanted = 3 if batched else 2
    if any(s.array.ndim != wanted for s in states):
        kind = f"For {'batched 3-D' if batched else 'unbatched 2-D'} input"
        given = ", ".join(f"{s.array.ndim}-D" for s in states)
        raise RuntimeError(
            f"{kind}, hx and cx should also be {wanted}-D but got ({given}) tensors"
            if len(states) == 2
            else f"{kind}{',' if batched else ''} hx should also be {wanted}-D but got {given} tensor"
        )


def check_projection(mode: str, proj_size: int) -> None:
    """Errors for states that would be projected."""
    if proj_size and mode != "LSTM":
        raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
    if proj_size:
        raise NotImplementedError(
            "proj_size is absent from pellucid.torch; an nn.Linear after the LSTM projects its outputs"
        )


class RNNBase(Module):
    """Layers of a cell run along sequences, in one direction or both.

    Input (T, N, input_size), with batch_first (N, T, input_size), without a batch (T, input_size), or a PackedSequence.
    """

    mode: str

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        check_projection(self.mode, proj_size)
        if hidden_size <= 0 or num_layers <= 0:
            raise ValueError(
                f"{'hidden_size' if hidden_size <= 0 else 'num_layers'} must be greater than zero"
            )
        if not 0 <= dropout <= 1:
            raise ValueError(
                "dropout should be a number in range [0, 1] representing the probability of an element being zeroed"
            )
        if dropout > 0 and num_layers == 1:
            warnings.warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects num_layers "
                f"greater than 1, but got dropout={dropout} and num_layers={num_layers}",
                stacklevel=3,
            )
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first = bias, batch_first
        self.dropout, self.bidirectional = float(dropout), bidirectional
        rows = GATES[self.mode] * hidden_size
        directions = 2 if bidirectional else 1
        for layer in range(num_layers):
            width = input_size if layer == 0 else hidden_size * directions
            for suffix in ("", "_reverse")[:directions]:
                shapes = {"weight_ih": (rows, width), "weight_hh": (rows, hidden_size)}
                if bias:
                    shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
                for name, shape in shapes.items():
                    made = Parameter(empty(*shape, device=device, dtype=dtype))
                    setattr(self, f"{name}_l{layer}{suffix}", made)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all parameters anew: uniform in ±1/√hidden_size."""
        bound = 1 / math.sqrt(self.hidden_size)
        for p in self.parameters():
            init.uniform_(p, -bound, bound)

    @property
    def all_weights(self) -> list[list[Any]]:
        """The parameters, a list for each layer and direction."""
        suffixes = ("", "_reverse") if self.bidirectional else ("",)
        found = [self.weights(layer, s) for layer in range(self.num_layers) for s in suffixes]
        return [[p for p in weights if p is not None] for weights in found]

    def flatten_parameters(self) -> None:
        """Nothing to do: there is one way in which weights lie in memory."""

    def weights(self, layer: int, suffix: str) -> tuple[Any, ...]:
        """The parameters of one layer and direction; None for biases left out."""
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        return tuple(getattr(self, f"{name}_l{layer}{suffix}", None) for name in names)

    def check_input(self, input: Tensor) -> None:
        """Errors for inputs of another shape."""
        if input.array.ndim not in (2, 3):
            raise ValueError(
                f"{type(self).__name__}: Expected input to be 2D or 3D, got {input.array.ndim}D tensor instead"
            )
        own = self.weight_ih_l0.dtype
        if input.dtype is not own:
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({own}). Convert input: input.to({own}), or "
                f"convert model: model.to({input.dtype})"
            )
        if input.array.shape[-1] != self.input_size:
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.array.shape[-1]}"
            )

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        """The last layer's states at all times, and the last states of all layers (of an LSTM a pair)."""
        packed = isinstance(input, PackedSequence)
        active: Any = None
        if packed:
            x, active = spread_out(input)
            batched = True
        else:
            self.check_input(input)
            batched = input.array.ndim == 3
            x = (
                input.transpose(0, 1)
                if batched and self.batch_first
                else input
                if batched
                else input.unsqueeze(1)
            )
        states = self.starting_states(hx, x, batched, input.sorted_indices if packed else None)
        out, last = self.run(x, states, active)
        last = tuple(stack(s, 0) for s in last)
        if packed:
            data = out[places_of(input.batch_sizes)]
            order = input.unsorted_indices
            out = PackedSequence(data, input.batch_sizes, input.sorted_indices, order)
            last = last if order is None else tuple(s.index_select(1, order) for s in last)
        elif not batched:
            out, last = out.squeeze(1), tuple(s.squeeze(1) for s in last)
        elif self.batch_first:
            out = out.transpose(0, 1)
        return out, last if self.mode == "LSTM" else last[0]

    def starting_states(self, hx: Any, x: Tensor, batched: bool, order: Any) -> list[Tensor]:
        """h, and for an LSTM c: (layers·directions, N, H)."""
        count = 2 if self.mode == "LSTM" else 1
        size = (self.num_layers * (2 if self.bidirectional else 1), x.array.shape[1], self.hidden_size)
        if hx is None:
            return [zeros(*size, dtype=x.dtype)] * count
        states = list(hx) if count == 2 else [hx]
        check_states(states, batched)
        states = states if batched else [s.unsqueeze(1) for s in states]
        for k, s in enumerate(states):
            if s.array.shape != size:
                what = "hidden size" if count == 1 else f"hidden[{k}] size"
                raise RuntimeError(f"Expected {what} {size}, got {list(s.array.shape)}")
        return states if order is None else [s.index_select(1, order) for s in states]

    def run(self, x: Tensor, states: list[Tensor], active: Any) -> tuple[Tensor, list[list[Tensor]]]:
        """All layers, one after the other; the outputs of the last, and the last states of each."""
        last: list[list[Tensor]] = [[] for _ in states]
        suffixes = ("", "_reverse") if self.bidirectional else ("",)
        for layer in range(self.num_layers):
            outs: list[Tensor] = []
            for k, suffix in enumerate(suffixes):
                start = [s[layer * len(suffixes) + k] for s in states]
                h, c = (start[0], start[1] if len(start) > 1 else None)
                inputs = (x, *self.weights(layer, suffix), h, c)
                results = apply_several(LAYERS[self.mode], inputs, bool(suffix), active)
                outs.append(results[0])
                for kept, state in zip(last, results[1:], strict=True):
                    kept.append(state)
            x = outs[0] if len(outs) == 1 else cat(outs, -1)
            if self.dropout and layer < self.num_layers - 1:
                x = F.dropout(x, self.dropout, self.training)
        return x, last

    def extra_repr(self) -> str:
        """The sizes, and what is not default."""
        text = f"{self.input_size}, {self.hidden_size}"
        defaults = {"num_layers": 1, "bias": True, "batch_first": False, "dropout": 0, "bidirectional": False}
        for name, default in defaults.items():
            if getattr(self, name) != default:
                text += f", {name}={getattr(self, name)}"
        return text


class RNN(RNNBase):
    """h' = tanh(W·x + b + V·h + d), or relu (Elman 1990)."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        self.__dict__["mode"] = f"RNN_{nonlinearity.upper()}"
        super().__init__(
            input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, 0, device, dtype
        )
        self.nonlinearity = nonlinearity


class LSTM(RNNBase):
    """Long short-term memory (Hochreiter and Schmidhuber 1997), with forget gates. Returns output, (h, c)."""

    mode = "LSTM"


class GRU(RNNBase):
    """The gated recurrent unit (Cho et al. 2014), its reset gate after the product."""

    mode = "GRU"


class RNNCellBase(Module):
    """One step: input (N, input_size) or (input_size,), state (N, hidden_size)."""

    gates = 1

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        rows = self.gates * hidden_size
        self.weight_ih = Parameter(empty(rows, input_size, device=device, dtype=dtype))
        self.weight_hh = Parameter(empty(rows, hidden_size, device=device, dtype=dtype))
        for name in ("bias_ih", "bias_hh"):
            made = Parameter(empty(rows, device=device, dtype=dtype)) if bias else None
            self.register_parameter(name, made)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all parameters anew: uniform in ±1/√hidden_size."""
        bound = 1 / math.sqrt(self.hidden_size)
        for p in self.parameters():
            init.uniform_(p, -bound, bound)

    def contributions(self, input: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        """What the input and the state contribute to the gates."""
        if input.array.ndim not in (1, 2):
            raise ValueError(
                f"{type(self).__name__}: Expected input to be 1D or 2D, got {input.array.ndim}D instead"
            )
        if input.array.shape[-1] != self.input_size:
            raise RuntimeError(
                f"input has inconsistent input_size: got {input.array.shape[-1]} expected {self.input_size}"
            )
        if h.array.shape[-1] != self.hidden_size:
            raise RuntimeError(
                f"hidden0 has inconsistent hidden_size: got {h.array.shape[-1]}, expected {self.hidden_size}"
            )
        if h.array.shape[:-1] != input.array.shape[:-1]:
            raise RuntimeError(
                f"Input batch size {input.array.shape[0]} doesn't match hidden0 batch size {h.array.shape[0]}"
            )
        a = F.linear(input, self.weight_ih, self.bias_ih)
        return a, F.linear(h, self.weight_hh, self.bias_hh)

    def start(self, input: Tensor) -> Tensor:
        """A state of zeros."""
        return zeros(*input.array.shape[:-1], self.hidden_size, dtype=input.dtype)

    def extra_repr(self) -> str:
        """The sizes, and what is not default."""
        text = f"{self.input_size}, {self.hidden_size}" + ("" if self.bias else f", bias={self.bias}")
        nonlinearity = getattr(self, "nonlinearity", "tanh")
        return text if nonlinearity == "tanh" else f"{text}, nonlinearity={nonlinearity}"


class RNNCell(RNNCellBase):
    """h' = tanh(W·x + b + V·h + d), or relu."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, device, dtype)
        if nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {nonlinearity}")
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """The next state."""
        a, b = self.contributions(input, self.start(input) if hx is None else hx)
        step = tanh_step if self.nonlinearity == "tanh" else relu_step
        return step(a, b, hx, None)[0]


class LSTMCell(RNNCellBase):
    """One step of an LSTM: (h, c) → (h', c')."""

    gates = 4

    def forward(self, input: Tensor, hx: Any = None) -> tuple[Tensor, Tensor]:
        """The next states."""
        h, c = (self.start(input),) * 2 if hx is None else hx
        a, b = self.contributions(input, h)
        return lstm_step(a, b, h, c)


class GRUCell(RNNCellBase):
    """One step of a GRU."""

    gates = 3

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """The next state."""
        h = self.start(input) if hx is None else hx
        return gru_step(*self.contributions(input, h), h, None)[0]
