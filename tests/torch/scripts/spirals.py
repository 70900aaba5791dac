"""Three spirals: a ReLU network against a linear one."""

import math

import torch
import torch.nn.functional as F
from torch import nn, optim

torch.manual_seed(12345)
N, D, C, H = 60, 2, 3, 64

X = torch.zeros(N * C, D)
y = torch.zeros(N * C, dtype=torch.long)
for c in range(C):
    t = torch.linspace(0, 1, N)
    inner_var = torch.linspace((2 * math.pi / C) * c, (2 * math.pi / C) * (2 + c), N) + torch.randn(N) * 0.2
    for index, ix in enumerate(range(N * c, N * (c + 1))):
        X[ix] = t[index] * torch.FloatTensor((math.sin(inner_var[index]), math.cos(inner_var[index])))
        y[ix] = c

print("Shapes:")
print("X:", tuple(X.size()))
print("y:", tuple(y.size()))
print(X[58:62])


class Net(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.fc1 = nn.Linear(D, hidden)
        self.fc2 = nn.Linear(hidden, C)

    def forward(self, x):
        return self.fc2(F.relu(self.fc1(x)))


def train(model, steps, lr):
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.Adam(model.parameters(), lr=lr, weight_decay=1e-5)
    for t in range(steps):
        y_pred = model(X)
        loss = criterion(y_pred, y)
        _, predicted = torch.max(y_pred, 1)
        acc = (y == predicted).sum().float() / len(y)
        if t % 25 == 0:
            print(f"[STEP]: {t}, [LOSS]: {loss.item():.4f}, [ACCURACY]: {acc:.3f}")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return predicted


linear = nn.Sequential(nn.Linear(D, H), nn.Linear(H, C))
train(linear, 51, 1e-2)
net = Net(H)
predicted = train(net, 126, 2e-2)
confusion = torch.zeros(C, C, dtype=torch.int64)
for truth, guess in zip(y, predicted, strict=True):
    confusion[truth, guess] += 1
print(confusion)
