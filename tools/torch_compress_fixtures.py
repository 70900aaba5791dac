"""Record what PyTorch's nn.utils.prune and its quantization answer, so that tests can replay it without PyTorch.

    python -m venv env && env/bin/pip install torch==2.13.0 numpy
    env/bin/python tools/torch_compress_fixtures.py         # writes tests/torch/{prune,compress}/fixtures

prune/printed.json: programs and what they print. compress/quantized.json: numbers, and what quantize_per_tensor,
quantize_per_channel and the fake_quantize functions make of them, with gradients; compress/distilled.json: losses of distillation.
"""

from __future__ import annotations

# ruff: noqa: E501 - programs are one line each
import contextlib
import io
import json
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import prune

TESTS = Path(__file__).parents[1] / "tests" / "torch"

START = """
torch.manual_seed(3)
m = nn.Linear(6, 5)
c = nn.Conv2d(3, 4, 2)
def show(module, name="weight"):
    print(getattr(module, name + "_mask").int().flatten().tolist())
    print([n for n, _ in module.named_parameters()], [n for n, _ in module.named_buffers()], type(getattr(module, name)).__name__)
    print(getattr(module, name + "_orig").dtype, len(module._buffers[name + "_mask"]), prune.is_pruned(module))
"""

PROGRAMS = [
    "prune.l1_unstructured(m, 'weight', 0.4); show(m)",
    "prune.l1_unstructured(m, 'weight', 7); show(m)",
    "prune.l1_unstructured(m, 'weight', 0); show(m)",
    "prune.l1_unstructured(m, 'bias', amount=2); show(m, 'bias')",
    "prune.l1_unstructured(m, 'weight', 0.3, importance_scores=torch.arange(30.).reshape(5, 6).flip(0)); show(m)",
    "prune.random_unstructured(m, 'weight', 0.5); show(m); print(torch.rand(2))",
    "prune.random_unstructured(c, 'weight', amount=11); show(c); print(torch.rand(2))",
    "prune.random_structured(m, 'weight', 0.4, dim=0); show(m); print(torch.rand(2))",
    "prune.random_structured(c, 'weight', amount=1, dim=1); show(c); print(torch.rand(2))",
    "prune.random_structured(m, 'weight', amount=0, dim=1); show(m)",
    "prune.ln_structured(m, 'weight', 0.5, n=2, dim=0); show(m)",
    "prune.ln_structured(m, 'weight', 2, n=1, dim=-1); show(m)",
    "prune.ln_structured(c, 'weight', 0.3, n=float('-inf'), dim=1); show(c)",
    "prune.ln_structured(c, 'weight', 2, n=float('inf'), dim=0); show(c)",
    "prune.ln_structured(m, 'weight', 1, 2, 0, importance_scores=torch.arange(30.).reshape(5, 6).flip(0)); show(m)",
    "prune.identity(m, 'weight'); show(m)",
    "prune.custom_from_mask(m, 'bias', torch.tensor([0, 1, 0, 1, 1])); show(m, 'bias'); print(m.bias)",
    "prune.l1_unstructured(m, 'weight', 0.3); prune.l1_unstructured(m, 'weight', 0.3); show(m)",
    "prune.random_unstructured(m, 'weight', 0.3); prune.l1_unstructured(m, 'weight', 4); show(m); print(torch.rand(2))",
    "prune.ln_structured(m, 'weight', 2, 2, 0); prune.random_unstructured(m, 'weight', 0.5); show(m); print(torch.rand(2))",
    "prune.ln_structured(m, 'weight', 2, 2, 0); prune.ln_structured(m, 'weight', 1, 2, 0); prune.ln_structured(m, 'weight', 1, 1, 1); show(m)",
    "prune.random_structured(m, 'weight', 2, 0); prune.random_structured(m, 'weight', 0.5, 0); show(m); print(torch.rand(2))",
    "prune.l1_unstructured(m, 'weight', 0.3); prune.custom_from_mask(m, 'weight', torch.eye(5, 6)); show(m)",
    "prune.global_unstructured([(m, 'weight'), (c, 'weight'), (m, 'bias')], prune.L1Unstructured, amount=0.6); show(m); show(m, 'bias'); show(c)",
    "prune.l1_unstructured(m, 'weight', 9)\nprune.global_unstructured([(m, 'weight'), (c, 'weight')], prune.RandomUnstructured, amount=20)\n"
    "show(m); show(c); print(torch.rand(2))",
    "prune.global_unstructured([(m, 'weight'), (c, 'weight')], prune.L1Unstructured, {(m, 'weight'): torch.full((5, 6), 9.)}, amount=10)\n"
    "show(m); show(c)",
    "prune.l1_unstructured(m, 'weight', 0.5); prune.remove(m, 'weight'); print(m.weight, prune.is_pruned(m), list(m.state_dict()))",
    "prune.l1_unstructured(m, 'weight', 0.5); prune.l1_unstructured(m, 'bias', 0.4); prune.remove(m, 'weight'); print(prune.is_pruned(m)); "
    "print(list(m.state_dict())); print(m.weight)",
    "net = nn.Sequential(m, nn.ReLU(), nn.Linear(5, 2)); print(prune.is_pruned(net)); prune.random_unstructured(net[2], 'bias', 1); "
    "print(prune.is_pruned(net))",
    # Training goes on: the pruned elements get no gradient.
    "prune.l1_unstructured(m, 'weight', 0.5)\nm(torch.ones(2, 6)).square().sum().backward(); print(m.weight_orig.grad)\n"
    "o = torch.optim.SGD(m.parameters(), 0.1); o.step(); print(m(torch.ones(1, 6))); print(m.weight)",
    "r = nn.LSTM(2, 3); prune.l1_unstructured(r, 'weight_hh_l0', 0.5); print(r(torch.ones(2, 1, 2))[0].detach()); show(r, 'weight_hh_l0')",
    "print(prune.L1Unstructured(amount=2).prune(torch.tensor([[1., -3.], [2., 0.5]])))",
    "print(prune.RandomStructured(1, dim=0).prune(torch.ones(3, 2), default_mask=torch.tensor([[1., 0.], [1., 1.], [0., 1.]])))",
    "container = prune.PruningContainer(); print(len(container)); a = prune.L1Unstructured(0.1); container._tensor_name = 'weight'\n"
    "a._tensor_name = 'weight'; container.add_pruning_method(a); print(len(container), container[0] is a, [x is a for x in container])",
    # Errors.
    "prune.l1_unstructured(m, 'weight', 31)",
    "prune.l1_unstructured(m, 'weight', 1.5)",
    "prune.l1_unstructured(m, 'weight', -1)",
    "prune.l1_unstructured(m, 'weight', 'half')",
    "prune.l1_unstructured(m, 'weight', 0.3, importance_scores=torch.ones(2))",
    "prune.ln_structured(m, 'bias', 1, 2, 0)",
    "prune.ln_structured(m, 'weight', 1, 2, 2)",
    "prune.random_structured(m, 'weight', 6, 0)",
    "prune.remove(m, 'weight')",
    "prune.custom_from_mask(m, 'bias', torch.ones(2))",
    "prune.global_unstructured([(m, 'weight')], prune.LnStructured, amount=1, n=1)",
    "prune.global_unstructured(3, prune.L1Unstructured, amount=1)",
    "prune.global_unstructured([(m, 'weight')], prune.L1Unstructured, [], amount=1)",
    "prune.PruningContainer().add_pruning_method(3)",
]


