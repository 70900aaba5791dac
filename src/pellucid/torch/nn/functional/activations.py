"""Activations: each with its gradient beside it, where it is not made of other operations."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.torch.nn.functional.kinds import check_floating
from pellucid.torch.ops import choice, elementwise, exponentials, special
from pellucid.torch.ops.apply import Operation, apply
from pellucid.torch.ops.choice import masked
from pellucid.torch.ops.elementwise import exp, sigmoid, tanh
from pellucid.torch.ops.formulas import unary
from pellucid.torch.ops.inplace import check_overwrite, overwrite
from pellucid.torch.random.generator import default_generator
from pellucid.torch.random.sampling import exponential_
from pellucid.torch.tensor import Tensor, memory, wrap

Formula = Callable[..., Any]


def activation(name: str, forward: Formula, pull: Formula) -> Callable[..., Any]:
    """An activation with parameters: forward(x, *params) and dL/dx = pull(g, x, *params)."""

    def run(node: Any, x: Any, *params: Any) -> Any:
        node.params = params
        node.save(x)
        return forward(x, *params)

    def back(node: Any, g: Any) -> tuple[Any]:
        (x,) = node.unpack()
        return (pull(g, x, *node.params),)

    kind: Any = type(name, (Operation,), {"__slots__": (), "forward": run, "pull": back})
    return lambda input, *params: apply(kind, (input,), *params)


def into(input: Tensor, out: Callable[[Tensor], Tensor], inplace: bool) -> Tensor:
    """out(input), written over the input where that is wished; what the gradient needs of the input is then kept as a copy."""
    if not inplace:
        return out(input)
    check_overwrite(input)
    return overwrite(input, out(input.clone()))


# ── Zero or a slope below a bound ────────────────────────────────────────────────────────────────────────────────────────────
threshold_ = activation(
    "ThresholdBackward0",
    lambda x, bound, value: np.where(x <= bound, x.dtype.type(value), x),
    lambda g, x, bound, value: masked(g, x > bound),
)
leaky_relu_ = activation(
    "LeakyReluBackward0",
    lambda x, slope: np.where(x > 0, x, x * slope),
    lambda g, x, slope: masked(g, x > 0) + masked(g * slope, x <= 0),
)
hardtanh_ = activation(
    "HardtanhBackward0",
    lambda x, low, high: np.clip(x, *np.array([low, high]).astype(x.dtype)),
    lambda g, x, low, high: masked(g, (x > low) & (x < high)),
)
elu_ = activation(  # (e^(x·c) − 1)·a below zero, b·x above
    "EluBackward0",
    lambda x, a, b, c: np.where(x > 0, x * b, np.expm1(np.minimum(x, 0) * c) * a),
    lambda g, x, a, b, c: masked(g * b, x > 0) + masked(g * (a * c) * exp(x * c), x <= 0),
)
hardshrink_ = activation(
    "HardshrinkBackward0",
    lambda x, bound: np.where((x >= -bound) & (x <= bound), x.dtype.type(0), x),
    lambda g, x, bound: masked(g, (x < -bound) | (x > bound)),
)
softshrink_ = activation(
    "SoftshrinkBackward0",
    lambda x, bound: np.where(x > bound, x - bound, np.where(x < -bound, x + bound, x * 0)),
    lambda g, x, bound: masked(g, (x < -bound) | (x > bound)),
)
hardsigmoid_ = unary(
    "HardsigmoidBackward0",
    lambda x: np.clip(x + 3, 0, 6) / 6,
    lambda g, x: masked(g * (1 / 6), (x > -3) & (x < 3)),
)
hardswish_ = unary(
    "HardswishBackward0",
    lambda x: x * np.clip(x + 3, 0, 6) / 6,
    lambda g, x: masked(g * (x / 3 + 0.5), (x > -3) & (x < 3)) + masked(g, x >= 3),
)


# ── Smooth ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────
def normal_cdf(x: Any) -> Any:
    """Φ(x)."""
    return (special.erf(x * math.sqrt(0.5)) + 1) * 0.5


def erf_array(x: Any) -> Any:
    """erf of an array, of its type."""
    import scipy.special  # pyright: ignore[reportMissingTypeStubs]

    erf: Any = scipy.special.erf
    return np.asarray(erf(x)).astype(x.dtype)


def gelu_tanh(x: Any) -> Any:
    """The tanh within the approximation of GELU."""
    return tanh((x + x * x * x * 0.044715) * math.sqrt(2 / math.pi))


gelu_ = unary(
    "GeluBackward0",
    lambda x: x * ((erf_array(x * math.sqrt(0.5)) + 1) * 0.5),
    lambda g, x: g * (normal_cdf(x) + x * exp(x * x * -0.5) * (1 / math.sqrt(2 * math.pi))),
)


def gelu_approximate_pull(g: Any, x: Any) -> Any:
    """The gradient of GELU's approximation by tanh."""
    t = gelu_tanh(x)
    slope = (x * x * (3 * 0.044715) + 1) * math.sqrt(2 / math.pi)
    return g * ((t + 1) * 0.5 + x * (1 - t * t) * slope * 0.5)


