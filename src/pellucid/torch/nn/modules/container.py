"""Modules that hold modules: Sequential, ModuleList, ModuleDict; and of parameters ParameterList, ParameterDict."""

from __future__ import annotations

# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pellucid.torch.nn.modules.module import Module, bracketed, indented
from pellucid.torch.nn.parameter import Parameter
from pellucid.torch.tensor import Tensor


def place_in(count: int, index: int) -> int:
    """A place counted from the front."""
    if not -count <= index < count:
        raise IndexError(f"index {index} is out of range")
    return index % count


class Numbered(Module):
    """Submodules under the names 0, 1, 2, …"""

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._modules.values())

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return self._of(list(self._modules.items())[index])
        return list(self._modules.values())[place_in(len(self), index)]

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, list(self._modules)[place_in(len(self), index)], module)

    def __delitem__(self, index: Any) -> None:
        chosen = list(range(len(self)))[index]
        gone = {chosen} if isinstance(chosen, int) else set(chosen)
        self._renumber([m for k, m in enumerate(self) if k not in gone])

    def _of(self, items: list[tuple[str, Any]]) -> Any:
        return type(self)(*[m for _, m in items])

    def _renumber(self, modules: list[Any]) -> None:
        self.__dict__["_modules"] = {str(k): m for k, m in enumerate(modules)}

    def append(self, module: Module) -> Any:
        """Add a module at the end."""
        self.add_module(str(len(self)), module)
        return self

    def extend(self, modules: Iterable[Module]) -> Any:
        """Add modules at the end."""
        for module in list(modules):
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> Any:
        """Put a module before place `index`."""
        modules = list(self)
        modules.insert(index, module)
        self._renumber(modules)
        return self

    def pop(self, key: int = -1) -> Any:
        """Take a module out."""
        module = self[key]
        del self[key]
        return module


class Sequential(Numbered):
    """Modules one after the other: each gets what the former returned. Given an OrderedDict, they have names."""

    def __init__(self, *args: Any) -> None:
        super().__init__()
        named: Any = (
            args[0].items()
            if len(args) == 1 and isinstance(args[0], OrderedDict)
            else ((str(k), m) for k, m in enumerate(args))
        )
        for name, module in named:
            self.add_module(name, module)

    def _of(self, items: list[tuple[str, Any]]) -> Any:
        return type(self)(OrderedDict(items))

    def __add__(self, other: Any) -> Sequential:
        return Sequential(*self, *other)

    def __mul__(self, other: int) -> Sequential:
        return Sequential(*[m for _ in range(other) for m in self])  # the same modules again, as in torch

    __rmul__ = __mul__

    def forward(self, input: Any) -> Any:
        """The last module's output."""
        for module in self._modules.values():
            input = module(input)
        return input


class ModuleList(Numbered):
    """A list of modules, whose parameters are known."""

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        self.extend(modules or [])

    def _of(self, items: list[tuple[str, Any]]) -> Any:
        return type(self)([m for _, m in items])

    def __iadd__(self, modules: Iterable[Module]) -> Any:
        return self.extend(modules)

    def __add__(self, other: Iterable[Module]) -> ModuleList:
        return ModuleList([*self, *other])

    def __repr__(self) -> str:
        runs: list[tuple[int, int, str]] = []  # first, last, text: equal neighbours are printed once
        for k, module in enumerate(self):
            text = repr(module)
            if runs and runs[-1][2] == text:
                runs[-1] = (runs[-1][0], k, text)
            else:
                runs.append((k, k, text))
        lines = [
            f"({a}): {indented(text)}" if a == b else f"({a}-{b}): {b - a + 1} x {indented(text)}"
            for a, b, text in runs
        ]
        return bracketed(self._get_name(), [], lines)