def printed(code: str) -> str:
    text = io.StringIO()
    with contextlib.redirect_stdout(text), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(START + code, {"torch": torch, "nn": nn, "prune": prune})
        except Exception as error:
            print(f"{type(error).__name__}: {error}")
    return text.getvalue()


def quantized() -> list[dict[str, Any]]:
    torch.manual_seed(0)
    x = torch.cat(
        [torch.randn(20) * 3, torch.tensor([0.0, -0.0, 0.05, 0.15, -0.15, 0.25, 1e3, -1e3, 0.1, 0.3])]
    ).reshape(3, 10)
    g = torch.randn(3, 10)
    cases: list[dict[str, Any]] = []
    for scale, zero, dtype, low, high in [
        (0.1, 0, torch.qint8, -128, 127),
        (0.1, 3, torch.quint8, 0, 255),
        (0.037, -5, torch.qint8, -128, 127),
        (0.5, 0, torch.qint32, -(2**31), 2**31 - 1),
    ]:
        q = torch.quantize_per_tensor(x, scale, zero, dtype)
        cases.append(
            {
                "scale": scale,
                "zero": zero,
                "low": low,
                "high": high,
                "q": q.int_repr().tolist(),
                "back": q.dequantize().tolist(),
            }
        )
    scales, zeros = torch.tensor([0.1, 0.02, 0.5]), torch.tensor([0, 5, -7])
    q = torch.quantize_per_channel(x, scales, zeros, 0, torch.qint8)
    cases.append(
        {
            "scale": scales.tolist(),
            "zero": zeros.tolist(),
            "low": -128,
            "high": 127,
            "q": q.int_repr().tolist(),
            "back": q.dequantize().tolist(),
        }
    )
    for scale, zero, low, high in [(0.1, 0, -128, 127), (0.1, 4, 0, 15), (0.3, 0, -8, 7)]:
        own = x.clone().requires_grad_()
        y = torch.fake_quantize_per_tensor_affine(own, scale, zero, low, high)
        y.backward(g)
        cases.append(
            {
                "scale": scale,
                "zero": zero,
                "low": low,
                "high": high,
                "fake": y.tolist(),
                "g": g.tolist(),
                "grad": own.grad.tolist(),
            }
        )
    own = x.clone().requires_grad_()
    y = torch.fake_quantize_per_channel_affine(own, scales, zeros.int(), 0, -8, 7)
    y.backward(g)
    cases.append(
        {
            "scale": scales.tolist(),
            "zero": zeros.tolist(),
            "low": -8,
            "high": 7,
            "fake": y.tolist(),
            "g": g.tolist(),
            "grad": own.grad.tolist(),
        }
    )
    return [{"x": x.tolist(), **c} for c in cases]


