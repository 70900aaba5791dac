"""Linear regression on synthetic data, the shortest complete training loop."""

import torch
from torch import nn

torch.manual_seed(0)

true_w = torch.tensor([2.0, -3.4])
true_b = 4.2
X = torch.randn(200, 2)
y = X @ true_w + true_b + 0.01 * torch.randn(200)
y = y.reshape(-1, 1)
print(X[:3])
print(y[:3])

model = nn.Linear(2, 1)
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

print(model)
print("initial weight:", model.weight.data, "bias:", model.bias.data)

for epoch in range(60):
    pred = model(X)
    loss = loss_fn(pred, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if (epoch + 1) % 10 == 0:
        print(f"epoch {epoch + 1:3d}, loss {loss.item():.6f}")

w, b = model.weight.detach(), model.bias.detach()
print("error in w:", true_w - w.reshape(true_w.shape))
print("error in b:", true_b - b)

with torch.no_grad():
    print("prediction at (1, 1):", model(torch.ones(1, 2)).item())
