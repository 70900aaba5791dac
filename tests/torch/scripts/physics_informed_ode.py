"""A network that satisfies an oscillator's equation: derivatives in the loss."""

import torch
from torch import nn

torch.manual_seed(123)
d, w0 = 1.0, 4.0
omega = (w0**2 - d**2) ** 0.5


def oscillator(t):
    phi = torch.atan(torch.tensor(-d / omega))
    A = 1 / (2 * torch.cos(phi))
    return torch.exp(-d * t) * 2 * A * torch.cos(phi + omega * t)


class FCN(nn.Module):
    def __init__(self, n_input, n_output, n_hidden, n_layers):
        super().__init__()
        self.fcs = nn.Sequential(nn.Linear(n_input, n_hidden), nn.Tanh())
        self.fch = nn.Sequential(
            *[nn.Sequential(nn.Linear(n_hidden, n_hidden), nn.Tanh()) for _ in range(n_layers - 1)]
        )
        self.fce = nn.Linear(n_hidden, n_output)

    def forward(self, x):
        return self.fce(self.fch(self.fcs(x)))


pinn = FCN(1, 1, 24, 2)
t_boundary = torch.tensor(0.0).view(-1, 1).requires_grad_(True)
t_physics = torch.linspace(0, 1, 20).view(-1, 1).requires_grad_(True)
t_test = torch.linspace(0, 1, 5).view(-1, 1)
mu, k = 2 * d, w0**2
optimizer = torch.optim.Adam(pinn.parameters(), lr=3e-3)
for i in range(121):
    optimizer.zero_grad()
    u = pinn(t_boundary)
    loss1 = (torch.squeeze(u) - 1) ** 2
    dudt = torch.autograd.grad(u, t_boundary, torch.ones_like(u), create_graph=True)[0]
    loss2 = torch.squeeze(dudt) ** 2

    u = pinn(t_physics)
    dudt = torch.autograd.grad(u, t_physics, torch.ones_like(u), create_graph=True)[0]
    d2udt2 = torch.autograd.grad(dudt, t_physics, torch.ones_like(dudt), create_graph=True)[0]
    loss3 = torch.mean((d2udt2 + mu * dudt + k * u) ** 2)

    loss = loss1 + 1e-1 * loss2 + 1e-2 * loss3
    loss.backward()
    optimizer.step()
    if i % 15 == 0:
        error = (pinn(t_test).detach() - oscillator(t_test)).abs().mean()
        parts = f"value {loss1.item():.4f} slope {loss2.item():.4f} physics {loss3.item():.3f}"
        print(f"{i:3d} loss {loss.item():.4f} {parts} error {error:.4f}")

for t, u, truth in zip(t_test, pinn(t_test), oscillator(t_test), strict=True):
    print(f"t {t.item():.2f} network {u.item():+.3f} exact {truth.item():+.3f}")

# An unknown coefficient of y' = -r y, from data, through the same machinery.
r = nn.Parameter(torch.tensor([0.5]))
net = FCN(1, 1, 16, 1)
t = torch.linspace(0, 2, 15).view(-1, 1).requires_grad_(True)
data = torch.exp(-1.3 * t.detach())
opt = torch.optim.Adam([*net.parameters(), r], lr=2e-2)
for step in range(1, 101):
    y = net(t)
    dy = torch.autograd.grad(y.sum(), t, create_graph=True)[0]
    loss = (y - data).pow(2).mean() + (dy + r * y).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 20 == 0:
        print(f"step {step} loss {loss.item():.5f} r {r.item():.4f}")
