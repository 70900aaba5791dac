"""A mixture of Gaussians by gradient ascent, and by EM, on the same data."""

import math

import torch

torch.manual_seed(21)
K, D = 3, 2
true_means = torch.tensor([[-3.0, 0.0], [0.0, 2.5], [3.0, -1.0]])
which = torch.randint(K, (300,))
X = true_means[which] + 0.6 * torch.randn(300, D)
print(X[:2], torch.bincount(which))


def log_prob(X, means, log_scale, logits):
    """log Σₖ πₖ N(x; μₖ, σₖ² I), of every row."""
    z = (X.unsqueeze(1) - means) / log_scale.exp()  # (n, K, D)
    component = -0.5 * z.square().sum(-1) - D * log_scale.squeeze(-1) - 0.5 * D * math.log(2 * math.pi)
    return torch.logsumexp(component + torch.log_softmax(logits, dim=0), dim=1), component


means = torch.randn(K, D, requires_grad=True)
log_scale = torch.zeros(K, 1, requires_grad=True)
logits = torch.zeros(K, requires_grad=True)
optimizer = torch.optim.Adam([means, log_scale, logits], lr=0.05)
for step in range(121):
    ll, _ = log_prob(X, means, log_scale, logits)
    loss = -ll.mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 20 == 0:
        print(f"step {step:3d} nll {loss.item():.4f}")
order = means[:, 0].argsort()
print(means.detach()[order])
print("sigma", log_scale.exp().flatten()[order])
print("pi", torch.softmax(logits, 0)[order])

torch.manual_seed(21)
means = X[torch.randperm(300)[:K]].clone()
log_scale, pi = torch.zeros(K, 1), torch.full((K,), 1 / K)
for iteration in range(1, 31):
    ll, component = log_prob(X, means, log_scale, pi.log())
    r = torch.exp(component + pi.log() - ll[:, None])  # responsibilities (n, K)
    total = r.sum(0)
    means = (r.T @ X) / total[:, None]
    square = (X[:, None] - means).square().sum(-1)
    log_scale = 0.5 * ((r * square).sum(0) / (D * total)).log()[:, None]
    pi = total / len(X)
    if iteration % 5 == 0:
        print(f"EM {iteration:2d} nll {-ll.mean():.4f}")
order = means[:, 0].argsort()
print(means[order], pi[order])
