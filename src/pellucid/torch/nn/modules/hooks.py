"""Calling a module that has hooks."""

from __future__ import annotations

# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any

from pellucid.torch.ops.apply import Operation, apply
from pellucid.torch.tensor import Tensor


class BackwardHookFunctionBackward(Operation):
    """The tensor itself, with a node of its own, where a hook can see the gradient of this use alone."""

    __slots__ = ()

    def forward(self, x: Any) -> Any:
        """x."""
        return x[...]

    def pull(self, g: Any) -> tuple[Any]:
        """g."""
        return (g,)


class BackwardHooks:
    """One call's gradients: those of the outputs come first, then those of the inputs, then the hooks are called."""

    def __init__(self, module: Any) -> None:
        self.module, self.hooks, self.before = module, module._backward, module._backward_before
        self.of_outputs: list[Any] = []
        self.of_inputs: list[Any] = []
        self.awaited = 0

    def watch_inputs(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, those that require grad through a node of their own."""
        return tuple(self.watched(a, k) if requires(a) else a for k, a in enumerate(args))

    def watched(self, argument: Any, place: int) -> Tensor:
        """One argument, under watch."""
        self.of_inputs.extend([None] * (place + 1 - len(self.of_inputs)))
        self.awaited += 1
        out = apply(BackwardHookFunctionBackward, (argument,))
        out.register_hook(lambda g: self.arrived(place, g))
        return out

    def watch_outputs(self, out: Any) -> Any:
        """The output, or tuple of outputs, under watch."""
        outs = out if isinstance(out, tuple) else (out,)
        self.of_outputs = [None] * len(outs)
        named = tuple(self.noted(o, k) if requires(o) else o for k, o in enumerate(outs))
        return named if isinstance(out, tuple) else named[0]

    def noted(self, output: Any, place: int) -> Tensor:
        """One output, under watch."""
        out = apply(BackwardHookFunctionBackward, (output,))

        def note(g: Any) -> Any:
            given: list[Any] = [None] * len(self.of_outputs)
            given[place] = g
            for hook in list(self.before):
                result = hook(self.module, tuple(given))
                if result is not None:
                    given = list(result) if isinstance(result, tuple) else [result]
            self.of_outputs[place] = given[place]
            if not self.awaited:  # no input requires grad: the hooks see the outputs' gradients only
                self.call()
            return given[place]

        out.register_hook(note)
        return out

    def arrived(self, place: int, g: Any) -> Any:
        """One input's gradient; the hooks are called with the last, and may replace it."""
        self.of_inputs[place] = g
        self.awaited -= 1
        return self.call()[place] if not self.awaited else None

    def call(self) -> Any:
        """Call the hooks; the gradients of the inputs that come out."""
        inputs = tuple(self.of_inputs) or (None,)
        for hook in list(self.hooks):
            result = hook(self.module, inputs, tuple(self.of_outputs))
            if result is not None:
                inputs = result if isinstance(result, tuple) else (result,)
        return inputs


def requires(value: Any) -> bool:
    """Whether a value is a tensor that requires grad."""
    return isinstance(value, Tensor) and value.node is not None


def call_with_hooks(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Forward hooks before and after forward; the backward hooks set to watch inputs and outputs."""
    for hook, with_kwargs in list(module._before):
        result = hook(module, args, kwargs) if with_kwargs else hook(module, args)
        if result is None:
            continue
        if with_kwargs:
            args, kwargs = result
        else:
            args = result if isinstance(result, tuple) else (result,)
    watch = BackwardHooks(module) if module._backward or module._backward_before else None
    out = module.forward(*(args if watch is None else watch.watch_inputs(args)), **kwargs)
    for hook, with_kwargs in list(module._after):
        result = hook(module, args, kwargs, out) if with_kwargs else hook(module, args, out)
        out = out if result is None else result
    return out if watch is None else watch.watch_outputs(out)
