"""A small MLP that separates two moons, with a train/validation split and Adam."""

import math

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split


def make_moons(n, noise):
    t = torch.rand(n) * math.pi
    outer = torch.stack([torch.cos(t[: n // 2]), torch.sin(t[: n // 2])], dim=1)
    inner = torch.stack([1 - torch.cos(t[n // 2 :]), 0.5 - torch.sin(t[n // 2 :])], dim=1)
    X = torch.cat((outer, inner), dim=0)
    y = torch.cat((torch.zeros(n // 2), torch.ones(n - n // 2)))
    return X + noise * torch.randn_like(X), y


torch.manual_seed(42)
X, y = make_moons(300, 0.1)
dataset = TensorDataset(X, y)
train_set, val_set = random_split(dataset, [240, 60])
train_loader = DataLoader(train_set, batch_size=32, shuffle=True)
val_loader = DataLoader(val_set, batch_size=60)
print(len(train_set), len(val_set), len(train_loader))

model = nn.Sequential(
    nn.Linear(2, 16),
    nn.Tanh(),
    nn.Linear(16, 16),
    nn.Tanh(),
    nn.Linear(16, 1),
)
print(sum(p.numel() for p in model.parameters()), "parameters")
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

for epoch in range(12):
    model.train()
    running = 0.0
    for xb, yb in train_loader:
        optimizer.zero_grad()
        logits = model(xb).squeeze(1)
        loss = criterion(logits, yb)
        loss.backward()
        optimizer.step()
        running += loss.item() * len(xb)
    model.eval()
    with torch.no_grad():
        xb, yb = next(iter(val_loader))
        logits = model(xb).squeeze(-1)
        val_loss = criterion(logits, yb)
        val_acc = ((logits > 0) == yb.bool()).float().mean()
    print(f"{epoch:2d} train {running / len(train_set):.4f} val {val_loss:.4f} acc {val_acc:.3f}")

grid = torch.cartesian_prod(torch.linspace(-1, 2, 4), torch.linspace(-0.5, 1, 3))
with torch.no_grad():
    print(torch.sigmoid(model(grid)).reshape(4, 3))
