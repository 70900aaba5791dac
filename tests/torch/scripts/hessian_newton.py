"""Second derivatives: Hessians by double backward, Newton's method, a gradient penalty."""

import torch
from torch.autograd import grad


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def hessian(f, x):
    x = x.detach().requires_grad_(True)
    (g,) = grad(f(x), x, create_graph=True)
    rows = [grad(g[i], x, retain_graph=True)[0] for i in range(len(x))]
    return g.detach(), torch.stack(rows)


x = torch.tensor([-1.2, 1.0, 0.5], dtype=torch.float64)
g, H = hessian(rosenbrock, x)
print(g)
print(H)
print("functional:", torch.allclose(H, torch.autograd.functional.hessian(rosenbrock, x)))
print("eigenvalues", torch.linalg.eigvalsh(H))

for it in range(20):
    g, H = hessian(rosenbrock, x)
    eigenvalues = torch.linalg.eigvalsh(H)
    damping = max(0.0, 1e-3 - eigenvalues[0].item())
    step = torch.linalg.solve(H + damping * torch.eye(3, dtype=torch.float64), -g)
    t = 1.0
    while rosenbrock(x + t * step) > rosenbrock(x) + 1e-4 * t * g @ step and t > 1e-8:
        t /= 2
    x = x + t * step
    if it % 3 == 0:
        print(f"{it:2d} f {rosenbrock(x).item():.6e} |g| {g.norm().item():.3e} t {t}")
    if g.norm() < 1e-9:
        break
print(x)

# Third derivatives, one by one.
z = torch.tensor(0.7, requires_grad=True)
y = torch.sin(z) * torch.exp(-z)
for order in range(1, 5):
    (y,) = grad(y, z, create_graph=True)
    print(order, f"{y.item():+.5f}", y.grad_fn is not None)

# Hessian-vector product without the Hessian.
torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 1))
X, y = torch.randn(20, 3), torch.randn(20, 1)
params = list(net.parameters())
loss = torch.nn.functional.mse_loss(net(X), y)
grads = grad(loss, params, create_graph=True)
v = [torch.randn_like(p) for p in params]
dot = sum((g * u).sum() for g, u in zip(grads, v, strict=True))
hvp = grad(dot, params)
print([f"{h.norm().item():.4f}" for h in hvp])
print("vᵀHv", sum((h * u).sum() for h, u in zip(hvp, v, strict=True)))

# A gradient penalty, as in WGAN-GP.
inputs = torch.randn(6, 3, requires_grad=True)
(gi,) = grad(net(inputs).sum(), inputs, create_graph=True)
penalty = ((gi.norm(2, dim=1) - 1) ** 2).mean()
penalty.backward()
print(penalty, net[0].weight.grad.norm(), net[2].bias.grad)
jacobian = torch.autograd.functional.jacobian(net, X[0])
print(jacobian)
