"""An autoencoder squeezes points near a curve in 8 dimensions through 2."""

import torch
from torch import nn


class AutoEncoder(nn.Module):
    def __init__(self, n_in, n_code):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(n_in, 16), nn.ReLU(True), nn.Linear(16, n_code))
        self.decoder = nn.Sequential(nn.Linear(n_code, 16), nn.ReLU(True), nn.Linear(16, n_in))

    def forward(self, x):
        code = self.encoder(x)
        return code, self.decoder(code)


torch.manual_seed(5)
t = torch.linspace(0, 6.28, 128).unsqueeze(1)
frequencies = torch.arange(1, 9).float() / 4
data = torch.sin(t * frequencies) + 0.02 * torch.randn(128, 8)
print(data.shape, data.mean().item(), data.var().item())

model = AutoEncoder(8, 2)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2, weight_decay=1e-5)
criterion = nn.MSELoss()
before = criterion(model(data)[1], data)
print("before", before)

for epoch in range(100):
    code, output = model(data)
    loss = criterion(output, data)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 10 == 9:
        print(f"epoch [{epoch + 1}/100], loss: {loss.item():.4f}")

with torch.no_grad():
    code, output = model(data)
    errors = (output - data).square().mean(dim=1)
    print("code range", code.amin(0), code.amax(0))
    print("worst", errors.topk(3))
    odd = data[:3].flip(1)
    print("anomaly score", (model(odd)[1] - odd).square().mean(1))
