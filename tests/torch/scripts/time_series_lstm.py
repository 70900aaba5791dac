"""Forecast a noisy seasonal series with an LSTM over sliding windows; LSTMCell for the rollout."""

import torch
from torch import nn

torch.manual_seed(55)
time = torch.arange(0, 160, dtype=torch.float32)
series = torch.sin(0.2 * time) + 0.5 * torch.sin(0.05 * time) + 0.05 * torch.randn(160)
train, test = series[:120], series[120:]
low, high = train.min(), train.max()
scaled = (series - low) / (high - low) * 2 - 1
windows = scaled.unfold(0, 13, 1)
x, y = windows[:, :12].unsqueeze(-1), windows[:, 12:]
x_train, y_train, x_test, y_test = x[:108], y[:108], x[108:], y[108:]
print(windows.shape, x_train.shape, y_test.shape, low, high)


class Forecaster(nn.Module):
    def __init__(self, hidden=16):
        super().__init__()
        self.lstm = nn.LSTM(input_size=1, hidden_size=hidden, batch_first=True)
        self.linear = nn.Linear(hidden, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.linear(out[:, -1])


model = Forecaster()
loss_fn = nn.HuberLoss(delta=0.5)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(1, 31):
    perm = torch.randperm(len(x_train))
    for idx in perm.split(36):
        optimizer.zero_grad()
        loss = loss_fn(model(x_train[idx]), y_train[idx])
        loss.backward()
        optimizer.step()
    if epoch % 5 == 0:
        with torch.no_grad():
            rmse = nn.functional.mse_loss(model(x_test), y_test).sqrt()
        print(f"epoch {epoch:2d} loss {loss.item():.5f} test rmse {rmse.item():.4f}")

cell = nn.LSTMCell(1, 16)
with torch.no_grad():
    for name, p in model.lstm.named_parameters():
        getattr(cell, name.removesuffix("_l0")).copy_(p)
    window = x_test[0]
    h, c = torch.zeros(1, 16), torch.zeros(1, 16)
    for value in window:
        h, c = cell(value.unsqueeze(0), (h, c))
    print("cell agrees:", torch.allclose(model.linear(h), model(window[None]), atol=1e-5))
    forecast = []
    for _ in range(10):
        step = model.linear(h)
        forecast.append(step.item())
        h, c = cell(step, (h, c))
forecast = (torch.tensor(forecast) + 1) / 2 * (high - low) + low
print(forecast)
print(test[:10])
naive = (y_test[1:] - y_test[:-1]).abs().mean()
print(f"naive {naive.item():.4f}")
