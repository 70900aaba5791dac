"""torch.nn.utils.prune: parameters with some elements held at zero.

A pruned parameter `weight` becomes a parameter `weight_orig`, which is trained, a buffer `weight_mask` of zeros and ones, and
their product `weight`, made anew by a hook before each forward. The layer stays as large; torch.compress makes it smaller.
"""

from __future__ import annotations

# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportPrivateUsage=false
import numbers
from collections.abc import Iterable, Iterator
from typing import Any

import pellucid.torch as torch
from pellucid.torch.nn.modules.module import Module
from pellucid.torch.nn.utils.vector import parameters_to_vector
from pellucid.torch.tensor import Tensor


class BasePruningMethod:
    """A rule for what is set to zero: a subclass has a PRUNING_TYPE and compute_mask(t, default_mask).

    PRUNING_TYPE: "unstructured" (elements), "structured" (whole slices along `dim`) or "global" (of all, pruned before or not).
    """

    PRUNING_TYPE = ""
    _tensor_name: Any = None

    def __call__(self, module: Module, inputs: Any) -> None:
        """The hook before forward: the product made anew."""
        setattr(module, self._tensor_name, self.apply_mask(module))

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask for a tensor of importance scores, within the mask that it has already; of the shape of `t`."""
        raise NotImplementedError(f"{type(self).__name__} has no compute_mask(t, default_mask)")

    def apply_mask(self, module: Module) -> Tensor:
        """The mask times the parameter."""
        name = self._tensor_name
        if name is None:
            raise AssertionError(f"Module {module} has to be pruned")
        original = getattr(module, name + "_orig")
        return getattr(module, name + "_mask").to(dtype=original.dtype) * original

    @classmethod
    def apply(
        cls, module: Module, name: str, *args: Any, importance_scores: Tensor | None = None, **kwargs: Any
    ) -> Any:
        """Prune a module's parameter; a parameter that is pruned already is pruned further, by a PruningContainer."""
        method: Any = cls(*args, **kwargs)
        method._tensor_name = name
        old = hook_of(module, name)
        original = getattr(module, name)
        check_scores(importance_scores, original, f"parameter {name} of {module}")
        scores = original if importance_scores is None else importance_scores
        if old is None:
            mask = method.compute_mask(scores, default_mask=torch.ones_like(original))
            del module._parameters[name]
            module.register_parameter(name + "_orig", original)
        else:
            method = (old if isinstance(old, PruningContainer) else PruningContainer(old)).extended_by(method)
            mask = method.compute_mask(scores, default_mask=getattr(module, name + "_mask").detach().clone())
            take_hook(module, old)
        module.register_buffer(name + "_mask", mask)
        setattr(module, name, method.apply_mask(module))
        module.register_forward_pre_hook(method)
        return method

    def prune(
        self, t: Tensor, default_mask: Tensor | None = None, importance_scores: Tensor | None = None
    ) -> Tensor:
        """A pruned copy of a tensor, without any module."""
        check_scores(importance_scores, t, "tensor t")
        mask: Any = torch.ones_like(t) if default_mask is None else default_mask
        return t * self.compute_mask(t if importance_scores is None else importance_scores, default_mask=mask)

    def remove(self, module: Module) -> None:
        """Let the product be the parameter again, for good; nothing comes back."""
        name = self._tensor_name
        product = self.apply_mask(module)
        delattr(module, name)
        original = module._parameters.pop(name + "_orig")
        del module._buffers[name + "_mask"]
        original.data = product.data
        setattr(module, name, original)


class PruningContainer(BasePruningMethod):
    """Several prunings of one parameter, in turn: each acts on what those before it have left."""

    def __init__(self, *args: BasePruningMethod) -> None:
        self._pruning_methods: tuple[BasePruningMethod, ...] = ()
        if len(args) == 1:
            self._tensor_name = args[0]._tensor_name
        for method in args:
            self.add_pruning_method(method)

    def add_pruning_method(self, method: Any) -> None:
        """One more; TypeError or ValueError where it is none, or is for another parameter."""
        if not isinstance(method, BasePruningMethod):
            raise TypeError(f"{type(method)} is not a BasePruningMethod subclass")
        if self._tensor_name != method._tensor_name:
            raise ValueError(
                f"Can only add pruning methods acting on the parameter named '{self._tensor_name}' to PruningContainer {self}."
                f" Found '{method._tensor_name}'"
            )
        self._pruning_methods += (method,)

    def extended_by(self, method: BasePruningMethod) -> PruningContainer:
        """This container with one more."""
        self.add_pruning_method(method)
        return self

    def __len__(self) -> int:
        return len(self._pruning_methods)

    def __iter__(self) -> Iterator[BasePruningMethod]:
        return iter(self._pruning_methods)

    def __getitem__(self, idx: Any) -> Any:
        return self._pruning_methods[idx]

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The latest rule's mask of what is left, written into the former mask."""
        method: Any = self._pruning_methods[-1]
        left: Any
        if method.PRUNING_TYPE == "unstructured":
            left = torch.eq(default_mask, 1)
        elif method.PRUNING_TYPE == "structured":
            left = slices(t.dim(), method.dim, channels_left(default_mask, method.dim))
        elif method.PRUNING_TYPE == "global":
            left = (slice(None),) * t.dim()
        else:
            raise ValueError(f"Unrecognized PRUNING_TYPE {method.PRUNING_TYPE}")
        mask = default_mask.to(dtype=t.dtype).clone()
        mask[left] = method.compute_mask(t[left], default_mask=default_mask[left]).to(dtype=t.dtype)
        return mask


