"""torch.autograd. Its names are imported when they are asked for, since the operations themselves stand on the graph within."""

from __future__ import annotations

import importlib
from typing import Any

WHERE = {
    name: module
    for module, names in {
        "functions": "backward grad Function gradcheck gradgradcheck GradcheckError once_differentiable",
        "mode": """
            no_grad enable_grad set_grad_enabled inference_mode is_grad_enabled is_inference_mode_enabled detect_anomaly
            set_detect_anomaly
        """,
    }.items()
    for name in names.split()
}


def __getattr__(name: str) -> Any:
    if name in WHERE:
        return getattr(importlib.import_module(f"pellucid.torch.autograd.{WHERE[name]}"), name)
    if name in ("functional", "function"):
        return importlib.import_module(f"pellucid.torch.autograd.{name}")
    if name == "Variable":
        return importlib.import_module("pellucid.torch.tensor").Tensor
    from pellucid.torch.absent import missing_name

    raise missing_name("torch.autograd", name, WHERE)
