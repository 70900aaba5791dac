"""backward, grad, Function, gradcheck, and derivatives of functions."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.torch import dtypes
from pellucid.torch.autograd import engine
from pellucid.torch.autograd.graph import Node, Several, freed
from pellucid.torch.autograd.mode import Mode, Modes
from pellucid.torch.ops.apply import record_several, sum_to
from pellucid.torch.tensor import Tensor, wrap


def several(value: Any) -> tuple[Any, ...]:
    """One or several, as a tuple."""
    return (value,) if isinstance(value, Tensor) or value is None else tuple(value)


def start(outputs: tuple[Any, ...], given: tuple[Any, ...]) -> tuple[list[Node], list[Any]]:
    """The nodes where the walk begins, with their gradients."""
    roots: list[Node] = []
    grads: list[Any] = []
    for k, (out, g) in enumerate(zip(outputs, given, strict=True)):
        if out.node is None:
            raise RuntimeError(f"element {k} of tensors does not require grad and does not have a grad_fn")
        if g is None:
            if out.array.size != 1:
                raise RuntimeError("grad can be implicitly created only for scalar outputs")
            g = wrap(np.ones(out.array.shape, out.array.dtype), out.dtype)
        elif g.array.shape != out.array.shape:
            raise RuntimeError(
                f"Mismatch in shape: grad_output[{k}] has a shape of torch.Size({list(g.array.shape)}) and output[{k}] "
                f"has a shape of torch.Size({list(out.array.shape)})."
            )
        roots.append(out.node)
        grads.append(g)
    return roots, grads


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    """Add the gradients of `tensors` to the `.grad` of the leaves, or of `inputs` only."""
    outputs = several(tensors)
    given = several(grad_tensors) if grad_tensors is not None else (None,) * len(outputs)
    roots, grads = start(outputs, given)
    keep = create_graph if retain_graph is None else retain_graph
    if inputs is None:
        engine.run(roots, grads, retain_graph=keep, create_graph=create_graph)
        return
    wanted = several(inputs)
    for t, g in zip(wanted, collect(roots, grads, wanted, keep, create_graph), strict=True):
        if g is not None:
            t.grad_ = g if t.grad_ is None else t.grad_ + g


def collect(
    roots: list[Node], grads: list[Any], inputs: tuple[Any, ...], keep: bool, create_graph: bool
) -> list[Tensor | None]:
    """The gradients of `inputs`, None where there is no way to them."""
    if any(t.node is None for t in inputs):
        raise RuntimeError("One of the differentiated Tensors does not require grad")
    targets: dict[Node, int] = {}
    for t in inputs:
        targets.setdefault(t.node, len(targets))
    found = engine.run(roots, grads, targets=targets, retain_graph=keep, create_graph=create_graph)
    out: list[Tensor | None] = []
    for t in inputs:
        g = found.get(targets[t.node])
        out.append(None if g is None else g if create_graph else wrap(own_memory(g), t.dtype))
    return out


def own_memory(g: Any) -> Any:
    """An array that may be written to without harm elsewhere."""
    return g.copy() if isinstance(g, np.ndarray) and (g.base is not None or not g.flags.writeable) else g


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """The gradients of `outputs` with respect to `inputs`, one for each input; nothing is added to any `.grad`.

    only_inputs is ignored, as in torch.
    """
    if is_grads_batched:
        raise NotImplementedError(
            "is_grads_batched is absent: call torch.autograd.grad once for each gradient"
        )
    outs, wanted = several(outputs), several(inputs)
    given = several(grad_outputs) if grad_outputs is not None else (None,) * len(outs)
    roots, grads = start(outs, given)
    keep = create_graph if retain_graph is None else retain_graph
    result: list[Any] = list(collect(roots, grads, wanted, keep, create_graph))
    for k, g in enumerate(result):
        if g is None and materialize_grads:
            result[k] = wrap(np.zeros_like(wanted[k].array), wanted[k].dtype)
        elif g is None and not allow_unused:
            raise RuntimeError(
                f"The differentiated Tensor at index {k} appears to not have been used in the graph. "
                "Set allow_unused=True if this is the desired behavior."
            )
    return tuple(result)


# ── Functions with a gradient of one's own ───────────────────────────────────────────────────────────────────────────────────
class FunctionNode(Several):
    """The node of a custom Function; itself the `ctx` that forward and backward get."""

    __slots__ = ()
    function: Any = None
    materialize = True
    needs_input_grad: tuple[bool, ...] = ()
    to_save: tuple[Any, ...] = ()
    dirty: tuple[Any, ...] = ()
    without_gradient: tuple[Any, ...] = ()
    outs: tuple[Any, ...] = ()  # shapes and types of the outputs

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors for backward, where `saved_tensors` gives them back."""
        self.to_save = tensors

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What save_for_backward kept."""
        if self.saved is None:
            raise freed()
        for t, count in self.__dict__.get("counts", ()):
            if t.clock[0] != count:
                raise RuntimeError(
                    "one of the variables needed for gradient computation has been modified by an inplace operation: "
                    f"[torch.{t.dtype.legacy}Tensor {list(t.array.shape)}] is at version {t.clock[0]}; expected version {count} "
                    "instead. Hint: enable anomaly detection to find the operation that failed to compute its gradient, "
                    "with torch.autograd.set_detect_anomaly(True, check_nan=False)."
                )
        return self.to_save

    def mark_dirty(self, *tensors: Any) -> None:
        """Say that forward wrote to these inputs in place."""
        self.dirty = tensors

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Say that these outputs have no gradient."""
        self.without_gradient = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether backward gets zeros (True) or None where no gradient arrived."""
        self.materialize = value

    def gradients(self, grads: list[Any]) -> tuple[Any, ...]:
        """Calls the user's backward with tensors."""
        given = [
            (wrap(np.zeros(shape, own.numpy), own) if self.materialize else None)
            if g is None
            else engine.as_tensor(g)
            for g, (shape, own) in zip(grads, self.outs, strict=True)
        ]
        result = self.function.backward(self, *given)
        result = result if isinstance(result, tuple) else (result,)
        count = len(self.needs_input_grad)
        if len(result) < count or any(r is not None for r in result[count:]):
            raise RuntimeError(
                f"function {type(self).__name__} returned an incorrect number of gradients (expected {count}, got {len(result)})"
            )
        places = self.__dict__["places"]
        out = [result[k] for k in places]
        for k, g in enumerate(out):
            if g is not None and not isinstance(g, Tensor):
                raise TypeError("expected Variable or None (got " + type(g).__name__ + ")")
            shape = self.__dict__["shapes"][k]
            if g is not None and g.array.shape != shape:
                if np.broadcast_shapes(g.array.shape, shape) != g.array.shape:
                    raise RuntimeError(
                        f"Function {type(self).__name__} returned an invalid gradient at index {k} - got "
                        f"{list(g.array.shape)} but expected shape compatible with {list(shape)}"
                    )
                out[k] = sum_to(g, shape)
        return tuple(engine.as_gradient(g) for g in out)


