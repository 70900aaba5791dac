"""Clipping, accumulation over micro-batches, parameter groups with and without weight decay."""

import torch
from torch import nn

torch.manual_seed(2024)
X = torch.randn(64, 6)
y = (X[:, :1] * 2 - X[:, 1:2]) ** 2 + 0.1 * torch.randn(64, 1)


def build():
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(6, 12), nn.LayerNorm(12), nn.ReLU(), nn.Linear(12, 1))


loss_fn = nn.MSELoss()

# Accumulated gradients of four micro-batches are those of the whole batch.
whole, micro = build(), build()
loss_fn(whole(X), y).backward()
for xb, yb in zip(X.chunk(4), y.chunk(4), strict=True):
    (loss_fn(micro(xb), yb) / 4).backward()
for (name, p), q in zip(whole.named_parameters(), micro.parameters(), strict=True):
    print(f"{name:9s} {p.grad.norm():.5f} {torch.allclose(p.grad, q.grad, atol=1e-5)}")

# Clipping.
norms = torch.stack([p.grad.norm() for p in whole.parameters()])
print("total norm", norms.norm(), torch.nn.utils.clip_grad_norm_(whole.parameters(), max_norm=1.0))
print("after clipping", torch.nn.utils.clip_grad_norm_(whole.parameters(), 1.0))
print("inf norm", torch.nn.utils.clip_grad_norm_(micro.parameters(), 0.5, norm_type=float("inf")))
nn.utils.clip_grad_value_(micro.parameters(), 0.1)
print(max(p.grad.abs().max().item() for p in micro.parameters()))

# Groups: no decay for biases and normalisation.
model = build()
decay = [p for p in model.parameters() if p.dim() >= 2]
no_decay = [p for p in model.parameters() if p.dim() < 2]
optimizer = torch.optim.AdamW(
    [{"params": decay, "weight_decay": 0.1}, {"params": no_decay, "weight_decay": 0.0, "lr": 5e-3}], lr=1e-2
)
print(optimizer)
print(len(decay), len(no_decay))
accumulation = 4
optimizer.zero_grad()
for epoch in range(1, 7):
    total = 0.0
    for i, (xb, yb) in enumerate(zip(X.split(8), y.split(8), strict=True)):
        loss = loss_fn(model(xb), yb) / accumulation
        loss.backward()
        total += loss.item() * accumulation / 8
        if (i + 1) % accumulation == 0:
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            optimizer.zero_grad()
    print(
        f"epoch {epoch} loss {total:.4f} |W| {model[0].weight.norm():.4f} |gamma| {model[1].weight.norm():.4f}"
    )
