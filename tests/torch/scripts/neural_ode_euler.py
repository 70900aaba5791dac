"""A neural ODE: fit a spiral's vector field through Euler and midpoint steps."""

from itertools import pairwise

import torch
import torch.nn as nn

torch.manual_seed(14)
A = torch.tensor([[-0.1, 2.0], [-2.0, -0.1]])
t = torch.linspace(0.0, 2.0, 21)


def odeint(func, y0, t, method="midpoint"):
    ys = [y0]
    for t0, t1 in pairwise(t):
        h, y = t1 - t0, ys[-1]
        k = func(t0, y)
        if method == "midpoint":
            k = func(t0 + h / 2, y + h / 2 * k)
        ys.append(y + h * k)
    return torch.stack(ys)


class Lambda(nn.Module):
    def forward(self, t, y):
        return torch.mm(y**3, A)


class ODEFunc(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 24), nn.Tanh(), nn.Linear(24, 2))
        for m in self.net.modules():
            if isinstance(m, nn.Linear):
                nn.init.normal_(m.weight, mean=0, std=0.1)
                nn.init.constant_(m.bias, val=0)

    def forward(self, t, y):
        return self.net(y**3)


y0 = torch.tensor([[2.0, 0.0]])
with torch.no_grad():
    fine = odeint(Lambda(), y0, torch.linspace(0, 2, 401))[::20]
    true_y = odeint(Lambda(), y0, t)
    for method in ("euler", "midpoint"):
        coarse = odeint(Lambda(), y0, t, method)
        print(f"{method:9s} error {(coarse - fine).abs().mean().item():.4f}")
print(fine.shape, fine[::5, 0])

func = ODEFunc()
optimizer = torch.optim.Adam(func.parameters(), lr=1e-2)
for itr in range(1, 41):
    start = torch.randint(0, 16, (10,))
    batch_y0 = fine[start]  # (10, 1, 2)
    target = torch.stack([fine[start + i] for i in range(6)])
    optimizer.zero_grad()
    pred_y = odeint(func, batch_y0.reshape(10, 2), t[:6]).unsqueeze(2)
    loss = torch.mean(torch.abs(pred_y - target))
    loss.backward()
    optimizer.step()
    if itr % 5 == 0:
        with torch.no_grad():
            total = (odeint(func, y0, t) - fine).abs().mean()
        print(f"Iter {itr:04d} | batch loss {loss.item():.5f} | whole {total.item():.5f}")

with torch.no_grad():
    points = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    print(func(0, points))
    print(Lambda()(0, points))