class Function:
    """A differentiable function of one's own: give static methods forward(ctx, …) and backward(ctx, *grads), call `apply`."""

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """The result; ctx.save_for_backward keeps what backward needs."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """One gradient for each argument of forward, None for those without."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with "
            "backward mode AD."
        )

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Run forward and record it."""
        node = node_class(cls)()
        node.guards, node.saved = (), (True,)
        node.needs_input_grad = tuple(isinstance(a, Tensor) and a.node is not None for a in args)
        setup = getattr(cls, "setup_context", None)
        with Mode(False):
            if setup is None:
                result = cls.forward(node, *args)
            else:
                result = cls.forward(*args)
                setup(node, args, result)
        places = [k for k, a in enumerate(args) if isinstance(a, Tensor)]
        inputs = tuple(args[k] for k in places)
        single = not isinstance(result, tuple)
        outs: list[Any] = [result] if single else list(result)
        tensors = [o for o in outs if isinstance(o, Tensor)]
        if not Modes.grad or not any(node.needs_input_grad):
            return result
        fresh = {id(o): fresh_output(o, inputs, node.dirty) for o in tensors}
        own = tuple(fresh[id(o)] for o in tensors)
        saved_outputs = {id(o): fresh[id(o)] for o in tensors}
        node.outs = tuple((o.array.shape, o.dtype) for o in own)
        node.__dict__["places"] = places
        node.__dict__["shapes"] = [t.array.shape for t in inputs]
        blocked = {id(t) for t in node.without_gradient}
        record_several(node, inputs, own)
        for o in tensors:
            if id(o) in blocked:
                fresh[id(o)].node = None
        node.to_save = tuple(saved_outputs.get(id(t), t) if t is not None else None for t in node.to_save)
        node.__dict__["counts"] = [(t, t.clock[0]) for t in node.to_save if isinstance(t, Tensor)]
        final = [fresh.get(id(o), o) for o in outs]
        return final[0] if single else tuple(final)


def fresh_output(out: Tensor, inputs: tuple[Any, ...], dirty: tuple[Any, ...]) -> Tensor:
    """The tensor that gets the Function's node: an input that was handed through unchanged is viewed anew."""
    if any(out is t for t in inputs) and not any(out is t for t in dirty):
        return out.detach()
    return out