class Identity(BasePruningMethod):
    """Nothing is pruned; the mask is of ones."""

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask as it was."""
        return default_mask


class RandomUnstructured(BasePruningMethod):
    """Random elements; amount: how many, or which fraction."""

    PRUNING_TYPE = "unstructured"

    def __init__(self, amount: float) -> None:
        self.amount = checked_amount(amount)

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Zeros where the largest of uniform random numbers fell."""
        count = how_many(self.amount, t.nelement())
        return (
            without(default_mask, torch.rand_like(t), count, largest=True) if count else default_mask.clone()
        )


class L1Unstructured(BasePruningMethod):
    """The elements of smallest magnitude; amount: how many, or which fraction."""

    PRUNING_TYPE = "unstructured"

    def __init__(self, amount: float) -> None:
        self.amount = checked_amount(amount)

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Zeros at the smallest scores."""
        count = how_many(self.amount, t.nelement())
        return without(default_mask, torch.abs(t), count, largest=False) if count else default_mask.clone()


class RandomStructured(BasePruningMethod):
    """Random channels, the slices along `dim`; amount: how many, or which fraction."""

    PRUNING_TYPE = "structured"

    def __init__(self, amount: float, dim: int = -1) -> None:
        self.amount, self.dim = checked_amount(amount), dim

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Zeros in the channels with the smallest of uniform random numbers."""
        channels = channels_of(t, self.dim)
        count = how_many(self.amount, channels)
        if not count:
            return default_mask
        drawn = torch.rand(channels)
        return only(default_mask, t, self.dim, drawn > torch.kthvalue(drawn, k=count).values)


class LnStructured(BasePruningMethod):
    """The channels, slices along `dim`, of smallest n-norm; amount: how many, or which fraction."""

    PRUNING_TYPE = "structured"

    def __init__(self, amount: float, n: Any, dim: int = -1) -> None:
        self.amount, self.n, self.dim = checked_amount(amount), n, dim

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Zeros in the channels of smallest norm."""
        channels = channels_of(t, self.dim)
        count = how_many(self.amount, channels)
        if not count:
            return default_mask
        norms = torch.norm(t, p=self.n, dim=other_dims(t.dim(), self.dim))
        return only(default_mask, t, self.dim, torch.topk(norms, k=channels - count).indices)


class CustomFromMask(BasePruningMethod):
    """What a given mask says."""

    PRUNING_TYPE = "global"

    def __init__(self, mask: Tensor) -> None:
        self.mask = mask

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Zeros of either mask."""
        if default_mask.shape != self.mask.shape:
            raise AssertionError(
                f"default_mask shape {default_mask.shape} must match self.mask shape {self.mask.shape}"
            )
        return default_mask * self.mask.to(dtype=default_mask.dtype)


def identity(module: Any, name: str) -> Any:
    """Give a parameter a mask of ones. Returns the module, as all of these do."""
    Identity.apply(module, name)
    return module


def random_unstructured(module: Any, name: str, amount: float) -> Any:
    """Set random elements of a parameter to zero: `amount` of them, or that fraction, of those not pruned yet."""
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(module: Any, name: str, amount: float, importance_scores: Tensor | None = None) -> Any:
    """Set the elements of smallest magnitude to zero (or of smallest score): `amount` of them, or that fraction of those left."""
    L1Unstructured.apply(module, name, amount, importance_scores=importance_scores)
    return module


def random_structured(module: Any, name: str, amount: float, dim: int) -> Any:
    """Set random slices along `dim` to zero: `amount` of them, or that fraction, of those not pruned yet."""
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(
    module: Any, name: str, amount: float, n: Any, dim: int, importance_scores: Tensor | None = None
) -> Any:
    """Set the slices along `dim` of smallest n-norm to zero: `amount` of them, or that fraction of those left."""
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def custom_from_mask(module: Any, name: str, mask: Tensor) -> Any:
    """Set the elements to zero where the mask is."""
    CustomFromMask.apply(module, name, mask)
    return module


