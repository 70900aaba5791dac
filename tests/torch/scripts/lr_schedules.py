"""Learning rates over time: step, exponential, cosine, warm-up, one cycle, plateau."""

import math

import torch
from torch import nn, optim
from torch.optim import lr_scheduler

torch.manual_seed(0)


def rates(make, steps=12, lr=0.1):
    parameter = nn.Parameter(torch.zeros(1))
    optimizer = optim.SGD([parameter], lr=lr, momentum=0.9)
    scheduler = make(optimizer)
    seen = []
    for _ in range(steps):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return " ".join(f"{r:.4f}" for r in seen)


print("step       ", rates(lambda o: lr_scheduler.StepLR(o, step_size=4, gamma=0.5)))
print("multistep  ", rates(lambda o: lr_scheduler.MultiStepLR(o, milestones=[3, 8], gamma=0.1)))
print("exponential", rates(lambda o: lr_scheduler.ExponentialLR(o, gamma=0.9)))
print("cosine     ", rates(lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=10, eta_min=1e-3)))
print("restarts   ", rates(lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, T_0=3, T_mult=2)))
print(
    "lambda     ",
    rates(lambda o: lr_scheduler.LambdaLR(o, lambda e: min((e + 1) / 4, 1) / math.sqrt(max(e, 1)))),
)
print("linear     ", rates(lambda o: lr_scheduler.LinearLR(o, start_factor=0.1, total_iters=5)))
print("one cycle  ", rates(lambda o: lr_scheduler.OneCycleLR(o, max_lr=0.5, total_steps=12)))
print(
    "sequential ",
    rates(
        lambda o: lr_scheduler.SequentialLR(
            o,
            [lr_scheduler.ConstantLR(o, factor=0.2, total_iters=3), lr_scheduler.ExponentialLR(o, gamma=0.8)],
            milestones=[3],
        )
    ),
)

X = torch.randn(64, 5)
y = X @ torch.tensor([1.0, -2.0, 0.5, 0.0, 3.0]).unsqueeze(1) + 0.05 * torch.randn(64, 1)
model = nn.Linear(5, 1)
optimizer = optim.SGD(model.parameters(), lr=0.3)
scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, mode="min", factor=0.5, patience=2, threshold=1e-2)
for epoch in range(30):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(X), y)
    loss.backward()
    optimizer.step()
    scheduler.step(loss.item())
    if epoch % 3 == 0:
        print(f"epoch {epoch:2d} loss {loss.item():.5f} lr {optimizer.param_groups[0]['lr']:.5f}")
print(model.weight.data)
