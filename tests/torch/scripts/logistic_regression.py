"""Binary logistic regression: two Gaussian clouds, accuracy, the learned boundary."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class LogisticRegression(nn.Module):
    def __init__(self, n_features):
        super().__init__()
        self.linear = nn.Linear(n_features, 1)

    def forward(self, x):
        return torch.sigmoid(self.linear(x))


torch.manual_seed(42)
n = 100
X0 = torch.randn(n, 2) + torch.tensor([-1.5, -1.0])
X1 = torch.randn(n, 2) + torch.tensor([1.5, 1.0])
X = torch.cat([X0, X1])
y = torch.cat([torch.zeros(n), torch.ones(n)]).unsqueeze(1)

perm = torch.randperm(len(X))
X, y = X[perm], y[perm]
X_train, X_test = X[:160], X[160:]
y_train, y_test = y[:160], y[160:]
print(X_train.shape, X_test.shape, y_train.mean())

mu, sigma = X_train.mean(0), X_train.std(0)
X_train = (X_train - mu) / sigma
X_test = (X_test - mu) / sigma
print("mean", mu, "std", sigma)

model = LogisticRegression(2)
criterion = nn.BCELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)

for epoch in range(1, 101):
    y_hat = model(X_train)
    loss = criterion(y_hat, y_train)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 20 == 0:
        acc = ((y_hat > 0.5).float() == y_train).float().mean()
        print(f"Epoch [{epoch}/100] loss: {loss.item():.4f} accuracy: {acc.item():.3f}")

model.eval()
with torch.inference_mode():
    prob = model(X_test)
    print(prob[:5].squeeze())
    print("test loss", F.binary_cross_entropy(prob, y_test).item())
    pred = prob.round()
    tp = ((pred == 1) & (y_test == 1)).sum()
    fp = ((pred == 1) & (y_test == 0)).sum()
    fn = ((pred == 0) & (y_test == 1)).sum()
    print("precision", (tp / (tp + fp)).item(), "recall", (tp / (tp + fn)).item())
for name, value in model.state_dict().items():
    print(name, value)
