"""Pruning, low rank, distillation: smaller models that compute what they should, and what each is measured to be."""

from __future__ import annotations

import copy
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st

import pellucid.torch as torch
from pellucid.torch import compress, nn, safetensors
from pellucid.torch.nn.utils import prune

DISTILLED = json.loads((Path(__file__).parent / "fixtures" / "distilled.json").read_text(encoding="utf-8"))


def mlp() -> Any:
    return nn.Sequential(
        nn.Linear(6, 10),
        nn.BatchNorm1d(10),
        nn.Sigmoid(),
        nn.Dropout(0.5),
        nn.Linear(10, 8),
        nn.ReLU(),
        nn.Linear(8, 3),
    )


def cnn() -> Any:
    return nn.Sequential(
        *(nn.Conv2d(2, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 4, 2, bias=False)),
        *(nn.LeakyReLU(), nn.Flatten(), nn.Linear(16, 5)),
    )


@pytest.mark.parametrize(("make", "x"), [(mlp, (7, 6)), (cnn, (3, 2, 8, 8))])
@pytest.mark.parametrize("amount", [0.5, 1])
def test_a_shrunk_model_is_the_model_that_forgets(make: Any, x: tuple[int, ...], amount: float) -> None:
    torch.manual_seed(0)
    model = make()
    model(torch.randn(*x))  # running statistics that are not those of the start
    model.eval()
    small = compress.shrink(model, amount)
    forgetful = copy.deepcopy(model)
    layers = [m for m in forgetful if hasattr(m, "weight") and not hasattr(m, "running_mean")]
    widths = []
    for first, second in pairwise(layers):
        masked = prune.ln_structured(copy.deepcopy(first), "weight", amount, 2, 0).weight_mask
        gone = ~masked.reshape(len(masked), -1).any(1)
        widths.append(int((~gone).sum()))
        each = second.weight.shape[1] // len(gone)
        second.weight.data[:, gone.repeat_interleave(each)] = 0
    inputs = torch.randn(*x)
    torch.testing.assert_close(small(inputs).detach(), forgetful(inputs).detach())
    small_layers = [m for m in small if hasattr(m, "weight") and not hasattr(m, "running_mean")]
    assert [len(m.weight) for m in small_layers[:-1]] == widths
    assert compress.count_parameters(small) < compress.count_parameters(model)
    assert compress.multiply_adds(small, inputs) < compress.multiply_adds(model, inputs)
    small.train()(torch.randn(*x)).sum().backward()  # and it can be trained further
    assert all(p.grad is not None and p.grad.shape == p.shape for p in small.parameters())


@pytest.mark.parametrize(
    ("model", "error", "words"),
    [
        (nn.Linear(2, 2), TypeError, "takes an nn.Sequential, not Linear"),
        (nn.Sequential(nn.Linear(2, 2)), ValueError, "no two layers"),
        (nn.Sequential(nn.Linear(2, 4), nn.LayerNorm(4), nn.Linear(4, 2)), ValueError, "no two layers"),
        (nn.Sequential(nn.Linear(2, 4), nn.Softmax(-1), nn.Linear(4, 2)), ValueError, "no two layers"),
        (nn.Sequential(nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 1, groups=2)), ValueError, "no two layers"),
        (nn.Sequential(nn.Conv2d(1, 4, 1), nn.Linear(4, 2)), ValueError, "no two layers"),
        (nn.Sequential(nn.Linear(2, 1), nn.Linear(1, 2)), ValueError, "would leave no channel"),
    ],
)
def test_what_cannot_shrink(model: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        compress.shrink(model, 1)


def test_two_layers_of_any_model() -> None:
    layer = nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, batch_first=True).eval()
    small = copy.deepcopy(layer)
    small.linear1, small.linear2 = compress.without_channels(layer.linear1, layer.linear2, [0, 3, 5])
    layer.linear2.weight.data[:, [1, 2, 4, 6, 7]] = 0
    x = torch.randn(2, 3, 4)
    with torch.no_grad():
        torch.testing.assert_close(small(x), layer(x))


@given(st.integers(1, 6), st.integers(1, 40), st.floats(0, 1), st.booleans())
@settings(max_examples=40, deadline=None)
def test_sparse_layers_compute_what_is_left(out: int, inputs: int, amount: float, bias: bool) -> None:
    torch.manual_seed(out)
    dense = prune.remove(prune.l1_unstructured(nn.Linear(inputs, out, bias), "weight", amount), "weight")
    sparse = compress.SparseLinear(dense)
    x = torch.randn(3, 2, inputs)
    torch.testing.assert_close(sparse(x), dense(x).detach())
    left = int((dense.weight != 0).sum())
    assert len(sparse.values) == left
    assert compress.count_bytes(sparse) == 6 * left + 4 * (out + 1) + 4 * out * bias


