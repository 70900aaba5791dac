"""The recorded computation: one node for each operation, edges to the nodes of its inputs.

A node keeps what its gradient formula needs. If one of the kept arrays was written to in place before the formula runs, it is no
longer what the formula means, and that is an error: tensors count their writes on a clock, and a tensor's node knows its clock.
"""

from __future__ import annotations

import itertools
import re
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.torch.autograd.mode import Modes
from pellucid.torch.dtypes import dtype_of

next_number = itertools.count().__next__  # a node is younger than everything that it depends on

# Links of saved arrays: 0, 1, … is the input of that place, -3, -4, … the first, second, … of several outputs.
OUTPUT, CONSTANT, FIRST_OF_SEVERAL = -1, -2, -3


class Node:
    """An operation that was run. Its class name is what torch prints as `grad_fn`.

    next: for each input, the node that made it, or None. saved: arrays for the formula; None once freed. links: whence each saved
    array comes. clock: the writes to the tensor that it made; None as long as nobody asked for them. guards: (clock, count, link,
    place in saved) of each saved array whose clock no node knows, or had been written to before; all others must not be written
    to at all. (A guard for every saved array took a third of the time of a graph of single numbers: Python's garbage collector
    walks over each tuple and list that stays.)
    """

    __slots__ = ("__dict__", "__weakref__", "guards", "next", "number", "saved")
    hooks: list[Callable[[Any], Any]] | None = None  # run on the arriving gradient
    calls: list[Callable[[Any, Any], Any]] | None = None  # run on what the formula returned
    links: tuple[int, ...] = ()
    clock: list[Any] | None = None
    next: Any  # tuple[Node | None, ...]
    number: int
    saved: tuple[Any, ...] | None
    guards: tuple[tuple[list[int], int, int, int], ...]

    def pull(self, g: Any) -> tuple[Any, ...]:
        """The gradients of the inputs from the output's: arrays from an array, tensors from a tensor."""
        raise NotImplementedError

    def save(self, *arrays: Any) -> None:
        """Keep what `pull` needs. Inputs and the output are recognised by identity; all else is a constant to it."""
        self.saved = arrays

    def unpack(self) -> tuple[Any, ...]:
        """What was saved: arrays, or in a recorded backward pass tensors that are part of the graph."""
        saved = self.saved
        if saved is None:
            raise freed()
        for clock, count, link, place in self.guards:
            if clock[0] != count:
                raise overwritten(self, saved[place], link, clock, count)
        if self.clock is not None and self.clock[0]:
            self.check_clocks(saved)
        for origin in self.next:
            if origin is not None and origin.clock is not None and origin.clock[0]:
                self.check_clocks(saved)
        if Modes.arrays:
            return saved
        return tuple(attach(self, array, link) for array, link in zip(saved, self.links, strict=True))

    def check_clocks(self, saved: tuple[Any, ...]) -> None:
        """RuntimeError if a saved array without a guard has been written to at all."""
        guarded = {place for _, _, _, place in self.guards}
        for place, (array, link) in enumerate(zip(saved, self.links, strict=True)):
            if array is None or place in guarded or link < OUTPUT:
                continue
            origin = self if link == OUTPUT else self.next[link]
            clock = None if origin is None else origin.clock
            if clock is not None and clock[0]:
                raise overwritten(self, array, link, clock, 0)

    # What a reader of `grad_fn` may ask for.

    def name(self) -> str:
        """The name that torch prints."""
        return type(self).__name__

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """For each input, the node that made it and which of its outputs it was."""
        return tuple((n.parent, n.place) if isinstance(n, Slot) else (n, 0) for n in self.next)

    def register_hook(self, hook: Callable[[Any, Any], Any]) -> RemovableHandle:
        """Call hook(grad_inputs, grad_outputs) when the node has run."""
        self.calls = [] if self.calls is None else self.calls
        return RemovableHandle(self.calls, hook)

    def register_prehook(self, hook: Callable[[Any], Any]) -> RemovableHandle:
        """Call hook(grad_outputs) before the node runs; what it returns replaces them."""

        def one(g: Any) -> Any:
            result = hook((g,))
            return None if result is None else result[0]

        return add_hook(self, one)

    def __repr__(self) -> str:
        return f"<{self.name()} object at {id(self):#x}>"


class AccumulateGrad(Node):
    """The end of the way: adds what arrives to its variable's `.grad`.

    The variable is held weakly, so that a tensor and its node are no cycle and memory is freed at once.
    """

    __slots__ = ("holder",)

    def __init__(self, variable: Any) -> None:
        self.holder = weakref.ref(variable)
        self.next, self.saved, self.guards, self.number = (), (), (), -1
        if variable.written is not None:
            self.clock = variable.written

    def name(self) -> str:
        """The name that torch gives."""
        return "torch::autograd::AccumulateGrad"

    @property
    def variable(self) -> Any:
        """The leaf tensor; None when nobody holds it any more."""
        return self.holder()