gelu_approximate_ = unary(
    "GeluBackward0",
    lambda x: x * (np.tanh((x + x * x * x * 0.044715) * math.sqrt(2 / math.pi)) + 1) * 0.5,
    gelu_approximate_pull,
)


def silu_pull(g: Any, x: Any) -> Any:
    """g·σ(1 + x(1 − σ))."""
    s = sigmoid(x)
    return g * (s * (1 + x * (1 - s)))


def mish_pull(g: Any, x: Any) -> Any:
    """g·(t + xσ(1 − t²)), t the tanh of softplus."""
    t = tanh(softplus_(x, 1.0, 20.0))
    return g * (t + x * sigmoid(x) * (1 - t * t))


silu_ = unary("SiluBackward0", lambda x: x / (1 + np.exp(-x)), silu_pull)
softplus_ = activation(
    "SoftplusBackward0",
    lambda x, b, bound: np.where(x * b > bound, x, np.log1p(np.exp(np.minimum(x * b, bound))) / b),
    lambda g, x, b, bound: masked(g * sigmoid(x * b), x * b <= bound) + masked(g, x * b > bound),
)
mish_ = unary("MishBackward0", lambda x: x * np.tanh(np.logaddexp(x, x * 0)), mish_pull)
logsigmoid_ = unary(
    "LogSigmoidBackward0",
    lambda x: np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x))),
    lambda g, x: g * sigmoid(-x),
)


# ── The names of torch.nn.functional ─────────────────────────────────────────────────────────────────────────────────────────
def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(x, 0)."""
    if inplace:
        check_overwrite(input)
        return overwrite(input, elementwise.relu(input))
    return elementwise.relu(input)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """x held to [0, 6]."""
    return hardtanh(input, 0.0, 6.0, inplace)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """x above zero, negative_slope·x below."""
    check_floating(input, "leaky_relu_cpu")
    return into(input, lambda x: leaky_relu_(x, negative_slope), inplace)


def rrelu(
    input: Tensor,
    lower: float = 1.0 / 8,
    upper: float = 1.0 / 3,
    training: bool = False,
    inplace: bool = False,
) -> Tensor:
    """x above zero, a·x below: in training a uniform in [lower, upper] for each x, else their mean (Xu et al. 2015)."""
    if not training:
        return leaky_relu(input, (lower + upper) / 2, inplace)
    x = memory(input)
    slopes = np.ones_like(x)
    below = x <= 0
    least, most = (float(x.dtype.type(bound)) for bound in (lower, upper))
    draws = default_generator.uniform64(int(below.sum()))  # torch draws for these alone
    slopes[below] = draws * (most - least) + least
    return into(input, lambda t: t * wrap(slopes, input.dtype), inplace)


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """x above the threshold, else `value`."""
    return into(input, lambda x: threshold_(x, threshold, value), inplace)


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """x held to [min_val, max_val]."""
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    return into(input, lambda x: hardtanh_(x, min_val, max_val), inplace)


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x above zero, alpha·(eˣ − 1) below."""
    check_floating(input, "elu_cpu")
    return into(input, lambda x: elu_(x, alpha, 1.0, 1.0), inplace)


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x above zero, alpha·(e^(x/alpha) − 1) below."""
    check_floating(input, "elu_cpu")
    return into(input, lambda x: elu_(x, alpha, 1.0, 1 / alpha), inplace)


SELU_ALPHA, SELU_SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """ELU scaled so that mean 0 and variance 1 persist (Klambauer et al. 2017)."""
    check_floating(input, "elu_cpu")
    return into(input, lambda x: elu_(x, SELU_ALPHA * SELU_SCALE, SELU_SCALE, 1.0), inplace)


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """x above zero, weight·x below; one weight, or one for each channel (dimension 1)."""
    if input.dtype is not weight.dtype:
        raise RuntimeError(
            f"prelu: Type promoting not supported. Got {input.dtype.legacy} and {weight.dtype.legacy}"
        )
    count, shape = weight.array.size, input.array.shape
    if count != 1:
        if not shape:
            raise RuntimeError("Not allow zero-dim input tensor.")
        channels = shape[1] if len(shape) > 1 else 1
        if channels != count:
            raise RuntimeError(
                f"Mismatch of parameter numbers and input channel size. Found parameter numbers = {count} and "
                f"channel size = {channels}."
            )
        weight = weight.reshape(*[count if k == 1 else 1 for k in range(len(shape))])
    else:
        weight = weight.reshape(*[1] * len(shape))
    return choice.where(input > 0, input, weight * input)


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """x·Φ(x); approximate='tanh': its approximation (Hendrycks and Gimpel 2016)."""
    check_floating(input, "GeluKernelImpl")
    if approximate == "none":
        return gelu_(input)
    if approximate == "tanh":
        return gelu_approximate_(input)
    raise RuntimeError("approximate argument must be either none or tanh.")


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """x·σ(x)."""
    check_floating(input, "silu_cpu")
    return into(input, silu_, inplace)


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """x·tanh(softplus(x))."""
    check_floating(input, "mish_cpu")
    return into(input, mish_, inplace)


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """(x + 3)/6 held to [0, 1]."""
    check_floating(input, "hardsigmoid_cpu")
    return into(input, hardsigmoid_, inplace)


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """x·hardsigmoid(x)."""
    check_floating(input, "hardswish_cpu")
    return into(input, hardswish_, inplace)


def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """0 where |x| ≤ lambd, else x."""
    check_floating(input, "hardshrink_cpu")
    return hardshrink_(input, lambd)


def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """x moved towards zero by lambd."""
    check_floating(input, "softshrink_check")
    return softshrink_(input, lambd)


def tanhshrink(input: Tensor) -> Tensor:
    """x − tanh(x)."""
    return input - elementwise.tanh(input)


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """log(1 + e^(beta·x))/beta; x itself where beta·x exceeds the threshold."""
    check_floating(input, "softplus_cpu")
    return softplus_(input, beta, threshold)


def softsign(input: Tensor) -> Tensor:
    """x/(1 + |x|)."""
    return input / (elementwise.abs(input) + 1)


def logsigmoid(input: Tensor) -> Tensor:
    """log σ(x)."""
    check_floating(input, "log_sigmoid_cpu")
    return logsigmoid_(input)


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """a·σ(b), where a and b are the input's halves along `dim` (Dauphin et al. 2017)."""
    check_floating(input, "glu_cpu")
    if not input.array.ndim:
        raise RuntimeError("glu does not support 0-dimensional tensors")
    n = input.array.shape[dim]
    if n % 2:
        raise RuntimeError(
            f"Halving dimension must be even, but dimension {dim % input.array.ndim} is size {n}"
        )
    a, b = input.chunk(2, dim)
    return a * elementwise.sigmoid(b)


