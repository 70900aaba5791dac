"""torch.cuda on a machine without one: what programs ask before they choose the CPU."""

from __future__ import annotations

from typing import Any


def is_available() -> bool:
    """False: everything runs on the CPU."""
    return False


def is_initialized() -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def manual_seed(seed: int) -> None:
    """Nothing: as in torch without a GPU, there is no generator to seed. torch.manual_seed seeds the CPU's."""


def manual_seed_all(seed: int) -> None:
    """Nothing: there is no GPU's generator."""


def empty_cache() -> None:
    """Nothing: there is no GPU's memory."""


def refuse(*args: Any, **options: Any) -> Any:
    """torch's error where it was built without CUDA."""
    raise AssertionError("Torch not compiled with CUDA enabled")


synchronize = current_device = get_device_name = get_device_properties = set_device = refuse


def __getattr__(name: str) -> Any:
    from pellucid.torch.absent import missing_name

    raise missing_name("torch.cuda", name, globals())