def test_sparsify() -> None:
    torch.manual_seed(0)
    model = mlp().eval()
    small = compress.sparsify(model, 0.9)
    weights = sum(m.weight.numel() for m in model if isinstance(m, nn.Linear))
    assert sum(len(m.values) for m in small if isinstance(m, compress.SparseLinear)) == weights - round(
        0.9 * weights
    )
    x = torch.randn(4, 6)
    assert compress.multiply_adds(small, x) < compress.multiply_adds(model, x) / 2
    zeroed = copy.deepcopy(model)
    pairs = [(m, "weight") for m in zeroed if isinstance(m, nn.Linear)]
    prune.global_unstructured(pairs, prune.L1Unstructured, amount=0.9)
    for m, name in pairs:
        prune.remove(m, name)
    with torch.no_grad():
        torch.testing.assert_close(small(x), zeroed(x))
        torch.testing.assert_close(compress.sparsify(zeroed)(x), zeroed(x))
    with pytest.raises(NotImplementedError, match="no gradient"):
        small[0](torch.randn(1, 6, requires_grad=True))
    with pytest.raises(ValueError, match="has no Linear layer"):
        compress.sparsify(nn.ReLU(), 0.5)


@given(st.integers(2, 8), st.integers(2, 8), st.integers(0, 99), st.data())
@settings(max_examples=40, deadline=None)
def test_low_rank_is_as_near_as_can_be(out: int, inputs: int, seed: int, data: Any) -> None:
    torch.manual_seed(seed)
    linear = nn.Linear(inputs, out)
    rank = data.draw(st.integers(1, min(out, inputs)))
    pair = compress.factorize(linear, rank)
    product = pair[1].weight.detach().double() @ pair[0].weight.detach().double()
    values = scipy.linalg.svdvals(linear.weight.detach().double().numpy())
    error = np.linalg.norm(product.numpy() - linear.weight.detach().numpy())
    assert error == pytest.approx(np.sqrt((values[rank:] ** 2).sum()), rel=1e-5, abs=2e-6)  # Eckart and Young
    assert pair[0].bias is None and (pair[1].bias == linear.bias).all()
    energy = float((values[:rank] ** 2).sum() / (values**2).sum())
    assert compress.rank_for(values, energy * (1 - 1e-9)) == rank
    x = torch.randn(3, inputs)
    torch.testing.assert_close(
        pair(x).detach(), (x @ product.float().T + linear.bias).detach(), rtol=1e-4, atol=1e-5
    )


def test_low_rank_of_a_model() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(20, 30), nn.ReLU(), nn.Linear(30, 2))
    state = torch.get_rng_state()
    small = compress.low_rank(model, rank=4)
    assert (torch.get_rng_state() == state).all()
    assert type(small[0]) is nn.Sequential and type(small[2]) is nn.Linear
    assert compress.count_parameters(small) == 4 * 50 + 30 + 62
    assert type(compress.low_rank(model, energy=0.5)[0]) is nn.Sequential
    small(torch.randn(2, 20)).sum().backward()
    assert small[0][0].weight.grad is not None
    with pytest.raises(ValueError, match="no Linear layer that would become smaller"):
        compress.low_rank(model, energy=1.0)
    for wrong in ({}, {"rank": 1, "energy": 0.5}, {"rank": 0}, {"rank": 21}, {"energy": 0.0}):
        with pytest.raises(ValueError, match=r"give rank or energy|rank must be|energy must be"):
            compress.factorize(model[0], **wrong)


def test_rank_by_energy_at_its_ends() -> None:
    assert [compress.rank_for([2, 1, 1], e) for e in (0.1, 4 / 6, 0.7, 5 / 6, 0.9, 1.0)] == [1, 1, 2, 2, 3, 3]
    assert compress.rank_for([2, 1, 0], 1.0) == 2 and compress.rank_for([0, 0], 0.5) == 1


@pytest.mark.parametrize("case", DISTILLED, ids=range(len(DISTILLED)))
def test_the_distillation_loss_is_torchs(case: dict[str, Any]) -> None:
    student = torch.tensor(case["student"], requires_grad=True)
    teacher = torch.tensor(case["teacher"], requires_grad=True)
    loss = compress.distillation_loss(
        student, teacher, torch.tensor(case["labels"]), case["temperature"], case["alpha"]
    )
    loss.backward()
    torch.testing.assert_close(loss.detach(), torch.tensor(case["loss"]))
    torch.testing.assert_close(student.grad, torch.tensor(case["grad"]))
    assert teacher.grad is None


