"""Short programs whose output under PyTorch the tests expect from pellucid.torch, letter for letter."""

from __future__ import annotations

PROGRAMS = [
    "print(torch.tensor([1.,2.,3.]))",
]
RANDOM = ["out=[torch.rand(3)]"]