@functools.cache
def node_class(function: type[Function]) -> type[FunctionNode]:
    """The node class of a Function, named after it."""
    return type(f"{function.__name__}Backward", (FunctionNode,), {"__slots__": (), "function": function})


def once_differentiable(function: Callable[..., Any]) -> Callable[..., Any]:
    """Marks a backward that is not to be differentiated itself."""

    @functools.wraps(function)
    def called(ctx: Any, *args: Any) -> Any:
        with Mode(False):
            return function(ctx, *args)

    return called


# ── Proofs by finite differences ─────────────────────────────────────────────────────────────────────────────────────────────
class GradcheckError(RuntimeError):
    """A gradient that differs from its finite differences."""


def differentiable(values: Any) -> list[Tensor]:
    """The outputs that have a gradient."""
    return [t for t in several(values) if isinstance(t, Tensor) and t.node is not None]


def numerical_jacobian(
    function: Callable[..., Any], inputs: tuple[Any, ...], of: Tensor, eps: float
) -> list[Any]:
    """For each output a matrix (elements of `of`, elements of the output) of central differences."""
    rows: list[list[Any]] = []
    array: Any = of.array if isinstance(of.array, np.ndarray) else None
    for k in range(of.array.size):
        sides: list[list[Any]] = []
        for shift in (eps, -eps):
            if array is None:
                before = of.array
                of.array = before + before.dtype.type(shift)
            else:
                place = np.unravel_index(k, array.shape)
                before = array[place].copy()
                array[place] = before + shift
            with Mode(False):
                results = [
                    np.array(t.array, np.float64).reshape(-1)
                    for t in several(function(*inputs))
                    if t.dtype.is_floating_point
                ]
            sides.append(results)
            if array is None:
                of.array = before
            else:
                array[np.unravel_index(k, array.shape)] = before
        rows.append([(a - b) / (2 * eps) for a, b in zip(*sides, strict=True)])
    width = len(rows[0]) if rows else 0
    return [np.stack([row[j] for row in rows]) for j in range(width)]


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    fast_mode: bool = False,
) -> bool:
    """Whether the gradients of `func` agree with central differences at `inputs` (float64 tensors).

    Every entry of the Jacobian is compared, also in fast_mode; nothing here is random or undefined, which nondet_tol and
    check_undefined_grad are for.
    """
    given = several(inputs)
    if not any(isinstance(t, Tensor) and t.node is not None for t in given):
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of the them have requires_grad=True."
        )
    outputs = [t for t in several(func(*given)) if t.dtype.is_floating_point]
    for number, x in enumerate(given):
        if not isinstance(x, Tensor) or x.node is None:
            continue
        numerical = numerical_jacobian(func, given, x, eps)
        for j, out in enumerate(outputs):
            exact = np.zeros((x.array.size, out.array.size))
            for k in range(out.array.size if out.node is not None else 0):
                one = np.zeros(out.array.size, out.array.dtype)
                one[k] = 1
                seed = wrap(one.reshape(out.array.shape), out.dtype)
                (g,) = grad(out, x, seed, retain_graph=True, allow_unused=True)
                if g is not None:
                    exact[:, k] = g.array.reshape(-1)
            if not np.allclose(exact, numerical[j] if numerical else exact, rtol, atol):
                if not raise_exception:
                    return False
                raise GradcheckError(
                    f"Jacobian mismatch for output {j} with respect to input {number},\n"
                    f"numerical:{wrap(numerical[j], dtypes.float64)!r}\nanalytical:{wrap(exact, dtypes.float64)!r}\n"
                )
    return True


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
) -> bool:
    """Whether the second derivatives of `func` agree with central differences."""
    given = several(inputs)
    outputs = differentiable(func(*given))
    rng = np.random.default_rng(0)
    seeds = (
        several(grad_outputs)
        if grad_outputs is not None
        else tuple(
            wrap(np.asarray(rng.standard_normal(t.array.shape)), t.dtype).requires_grad_() for t in outputs
        )
    )
    wanted = [k for k, t in enumerate(given) if isinstance(t, Tensor) and t.node is not None]

    def first(*args: Any) -> tuple[Any, ...]:
        xs, vs = args[: len(given)], args[len(given) :]
        with Mode(True):
            outs = differentiable(func(*xs))
            result = grad(outs, [xs[k] for k in wanted], list(vs), create_graph=True, allow_unused=True)
        return tuple(g for g in result if g is not None)

    return gradcheck(first, (*given, *seeds), eps=eps, atol=atol, rtol=rtol)