def test_distillation_without_labels_and_its_errors() -> None:
    x = torch.randn(3, 4)
    assert compress.distillation_loss(x, x, alpha=1.0).item() == pytest.approx(0, abs=1e-6)
    for wrong in ({"alpha": 0.5}, {"alpha": 2.0}, {"temperature": 0.0, "alpha": 1.0}):
        with pytest.raises(ValueError, match=r"alpha|temperature"):
            compress.distillation_loss(x, x, **wrong)
    with pytest.raises(ValueError, match="logits of one shape"):
        compress.distillation_loss(x, x[:2], alpha=1.0)


def test_a_student_learns_from_its_teacher() -> None:
    torch.manual_seed(0)
    x = torch.randn(120, 4)
    labels = (x[:, 0] * x[:, 1] > 0).long()
    teacher, student = nn.Sequential(nn.Linear(4, 2), nn.Dropout(0.9)), nn.Linear(4, 2)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, labels), batch_size=20)
    losses = compress.distill(
        student, teacher, loader, torch.optim.Adam(student.parameters(), 0.05), epochs=8, alpha=1.0
    )
    assert len(losses) == 8 and losses[-1] < losses[0] / 10
    assert not teacher.training and student.training and all(p.grad is None for p in teacher.parameters())


def test_measures_of_known_models() -> None:
    x = torch.randn(5, 6)
    found = compress.measure(mlp(), x, accuracy=lambda model: float(not model.training), repeats=1)
    assert found.parameters == 6 * 10 + 10 + 20 + 80 + 8 + 24 + 3
    assert found.bytes == 4 * found.parameters + 4 * 20 + 8  # the running statistics, the count
    assert found.multiply_adds == 5 * (60 + 10 + 80 + 24)
    assert found.accuracy == 1.0 and found.seconds > 0
    mixed = mlp()
    mixed[1].eval()
    before = mixed[1].running_mean.clone()
    compress.multiply_adds(mixed, x)
    assert mixed.training and not mixed[1].training and (mixed[1].running_mean == before).all()
    image = torch.randn(3, 2, 8, 8)
    assert compress.multiply_adds(cnn(), image) == 3 * (6 * 36 * 18 + 6 * 36 + 4 * 4 * 24 + 16 * 5)
    attention = nn.MultiheadAttention(8, 2, batch_first=True)
    q, k = torch.randn(2, 3, 8), torch.randn(2, 5, 8)
    assert compress.multiply_adds(attention, q, k, k) == 2 * (3 * 64 + 5 * 128 + 2 * 3 * 5 * 8 + 3 * 64)
    assert compress.multiply_adds(nn.LSTM(3, 4, 2), torch.randn(7, 2, 3)) == 14 * (16 * 3 + 16 * 4 * 3)
    assert compress.multiply_adds(nn.ConvTranspose2d(2, 3, 2), torch.randn(1, 2, 4, 4)) == 32 * 12
    with pytest.raises(NotImplementedError, match="multiply-adds of PReLU are not known"):
        compress.measure(nn.PReLU(), x)


def test_bytes_are_those_of_the_file() -> None:
    for model in (
        mlp(),
        compress.quantize_dynamic(mlp(), 4),
        compress.sparsify(mlp(), 0.5),
        mlp().half(),
        mlp().bfloat16(),
    ):
        data = safetensors.save(dict(model.state_dict()))
        assert len(data) - 8 - int.from_bytes(data[:8], "little") == compress.count_bytes(model)


def test_parameters_of_compressed_layers() -> None:
    model = nn.Linear(10, 4)
    assert compress.count_parameters(compress.quantize_dynamic(model, 4)) == 44
    assert compress.count_bytes(compress.quantize_dynamic(model, 4)) == 20 + 16 + 16
    assert compress.count_parameters(compress.sparsify(model, 0.5)) == 24


def test_the_report() -> None:
    whole = compress.Measured(1000, 4000, 9000, 0.001, 0.9)
    text = compress.report({"float32": whole, "int8": compress.Measured(1000, 1000, 9000, 0.002, 0.89)})
    assert text.splitlines() == [
        "                  parameters       bytes     mult-adds      time  accuracy",
        "float32                1,000       4,000         9,000   1.00 ms    0.9000",
        "int8                  1.00 ×      0.25 ×        1.00 ×    2.00 ×    0.8900",
    ]
