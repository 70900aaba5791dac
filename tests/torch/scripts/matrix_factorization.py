"""Recommend by factorizing a ratings matrix: embeddings, biases, row-wise dot products."""

import torch
from torch import nn


class MatrixFactorization(nn.Module):
    def __init__(self, n_users, n_items, n_factors=4):
        super().__init__()
        self.user_factors = nn.Embedding(n_users, n_factors)
        self.item_factors = nn.Embedding(n_items, n_factors)
        self.user_biases = nn.Embedding(n_users, 1)
        self.item_biases = nn.Embedding(n_items, 1)
        self.user_factors.weight.data.uniform_(-0.05, 0.05)
        self.item_factors.weight.data.uniform_(-0.05, 0.05)
        self.user_biases.weight.data.fill_(-0.01)
        self.item_biases.weight.data.fill_(0.01)

    def forward(self, user, item):
        pred = self.user_biases(user) + self.item_biases(item)
        pred = pred + (self.user_factors(user) * self.item_factors(item)).sum(dim=1, keepdim=True)
        return pred.squeeze()

    def regularizer(self):
        return sum(p.norm() ** 2 for p in (self.user_factors.weight, self.item_factors.weight))


torch.manual_seed(99)
n_users, n_items = 30, 20
U, V = torch.randn(n_users, 2), torch.randn(n_items, 2)
ratings = (3 + U @ V.T + 0.2 * torch.randn(n_users, n_items)).clamp(1, 5).round()
observed = torch.rand(n_users, n_items) < 0.4
users, items = observed.nonzero(as_tuple=True)
values = ratings[users, items]
print(len(values), values[:10], torch.unique(values, return_counts=True))

mean = values.mean()
model = MatrixFactorization(n_users, n_items)
optimizer = torch.optim.SGD(model.parameters(), lr=2.0)
for epoch in range(1, 101):
    optimizer.zero_grad()
    prediction = model(users, items) + mean
    mse = nn.functional.mse_loss(prediction, values)
    loss = mse + 1e-4 * model.regularizer()
    loss.backward()
    optimizer.step()
    if epoch % 10 == 0:
        print(f"epoch {epoch:3d} rmse {mse.sqrt().item():.4f} loss {loss.item():.4f}")

with torch.no_grad():
    full = mean + model.user_factors.weight @ model.item_factors.weight.t()
    full += model.user_biases.weight + model.item_biases.weight.T
    held_out = (full - ratings)[~observed].pow(2).mean().sqrt()
    print("held-out rmse", held_out)
    scores = full[0].masked_fill(observed[0], float("-inf"))
    top = scores.topk(3)
    print("recommend to user 0:", top.indices.tolist(), top.values)
    print(torch.linalg.matrix_rank(full - full.mean(0) - full.mean(1, keepdim=True) + full.mean()))