def global_unstructured(
    parameters: Any, pruning_method: Any, importance_scores: Any = None, **kwargs: Any
) -> None:
    """Prune several parameters as if they were one vector; parameters: pairs (module, name); kwargs: of the method, as amount."""
    if not isinstance(parameters, Iterable):
        raise TypeError("global_unstructured(): parameters is not an Iterable")
    scores = {} if importance_scores is None else importance_scores
    if not isinstance(scores, dict):
        raise TypeError("global_unstructured(): importance_scores must be of type dict")
    pairs = list(parameters)
    tensors = [getattr(module, name) for module, name in pairs]
    vector = parameters_to_vector([scores.get(pair, t) for pair, t in zip(pairs, tensors, strict=True)])
    masks = [
        torch.ones_like(t) if hook_of(module, name) is None else getattr(module, name + "_mask")
        for (module, name), t in zip(pairs, tensors, strict=True)
    ]
    method = pruning_method(**kwargs)
    if method.PRUNING_TYPE != "unstructured":
        raise TypeError(
            f'Only "unstructured" PRUNING_TYPE supported for the `pruning_method`. Found method {pruning_method} of type '
            f"{method.PRUNING_TYPE}"
        )
    whole = PruningContainer(method).compute_mask(vector, parameters_to_vector(masks))
    start = 0
    for (module, name), t in zip(pairs, tensors, strict=True):
        custom_from_mask(module, name, whole[start : start + t.numel()].view_as(t))
        start += t.numel()


def remove(module: Any, name: str) -> Any:
    """Let the pruned parameter be an ordinary one again, its zeros kept. ValueError where it is not pruned."""
    method = hook_of(module, name)
    if method is None:
        raise ValueError(
            f"Parameter '{name}' of module {module} has to be pruned before pruning can be removed"
        )
    method.remove(module)
    take_hook(module, method)
    return module


def is_pruned(module: Module) -> bool:
    """Whether anything in the module is pruned, and not removed."""
    return any(isinstance(hook, BasePruningMethod) for m in module.modules() for hook, _ in m._before)


def hook_of(module: Module, name: str) -> BasePruningMethod | None:
    """What prunes a parameter."""
    for hook, _ in module._before:
        if isinstance(hook, BasePruningMethod) and hook._tensor_name == name:
            return hook
    return None


def take_hook(module: Module, method: BasePruningMethod) -> None:
    """Take a pruning's hook away."""
    module._before[:] = [entry for entry in module._before if entry[0] is not method]


def check_scores(scores: Tensor | None, t: Tensor, what: str) -> None:
    """AssertionError for scores of another shape."""
    if scores is not None and scores.shape != t.shape:
        raise AssertionError(
            f"importance_scores should have the same shape as {what}, got {scores.shape} vs {t.shape}"
        )


def checked_amount(amount: Any) -> Any:
    """The amount, if it is a number of elements or a fraction."""
    if not isinstance(amount, numbers.Real):
        raise TypeError(f"Invalid type for amount: {amount}. Must be int or float.")
    if float(amount) < 0 or (not isinstance(amount, numbers.Integral) and float(amount) > 1):
        raise ValueError(
            f"amount={amount} should either be a float in the range [0, 1] or a non-negative integer"
        )
    return amount


def how_many(amount: Any, size: int) -> int:
    """The number of elements or channels that an amount means."""
    count = int(amount) if isinstance(amount, numbers.Integral) else round(amount * size)
    if count > size:
        raise ValueError(f"amount={count} should be smaller than the number of parameters to prune={size}")
    return count


def channels_of(t: Tensor, dim: int) -> int:
    """How many slices there are along `dim`."""
    if t.dim() <= 1:
        raise ValueError(
            f"Structured pruning can only be applied to multidimensional tensors. Found tensor of shape {t.shape} with "
            f"{t.dim()} dims"
        )
    if dim >= t.dim():
        raise IndexError(f"Invalid index {dim} for tensor of size {t.shape}")
    return t.shape[dim]


def other_dims(ndim: int, dim: int) -> list[int]:
    """All dimensions but one."""
    if dim < -ndim:
        raise IndexError(f"Index is out of bounds for tensor with dimensions {ndim}")
    return [d for d in range(ndim) if d != dim % ndim]


def channels_left(mask: Tensor, dim: int) -> Tensor:
    """Which slices are not all zero."""
    return mask.sum(dim=other_dims(mask.dim(), dim)) != 0


def slices(ndim: int, dim: int, which: Tensor) -> tuple[Any, ...]:
    """An index of these slices along `dim`."""
    return tuple(which if d == dim % ndim else slice(None) for d in range(ndim))


def without(mask: Tensor, scores: Tensor, count: int, largest: bool) -> Tensor:
    """A copy of the mask with zeros at the `count` largest or smallest scores."""
    mask = mask.clone().contiguous()
    mask.view(-1)[torch.topk(scores.detach().reshape(-1), k=count, largest=largest).indices] = 0
    return mask


def only(mask: Tensor, t: Tensor, dim: int, which: Tensor) -> Tensor:
    """The mask with zeros in all slices but these."""
    kept = torch.zeros_like(t)
    kept[slices(t.dim(), dim, which)] = 1
    return kept * mask.to(dtype=kept.dtype)


__all__ = [
    "BasePruningMethod",
    "CustomFromMask",
    "Identity",
    "L1Unstructured",
    "LnStructured",
    "PruningContainer",
    "RandomStructured",
    "RandomUnstructured",
    "custom_from_mask",
    "global_unstructured",
    "identity",
    "is_pruned",
    "l1_unstructured",
    "ln_structured",
    "random_structured",
    "random_unstructured",
    "remove",
]
