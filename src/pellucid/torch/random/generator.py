"""The generator: a Mersenne twister seeded as C's init_genrand does, and one cached normal number.

NumPy's RandomState seeds the same way and its bit generator yields the same 32-bit stream.
"""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import contextlib
import secrets
import struct
from collections.abc import Generator as Yields
from typing import Any

import numpy as np

from pellucid.torch import dtypes
from pellucid.torch.size import CPU, check_device
from pellucid.torch.tensor import Tensor, wrap

DEFAULT_SEED = 67280421310721
STATE_BYTES = 5056  # seed, left, seeded, next, 624 words of 64 bits, three normals, flags: as torch writes it


class Generator:
    """A stream of random numbers. Two with one seed give the same numbers."""

    def __init__(self, device: Any = "cpu") -> None:
        check_device(device)
        self.bits: Any = np.random.MT19937()
        self.cached: float | None = None
        self.manual_seed(DEFAULT_SEED)

    @property
    def device(self) -> Any:
        """Always the CPU."""
        return CPU

    def manual_seed(self, seed: int) -> Generator:
        """Start the stream of `seed`."""
        if not -(2**63) <= seed < 2**64:
            raise RuntimeError("Overflow when unpacking long long")
        self.first = seed % 2**64
        state: Any = np.random.RandomState(self.first & 0xFFFFFFFF).get_state()
        self.set_words(state[1], state[2])
        self.cached = None
        return self

    def seed(self) -> int:
        """Start a stream that nobody can foresee; its seed."""
        self.manual_seed(secrets.randbits(64))
        return self.first

    def initial_seed(self) -> int:
        """The seed that the stream began with."""
        return self.first

    def set_words(self, words: Any, position: int) -> None:
        """Set the twister's 624 words and how many of them were used."""
        self.bits.state = {"bit_generator": "MT19937", "state": {"key": words, "pos": position}}

    def raw32(self, count: int) -> Any:
        """`count` draws of 32 bits, as uint64."""
        return self.bits.random_raw(count)

    def raw64(self, count: int) -> Any:
        """`count` draws of 64 bits; each is two of 32, the first one high."""
        draws: Any = self.bits.random_raw(2 * count)
        return (draws[0::2] << np.uint64(32)) | draws[1::2]

    def uniform32(self, count: int) -> Any:
        """float32 numbers in [0, 1): 24 bits of a draw."""
        return (self.raw32(count) & np.uint64(0xFFFFFF)).astype(np.float32) * np.float32(2.0**-24)

    def uniform64(self, count: int) -> Any:
        """float64 numbers in [0, 1): 53 bits of two draws."""
        return (self.raw64(count) & np.uint64(2**53 - 1)).astype(np.float64) * 2.0**-53

    def get_state(self) -> Tensor:
        """The state as 5056 bytes, in torch's layout."""
        words, position = self.bits.state["state"]["key"], self.bits.state["state"]["pos"]
        head = struct.pack("<Qiiq", self.first, max(625 - position, 1), 1, position % 624)
        normal = struct.pack("<dddii", 0.0, self.cached or 0.0, 0.0, self.cached is not None, 0)
        data = head + words.astype("<u8").tobytes() + normal
        return wrap(np.frombuffer(data.ljust(STATE_BYTES, b"\0"), np.uint8).copy(), dtypes.uint8)

    def set_state(self, new_state: Tensor) -> None:
        """Go on from a state that get_state gave."""
        if new_state.dtype is not dtypes.uint8 or new_state.array.size != STATE_BYTES:
            raise TypeError(
                f"expected a torch.ByteTensor of {STATE_BYTES} elements, but got {new_state.array.size}"
            )
        data = new_state.array.tobytes()
        self.first, left, _, position = struct.unpack_from("<Qiiq", data)
        words: Any = np.frombuffer(data, "<u8", 624, 24).astype(np.uint32)
        self.set_words(words, 624 if left == 1 else position)
        _, cached, _, valid, _ = struct.unpack_from("<dddii", data, 24 + 624 * 8)
        self.cached = cached if valid else None


default_generator = Generator()
default_generator.seed()


def manual_seed(seed: int) -> Generator:
    """Start the default generator's stream of `seed`."""
    return default_generator.manual_seed(int(seed))


def seed() -> int:
    """Start the default generator where nobody can foresee it; its seed."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed that the default generator began with."""
    return default_generator.first


def get_rng_state() -> Tensor:
    """The default generator's state."""
    return default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Set the default generator's state."""
    default_generator.set_state(new_state)


@contextlib.contextmanager
def fork_rng(devices: Any = None, enabled: bool = True) -> Yields[None]:
    """Whatever is drawn within leaves the default generator as it was."""
    state = get_rng_state()
    try:
        yield
    finally:
        if enabled:
            set_rng_state(state)
