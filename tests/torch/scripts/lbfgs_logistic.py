"""Logistic regression by L-BFGS with a closure, against gradient descent."""

import torch
from torch import nn

torch.manual_seed(12)
X = torch.randn(120, 4)
true = torch.tensor([1.5, -2.0, 0.0, 0.7])
y = (torch.sigmoid(X @ true + 0.3) > torch.rand(120)).float().unsqueeze(1)
print(y.sum(), X.std(0))
criterion = nn.BCEWithLogitsLoss()


def objective(model):
    return criterion(model(X), y) + 1e-2 * model.weight.square().sum()


def build():
    model = nn.Linear(4, 1)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    return model


model = build()
optimizer = torch.optim.LBFGS(
    model.parameters(), lr=1.0, max_iter=4, history_size=5, line_search_fn="strong_wolfe"
)


def closure():
    optimizer.zero_grad()
    loss = objective(model)
    loss.backward()
    return loss


for i in range(6):
    loss = optimizer.step(closure)
    print(f"L-BFGS {i} loss before the step {loss.item():.6f}")
print(model.weight.data, model.bias.data)

descent = build()
optimizer_gd = torch.optim.SGD(descent.parameters(), lr=1.0)
for i in range(101):
    optimizer_gd.zero_grad()
    loss = objective(descent)
    loss.backward()
    optimizer_gd.step()
    if i % 20 == 0:
        print(f"GD {i:3d} loss {loss.item():.6f}")
print("same optimum:", torch.allclose(model.weight, descent.weight, atol=1e-3))
with torch.no_grad():
    print("accuracy", ((model(X) > 0).float() == y).float().mean().item())
    print(f"loss {objective(model).item():.6f}")
