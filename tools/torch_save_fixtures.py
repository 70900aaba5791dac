"""Write files with PyTorch and with safetensors.torch, so that tests can read them without either.

    python -m venv env && env/bin/pip install torch==2.13.0 safetensors==0.8.0 numpy
    env/bin/python tools/torch_save_fixtures.py         # writes tests/torch/serialization/fixtures

checkpoint.pt, all.safetensors: what is to be read. expected.json: every tensor in them by its path, type, shape, strides, bytes.
adam.pt, sgd.pt: training broken off after 5 steps; expected.json has the parameters after 5 further ones.
refused/*.pt: what no reader of weights may load.
"""

from __future__ import annotations

import json
import shutil
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch
from torch import nn

FOLDER = Path(__file__).parents[1] / "tests" / "torch" / "serialization" / "fixtures"
TYPES = ["float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"]


def told(t: torch.Tensor) -> dict[str, Any]:
    flat = t.detach().contiguous().reshape(-1)
    data = flat.view(torch.uint8) if flat.numel() else flat
    return {
        "dtype": str(t.dtype),
        "shape": list(t.shape),
        "strides": list(t.stride()),
        "bytes": data.numpy().tobytes().hex(),
        "requires_grad": t.requires_grad,
        "parameter": isinstance(t, nn.Parameter),
    }


def tensors_in(obj: Any, path: str = "") -> dict[str, Any]:
    if isinstance(obj, torch.Tensor):
        return {path: told(obj)}
    pairs = obj.items() if isinstance(obj, dict) else enumerate(obj) if isinstance(obj, (list, tuple)) else ()
    return {k: v for key, value in pairs for k, v in tensors_in(value, f"{path}/{key}").items()}


def of_every_type() -> dict[str, torch.Tensor]:
    values = torch.tensor([[0.0, 1.0, -2.5], [300.25, -0.1, 7.0]])
    found = {name: values.to(getattr(torch, name)) for name in TYPES}
    odd = torch.tensor([float("nan"), float("inf"), -float("inf"), -0.0, 1e-45])
    return (
        found
        | {f"odd {n}": odd.to(getattr(torch, n)) for n in TYPES[:4]}
        | {"none": torch.zeros(0, 3), "one": torch.tensor(2.5)}
    )


def checkpoint() -> dict[str, Any]:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.LSTM(4, 2))
    x = torch.arange(12.0).reshape(3, 4)
    return {
        "epoch": 3,
        "model_state_dict": model.state_dict(),
        "types": of_every_type(),
        "views": [x, x.t(), x[1], x[:, 1::2], x.view(-1)[5:], torch.ones(1).expand(3)],
        "parameter": model[0].weight,
        "leaf": torch.ones(2, requires_grad=True),
        "plain": (
            None,
            True,
            -1,
            2**40,
            2**70,
            0.1,
            "ünï",
            b"\x00\xff",
            b"",
            bytearray(b"ab"),
            {1, 2},
            1 + 2j,
        ),
        "torch": (torch.Size([2, 3]), torch.bfloat16, torch.device("cpu")),
        "history": [{"loss": 0.5, "lr": 1e-3}, OrderedDict(a=1)],
    }


def trained(make: Any) -> list[dict[str, Any]]:
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 1))
    optimizer = make(model.parameters())
    x, y = torch.randn(8, 3), torch.randn(8, 1)

    def steps() -> None:
        for _ in range(5):
            optimizer.zero_grad()
            nn.functional.mse_loss(model(x), y).backward()
            optimizer.step()

    steps()
    saved = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "x": x, "y": y}
    torch.save(saved, FOLDER / f"{type(optimizer).__name__.lower()}.pt")
    steps()
    return [told(p) for p in model.parameters()]


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    (FOLDER / "refused").mkdir(parents=True)
    expected: dict[str, Any] = {}
    obj = checkpoint()
    torch.save(obj, FOLDER / "checkpoint.pt")
    expected["checkpoint.pt"] = tensors_in(obj)
    named = of_every_type() | {'quoted "é"\n': torch.arange(3)}
    safetensors.torch.save_file(named, FOLDER / "all.safetensors", {"made by": "safetensors.torch"})
    expected["all.safetensors"] = tensors_in(named)
    expected["adam"] = trained(lambda p: torch.optim.Adam(p, lr=0.05))
    expected["sgd"] = trained(lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True))
    for name, bad in {
        "module": nn.Linear(2, 2),
        "scalar": {"loss": np.float64(0.5)},
        "function": [print],
    }.items():
        torch.save(bad, FOLDER / "refused" / f"{name}.pt")
    torch.save(torch.ones(2), FOLDER / "refused" / "legacy.pt", _use_new_zipfile_serialization=False)
    torch.save(torch.ones(2, dtype=torch.complex64), FOLDER / "refused" / "complex.pt")
    (FOLDER / "expected.json").write_text(json.dumps(expected, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
