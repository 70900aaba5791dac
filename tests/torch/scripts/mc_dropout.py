"""Monte Carlo dropout: many stochastic passes give a mean and an uncertainty."""

import torch
from torch import nn

torch.manual_seed(31)
X = torch.cat([torch.rand(40, 1) * 2 - 4, torch.rand(40, 1) * 2 + 1])
y = torch.sin(X) + 0.1 * torch.randn_like(X)

model = nn.Sequential(
    nn.Linear(1, 40),
    nn.ReLU(),
    nn.Dropout(p=0.1),
    nn.Linear(40, 40),
    nn.ReLU(),
    nn.Dropout(p=0.1),
    nn.Linear(40, 1),
)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=1e-4)
for epoch in range(1, 121):
    model.train()
    loss = nn.functional.mse_loss(model(X), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 20 == 0:
        print(f"epoch {epoch:3d} loss {loss.item():.4f}")


def enable_dropout(model):
    for m in model.modules():
        if m.__class__.__name__.startswith("Dropout"):
            m.train()


model.eval()
grid = torch.linspace(-5, 4, 7).unsqueeze(1)
with torch.no_grad():
    a, b = model(grid), model(grid)
    print("eval is deterministic:", torch.equal(a, b))
    enable_dropout(model)
    print([m.training for m in model])
    samples = torch.stack([model(grid) for _ in range(100)])
mean, std = samples.mean(0).squeeze(), samples.std(0).squeeze()
for g, m, s in zip(grid.squeeze().tolist(), mean.tolist(), std.tolist(), strict=True):
    print(f"x {g:+.2f} mean {m:+.3f} ± {s:.3f}")
low, high = samples.quantile(torch.tensor([0.05, 0.95]), dim=0).squeeze(-1)
print(low[:3], high[:3])
print("kept:", nn.functional.dropout(torch.ones(8), p=0.5))
