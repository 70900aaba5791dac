"""A GAN that learns a one-dimensional Gaussian."""

import torch
import torch.nn as nn
import torch.optim as optim

data_mean, data_stddev = 4.0, 1.25


def real_sampler(m, n):
    return torch.normal(data_mean, data_stddev, size=(m, n))


class Generator(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.map1 = nn.Linear(1, hidden)
        self.map2 = nn.Linear(hidden, 1)

    def forward(self, x):
        return self.map2(torch.nn.functional.elu(self.map1(x)))


class Discriminator(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(1, hidden), nn.LeakyReLU(0.2), nn.Linear(hidden, 1), nn.Sigmoid())

    def forward(self, x):
        return self.net(x)


def stats(d):
    return f"mean {d.mean().item():.3f} std {d.std().item():.3f}"


torch.manual_seed(4)
G, D = Generator(8), Discriminator(16)
criterion = nn.BCELoss()
g_optimizer = optim.Adam(G.parameters(), lr=0.02, betas=(0.5, 0.999))
d_optimizer = optim.Adam(D.parameters(), lr=0.02, betas=(0.5, 0.999))
ones, zeros = torch.ones(64, 1), torch.zeros(64, 1)
print("start ", stats(G(torch.rand(500, 1)).detach()))

for epoch in range(1, 101):
    D.zero_grad()
    d_real_loss = criterion(D(real_sampler(64, 1)), ones)
    d_fake = G(torch.randn(64, 1)).detach()
    d_fake_loss = criterion(D(d_fake), zeros)
    (d_real_loss + d_fake_loss).backward()
    d_optimizer.step()

    G.zero_grad()
    g_fake = G(torch.randn(64, 1))
    g_loss = criterion(D(g_fake), ones)
    g_loss.backward()
    g_optimizer.step()
    if epoch % 10 == 0:
        print(
            f"{epoch:3d} D real {d_real_loss.item():.3f} fake {d_fake_loss.item():.3f} G {g_loss.item():.3f} | {stats(g_fake)}"
        )

with torch.no_grad():
    samples = G(torch.randn(1000, 1))
print("end   ", stats(samples))
print("hist  ", torch.histc(samples, bins=8, min=0, max=8).int().tolist())
print("D at 0, 4, 8:", D(torch.tensor([[0.0], [4.0], [8.0]])).squeeze())