def default_dim(name: str, ndim: int) -> int:
    """The dimension that torch chooses, with its warning, where none is given."""
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        stacklevel=3,
    )
    return 0 if ndim in (0, 1, 3) else 1


def softmax(input: Tensor, dim: int | None = None, *, dtype: Any = None) -> Tensor:
    """eˣ/Σeˣ along `dim`."""
    if dtype is None:
        check_floating(input, "softmax_lastdim_kernel_impl")
    return exponentials.softmax(
        input, default_dim("softmax", input.array.ndim) if dim is None else dim, dtype
    )


def softmin(input: Tensor, dim: int | None = None, *, dtype: Any = None) -> Tensor:
    """softmax(−x)."""
    if dtype is None:
        check_floating(input, "softmax_lastdim_kernel_impl")
    return exponentials.softmax(
        -input, default_dim("softmin", input.array.ndim) if dim is None else dim, dtype
    )


def log_softmax(input: Tensor, dim: int | None = None, *, dtype: Any = None) -> Tensor:
    """log softmax(x) along `dim`."""
    if dtype is None:
        check_floating(input, "log_softmax_lastdim_kernel_impl")
    return exponentials.log_softmax(
        input, default_dim("log_softmax", input.array.ndim) if dim is None else dim, dtype
    )


def gumbel_softmax(
    logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1
) -> Tensor:
    """A sample from the Gumbel-softmax distribution (Jang et al. 2017); hard: one-hot forward, soft backward.

    eps has had no effect in torch for years: it only keeps the place of an argument.
    """
    if eps != 1e-10:
        warnings.warn("`eps` parameter is deprecated and has no effect.", stacklevel=2)
    if not logits.dtype.is_floating_point:
        raise RuntimeError(
            "Exponential distribution is a continuous probability distribution. dtype must be a floating point but you "
            f"specified {logits.dtype.legacy}"
        )
    gumbels = -elementwise.log(exponential_(logits.detach().clone()))
    soft = exponentials.softmax((logits + gumbels) / tau, dim)
    if not hard:
        return soft
    index = soft.array.argmax(axis=dim, keepdims=True)
    one_hot: Any = np.zeros_like(soft.array)
    np.put_along_axis(one_hot, index, 1, axis=dim)
    return soft.new_tensor(one_hot) - soft.detach() + soft