class Slot(Node):
    """One output of an operation with several: hands its gradient to the common node, which waits for all."""

    __slots__ = ("parent", "place", "title")

    def __init__(self, parent: Several, place: int) -> None:
        self.parent, self.place, self.title = parent, place, parent.name()
        self.next, self.saved, self.guards, self.number = (parent,), (), (), next_number()

    def pull(self, g: Any) -> tuple[Any, ...]:
        """Puts the gradient into its place; the 0 only says that something came."""
        arrived = self.parent.arrived
        before = arrived.get(self.place)
        arrived[self.place] = g if before is None else before + g
        return (0,)

    def name(self) -> str:
        """The name of the operation."""
        return self.title

    def __repr__(self) -> str:
        return f"<{self.title} object at {id(self):#x}>"


class Several(Node):
    """A node with several outputs; `gradients(grads)` gets a list with None where nothing arrived."""

    __slots__ = ("arrived", "slots", "width")

    def start(self, width: int) -> None:
        """Expect `width` outputs."""
        self.arrived: dict[int, Any] = {}
        self.slots: dict[int, Any] = {}  # of the outputs, held weakly: they hold this node
        self.width = width

    def slot(self, place: int) -> Slot:
        """The node of one output."""
        found = self.slots[place]() if place in self.slots else None
        return Slot(self, place) if found is None else found

    def pull(self, g: Any) -> tuple[Any, ...]:
        """Empties the places into the formula."""
        arrived, self.arrived = self.arrived, {}
        return self.gradients([arrived.get(k) for k in range(self.width)])

    def gradients(self, grads: list[Any]) -> tuple[Any, ...]:
        """The gradients of the inputs from those of the outputs."""
        raise NotImplementedError


class RemovableHandle:
    """Takes a hook away again; also as a context manager."""

    def __init__(self, hooks: list[Any], hook: Any, first: bool = False) -> None:
        self.hooks, self.hook = hooks, hook
        hooks.insert(0 if first else len(hooks), hook)

    def remove(self) -> None:
        """Take the hook away."""
        if self.hook in self.hooks:
            self.hooks.remove(self.hook)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()


def add_hook(node: Node, hook: Callable[[Any], Any]) -> RemovableHandle:
    """Call `hook` on the gradient that arrives at `node`."""
    if node.hooks is None:
        node.hooks = []
    return RemovableHandle(node.hooks, hook)


def attach(node: Any, array: Any, link: int) -> Any:
    """A saved array as the tensor that it was: an input, the output, or a constant."""
    if not isinstance(array, (np.ndarray, np.generic)):
        return array
    tensor: Any = make_tensor(array, dtype_of(array))
    if link == CONSTANT:
        return tensor
    if link <= FIRST_OF_SEVERAL:
        origin = node.slot(FIRST_OF_SEVERAL - link)
    elif link == OUTPUT:
        origin = node
    else:
        origin = node.next[link]
    variable = origin.variable if isinstance(origin, AccumulateGrad) else None
    if variable is not None:
        return variable
    tensor.node = origin
    tensor.written = None if origin is None else origin.clock
    return tensor


def make_tensor(array: Any, dtype: Any) -> Any:
    """A tensor around `array`; tensor.py puts its own here."""
    raise NotImplementedError


def install_tensors(make: Callable[[Any, Any], Any]) -> None:
    """Tell the graph how tensors are made (the tensor module stands on this one)."""
    globals()["make_tensor"] = make


def freed() -> RuntimeError:
    """The error for a second walk through a graph that was freed."""
    return RuntimeError(
        "Trying to backward through the graph a second time (or directly access saved tensors after they have already "
        "been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). "
        "Specify retain_graph=True if you need to backward through the graph a second time or if you need to access "
        "saved tensors after calling backward."
    )


def short(name: str) -> str:
    """An operation's name as messages have it: Exp, for ExpBackward0."""
    return re.sub(r"Backward\d*$", "", name)


def overwritten(node: Node, array: Any, link: int, clock: Any, then: int) -> RuntimeError:
    """The error for a saved array that an in-place operation has changed since. The clock knows the last one's name."""
    origin = node if link < 0 else node.next[link]
    whence = ""
    if origin is not None and not isinstance(origin, AccumulateGrad):
        place = origin.place if isinstance(origin, Slot) else 0
        name = clock[1] if len(clock) > 1 and link >= 0 else origin.name()
        whence = f", which is output {place} of {short(name)},"
    return RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"[torch.{dtype_of(array).legacy}Tensor {list(array.shape)}]{whence} is at version {clock[0]}; expected version "
        f"{then} instead. Hint: enable anomaly detection to find the operation that failed to compute its gradient, "
        "with torch.autograd.set_detect_anomaly(True, check_nan=False)."
    )
