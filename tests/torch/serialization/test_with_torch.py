"""What is saved here is opened by PyTorch itself. Skipped where PyTorch is not installed."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pellucid.torch as torch
from pellucid.torch import nn

real: Any = pytest.importorskip("torch", reason="PyTorch is not installed")
if "pellucid" in real.__version__:
    pytest.skip("torch is pellucid.torch here", allow_module_level=True)

TYPES = ["float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"]


def check_same(ours: torch.Tensor, theirs: Any) -> None:
    assert str(ours.dtype) == str(theirs.dtype)
    assert tuple(ours.shape) == tuple(theirs.shape)
    assert ours.stride() == theirs.stride()
    assert ours.requires_grad == theirs.requires_grad
    assert (np.asarray(ours.detach().array, np.float64) == theirs.detach().to(real.float64).numpy()).all()


def test_torch_opens_a_checkpoint(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(3, 4, bias=False), nn.BatchNorm1d(4), nn.Linear(4, 1))
    optimizer = torch.optim.Adam(model.parameters())
    x = torch.randn(8, 3)
    model(x).square().mean().backward()
    optimizer.step()
    views = torch.arange(12.0).reshape(3, 4)
    types = {n: torch.tensor([[0.0, 1.0], [2.5, 7.0]]).to(getattr(torch, n)).t() for n in TYPES}
    saved = {
        "epoch": 3,
        "model_state_dict": model.state_dict(),
        "optimizer_state_dict": optimizer.state_dict(),
        "types": types,
        "views": [views, views[1], views.t()],
        "parameter": model[0].weight,
        "plain": (None, 1, 2.5, "a", b"b", {1}, torch.Size([2]), Counter("aab")),
    }
    torch.save(saved, tmp_path / "c.pt")
    for options in ({}, {"mmap": True}):
        loaded = real.load(tmp_path / "c.pt", weights_only=True, **options)
        for name, t in model.state_dict().items():
            check_same(t, loaded["model_state_dict"][name])
        for name, t in types.items():
            check_same(t, loaded["types"][name])
        assert loaded["plain"] == (None, 1, 2.5, "a", b"b", {1}, real.Size([2]), Counter("aab"))
        assert isinstance(loaded["parameter"], real.nn.Parameter)
        loaded["views"][0][1, 2] = 99
        assert loaded["views"][1][2] == loaded["views"][2][2, 1] == 99
    twin = real.nn.Sequential(real.nn.Linear(3, 4, bias=False), real.nn.BatchNorm1d(4), real.nn.Linear(4, 1))
    twin.load_state_dict(loaded["model_state_dict"])
    of_twin = real.optim.Adam(twin.parameters())
    of_twin.load_state_dict(loaded["optimizer_state_dict"])
    for m, o, inputs in ((model, optimizer, x), (twin, of_twin, real.from_numpy(x.numpy()))):
        for _ in range(5):
            o.zero_grad()
            m(inputs).square().mean().backward()
            o.step()
    for p, q in zip(model.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(p.detach(), torch.from_numpy(q.detach().numpy()))


def test_both_ways_through_memory() -> None:
    file = io.BytesIO()
    real.save({"w": real.arange(6).reshape(2, 3).t()}, file)
    file.seek(0)
    ours = torch.load(file)
    back = io.BytesIO()
    torch.save(ours, back)
    back.seek(0)
    check_same(ours["w"], real.load(back, weights_only=True)["w"])


def test_safetensors_torch_opens_ours(tmp_path: Path) -> None:
    package: Any = pytest.importorskip("safetensors.torch", reason="safetensors is not installed")
    tensors = {n: torch.tensor([0.0, 1.0, 7.0]).to(getattr(torch, n)) for n in TYPES}
    torch.save(tensors, tmp_path / "m.safetensors")
    loaded = package.load_file(tmp_path / "m.safetensors")
    assert list(loaded) == list(torch.load(tmp_path / "m.safetensors"))
    for name, t in tensors.items():
        check_same(t, loaded[name])
