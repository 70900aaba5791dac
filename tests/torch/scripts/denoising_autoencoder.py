"""Denoise signals: the input is corrupted by masking and noise, the target is clean."""

import torch
from torch import nn

torch.manual_seed(8)


def clean_signals(n, length=24):
    phase = 2 * torch.pi * torch.rand(n, 1)
    rate = 1 + torch.randint(0, 3, (n, 1))
    t = torch.linspace(0, 1, length)
    return torch.sin(2 * torch.pi * rate * t + phase)


def corrupt(x, p=0.2, sigma=0.1):
    mask = torch.bernoulli(torch.full_like(x, 1 - p))
    return x * mask + sigma * torch.randn_like(x)


train, test = clean_signals(200), clean_signals(50)
noisy_test = corrupt(test)

net = nn.Sequential(
    nn.Linear(24, 48),
    nn.LayerNorm(48),
    nn.GELU(),
    nn.Linear(48, 8),
    nn.Linear(8, 48),
    nn.LeakyReLU(0.1),
    nn.Linear(48, 24),
)
print(net)
opt = torch.optim.AdamW(net.parameters(), lr=5e-3, weight_decay=1e-2)
loss_fn = nn.SmoothL1Loss(beta=0.5)

for epoch in range(1, 41):
    net.train()
    idx = torch.randperm(len(train))
    total = 0.0
    for batch in idx.chunk(4):
        target = train[batch]
        loss = loss_fn(net(corrupt(target)), target)
        opt.zero_grad(set_to_none=True)
        loss.backward()
        opt.step()
        total += loss.item()
    if epoch % 8 == 0:
        print(f"epoch {epoch:2d}  train {total / 4:.4f}")

net.eval()
with torch.no_grad():
    restored = net(noisy_test)
    before = nn.functional.mse_loss(noisy_test, test)
    after = nn.functional.mse_loss(restored, test)
    print(f"mse {before:.4f} -> {after:.4f}")
    print(torch.stack([test[0, :6], noisy_test[0, :6], restored[0, :6]]))
    print(nn.functional.cosine_similarity(restored, test)[:5])
