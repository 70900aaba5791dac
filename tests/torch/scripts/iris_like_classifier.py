"""Three species by four measurements: scaling, one-hot labels, confusion, argmax."""

import numpy as np
import torch
import torch.nn as nn

rng = np.random.RandomState(0)
means = np.array([[5.0, 3.4, 1.5, 0.2], [5.9, 2.8, 4.3, 1.3], [6.6, 3.0, 5.6, 2.0]])
X = np.vstack([m + 0.35 * rng.randn(50, 4) for m in means]).astype(np.float32)
y = np.repeat(np.arange(3), 50)
order = rng.permutation(150)
X, y = torch.from_numpy(X[order]), torch.LongTensor(y[order])
X = (X - X.mean(dim=0)) / X.std(dim=0)
print(X.dtype, y.dtype, X.shape, torch.bincount(y))
print(nn.functional.one_hot(y[:4], num_classes=3))

torch.manual_seed(41)


class Model(nn.Module):
    def __init__(self, in_features=4, h1=8, h2=9, out_features=3):
        super().__init__()
        self.fc1 = nn.Linear(in_features, h1)
        self.fc2 = nn.Linear(h1, h2)
        self.out = nn.Linear(h2, out_features)

    def forward(self, x):
        x = torch.relu(self.fc1(x))
        x = torch.relu(self.fc2(x))
        return self.out(x)


model = Model()
print(model)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
X_train, X_test, y_train, y_test = X[:120], X[120:], y[:120], y[120:]

losses = []
for i in range(60):
    y_pred = model.forward(X_train)
    loss = criterion(y_pred, y_train)
    losses.append(loss.detach().numpy())
    if i % 10 == 0:
        print(f"Epoch: {i} Loss: {loss:.5f}")
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print("best", float(np.min(losses)) < 0.2, len(losses))

correct = 0
with torch.no_grad():
    for i, data in enumerate(X_test):
        y_val = model(data)
        if i < 5:
            print(f"{i + 1}.) {y_val.argmax().item()} \t {y_test[i]} \t {y_val}")
        if y_val.argmax().item() == y_test[i]:
            correct += 1
print(f"We got {correct} of {len(y_test)} correct")
new = torch.tensor([0.1, -0.2, 0.6, 0.4])
with torch.no_grad():
    print(model(new), torch.softmax(model(new), dim=0))
