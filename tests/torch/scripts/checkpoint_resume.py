"""Save a checkpoint in the middle of training and resume from it: the same end, to the bit."""

import io
import tempfile
from pathlib import Path

import torch
import torch.nn as nn
import torch.optim as optim


def build():
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Linear(6, 16, bias=False), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 1)
    )
    optimizer = optim.Adam(model.parameters(), lr=1e-2)
    scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=10, gamma=0.5)
    return model, optimizer, scheduler


def train(model, optimizer, scheduler, X, y, start, stop):
    model.train()
    for epoch in range(start, stop):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(X), y)
        loss.backward()
        optimizer.step()
        scheduler.step()
        if epoch % 5 == 4:
            print(f"epoch {epoch + 1:2d} loss {loss.item():.5f} lr {scheduler.get_last_lr()[0]:.4f}")
    return loss.item()


torch.manual_seed(1)
X = torch.randn(50, 6)
y = X.sum(1, keepdim=True).relu()

model, optimizer, scheduler = build()
loss = train(model, optimizer, scheduler, X, y, 0, 15)

with tempfile.TemporaryDirectory() as folder:
    PATH = Path(folder) / "checkpoint.pt"
    torch.save(
        {
            "epoch": 15,
            "model_state_dict": model.state_dict(),
            "optimizer_state_dict": optimizer.state_dict(),
            "scheduler_state_dict": scheduler.state_dict(),
            "rng": torch.get_rng_state(),
            "loss": loss,
        },
        PATH,
    )
    straight = train(model, optimizer, scheduler, X, y, 15, 30)
    end = {k: v.clone() for k, v in model.state_dict().items()}

    model, optimizer, scheduler = build()
    checkpoint = torch.load(PATH, weights_only=True)
print(sorted(checkpoint), f"{checkpoint['loss']:.5f}")
print(model.load_state_dict(checkpoint["model_state_dict"]))
optimizer.load_state_dict(checkpoint["optimizer_state_dict"])
scheduler.load_state_dict(checkpoint["scheduler_state_dict"])
torch.set_rng_state(checkpoint["rng"])
resumed = train(model, optimizer, scheduler, X, y, checkpoint["epoch"], 30)
print("same loss:", straight == resumed)
print("same weights:", all(torch.equal(v, end[k]) for k, v in model.state_dict().items()))
print(sorted(optimizer.state_dict()["state"][0]), optimizer.state_dict()["param_groups"][0]["lr"])

buffer = io.BytesIO()
torch.save(model.state_dict(), buffer)
buffer.seek(0)
state = torch.load(buffer)
for name, value in state.items():
    print(name, value.dtype, tuple(value.shape), f"{value.double().sum().item():.4f}")
small = nn.Linear(6, 16, bias=False)
small.load_state_dict({k.removeprefix("0."): v for k, v in state.items() if k.startswith("0.")})
print(small.weight[0])
try:
    nn.Linear(6, 3).load_state_dict({"weight": torch.zeros(2, 6), "extra": torch.zeros(1)})
except RuntimeError as error:
    print(error)
