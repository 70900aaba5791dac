"""Normalisation layers."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any

from pellucid.torch.creation import ones, tensor, zeros
from pellucid.torch.nn import functional as F
from pellucid.torch.nn.modules.module import Module
from pellucid.torch.nn.parameter import Parameter
from pellucid.torch.tensor import Tensor


class LayerNorm(Module):
    """Mean 0 and variance 1 over the last dimensions, then a learnt weight and bias (Ba et al. 2016)."""

    def __init__(
        self,
        normalized_shape: Any,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = (
            (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        )
        self.eps, self.elementwise_affine = eps, elementwise_affine
        shape = self.normalized_shape
        weight = Parameter(ones(*shape, device=device, dtype=dtype)) if elementwise_affine else None
        self.register_parameter("weight", weight)
        affine = elementwise_affine and bias
        self.register_parameter(
            "bias", Parameter(zeros(*shape, device=device, dtype=dtype)) if affine else None
        )

    def forward(self, input: Tensor) -> Tensor:
        """The normalised input."""
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """The shape and the options."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


class RMSNorm(Module):
    """x/√(mean of x²) over the last dimensions, then a learnt weight (Zhang and Sennrich 2019)."""

    def __init__(
        self,
        normalized_shape: Any,
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = (
            (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        )
        self.eps, self.elementwise_affine = eps, elementwise_affine
        weight = (
            Parameter(ones(*self.normalized_shape, device=device, dtype=dtype))
            if elementwise_affine
            else None
        )
        self.register_parameter("weight", weight)

    def forward(self, input: Tensor) -> Tensor:
        """The normalised input."""
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        """The shape and the options."""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class GroupNorm(Module):
    """Mean 0 and variance 1 over groups of channels, then a learnt weight and bias (Wu and He 2018)."""

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_channels % num_groups:
            raise ValueError(f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})")
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        for name, make, wanted in (("weight", ones, affine), ("bias", zeros, affine and bias)):
            made = Parameter(make(num_channels, device=device, dtype=dtype)) if wanted else None
            self.register_parameter(name, made)

    def forward(self, input: Tensor) -> Tensor:
        """The normalised input."""
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """The groups and the options."""
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, bias={self.bias is not None}"


class RunningNorm(Module):
    """A normalisation of channels that can keep running statistics."""

    _version = 2
    dims: tuple[int, ...] = ()  # how many dimensions an input may have
    instance = False

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        for name, make, wanted in (("weight", ones, affine), ("bias", zeros, affine and bias)):
            made = Parameter(make(num_features, device=device, dtype=dtype)) if wanted else None
            self.register_parameter(name, made)
        for name, make in (("running_mean", zeros), ("running_var", ones)):
            made = make(num_features, device=device, dtype=dtype) if track_running_stats else None
            self.register_buffer(name, made)
        self.register_buffer("num_batches_tracked", tensor(0) if track_running_stats else None)

    def check_dims(self, input: Tensor) -> None:
        """ValueError for an input with another number of dimensions."""
        if input.array.ndim not in self.dims:
            wanted = " or ".join(f"{n}D" for n in self.dims)
            raise ValueError(f"expected {wanted} input (got {input.array.ndim}D input)")

    def forward(self, input: Tensor) -> Tensor:
        """The normalised input; in training by the batch's statistics, which the running ones follow."""
        self.check_dims(input)
        momentum = 0.0 if self.momentum is None else self.momentum
        own_statistics = self.training or self.running_mean is None
        if self.training and self.num_batches_tracked is not None and not self.instance:
            self.num_batches_tracked.add_(1)
            if self.momentum is None:  # the mean over all batches so far
                momentum = 1.0 / float(self.num_batches_tracked)
        follow = not self.training or self.track_running_stats
        mean, var = (self.running_mean, self.running_var) if follow else (None, None)
        if self.instance:
            return self.normalise_instances(input, mean, var, own_statistics, momentum)
        mean, var = (mean, var) if self.training or not own_statistics else (None, None)
        return F.batch_norm(input, mean, var, self.weight, self.bias, own_statistics, momentum, self.eps)

    def normalise_instances(
        self, input: Tensor, mean: Any, var: Any, own_statistics: bool, momentum: float
    ) -> Tensor:
        """Each example by itself; one without a batch too."""
        single = input.array.ndim == min(self.dims)
        x = input.unsqueeze(0) if single else input
        out = F.instance_norm(x, mean, var, self.weight, self.bias, own_statistics, momentum, self.eps)
        return out.squeeze(0) if single else out

    def _may_miss(self, name: str, path: str, state: Any) -> bool:
        """A state of version 1, or without one, has no num_batches_tracked."""
        version = getattr(state, "_metadata", {}).get(path, {}).get("version")
        return name == "num_batches_tracked" and (version is None or version < 2)

    def reset_running_stats(self) -> None:
        """Forget the batches so far."""
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def extra_repr(self) -> str:
        """The options."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class BatchNorm1d(RunningNorm):
    """Over batches (n, c) or (n, c, l) (Ioffe and Szegedy 2015)."""

    dims = (2, 3)


class BatchNorm2d(RunningNorm):
    """Over batches (n, c, h, w)."""

    dims = (4,)


class BatchNorm3d(RunningNorm):
    """Over batches (n, c, d, h, w)."""

    dims = (5,)


class InstanceNorm(RunningNorm):
    """Each example's channels by themselves (Ulyanov et al. 2016); by default nothing is learnt or kept."""

    instance = True

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)


class InstanceNorm1d(InstanceNorm):
    """(c, l) or (n, c, l)."""

    dims = (2, 3)


class InstanceNorm2d(InstanceNorm):
    """(c, h, w) or (n, c, h, w)."""

    dims = (3, 4)


class InstanceNorm3d(InstanceNorm):
    """(c, d, h, w) or (n, c, d, h, w)."""

    dims = (4, 5)


class LocalResponseNorm(Module):
    """x/(k + alpha·(mean of the squares of `size` neighbouring channels))^beta (Krizhevsky et al. 2012)."""

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input: Tensor) -> Tensor:
        """The normalised input."""
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        """The options."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
