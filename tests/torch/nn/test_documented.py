"""The module and the optimizer that docs/reference/torch.md shows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

import pellucid.torch as torch
from pellucid.torch.creation import empty
from pellucid.torch.nn import init
from pellucid.torch.nn.modules.module import Module
from pellucid.torch.nn.parameter import Parameter
from pellucid.torch.optim import optimizer
from pellucid.torch.tensor import Tensor

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "torch.md").read_text(encoding="utf-8")


def run(name: str) -> Any:
    """The class of that name in the page."""
    (block,) = re.findall(rf"```python\n(class {name}\b.*?)```", PAGE, re.DOTALL)
    own = {"Any": Any, "np": np, "Module": Module, "Parameter": Parameter, "empty": empty, "init": init}
    space: dict[str, Any] = {**vars(optimizer), **own, "Tensor": Tensor}
    exec(block, space)
    return space[name]


def test_the_page_s_module_and_optimizer_work() -> None:
    module = run("Scale")(3)
    assert repr(module) == "Scale(n=3)"
    before = module.weight.detach().clone()
    module(torch.tensor([[1.0, -2.0, 3.0]])).sum().backward()
    sign = run("Sign")(module.parameters(), lr=0.5)
    sign.step()
    torch.testing.assert_close(module.weight.detach(), before - torch.tensor([0.5, -0.5, 0.5]))
    assert sign.state_dict()["state"][0]["step"] == 1