def distilled() -> list[dict[str, Any]]:
    """Hinton, Vinyals and Dean 2015: T² KL(teacher/T ‖ student/T), and the share alpha of it beside the labels' cross-entropy."""
    torch.manual_seed(0)
    cases: list[dict[str, Any]] = []
    for temperature, alpha in [(1.0, 0.5), (2.0, 0.9), (4.0, 1.0), (3.0, 0.0)]:
        student, teacher, labels = (
            torch.randn(4, 5, requires_grad=True),
            torch.randn(4, 5) * 3,
            torch.tensor([0, 4, 2, 2]),
        )
        soft = F.kl_div(
            F.log_softmax(student / temperature, -1),
            F.log_softmax(teacher / temperature, -1),
            reduction="batchmean",
            log_target=True,
        )
        loss = alpha * temperature**2 * soft + (1 - alpha) * F.cross_entropy(student, labels)
        loss.backward()
        cases.append(
            {
                "student": student.tolist(),
                "teacher": teacher.tolist(),
                "labels": labels.tolist(),
                "temperature": temperature,
                "alpha": alpha,
                "loss": loss.item(),
                "grad": student.grad.tolist(),
            }
        )
    return cases


def write(path: str, content: Any) -> None:
    file = TESTS / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write("prune/fixtures/printed.json", [[START + code, printed(code)] for code in PROGRAMS])
    write("compress/fixtures/quantized.json", quantized())
    write("compress/fixtures/distilled.json", distilled())
