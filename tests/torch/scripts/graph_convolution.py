"""A graph convolutional network on a two-community graph: semi-supervised node labels."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class GraphConvolution(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(in_features, out_features))
        if bias:
            self.bias = nn.Parameter(torch.empty(out_features))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self):
        nn.init.xavier_uniform_(self.weight, gain=nn.init.calculate_gain("relu"))
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def forward(self, x, adj):
        out = adj @ (x @ self.weight)
        return out + self.bias if self.bias is not None else out

    def extra_repr(self):
        return f"{self.weight.shape[0]} -> {self.weight.shape[1]}, bias={self.bias is not None}"


class GCN(nn.Module):
    def __init__(self, nfeat, nhid, nclass, dropout=0.3):
        super().__init__()
        self.gc1 = GraphConvolution(nfeat, nhid)
        self.gc2 = GraphConvolution(nhid, nclass, bias=False)
        self.dropout = dropout

    def forward(self, x, adj):
        x = F.relu(self.gc1(x, adj))
        x = F.dropout(x, self.dropout, training=self.training)
        return F.log_softmax(self.gc2(x, adj), dim=1)


torch.manual_seed(40)
n = 40
labels = (torch.arange(n) >= n // 2).long()
same = labels[:, None] == labels[None, :]
p = torch.where(same, 0.3, 0.04)
upper = torch.triu(torch.bernoulli(p), diagonal=1)
A = upper + upper.T
degree = A.sum(1)
print("edges", int(upper.sum()), "degrees", degree.int().tolist())
A_hat = A + torch.eye(n)
inv_sqrt = A_hat.sum(1).rsqrt()
adj = inv_sqrt[:, None] * A_hat * inv_sqrt[None, :]
features = torch.randn(n, 8) + 0.3 * labels[:, None]

known = torch.tensor([0, 5, 10, 20, 25, 30])
model = GCN(8, 16, 2)
print(model)
optimizer = torch.optim.Adam(model.parameters(), lr=0.02, weight_decay=5e-3)
for epoch in range(1, 51):
    model.train()
    optimizer.zero_grad()
    output = model(features, adj)
    loss = F.nll_loss(output[known], labels[known])
    loss.backward()
    optimizer.step()
    if epoch % 10 == 0:
        model.eval()
        with torch.no_grad():
            guess = model(features, adj).argmax(1)
        rest = torch.ones(n, dtype=torch.bool).index_fill(0, known, False)
        print(f"Epoch {epoch:2d} loss {loss.item():.4f} others {(guess == labels)[rest].float().mean():.4f}")

L = torch.diag(degree) - A
values, vectors = torch.linalg.eigh(L)
fiedler = vectors[:, 1]
cut = (fiedler > 0).long()
agreement = (cut == labels).float().mean()
print("Laplacian", values[:4].abs().round(decimals=3), "spectral agreement", max(agreement, 1 - agreement))
