"""Optimizer: groups of parameters with their options, and a state for each parameter."""

from __future__ import annotations

# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import functools
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.torch.autograd.graph import RemovableHandle
from pellucid.torch.autograd.mode import enable_grad
from pellucid.torch.dtypes import cast, dtype_of, float32
from pellucid.torch.nn.modules.module import clear_gradients
from pellucid.torch.tensor import Tensor, memory, wrap

Group = dict[str, Any]


def with_hooks(step: Callable[..., Any]) -> Callable[..., Any]:
    """step() with the hooks before and after it."""

    @functools.wraps(step)
    def step_with_hooks(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not self.before_step and not self.after_step:
            return step(self, *args, **kwargs)
        for hook in list(self.before_step):
            result = hook(self, args, kwargs)
            if result is not None:
                args, kwargs = result
        out = step(self, *args, **kwargs)
        for hook in list(self.after_step):
            hook(self, args, kwargs)
        return out

    return step_with_hooks


class Optimizer:
    """A subclass gives defaults, and update(p, g, state, group): how one parameter's array changes.

    params: tensors, or dictionaries with "params" and options of their own, or pairs of names and tensors.
    """

    step_called = False  # what schedulers ask

    def __init__(self, params: Any, defaults: Group) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                f"torch.{params.dtype.legacy}Tensor"
            )
        self.defaults = defaults
        self.before_step: list[Any] = []
        self.after_step: list[Any] = []
        self.state: defaultdict[Any, Group] = defaultdict(dict)
        self.param_groups: list[Group] = []
        given = list(params)
        if not given:
            raise ValueError("optimizer got an empty parameter list")
        for group in given if isinstance(given[0], dict) else [{"params": given}]:
            self.add_param_group(group)

    def add_param_group(self, param_group: Group) -> None:
        """Optimize further parameters, with options of their own."""
        if not isinstance(param_group, dict):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        group = dict(param_group)
        params = group["params"]
        if isinstance(params, set):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets will "
                "change between runs. Please use a list instead."
            )
        tensors: list[Any] = [params] if isinstance(params, Tensor) else list(params)
        if tensors and isinstance(tensors[0], tuple):
            group["param_names"] = [name for name, _ in tensors]
            tensors = [t for _, t in tensors]
        group["params"] = tensors
        for t in tensors:
            if not isinstance(t, Tensor):
                raise TypeError(
                    f"optimizer can only optimize Tensors, but one of the params is {type(t).__name__}"
                )
            if not t.is_leaf and not self.defaults.get("differentiable"):
                raise ValueError("can't optimize a non-leaf Tensor")
        for name, default in self.defaults.items():
            group.setdefault(name, default)
        known = {id(p) for g in self.param_groups for p in g["params"]}
        if any(id(t) in known for t in tensors):
            raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append(group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients, which backward() would otherwise add to; set_to_none=False: write zeros over them."""
        for group in self.param_groups:
            clear_gradients(group["params"], set_to_none)

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call hook(optimizer, args, kwargs) before step(); what it returns replaces args and kwargs."""
        return RemovableHandle(self.before_step, hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call hook(optimizer, args, kwargs) after step()."""
        return RemovableHandle(self.after_step, hook)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Let a subclass's own step() call the hooks too."""
        super().__init_subclass__(**kwargs)
        if "step" in cls.__dict__:
            cls.step = with_hooks(cls.step)

    @with_hooks
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change every parameter that has a gradient; closure: computes the loss anew first, and is what is returned."""
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        self.step_called = True
        for given in self.param_groups:
            group = self.options_of(given)
            for p in group["params"]:
                if p.grad_ is None:
                    continue
                g = memory(p.grad_)
                array = memory(p)
                state = self.state.get(p, {})
                self.update(array, -g if group.get("maximize") else g, state, group)
                if state:
                    self.state[p] = state
                p.clock[0] += 1
                if p.dtype.rounds:
                    array[...] = cast(array, p.dtype)
        return loss

    def options_of(self, group: Group) -> Group:
        """A group's options, its rate as a number even where it was given as a tensor."""
        lr = group.get("lr")
        return {**group, "lr": lr.item()} if isinstance(lr, Tensor) else group

    def update(self, p: Any, g: Any, state: Group, group: Group) -> None:
        """Change the array p, in place, by the gradient g; state: what is kept for this parameter."""
        raise NotImplementedError

    def state_dict(self) -> Group:
        """The states by the parameters' numbers, and the groups' options."""
        number = {id(p): k for k, p in enumerate(p for g in self.param_groups for p in g["params"])}
        options = [{k: v for k, v in g.items() if k != "params"} for g in self.param_groups]
        groups = [
            o | {"params": [number[id(p)] for p in g["params"]]}
            for o, g in zip(options, self.param_groups, strict=True)
        ]
        states = {number[id(p)] if isinstance(p, Tensor) else p: s for p, s in self.state.items()}
        return {"state": states, "param_groups": groups}

    def load_state_dict(self, state_dict: Group) -> None:
        """Take over states and options from what state_dict gave."""
        groups = state_dict["param_groups"]
        if len(groups) != len(self.param_groups):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if any(len(a["params"]) != len(b["params"]) for a, b in zip(groups, self.param_groups, strict=True)):
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"
            )
        parameter = {
            k: p
            for saved, own in zip(groups, self.param_groups, strict=True)
            for k, p in zip(saved["params"], own["params"], strict=True)
        }
        self.state = defaultdict(dict)
        for k, saved in state_dict["state"].items():
            self.state[parameter[k]] = {
                name: copied(name, value, parameter[k]) for name, value in saved.items()
            }
        self.param_groups = [
            {**saved, "params": own["params"]} for saved, own in zip(groups, self.param_groups, strict=True)
        ]

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for k, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {k}" if not k else f"\nParameter Group {k}")
            lines.extend(f"    {name}: {group[name]}" for name in sorted(group) if name != "params")
        return "\n".join([*lines, ")"])


def copied(name: str, value: Any, parameter: Tensor) -> Any:
    """A state's value; tensors as copies of the parameter's type, the count of steps as it is."""
    if isinstance(value, list):
        return [copied(name, v, parameter) for v in value]
    if not isinstance(value, Tensor):
        return value
    own = value.dtype if name == "step" else parameter.dtype
    return wrap(cast(memory(value).copy(), own), own)


def buffer(state: Group, name: str, array: Any, like: Any = None) -> Any:
    """The array of a state's tensor; where there is none yet, of a new one that holds `array`."""
    if name not in state:
        own = float32 if like is None else like
        state[name] = wrap(array, own)
    return memory(state[name])


def zeros_of(state: Group, name: str, like: Any) -> Any:
    """The array of a state's tensor; where there is none yet, of a new one of zeros, of the shape and type of `like`."""
    return memory(state[name]) if name in state else buffer(state, name, np.zeros_like(like), dtype_of(like))


def count_step(state: Group) -> int:
    """One more step: how many there were, this one included."""
    count = buffer(state, "step", float32.numpy.type(0))
    count += 1
    return int(count)


def check_option(valid: bool, message: str) -> None:
    """ValueError for an option out of range."""
    if not valid:
        raise ValueError(message)


def check_options(
    lr: Any,
    eps: float = 0.0,
    weight_decay: float = 0.0,
    betas: tuple[float, ...] = (),
    differentiable: bool = False,
) -> None:
    """ValueError for options out of range that most optimizers have."""
    check_option(not isinstance(lr, Tensor) or lr.numel() == 1, "Tensor lr must be 1-element")
    check_option(lr >= 0, f"Invalid learning rate: {lr}")
    check_option(eps >= 0, f"Invalid epsilon value: {eps}")
    for k, beta in enumerate(betas):
        check_option(0 <= beta < 1, f"Invalid beta parameter at index {k}: {beta}")
    check_option(weight_decay >= 0, f"Invalid weight_decay value: {weight_decay}")
    check_differentiable(differentiable)


def check_differentiable(differentiable: bool) -> None:
    """NotImplementedError for steps through which gradients would flow."""
    if differentiable:
        raise NotImplementedError(
            "differentiable=True is absent from pellucid.torch; write the step with tensors: p - lr * grad, with "
            "torch.autograd.grad(loss, p, create_graph=True)"
        )
