"""Transfer: pretrain, replace the head, freeze the body, then unfreeze with a smaller rate."""

import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, n_classes):
        super().__init__()
        self.features = nn.Sequential(nn.Linear(8, 24), nn.ReLU(), nn.Linear(24, 12), nn.ReLU())
        self.classifier = nn.Linear(12, n_classes)

    def forward(self, x):
        return self.classifier(self.features(x))


def accuracy(model, X, y):
    with torch.no_grad():
        return (model(X).argmax(1) == y).float().mean().item()


def fit(model, X, y, optimizer, steps):
    for _ in range(steps):
        loss = nn.functional.cross_entropy(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


torch.manual_seed(50)
centers = 1.2 * torch.randn(5, 8)
y_big = torch.randint(5, (300,))
X_big = centers[y_big] + torch.randn(300, 8)
model = Net(5)
adam = torch.optim.Adam(model.parameters(), 1e-2)
print(f"pretraining {fit(model, X_big, y_big, adam, 40):.4f} {accuracy(model, X_big, y_big):.3f}")

mixed = centers[:3] + 0.3 * torch.randn(3, 8)
y_small = torch.arange(30) % 3
X_small = mixed[y_small] + torch.randn(30, 8)

for param in model.parameters():
    param.requires_grad = False
num_ftrs = model.classifier.in_features
model.classifier = nn.Linear(num_ftrs, 3)
for name, p in model.named_parameters():
    print(f"{name:20s} {p.requires_grad}")

frozen = model.features[0].weight.clone()
optimizer = torch.optim.SGD(filter(lambda p: p.requires_grad, model.parameters()), lr=0.05, momentum=0.9)
print(f"head only {fit(model, X_small, y_small, optimizer, 30):.4f} {accuracy(model, X_small, y_small):.3f}")
print("body unchanged:", torch.equal(frozen, model.features[0].weight), model.features[0].weight.grad.norm())

model.features.requires_grad_(True)
optimizer = torch.optim.SGD(
    [{"params": model.features.parameters(), "lr": 1e-3}, {"params": model.classifier.parameters()}],
    lr=1e-2,
    momentum=0.9,
)
print(f"fine-tuned {fit(model, X_small, y_small, optimizer, 30):.4f} {accuracy(model, X_small, y_small):.3f}")
print("body moved by", (model.features[0].weight - frozen).norm())

scratch = Net(3)
print(
    f"from scratch {fit(scratch, X_small, y_small, torch.optim.SGD(scratch.parameters(), 0.01, 0.9), 60):.4f}"
)
y_new = torch.randint(3, (200,))
X_new = mixed[y_new] + torch.randn(200, 8)
print(
    f"new data: transferred {accuracy(model, X_new, y_new):.3f} scratch {accuracy(scratch, X_new, y_new):.3f}"
)

donor = model.features.state_dict()
other = Net(7)
print(other.load_state_dict({f"features.{k}": v for k, v in donor.items()}, strict=False))
print(torch.equal(other.features[2].weight, model.features[2].weight))
