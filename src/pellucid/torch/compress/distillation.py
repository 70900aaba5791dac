"""Distillation: a small model learns what a large one says, the likeness of the wrong answers included.

Source: Hinton, Vinyals and Dean 2015, "Distilling the Knowledge in a Neural Network".
"""

from __future__ import annotations

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any

from pellucid.torch.autograd.mode import no_grad
from pellucid.torch.nn import functional as F
from pellucid.torch.nn.modules.module import Module
from pellucid.torch.tensor import Tensor


def distillation_loss(
    student: Tensor,
    teacher: Tensor,
    labels: Tensor | None = None,
    temperature: float = 2.0,
    alpha: float = 0.9,
) -> Tensor:
    """alpha·T²·KL(softmax(teacher/T) ‖ softmax(student/T)) + (1 − alpha)·cross-entropy with the labels.

    student, teacher: logits (N, classes); labels: (N,), not needed where alpha is 1. T² keeps the gradient's size the same at
    every temperature. No gradient flows to the teacher.
    """
    if not temperature > 0:
        raise ValueError(f"temperature must be positive, not {temperature}")
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha must be from 0 to 1, not {alpha}")
    if labels is None and alpha != 1:
        raise ValueError("without labels alpha must be 1")
    if student.shape != teacher.shape:
        raise ValueError(
            f"student and teacher must have logits of one shape, not {student.shape} and {teacher.shape}"
        )
    soft = F.kl_div(
        F.log_softmax(student / temperature, -1),
        F.log_softmax(teacher.detach() / temperature, -1),
        reduction="batchmean",
        log_target=True,
    )
    loss = alpha * temperature**2 * soft
    return loss if labels is None else loss + (1 - alpha) * F.cross_entropy(student, labels)


def distill(
    student: Module,
    teacher: Module,
    batches: Any,
    optimizer: Any,
    epochs: int = 1,
    temperature: float = 2.0,
    alpha: float = 0.9,
) -> list[float]:
    """Train `student` by distillation_loss on batches of (inputs, labels), the teacher in eval mode; mean loss of each epoch."""
    student.train()
    teacher.eval()
    means: list[float] = []
    for _ in range(epochs):
        losses: list[float] = []
        for inputs, labels in batches:
            with no_grad():
                said = teacher(inputs)
            optimizer.zero_grad()
            loss = distillation_loss(student(inputs), said, labels, temperature, alpha)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        means.append(sum(losses) / len(losses))
    return means
