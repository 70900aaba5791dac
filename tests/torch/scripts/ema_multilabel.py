"""Multi-label tagging with an exponential moving average of the weights and thresholds per tag."""

import copy

import torch
import torch.nn as nn


class EMA:
    def __init__(self, model, decay):
        self.decay = decay
        self.shadow = copy.deepcopy(model).eval()
        for p in self.shadow.parameters():
            p.requires_grad_(False)

    @torch.no_grad()
    def update(self, model):
        for s, p in zip(self.shadow.parameters(), model.parameters(), strict=True):
            s.lerp_(p, 1 - self.decay)
        for s, b in zip(self.shadow.buffers(), model.buffers(), strict=True):
            s.copy_(b)


def f1(pred, target):
    tp = (pred & target).sum(0).float()
    return 2 * tp / (pred.sum(0) + target.sum(0)).clamp(min=1)


torch.manual_seed(8)
W = torch.randn(12, 5)
X = torch.randn(240, 12)
Y = (X @ W + torch.randn(240, 5) > 1.0).float()
X_train, X_test, Y_train, Y_test = X[:180], X[180:], Y[:180], Y[180:]
print("tags", Y_train.mean(0))

model = nn.Sequential(nn.Linear(12, 32, bias=False), nn.BatchNorm1d(32), nn.Hardswish(), nn.Linear(32, 5))
ema = EMA(model, decay=0.9)
pos_weight = (1 - Y_train.mean(0)) / Y_train.mean(0)
criterion = nn.BCEWithLogitsLoss(pos_weight=pos_weight)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=15)
for epoch in range(1, 16):
    model.train()
    for idx in torch.randperm(180).split(45):
        loss = criterion(model(X_train[idx]), Y_train[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        ema.update(model)
    scheduler.step()
    if epoch % 3 == 0:
        model.eval()
        with torch.no_grad():
            live = criterion(model(X_test), Y_test).item()
            averaged = criterion(ema.shadow(X_test), Y_test).item()
        print(
            f"epoch {epoch:2d} lr {scheduler.get_last_lr()[0]:.4f} train {loss.item():.4f} live {live:.4f} ema {averaged:.4f}"
        )

with torch.no_grad():
    probability = ema.shadow(X_test).sigmoid()
target = Y_test.bool()
print("F1 at 0.5", f1(probability > 0.5, target))
thresholds = torch.linspace(0.1, 0.9, 9)
scores = torch.stack([f1(probability > t, target) for t in thresholds])
best = scores.max(dim=0)
print("best F1  ", best.values)
print("threshold", thresholds[best.indices])
print("exact match", (probability.round().bool() == target).all(dim=1).float().mean())
print("Hamming", (probability.round() != Y_test).float().mean())
order = probability[:, 0].argsort(descending=True)
precision = Y_test[order, 0].cumsum(0) / torch.arange(1, 61)
print("average precision", (precision * Y_test[order, 0]).sum() / Y_test[:, 0].sum())
