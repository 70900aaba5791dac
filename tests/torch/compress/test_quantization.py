"""Quantization: torch's integers and gradients (recorded by tools/torch_compress_fixtures.py), and the laws of rounding."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pellucid.torch as torch
from pellucid.torch import compress, nn
from pellucid.torch.compress import quantized

CASES = json.loads((Path(__file__).parent / "fixtures" / "quantized.json").read_text(encoding="utf-8"))
INTEGERS = [c for c in CASES if "q" in c]
FAKE = [c for c in CASES if "fake" in c]


@pytest.mark.parametrize("case", INTEGERS, ids=range(len(INTEGERS)))
def test_integers_are_torchs(case: dict[str, Any]) -> None:
    x = np.float32(case["x"])
    scale, zero = (np.ravel(case[name]) for name in ("scale", "zero"))
    blocks = x if len(scale) > 1 else x.reshape(1, -1)
    q = quantized.to_integers(blocks, np.float32(scale), zero, case["low"], case["high"])
    assert q.reshape(x.shape).tolist() == case["q"]
    if case["high"] == 127:
        kept = compress.Quantized(
            q.astype(np.int8), np.float32(scale), zero, x.shape, 8, 0 if len(scale) > 1 else None
        )
        assert kept.int_repr().tolist() == case["q"]
        assert kept.dequantize().tolist() == case["back"]


@pytest.mark.parametrize("case", FAKE, ids=range(len(FAKE)))
def test_fake_quantization_is_torchs(case: dict[str, Any]) -> None:
    x = torch.tensor(case["x"], requires_grad=True)
    limits = (case["low"], case["high"])
    if isinstance(case["scale"], list):
        scale, zero = torch.tensor(case["scale"]), torch.tensor(case["zero"], dtype=torch.int32)
        y = compress.fake_quantize_per_channel_affine(x, scale, zero, 0, *limits)
    else:
        y = compress.fake_quantize_per_tensor_affine(x, case["scale"], case["zero"], *limits)
    y.backward(torch.tensor(case["g"]))
    assert y.tolist() == case["fake"]
    assert x.grad.tolist() == case["grad"]


def test_fake_quantization_has_second_derivatives_and_names() -> None:
    x = torch.tensor([0.5, 3.0], requires_grad=True)
    y = compress.fake_quantize_per_tensor_affine(x, 0.1, 0, -8, 7)
    assert "FakeQuantizePerTensorAffineCachemaskBackward0" in repr(y)
    (g,) = torch.autograd.grad((y * x).sum(), x, create_graph=True)
    (h,) = torch.autograd.grad(g.sum(), x)
    assert g.tolist() == pytest.approx([0.5 + 0.5, 0.7]) and h.tolist() == [2, 0]
    with pytest.raises(RuntimeError, match="`zero_point` must be between"):
        compress.fake_quantize_per_tensor_affine(x, 0.1, 9, -8, 7)
    with pytest.raises(RuntimeError, match="scale and zero-point must have 2 elements"):
        compress.fake_quantize_per_channel_affine(x, torch.ones(3), torch.zeros(3), 0, -8, 7)


arrays = st.tuples(
    st.integers(1, 4), st.integers(1, 3), st.integers(0, 999), st.sampled_from([1e-4, 1.0, 300.0])
)
ways = st.sampled_from([{}, {"axis": 0}, {"axis": -1}, {"group": 2}, {"group": 6}])


@given(arrays, ways, st.sampled_from([4, 8]), st.booleans())
@settings(max_examples=120, deadline=None)
def test_the_error_is_at_most_half_a_scale(
    shape: Any, way: dict[str, int], bits: int, symmetric: bool
) -> None:
    rows, depth, seed, size = shape
    x = (np.random.default_rng(seed).normal(0, size, (depth, rows, 6)) + size).astype(np.float32)
    kept = compress.quantize(torch.from_numpy(x), bits, symmetric=symmetric, **way)
    q = kept.int_repr()
    top = 2 ** (bits - 1) - 1
    assert -top - (not symmetric) <= int(q.min()) and int(q.max()) <= top
    error = np.abs(kept.dequantize().numpy() - x)
    blocks = quantized.blocks_of(error, way.get("axis"), way.get("group"))
    # A zero point is a whole number, so that one end may lie half a step outside.
    allowed = kept.scale * (0.5 if symmetric else 1.0) * (1 + 1e-4) + 1e-6 * size
    assert (blocks <= allowed[:, None]).all()
    count = x.size // 2 if bits == 4 else x.size
    assert kept.nbytes == kept.data.nbytes + 4 * len(kept.scale) + (
        len(kept.scale) if kept.zero_point.any() else 0
    )
    assert kept.data.nbytes >= count


def test_zero_stays_zero() -> None:
    x = torch.tensor([0.0, 3.0, 5.0, -1.0])
    for symmetric in (True, False):
        assert compress.quantize(x, 4, symmetric=symmetric).dequantize()[0] == 0
    assert compress.quantize(torch.zeros(3)).dequantize().tolist() == [0, 0, 0]


@given(
    st.lists(st.lists(st.integers(-8, 7), min_size=5, max_size=5), min_size=1, max_size=4), st.integers(1, 5)
)
def test_packed_integers_come_back(rows: list[list[int]], width: int) -> None:
    q = np.array(rows, np.int8)[:, :width]
    packed = quantized.pack4(q)
    assert packed.shape == (len(q), (width + 1) // 2) and packed.dtype == np.uint8
    assert (quantized.unpack4(packed, width) == q).all()


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x: compress.quantize(x, 3), ValueError, "bits must be 8 or 4"),
        (lambda x: compress.quantize(x, axis=0, group=2), ValueError, "axis or group"),
        (lambda x: compress.quantize(x, group=4), ValueError, "not a multiple of group=4"),
        (lambda x: compress.quantize(x, axis=2), IndexError, "axis 2 is out of range"),
        (lambda x: compress.quantize(x / 0), ValueError, "cannot be quantized"),
        (lambda x: compress.quantize_dynamic(nn.ReLU()), ValueError, "ReLU has no Linear layer"),
        (
            lambda x: compress.quantize_tensor,
            AttributeError,
            "torch.compress.quantize_tensor is absent.*quantize",
        ),
    ],
)
def test_errors(call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call(torch.ones(2, 3))


OPTIONS = [
    {},
    {"symmetric": False},
    {"bits": 4, "group": 4},
    {"bits": 4, "symmetric": False},
    {"bits": 8, "activations": False},
    {"bits": 4, "group": 8, "activations": False, "symmetric": False},
]


def network() -> Any:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(16, 24), nn.Tanh(), nn.Linear(24, 8, bias=False))


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_a_quantized_model_computes_what_its_numbers_say(options: dict[str, Any]) -> None:
    model = network()
    small = compress.quantize_dynamic(model, **options)
    assert type(model[0]) is nn.Linear and type(small[0]) is compress.QuantizedLinear
    x = torch.randn(5, 3, 16)
    w = small[0].quantized().dequantize()
    seen = x.reshape(15, 16)
    if options.get("activations", True):
        seen = compress.quantize(seen, symmetric=False, axis=0).dequantize()
    exact = seen.double() @ w.double().T + model[0].bias.detach().double()
    torch.testing.assert_close(small[0](x).reshape(15, 24).double(), exact, rtol=1e-5, atol=1e-5)
    assert (small(x) - model(x)).detach().abs().max() < 0.02 * 16 ** (options.get("bits", 8) == 4)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_training_saw_what_inference_computes(options: dict[str, Any]) -> None:
    training = compress.prepare_qat(network(), **options)
    x = torch.randn(7, 16)
    torch.testing.assert_close(
        compress.quantize_dynamic(training, **options)(x), training(x).detach(), rtol=1e-4, atol=1e-5
    )


def test_training_with_fake_quantization_learns() -> None:
    torch.manual_seed(0)
    x = torch.randn(64, 16)
    y = (x[:, :8] * 2).tanh()
    model = compress.prepare_qat(network(), 4)
    optimizer = torch.optim.Adam(model.parameters(), 0.01)

    def loss_of(model: Any) -> float:
        return nn.functional.mse_loss(model(x), y).item()

    before = loss_of(compress.quantize_dynamic(model, 4))
    for _ in range(60):
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x), y).backward()
        optimizer.step()
    assert loss_of(compress.quantize_dynamic(model, 4)) < before / 3


def test_a_batch_gives_what_its_rows_give() -> None:
    small = compress.quantize_dynamic(network())
    x = torch.randn(6, 16) * torch.tensor([[1.0], [100.0], [0.01], [1.0], [0.0], [5.0]])
    one_by_one = torch.cat([small(row.unsqueeze(0)) for row in x])
    torch.testing.assert_close(small(x), one_by_one)


def test_integer_products_are_exact_in_wide_layers() -> None:
    wide = nn.Linear(3000, 2, bias=False)
    wide.weight.data = torch.ones(2, 3000)
    small = compress.QuantizedLinear(wide)
    x = torch.ones(1, 3000)
    x[0, 0] = 0
    assert torch.allclose(small(x), torch.full((1, 2), 2999.0), rtol=1e-6)


def test_a_quantized_model_is_saved_and_loaded() -> None:
    file = io.BytesIO()
    small = compress.quantize_dynamic(network(), 4, group=4)
    torch.save(small.state_dict(), file)
    file.seek(0)
    torch.manual_seed(9)
    twin = compress.quantize_dynamic(
        nn.Sequential(nn.Linear(16, 24), nn.Tanh(), nn.Linear(24, 8, bias=False)), 4, group=4
    )
    twin.load_state_dict(torch.load(file))
    x = torch.randn(2, 16)
    assert (twin(x) == small(x)).all()


def test_no_gradient_is_lost_in_silence() -> None:
    small = compress.quantize_dynamic(network())
    with pytest.raises(NotImplementedError, match="prepare_qat"):
        small(torch.randn(1, 16, requires_grad=True))
    with pytest.raises(RuntimeError, match="takes 16 features, not 3"):
        small(torch.randn(1, 3))


def test_types_and_groups() -> None:
    double = compress.quantize_dynamic(nn.Linear(4, 2).double())
    assert double(torch.ones(1, 4, dtype=torch.float64)).dtype is torch.float64
    for call in (compress.quantize_dynamic, compress.prepare_qat):
        with pytest.raises(ValueError, match="is not a multiple of group=3"):
            call(nn.Linear(4, 2), group=3)


def test_attention_and_shared_layers() -> None:
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval()
    x = torch.randn(2, 3, 8)
    small = compress.quantize_dynamic(layer)
    with torch.no_grad():
        assert (small(x) - layer(x)).abs().max() < 0.05
    shared = nn.Linear(4, 4)
    twice = compress.quantize_dynamic(nn.Sequential(shared, nn.ReLU(), shared))
    assert twice[0] is twice[2]
    assert type(compress.quantize_dynamic(shared)) is compress.QuantizedLinear