class ModuleDict(Module):
    """A dictionary of modules, whose parameters are known."""

    def __init__(self, modules: Any = None) -> None:
        super().__init__()
        self.update(modules or {})

    def __getitem__(self, key: str) -> Any:
        return self._modules[key]

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: str) -> bool:
        return key in self._modules

    def clear(self) -> None:
        """Take everything out."""
        self._modules.clear()

    def pop(self, key: str) -> Any:
        """Take one module out."""
        return self._modules.pop(key)

    def keys(self) -> Any:
        """The names."""
        return self._modules.keys()

    def items(self) -> Any:
        """Names and modules."""
        return self._modules.items()

    def values(self) -> Any:
        """The modules."""
        return self._modules.values()

    def update(self, modules: Any) -> None:
        """Put in the modules of a mapping, or of pairs."""
        for key, module in modules.items() if isinstance(modules, (Mapping, ModuleDict)) else modules:
            self[key] = module


def as_parameter(value: Any) -> Any:
    """A tensor as a parameter."""
    return Parameter(value) if isinstance(value, Tensor) and not isinstance(value, Parameter) else value


def described(key: Any, p: Any, kind: str) -> str:
    """One line of a parameter container's repr."""
    return f"({key}): Parameter containing: [{kind} of size {'x'.join(map(str, p.shape))}]"


class ParameterList(Module):
    """A list of parameters, known to the module that holds it."""

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self.extend(values or [])

    def __len__(self) -> int:
        return len(self._parameters)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._parameters.values())

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return type(self)(list(self)[index])
        return self._parameters[str(place_in(len(self), index))]

    def __setitem__(self, index: int, value: Any) -> None:
        self._parameters[str(place_in(len(self), index))] = as_parameter(value)

    def append(self, value: Any) -> ParameterList:
        """Add a parameter at the end."""
        self.register_parameter(str(len(self)), as_parameter(value))
        return self

    def extend(self, values: Iterable[Any]) -> ParameterList:
        """Add parameters at the end."""
        for value in list(values):
            self.append(value)
        return self

    def __iadd__(self, values: Iterable[Any]) -> ParameterList:
        return self.extend(values)

    def __repr__(self) -> str:
        return listing(self)


class ParameterDict(Module):
    """A dictionary of parameters, known to the module that holds it."""

    def __init__(self, parameters: Any = None) -> None:
        super().__init__()
        self.update(parameters or {})

    def __getitem__(self, key: str) -> Any:
        return self._parameters[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._parameters[key] = as_parameter(value)

    def __delitem__(self, key: str) -> None:
        del self._parameters[key]

    def __len__(self) -> int:
        return len(self._parameters)

    def __iter__(self) -> Iterator[str]:
        return iter(self._parameters)

    def __contains__(self, key: str) -> bool:
        return key in self._parameters

    def keys(self) -> Any:
        """The names."""
        return self._parameters.keys()

    def items(self) -> Any:
        """Names and parameters."""
        return self._parameters.items()

    def values(self) -> Any:
        """The parameters."""
        return self._parameters.values()

    def update(self, parameters: Any) -> None:
        """Put in the parameters of a mapping, or of pairs."""
        for key, value in parameters.items() if hasattr(parameters, "items") else parameters:
            self[key] = value

    def get(self, key: str, default: Any = None) -> Any:
        """The parameter of a name, or the default."""
        return self._parameters.get(key, default)

    def setdefault(self, key: str, default: Any = None) -> Any:
        """The parameter of a name, which is put in where it is not there."""
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: str) -> Any:
        """Take a parameter out."""
        return self._parameters.pop(key)

    def clear(self) -> None:
        """Take all out."""
        self._parameters.clear()

    def __repr__(self) -> str:
        return listing(self)


def listing(container: Module) -> str:
    """The repr of a container of parameters."""
    by_class = isinstance(
        container, ParameterDict
    )  # torch names the old class there, the element type in a list
    lines = [
        described(key, p, p.type() if by_class else str(p.dtype))
        for key, p in container.named_parameters(recurse=False)
    ]
    return (
        f"{type(container).__name__}("
        + "".join(f"\n    {line}" for line in lines)
        + ("\n)" if lines else ")")
    )
