"""Module: what all layers and models are. It knows its parameters, buffers and submodules by name."""

from __future__ import annotations

# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pellucid.torch import dtypes
from pellucid.torch.autograd.graph import RemovableHandle
from pellucid.torch.nn.modules.hooks import call_with_hooks
from pellucid.torch.nn.modules.state import IncompatibleKeys, joined, load_own
from pellucid.torch.nn.parameter import Parameter
from pellucid.torch.size import check_device
from pellucid.torch.tensor import Tensor, memory

ABSENT = {  # methods of torch's Module, and what to use instead
    "compile": "the module itself: it runs uncompiled",
    "share_memory": "the module itself: there is one process",
    "to_empty": "to()",
    "set_submodule": "setattr() on get_submodule() of its parent",
    "get_extra_state": "register_buffer()",
    "set_extra_state": "register_buffer()",
    "register_backward_hook": "register_full_backward_hook()",
    "register_load_state_dict_pre_hook": "load_state_dict(), overridden",
    "register_state_dict_post_hook": "state_dict(), overridden",
}
HOOKS = (
    "_before",
    "_after",
    "_backward",
    "_backward_before",
    "_saving",
    "_loaded",
)  # attributes that hold them


class Module:
    """Subclass it, call super().__init__() first, set submodules and parameters as attributes, and write forward()."""

    training: bool
    forward: Any
    _parameters: dict[str, Any]
    _buffers: dict[str, Any]
    _modules: dict[str, Any]
    _unsaved: set[str]
    _before: list[Any]
    _after: list[Any]
    _backward: list[Any]
    _backward_before: list[Any]
    _saving: list[Any]
    _loaded: list[Any]
    _version = 1

    def __init__(self) -> None:
        own = self.__dict__
        own["training"] = True
        own["_parameters"], own["_buffers"], own["_modules"] = {}, {}, {}
        own["_unsaved"] = set()  # the buffers that state_dict leaves out
        for hooks in HOOKS:
            own[hooks] = []

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """forward(…), with the hooks before and after it."""
        if self._before or self._after or self._backward or self._backward_before:
            return call_with_hooks(self, args, kwargs)
        return self.forward(*args, **kwargs)

    def _no_forward(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(
            f'Module [{type(self).__name__}] is missing the required "forward" function'
        )

    forward = _no_forward

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call hook(module, args) before forward; what it returns replaces the arguments. prepend: before the other hooks."""
        return RemovableHandle(self._before, (hook, with_kwargs), prepend)

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call hook(module, args, output) after forward; what it returns replaces the output. prepend: before the other hooks."""
        return RemovableHandle(self._after, (hook, with_kwargs), prepend)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call hook(module, grad_input, grad_output) once both gradients are known; what it returns replaces grad_input."""
        return RemovableHandle(self._backward, hook, prepend)

    def register_full_backward_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call hook(module, grad_output) before the module's backward pass; what it returns replaces grad_output."""
        return RemovableHandle(self._backward_before, hook, prepend)

    def register_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call hook(module, prefix, keep_vars) before state_dict."""
        return RemovableHandle(self._saving, hook)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call hook(module, incompatible_keys) after load_state_dict; it may take names out of their lists."""
        return RemovableHandle(self._loaded, hook)

    # Attributes: parameters, buffers and submodules live in tables of their own, in the order in which they were set.

    def __getattr__(self, name: str) -> Any:
        own = self.__dict__
        for table in ("_parameters", "_buffers", "_modules"):
            if table in own and name in own[table]:
                return own[table][name]
        missing = f"'{type(self).__name__}' object has no attribute '{name}'"
        if name in ABSENT:
            missing += f": it is absent from pellucid.torch; use {ABSENT[name]}"
        raise AttributeError(missing, name=name)

    def __setattr__(self, name: str, value: Any) -> None:
        own = self.__dict__
        if isinstance(value, Parameter):
            if "_parameters" not in own:
                raise AttributeError("cannot assign parameters before Module.__init__() call")
            self._forget(name)
            own["_parameters"][name] = value
        elif isinstance(value, Module):
            if "_modules" not in own:
                raise AttributeError("cannot assign module before Module.__init__() call")
            if name not in own["_modules"]:
                self._forget(name)
            own["_modules"][name] = value
        elif "_modules" not in own:
            object.__setattr__(self, name, value)
        elif name in own["_parameters"]:
            check_kind(name, value, None, "parameter", "torch.nn.Parameter or None")
            own["_parameters"][name] = None
        elif name in own["_modules"]:
            check_kind(name, value, None, "child module", "torch.nn.Module or None")
            own["_modules"][name] = None
        elif name in own["_buffers"]:
            check_kind(name, value, Tensor, "buffer", "torch.Tensor, torch.nn.Buffer or None")
            own["_buffers"][name] = value
        else:
            object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        if not self._forget(name):
            object.__delattr__(self, name)

    def _forget(self, name: str) -> bool:
        """Take a name out of all tables; whether it was in one of this module's own."""
        own = self.__dict__
        own["_unsaved"].discard(name)
        found = [own[t].pop(name, self) is not self for t in ("_parameters", "_buffers", "_modules")]
        if any(found):
            return True
        if name in own and not found[0]:
            del own[name]
            return True
        return False

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *self._parameters, *self._buffers, *self._modules})

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Set a parameter, or say with None that there is none of this name."""
        self._check_name(name, "parameter")
        if param is not None and not isinstance(param, Parameter):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(
                f"cannot assign '{spelled(param)}' object to parameter '{name}' (torch.nn.Parameter or None required)"
            )
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Set a tensor that belongs to the state but is not trained; persistent: it is part of state_dict."""
        self._check_name(name, "buffer")
        if tensor is not None and not isinstance(tensor, Tensor):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(
                f"cannot assign '{spelled(tensor)}' object to buffer '{name}' (torch Tensor or None required)"
            )
        self._buffers[name] = tensor
        (self._unsaved.discard if persistent else self._unsaved.add)(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Set a submodule."""
        if module is not None and not isinstance(module, Module):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"{spelled(module)} is not a Module subclass")
        self._check_name(name, "module")
        self._modules[name] = module

    def register_module(self, name: str, module: Module | None) -> None:
        """Set a submodule."""
        self.add_module(name, module)

    def _check_name(self, name: str, what: str) -> None:
        if "." in name:
            raise KeyError(
                f'{what} name can\'t contain ".", got: {name}'
                if what == "module"
                else f'{what} name can\'t contain "."'
            )
        if not name:
            raise KeyError(f'{what} name can\'t be empty string ""')
        table = {"parameter": self._parameters, "buffer": self._buffers, "module": self._modules}[what]
        if hasattr(self, name) and name not in table:
            raise KeyError(f"attribute '{name}' already exists")

    # What there is inside.

    def children(self) -> Iterator[Module]:
        """The immediate submodules."""
        return (module for _, module in self.named_children())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The immediate submodules with their names, each once."""
        seen: set[int] = set()
        for name, module in self._modules.items():
            if module is not None and id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def modules(self, remove_duplicate: bool = True) -> Iterator[Module]:
        """This module and all beneath it, each once (or as often as it stands there)."""
        return (module for _, module in self.named_modules(remove_duplicate=remove_duplicate))

    def named_modules(
        self, memo: set[Module] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """This module and all beneath it with their dotted names."""
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                yield from module.named_modules(memo, joined(prefix, name), remove_duplicate)

    def _named_members(
        self, table: str, prefix: str, recurse: bool, remove_duplicate: bool
    ) -> Iterator[tuple[str, Any]]:
        """The members of one table, of this module and those beneath."""
        seen: set[int] = set()
        owners = (
            self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate)
            if recurse
            else [(prefix, self)]
        )
        for path, module in owners:
            for name, member in module.__dict__[table].items():
                if member is None or id(member) in seen:
                    continue
                if remove_duplicate:
                    seen.add(id(member))
                yield joined(path, name), member

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """The parameters with their dotted names."""
        return self._named_members("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters, in the order in which they were set: what an optimizer wants."""
        return (p for _, p in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """The buffers with their dotted names."""
        return self._named_members("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers."""
        return (b for _, b in self.named_buffers(recurse=recurse))

    def get_submodule(self, target: str) -> Module:
        """The submodule of a dotted name."""
        module = self
        for name in target.split(".") if target else []:
            if not hasattr(module, name):
                raise AttributeError(f"{type(module).__name__} has no attribute `{name}`")
            module = getattr(module, name)
            if not isinstance(module, Module):
                raise AttributeError(f"`{name}` is not an nn.Module")
        return module

    def get_parameter(self, target: str) -> Parameter:
        """The parameter of a dotted name."""
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        if not hasattr(module, name):
            raise AttributeError(f"{type(module).__name__} has no attribute `{name}`")
        found = getattr(module, name)
        if not isinstance(found, Parameter):
            raise AttributeError(f"`{name}` is not an nn.Parameter")
        return found

    def get_buffer(self, target: str) -> Tensor:
        """The buffer of a dotted name."""
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        if name not in module._buffers:
            raise AttributeError(f"`{name}` is not a buffer")
        return module._buffers[name]

    # Changing all of it.

    def apply(self, fn: Callable[[Module], None]) -> Any:
        """fn(module) for every submodule, this one last."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def train(self, mode: bool = True) -> Any:
        """Training mode: dropout drops, batch normalisation uses the batch's statistics. It says nothing about gradients."""
        if not isinstance(mode, bool):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self) -> Any:
        """Evaluation mode: train(False). Gradients are still recorded; that is no_grad's matter."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        """Whether the parameters are trained."""
        for p in self.parameters():
            p.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the parameters' gradients, or write zeros over them."""
        clear_gradients(self.parameters(), set_to_none)

    def to(self, *args: Any, **kwargs: Any) -> Any:
        """All floating parameters and buffers in another type. The device is always the CPU."""
        own = kwargs.get("dtype")
        for a in (*args, kwargs.get("device")):
            if isinstance(a, dtypes.dtype):
                own = a
            elif isinstance(a, Tensor):
                own = a.dtype
            elif not isinstance(a, bool) and a is not None:
                check_device(a)
        if own is None:
            return self
        if not own.is_floating_point:
            raise TypeError(
                f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={own}"
            )
        return self._convert(own)

    def _convert(self, own: Any) -> Any:
        for module in self.modules():
            for t in (*module._parameters.values(), *module._buffers.values()):
                if t is not None and t.is_floating_point() and t.dtype is not own:
                    t.data = t.data.to(own)
                    if t.grad_ is not None:
                        t.grad_ = t.grad_.to(own)
        return self

    def type(self, dst_type: Any) -> Any:
        """All floating parameters and buffers in another type."""
        return self._convert(dst_type)

    def float(self) -> Any:
        """All floating parameters and buffers as float32."""
        return self._convert(dtypes.float32)

    def double(self) -> Any:
        """All floating parameters and buffers as float64."""
        return self._convert(dtypes.float64)

    def half(self) -> Any:
        """All floating parameters and buffers as float16."""
        return self._convert(dtypes.float16)

    def bfloat16(self) -> Any:
        """All floating parameters and buffers as bfloat16."""
        return self._convert(dtypes.bfloat16)

    def cuda(self, device: Any = None) -> Any:
        """Raises the error of devices that there are not."""
        check_device("cuda")

    def cpu(self) -> Any:
        """This module: it is there already."""
        return self

    # State.

    def state_dict(self, *, prefix: str = "", keep_vars: bool = False) -> OrderedDict[str, Any]:
        """All parameters and persistent buffers by dotted name, sharing memory; keep_vars: the very tensors, not detached."""
        out: Any = OrderedDict()
        out._metadata = OrderedDict({prefix[:-1]: {"version": self._version}})
        for hook in self._saving:
            hook(self, prefix, keep_vars)
        for name, t in self._own_state():
            out[prefix + name] = t if keep_vars else t.detach()
        for name, module in self._modules.items():
            if module is not None:
                part: Any = module.state_dict(prefix=f"{prefix}{name}.", keep_vars=keep_vars)
                out.update(part)
                out._metadata.update(getattr(part, "_metadata", {}))
        return out

    def _own_state(self) -> Iterator[tuple[str, Tensor]]:
        """This module's own parameters and persistent buffers."""
        for name, t in (*self._parameters.items(), *self._buffers.items()):
            if t is not None and name not in self._unsaved:
                yield name, t

    def load_state_dict(self, state_dict: Any, strict: bool = True, assign: bool = False) -> IncompatibleKeys:
        """Write the tensors of a state_dict over this module's, or (assign) put them in their place.

        strict: RuntimeError where names are missing or unexpected; differing shapes always are one.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        keys = IncompatibleKeys([], [])
        errors: list[str] = []
        modules = list(self.named_modules(remove_duplicate=False))
        for path, module in modules:
            errors += load_own(module, path, state_dict, keys, assign)
        for _, module in reversed(modules):
            for hook in module._loaded:
                hook(module, keys)
        if strict:
            for title, names in (("Unexpected", keys.unexpected_keys), ("Missing", keys.missing_keys)):
                if names:
                    listed = ", ".join(f'"{n}"' for n in names)
                    errors.insert(0, f"{title} key(s) in state_dict: {listed}. ")
        if errors:
            raise RuntimeError(
                f"Error(s) in loading state_dict for {type(self).__name__}:\n\t" + "\n\t".join(errors)
            )
        return keys

    def _may_miss(self, name: str, path: str, state: Any) -> bool:
        """Whether a state_dict may be without a name, as one of an older version."""
        return False

    # Printing.

    def extra_repr(self) -> str:
        """What stands in the brackets; to be overridden."""
        return ""

    def _get_name(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        extra = self.extra_repr()
        head = extra.split("\n") if extra else []
        children = [f"({name}): {indented(repr(m))}" for name, m in self._modules.items()]
        return bracketed(self._get_name(), head, children)


def bracketed(title: str, head: list[str], children: list[str]) -> str:
    """title(head), or with children a line each."""
    lines = head + children
    if not lines:
        return f"{title}()"
    if len(head) == 1 and not children:
        return f"{title}({head[0]})"
    return f"{title}(\n  " + "\n  ".join(lines) + "\n)"


def indented(text: str) -> str:
    """All lines but the first moved in by two."""
    return text.replace("\n", "\n  ")


def spelled(value: Any) -> str:
    """The name of a value's type, as torch's messages have it."""
    if isinstance(value, Tensor):
        return f"torch.{value.dtype.legacy}Tensor"
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def check_kind(name: str, value: Any, kind: type | None, what: str, wanted: str) -> None:
    """TypeError where a value of another kind would take the place of a parameter, buffer or submodule."""
    if value is not None and (kind is None or not isinstance(value, kind)):
        raise TypeError(f"cannot assign '{spelled(value)}' as {what} '{name}' ({wanted} expected)")


def clear_gradients(parameters: Any, set_to_none: bool) -> None:
    """Forget gradients, or write zeros over them."""
    for p in parameters:
        g = p.grad_
        if g is None:
            continue
        if set_to_none:
            p.grad_ = None
        else:
            p.grad_ = g.detach()
            memory(p.grad_)[...] = 0
            p.grad_.clock[0] += 1
