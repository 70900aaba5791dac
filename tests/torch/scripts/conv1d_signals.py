"""Conv1d classifier of waveforms: sine, square, sawtooth; global average pooling."""

import torch
from torch import nn

torch.manual_seed(10)
LENGTH = 64


def waves(n):
    t = torch.linspace(0, 1, LENGTH).repeat(n, 1)
    freq = 2 + 3 * torch.rand(n, 1)
    phase = torch.rand(n, 1)
    kind = torch.randint(3, (n,))
    cycle = (freq * t + phase) % 1.0
    choices = torch.stack(
        [torch.sin(2 * torch.pi * cycle), torch.where(cycle < 0.5, 1.0, -1.0), 2 * cycle - 1]
    )
    x = choices[kind, torch.arange(n)]
    return (x + 0.15 * torch.randn(n, LENGTH)).unsqueeze(1), kind


class ConvBlock(nn.Sequential):
    def __init__(self, c_in, c_out, k):
        super().__init__(
            nn.Conv1d(c_in, c_out, k, padding=k // 2, bias=False),
            nn.BatchNorm1d(c_out),
            nn.ReLU(inplace=True),
            nn.MaxPool1d(2),
        )


model = nn.Sequential(
    ConvBlock(1, 8, 7),
    ConvBlock(8, 16, 5),
    nn.Dropout1d(0.1),
    nn.AdaptiveAvgPool1d(1),
    nn.Flatten(),
    nn.Linear(16, 3),
)
print(model)
x, y = waves(4)
for layer in model:
    x = layer(x)
    print(f"{layer.__class__.__name__:18s} {tuple(x.shape)}")

train_x, train_y = waves(128)
test_x, test_y = waves(64)
criterion = nn.CrossEntropyLoss(label_smoothing=0.05)
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for epoch in range(1, 9):
    model.train()
    epoch_loss = 0.0
    for idx in torch.randperm(128).view(4, 32):
        optimizer.zero_grad()
        loss = criterion(model(train_x[idx]), train_y[idx])
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item() / 4
    print(f"epoch {epoch} loss {epoch_loss:.4f}")

model.eval()
with torch.no_grad():
    scores = model(test_x)
    guess = scores.argmax(1)
    confusion = torch.zeros(3, 3, dtype=torch.long)
    confusion.index_put_((test_y, guess), torch.tensor(1), accumulate=True)
print(confusion)
print(f"accuracy {(guess == test_y).double().mean():.4f}")
print(scores[:3])
