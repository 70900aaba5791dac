"""Modules within modules: shared trunk and heads, ModuleDict, buffers, apply, surgery, printing."""

from collections import OrderedDict

import torch
from torch import nn


class Standardize(nn.Module):
    def __init__(self, data):
        super().__init__()
        self.register_buffer("mean", data.mean(0))
        self.register_buffer("std", data.std(0))

    def forward(self, x):
        return (x - self.mean) / self.std


class MultiTask(nn.Module):
    def __init__(self, scaler, heads):
        super().__init__()
        self.scaler = scaler
        self.trunk = nn.Sequential(
            OrderedDict(
                [
                    ("fc1", nn.Linear(5, 16)),
                    ("act1", nn.SiLU()),
                    ("fc2", nn.Linear(16, 16)),
                    ("act2", nn.Softplus()),
                ]
            )
        )
        self.heads = nn.ModuleDict({name: nn.Linear(16, size) for name, size in heads.items()})
        self.log_var = nn.ParameterDict({name: nn.Parameter(torch.zeros(())) for name in heads})

    def forward(self, x):
        h = self.trunk(self.scaler(x))
        return {name: head(h) for name, head in self.heads.items()}


def init_weights(m):
    if isinstance(m, nn.Linear):
        nn.init.kaiming_normal_(m.weight, nonlinearity="relu")
        nn.init.constant_(m.bias, 0.01)


torch.manual_seed(65)
X = 3 * torch.randn(90, 5) + 1
height = X[:, :2].sum(1, keepdim=True) + 0.1 * torch.randn(90, 1)
kind = (X[:, 2] > X[:, 3]).long() + (X[:, 4] > 1).long()
model = MultiTask(Standardize(X), {"height": 1, "kind": 3})
model.apply(init_weights)
print(model)
for name, tensor in model.state_dict().items():
    print(f"{name:22s} {tuple(tensor.shape)}")
print([name for name, _ in model.named_children()], sum(1 for _ in model.modules()))

optimizer = torch.optim.Adagrad(model.parameters(), lr=0.1)
for epoch in range(1, 31):
    out = model(X)
    losses = {
        "height": nn.functional.mse_loss(out["height"], height),
        "kind": nn.functional.cross_entropy(out["kind"], kind, weight=torch.tensor([1.0, 0.5, 1.0])),
    }
    loss = sum(torch.exp(-model.log_var[k]) * v + model.log_var[k] for k, v in losses.items())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 6 == 0:
        parts = " ".join(f"{k} {v.item():.4f}" for k, v in losses.items())
        print(f"epoch {epoch:2d} total {loss.item():.4f} {parts}")

model.trunk.act2 = nn.Identity()
model.heads["extra"] = nn.Linear(16, 2, bias=False)
print(model.heads, len(model.trunk), model.trunk[0] is model.trunk.fc1)
try:
    model.load_state_dict({"trunk.fc1.weight": torch.zeros(3, 5)}, strict=False)
except RuntimeError as error:
    print(error)
try:
    model(torch.randn(2, 4))
except RuntimeError as error:
    print("RuntimeError:", error)
flat = nn.utils.parameters_to_vector(model.trunk.parameters())
print(flat.shape, flat.norm())
