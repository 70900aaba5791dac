"""Least squares five ways, conditioning, ridge, and what singular matrices say."""

import torch

torch.manual_seed(19)
n, d = 40, 5
X = torch.randn(n, d, dtype=torch.float64)
w = torch.arange(1.0, d + 1, dtype=torch.float64)
y = X @ w + 0.1 * torch.randn(n, dtype=torch.float64)

normal = torch.linalg.solve(X.T @ X, X.T @ y)
Q, R = torch.linalg.qr(X)
by_qr = torch.linalg.solve_triangular(R, (Q.T @ y).unsqueeze(1), upper=True).squeeze(1)
L = torch.linalg.cholesky(X.T @ X)
by_cholesky = torch.cholesky_solve((X.T @ y)[:, None], L)[:, 0]
by_pinv = torch.linalg.pinv(X) @ y
by_lstsq = torch.linalg.lstsq(X, y[:, None]).solution[:, 0]
print(normal)
for other in (by_qr, by_cholesky, by_pinv, by_lstsq):
    print(torch.allclose(normal, other))

residual = y - X @ normal
sigma2 = residual.square().sum() / (n - d)
covariance = sigma2 * torch.linalg.inv(X.T @ X)
print("standard errors", covariance.diagonal().sqrt())
hat = (Q * Q).sum(1)
print("leverages", f"{hat.sum():.4f}", hat.topk(3))

for lam in (0.0, 1.0, 100.0):
    ridge = torch.linalg.solve(X.T @ X + lam * torch.eye(d, dtype=torch.float64), X.T @ y)
    print(f"ridge {lam:5.1f} |w| {ridge.norm():.5f}")

for k in (3, 6):
    H = 1 / (torch.arange(k)[:, None] + torch.arange(k) + 1.0).double()
    print(f"Hilbert {k} cond {torch.linalg.cond(H):.4e} det {torch.linalg.det(H):.4e}")

w_grad = torch.zeros(d, dtype=torch.float64, requires_grad=True)
step = 1 / torch.linalg.matrix_norm(X.T @ X, 2)
for it in range(60):
    loss = 0.5 * (X @ w_grad - y).square().sum()
    (g,) = torch.autograd.grad(loss, w_grad)
    with torch.no_grad():
        w_grad -= step * g
    if it % 15 == 14:
        print(f"gradient descent {it + 1} distance {torch.dist(w_grad, normal):.6f}")

singular = torch.tensor([[1.0, 2.0], [2.0, 4.0]])
for attempt in (
    lambda: torch.linalg.inv(singular),
    lambda: torch.linalg.solve(singular, torch.ones(2)),
    lambda: torch.linalg.cholesky(-singular),
    lambda: torch.inverse(torch.stack([torch.eye(2), torch.zeros(2, 2)])),
    lambda: torch.linalg.svd(singular / 0 * 0),
    lambda: torch.linalg.inv(torch.ones(2, 3)),
    lambda: singular @ torch.ones(3),
):
    try:
        print(attempt())
    except RuntimeError as error:
        print(type(error).__name__, error)
print(torch.linalg.matrix_rank(singular), torch.linalg.pinv(singular))
batch = torch.stack([torch.eye(2), 2 * torch.eye(2), torch.tensor([[0.0, 1.0], [1.0, 0.0]])])
print(torch.linalg.solve(batch, torch.ones(3, 2, 1)).squeeze(-1), torch.logdet(batch[:2]))
