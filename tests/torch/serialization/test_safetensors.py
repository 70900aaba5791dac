"""The safetensors format: files of safetensors.torch are read bit for bit; our own writer gives the package's bytes."""

from __future__ import annotations

import io
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pellucid.torch as torch
from pellucid.torch import nn, safetensors
from pellucid.torch.serialization.storage import to_bytes

FIXTURES = Path(__file__).parent / "fixtures"
EXPECTED = json.loads((FIXTURES / "expected.json").read_text(encoding="utf-8"))["all.safetensors"]
TYPES = [
    torch.float32,
    torch.float64,
    torch.float16,
    torch.bfloat16,
    torch.int64,
    torch.int32,
    torch.int16,
    torch.int8,
    torch.uint8,
]


@pytest.fixture(params=["package", "own"])
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each test twice: with the safetensors package, and as in the browser, which has none."""
    if request.param == "own":
        monkeypatch.setattr(safetensors, "package", None)
    elif safetensors.package is None:
        pytest.skip("the safetensors package is not installed")
    return request.param


@pytest.mark.usefixtures("reader")
def test_a_file_of_safetensors_torch_is_read_bit_for_bit() -> None:
    loaded = torch.load(FIXTURES / "all.safetensors")
    assert {f"/{name}" for name in loaded} == set(EXPECTED)
    for name, t in loaded.items():
        expected = EXPECTED[f"/{name}"]
        assert [str(t.dtype), list(t.shape)] == [expected["dtype"], expected["shape"]]
        assert to_bytes(t.array, t.dtype).hex() == expected["bytes"]


@pytest.mark.usefixtures("reader")
def test_written_again_it_is_the_same_file() -> None:
    loaded = safetensors.load_file(FIXTURES / "all.safetensors")
    whole = (FIXTURES / "all.safetensors").read_bytes()
    assert safetensors.save(loaded, {"made by": "safetensors.torch"}) == whole
    assert list(safetensors.load(whole)) == list(loaded)


@pytest.mark.usefixtures("reader")
def test_a_state_dict_travels(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    torch.save(model.state_dict(), tmp_path / "m.safetensors")
    twin = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    assert (
        str(twin.load_state_dict(torch.load(tmp_path / "m.safetensors"))) == "<All keys matched successfully>"
    )
    x = torch.randn(2, 3)
    assert (model(x) == twin(x)).all()


named = st.dictionaries(
    st.text(max_size=5).filter(lambda name: name != "__metadata__"),
    st.tuples(
        st.sampled_from([*TYPES, torch.bool]), st.lists(st.integers(0, 3), max_size=3), st.integers(0, 9)
    ),
    max_size=5,
)


def made(description: dict[str, Any]) -> dict[str, torch.Tensor]:
    return {
        name: torch.from_numpy(np.random.default_rng(seed).normal(0, 60, shape)).to(own)
        for name, (own, shape, seed) in description.items()
    }


@given(named, st.sampled_from([None, {"format": "pt"}]))
@settings(max_examples=150, deadline=None)
def test_our_bytes_are_the_packages(description: dict[str, Any], metadata: Any) -> None:
    if not hasattr(safetensors.package, "TensorSpec"):
        pytest.skip("the safetensors package is not installed, or is older than 0.8")
    entries = safetensors.flatten(made(description))
    data = safetensors.encode(entries, metadata)
    assert data == safetensors.encode_by_package(entries, metadata)
    assert sorted(safetensors.decode(data)) == sorted(safetensors.decode_by_package(data))


@given(named)
@settings(max_examples=80, deadline=None)
def test_what_is_saved_comes_back(description: dict[str, Any]) -> None:
    tensors = made(description)
    loaded = safetensors.load(safetensors.save(tensors))
    assert set(loaded) == set(tensors)
    for name, t in tensors.items():
        assert loaded[name].dtype is t.dtype and loaded[name].shape == t.shape
        assert to_bytes(loaded[name].array, t.dtype) == to_bytes(t.array, t.dtype)
        assert loaded[name].array.flags.writeable or not t.numel()


WHOLE = (FIXTURES / "all.safetensors").read_bytes()


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    "damaged",
    [
        WHOLE[:-1],
        WHOLE[:40],
        WHOLE + b"0",
        WHOLE.replace(b"F32", b"F99"),
        WHOLE.replace(b'"shape":[2,3]', b'"shape":[2,4]'),
        struct.pack("<Q", 1 << 60) + WHOLE[8:],
        struct.pack("<Q", 16) + b'{"a":1}         ',
        struct.pack("<Q", 8) + b"{\xff     }",
    ],
)
def test_damage_is_told(damaged: bytes, tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    path.write_bytes(damaged)
    with pytest.raises(RuntimeError, match=r"m\.safetensors: not a whole"):
        torch.load(path)


def test_every_byte_of_the_header_is_guarded() -> None:
    """Our own reader raises nothing but RuntimeError, whatever stands in the header."""
    rng = np.random.default_rng(0)
    for _ in range(300):
        changed = bytearray(WHOLE)
        changed[rng.integers(0, len(WHOLE))] = int(rng.integers(256))
        try:
            found = safetensors.decode(bytes(changed))
        except ValueError:
            continue
        assert all(isinstance(piece, bytes) for _, _, _, piece in found)


@pytest.mark.parametrize(
    ("bad", "error", "words"),
    [
        (
            {"a": {"b": torch.ones(1)}},
            ValueError,
            "Key `a` is invalid, expected torch.Tensor but received <class 'dict'>.*in .pt",
        ),
        ([torch.ones(1)], ValueError, "Expected a dict"),
        ({1: torch.ones(1)}, ValueError, "Names of tensors must be strings"),
        ({"a": torch.ones(2, 3).t()}, ValueError, "non contiguous tensor: `a`"),
    ],
)
def test_only_tensors_by_name(bad: Any, error: type[Exception], words: str, tmp_path: Path) -> None:
    with pytest.raises(error, match=words):
        torch.save(bad, tmp_path / "x.safetensors")
    assert not list(tmp_path.iterdir())


def test_shared_memory_is_refused() -> None:
    x = torch.zeros(6)
    with pytest.raises(RuntimeError, match=r"Some tensors share memory.*\[\['a', 'b'\]\]"):
        safetensors.save({"a": x, "b": x[2:4], "c": torch.zeros(1)})
    assert set(safetensors.load(safetensors.save({"a": x[:3], "b": x[3:]}))) == {"a", "b"}
    tied = nn.Linear(2, 2)
    with pytest.raises(RuntimeError, match="share memory"):
        safetensors.save({"in": tied.weight, "out": tied.weight})


def test_devices_and_streams(tmp_path: Path) -> None:
    safetensors.save_file({"a": torch.ones(1)}, tmp_path / "m")
    assert torch.load(io.BytesIO((tmp_path / "m").read_bytes()), map_location="cpu")["a"].tolist() == [1]
    for call in (
        lambda: safetensors.load_file(tmp_path / "m", "cuda"),
        lambda: torch.load(tmp_path / "m", "cuda"),
    ):
        with pytest.raises(RuntimeError, match="device 'cuda' is absent"):
            call()
    with pytest.raises(RuntimeError, match="dict map_location is not supported"):
        torch.load(tmp_path / "m", {"cuda": "cpu"})
    with pytest.raises(ValueError, match="dictionary of strings"):
        safetensors.save({}, {"a": 1})
