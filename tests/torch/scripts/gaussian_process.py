"""Gaussian process regression with Cholesky; hyperparameters by gradient of the marginal likelihood."""

import math

import torch

torch.manual_seed(23)
torch.set_default_dtype(torch.float64)


def rbf(a, b, length, scale):
    return scale**2 * torch.exp(-0.5 * torch.cdist(a, b) ** 2 / length**2)


X = torch.linspace(-3, 3, 15).unsqueeze(1)
y = torch.sin(1.5 * X).squeeze() + 0.2 * torch.randn(15)
grid = torch.tensor([-4.0, -2.0, -0.5, 1.0, 2.5, 5.0]).unsqueeze(1)


def nll(length, scale, noise):
    square = (X - X.T) ** 2
    K = scale**2 * torch.exp(-0.5 * square / length**2) + noise**2 * torch.eye(len(X))
    L = torch.linalg.cholesky(K)
    alpha = torch.cholesky_solve(y.unsqueeze(1), L).squeeze()
    return 0.5 * y @ alpha + L.diagonal().log().sum() + 0.5 * len(X) * math.log(2 * math.pi), L, alpha


log_params = torch.zeros(3, requires_grad=True)
optimizer = torch.optim.Adam([log_params], lr=0.1)
for step in range(61):
    optimizer.zero_grad()
    loss, _, _ = nll(*log_params.exp())
    loss.backward()
    if step % 10 == 0:
        print(f"{step:2d} nll {loss.item():.6f} gradient {log_params.grad.norm().item():.6f}")
    optimizer.step()
length, scale, noise = log_params.detach().exp()
print("length", length, "scale", scale, "noise", noise)

with torch.no_grad():
    loss, L, alpha = nll(length, scale, noise)
    Ks = rbf(X, grid, length, scale)
    mean = Ks.T @ alpha
    v = torch.linalg.solve_triangular(L, Ks, upper=False)
    cov = rbf(grid, grid, length, scale) - v.T @ v
    std = cov.diagonal().sqrt()
for g, m, s in zip(grid.squeeze(), mean, std, strict=True):
    print(f"x {g:+.1f} mean {m:+.5f} std {s:.5f} truth {math.sin(1.5 * g):+.5f}")
draws = mean[:, None] + torch.linalg.cholesky(cov + 1e-8 * torch.eye(6)) @ torch.randn(6, 3)
print(draws)
K = L @ L.T
print("logdet", 2 * L.diagonal().log().sum(), torch.logdet(K), torch.linalg.slogdet(K))
try:
    torch.linalg.cholesky(torch.tensor([[1.0, 2.0], [2.0, 1.0]]))
except RuntimeError as error:
    print(type(error).__name__, str(error).splitlines()[0])
