"""Batch normalisation by hand and by nn: train and eval, running statistics, momentum, no tracking."""

import torch
from torch import nn


class MyBatchNorm1d(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(num_features))
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("moving_mean", torch.zeros(num_features))
        self.register_buffer("moving_var", torch.ones(num_features))
        self.eps, self.momentum = eps, momentum

    def forward(self, X):
        if self.training:
            mean, var = X.mean(dim=0), X.var(dim=0, unbiased=False)
            n = len(X)
            with torch.no_grad():
                self.moving_mean.mul_(1 - self.momentum).add_(self.momentum * mean)
                self.moving_var.lerp_(var * n / (n - 1), self.momentum)
        else:
            mean, var = self.moving_mean, self.moving_var
        return self.gamma * (X - mean) / torch.sqrt(var + self.eps) + self.beta


torch.manual_seed(9)
mine, theirs = MyBatchNorm1d(3), nn.BatchNorm1d(3)
print(theirs, list(theirs.state_dict()))
for _ in range(5):
    X = torch.randn(16, 3) * torch.tensor([1.0, 2.0, 0.5]) + torch.tensor([0.0, 5.0, -1.0])
    a, b = mine(X), theirs(X)
    print(torch.allclose(a, b, atol=1e-5), theirs.running_mean, theirs.num_batches_tracked)
print(mine.moving_var, theirs.running_var)

mine.eval()
theirs.eval()
X = torch.ones(2, 3)
print(mine(X), theirs(X))
before = theirs.running_mean.clone()
theirs(torch.randn(100, 3) * 50)
print("eval leaves statistics:", torch.equal(before, theirs.running_mean))

theirs.train()
try:
    theirs(torch.randn(1, 3))
except ValueError as error:
    print("ValueError:", error)

no_stats = nn.BatchNorm1d(3, affine=False, track_running_stats=False)
print(no_stats.running_mean, len(list(no_stats.parameters())), no_stats.eval()(torch.arange(6.0).view(2, 3)))

model = nn.Sequential(nn.Linear(3, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.1)
data = torch.randn(128, 3)
target = data.prod(1, keepdim=True)
for epoch in range(4):
    for xb, yb in zip(data.split(32), target.split(32), strict=True):
        opt.zero_grad()
        loss = (model(xb) - yb).pow(2).mean()
        loss.backward()
        opt.step()
    model.eval()
    with torch.no_grad():
        print(
            f"epoch {epoch} train-mode {loss.item():.4f} eval-mode {(model(data) - target).pow(2).mean().item():.4f}"
        )
    model.train()
for cls in (nn.LayerNorm(4), nn.GroupNorm(2, 4), nn.InstanceNorm1d(4)):
    out = cls(torch.arange(32.0).view(2, 4, 4))
    print(cls, out[0, 0])
