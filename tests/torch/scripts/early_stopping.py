"""Early stopping with patience and the best weights put back."""

import copy

import torch
from torch import nn


class EarlyStopping:
    def __init__(self, patience=5, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best = float("inf")
        self.counter = 0
        self.best_state = None

    def __call__(self, loss, model, epoch):
        if loss < self.best - self.min_delta:
            self.best, self.counter, self.best_epoch = loss, 0, epoch
            self.best_state = copy.deepcopy(model.state_dict())
        else:
            self.counter += 1
        return self.counter >= self.patience


torch.manual_seed(17)
n_train, n_val = 24, 100
X = torch.rand(n_train + n_val, 1) * 4 - 2
y = torch.sin(2 * X) + 0.3 * torch.randn_like(X)
powers = torch.cat([X**k for k in range(1, 9)], dim=1)
powers = (powers - powers[:n_train].mean(0)) / powers[:n_train].std(0)
X_train, y_train, X_val, y_val = powers[:n_train], y[:n_train], powers[n_train:], y[n_train:]

model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
criterion = nn.MSELoss()
stopper = EarlyStopping(patience=15, min_delta=1e-3)

for epoch in range(300):
    model.train()
    optimizer.zero_grad()
    train_loss = criterion(model(X_train), y_train)
    train_loss.backward()
    optimizer.step()

    model.eval()
    with torch.no_grad():
        val_loss = criterion(model(X_val), y_val)
    if epoch % 5 == 0:
        print(f"epoch {epoch:3d} train {train_loss:.4f} val {val_loss:.4f} patience {stopper.counter}")
    if stopper(val_loss.item(), model, epoch):
        print(f"stopped at epoch {epoch}, best epoch {stopper.best_epoch} with {stopper.best:.4f}")
        break

last = criterion(model(X_val), y_val).item()
print(model.load_state_dict(stopper.best_state))
restored = criterion(model(X_val), y_val).item()
print(f"last {last:.4f} restored {restored:.4f}", restored <= last)
