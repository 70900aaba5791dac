"""XOR: backpropagation written out with tensors, checked against autograd."""

import torch

torch.manual_seed(3)
X = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = torch.tensor([[0.0], [1.0], [1.0], [0.0]])


class Neural_Network:  # noqa: N801
    def __init__(self, hidden=4):
        self.W1 = torch.randn(2, hidden)
        self.b1 = torch.zeros(1, hidden)
        self.W2 = torch.randn(hidden, 1)
        self.b2 = torch.zeros(1, 1)

    def sigmoid(self, s):
        return 1 / (1 + torch.exp(-s))

    def forward(self, X):
        self.z = torch.matmul(X, self.W1) + self.b1
        self.h = torch.tanh(self.z)
        self.o = self.sigmoid(torch.matmul(self.h, self.W2) + self.b2)
        return self.o

    def backward(self, X, y, lr):
        d_out = (self.o - y) / len(X)
        grads = {
            "W2": self.h.t() @ d_out,
            "b2": d_out.sum(0, keepdim=True),
        }
        d_hidden = (d_out @ self.W2.t()) * (1 - self.h**2)
        grads["W1"] = X.t() @ d_hidden
        grads["b1"] = d_hidden.sum(dim=0, keepdim=True)
        for name, g in grads.items():
            setattr(self, name, getattr(self, name) - lr * g)
        return grads


def bce(o, y):
    return -(y * torch.log(o) + (1 - y) * torch.log(1 - o)).mean()


net = Neural_Network()
weights = [w.clone().requires_grad_() for w in (net.W1, net.b1, net.W2, net.b2)]
W1, b1, W2, b2 = weights
loss = bce(torch.sigmoid(torch.tanh(X @ W1 + b1) @ W2 + b2), Y)
loss.backward()
net.forward(X)
mine = net.backward(X, Y, lr=0.0)
for name, w in zip(["W1", "b1", "W2", "b2"], weights, strict=True):
    print(name, torch.allclose(mine[name], w.grad), w.grad)

for i in range(501):
    out = net.forward(X)
    if i % 50 == 0:
        print(f"#{i} loss {bce(out, Y).item():.5f}")
    net.backward(X, Y, lr=1.0)
print(net.forward(X))
print("rounded:", net.forward(X).round().squeeze().tolist())
print("hidden:")
print(net.h)
