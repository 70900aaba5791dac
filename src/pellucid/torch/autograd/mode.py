"""Whether operations are recorded: no_grad, enable_grad, set_grad_enabled, inference_mode."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any


class State(threading.local):
    """The present state of a thread, read by every operation."""

    grad = True
    inference = False
    arrays = False  # the engine is running formulas on plain arrays
    check_nan = False  # the engine refuses gradients that are not numbers


Modes = State()


class Mode:
    """A context manager and decorator that sets the modes and puts the former ones back."""

    def __init__(self, grad: bool, inference: bool | None = None) -> None:
        self.wanted = (grad, inference)
        self.former: list[tuple[bool, bool]] = []

    def __enter__(self) -> None:
        self.former.append((Modes.grad, Modes.inference))
        grad, inference = self.wanted
        Modes.grad = grad
        if inference is not None:
            Modes.inference = inference

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        Modes.grad, Modes.inference = self.former.pop()

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Decorate a function: it runs within."""
        grad, inference = self.wanted

        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with Mode(grad, inference):
                return function(*args, **kwargs)

        return wrapped


class no_grad(Mode):  # noqa: N801 - torch's name
    """Record nothing within: results do not require grad. A context manager, or a decorator with or without brackets."""

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        """With a function: that function, decorated."""
        return super().__new__(cls) if function is None else Mode(False)(function)

    def __init__(self, function: Callable[..., Any] | None = None) -> None:
        super().__init__(False)


class enable_grad(Mode):  # noqa: N801 - torch's name
    """Record within, also inside a no_grad."""

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        """With a function: that function, decorated."""
        return super().__new__(cls) if function is None else Mode(True)(function)

    def __init__(self, function: Callable[..., Any] | None = None) -> None:
        super().__init__(True)


class set_grad_enabled(Mode):  # noqa: N801 - torch's name
    """Record or not, at once, from here on; as a context manager until its end."""

    def __init__(self, mode: bool) -> None:
        super().__init__(mode)
        self.before = Modes.grad
        Modes.grad = mode

    def __enter__(self) -> None:
        self.former.append((self.before, Modes.inference))
        Modes.grad = self.wanted[0]

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Decorate a function: it alone runs within."""
        Modes.grad = self.before
        return super().__call__(function)


class inference_mode(Mode):  # noqa: N801 - torch's name
    """Record nothing within, like no_grad."""

    def __new__(cls, mode: Any = True) -> Any:
        """With a function: that function, decorated."""
        return Mode(False, True)(mode) if callable(mode) else super().__new__(cls)

    def __init__(self, mode: bool = True) -> None:
        super().__init__(not mode and Modes.grad, mode)


def is_grad_enabled() -> bool:
    """Whether operations are being recorded."""
    return Modes.grad


def is_inference_mode_enabled() -> bool:
    """Whether inference mode is on."""
    return Modes.inference


class detect_anomaly:  # noqa: N801 - torch's name
    """Within, a backward pass raises RuntimeError where a formula gives NaN, and names it; check_nan=False: as ever.

    torch also prints where in the forward pass the operation was called; here it does not.
    """

    def __init__(self, check_nan: bool = True) -> None:
        self.wanted, self.former = check_nan, False

    def __enter__(self) -> None:
        self.former, Modes.check_nan = Modes.check_nan, self.wanted

    def __exit__(self, *error: object) -> None:
        Modes.check_nan = self.former


class set_detect_anomaly(detect_anomaly):  # noqa: N801 - torch's name
    """The same from now on, or as a context manager."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        super().__init__(mode and check_nan)
        self.before, Modes.check_nan = Modes.check_nan, self.wanted

    def __exit__(self, *error: object) -> None:
        Modes.check_nan = self.before
