"""Softmax regression with nothing but tensors: softmax, cross-entropy, minibatches, SGD."""

import torch


def softmax(X):
    X_exp = torch.exp(X - X.max(dim=1, keepdim=True).values)
    partition = X_exp.sum(1, keepdim=True)
    return X_exp / partition


def cross_entropy(y_hat, y):
    return -torch.log(y_hat[range(len(y_hat)), y])


def accuracy(y_hat, y):
    return float((y_hat.argmax(axis=1).type(y.dtype) == y).sum()) / len(y)


def data_iter(batch_size, features, labels):
    indices = torch.randperm(len(features)).tolist()
    for i in range(0, len(features), batch_size):
        batch = torch.tensor(indices[i : i + batch_size])
        yield features[batch], labels[batch]


def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size
            param.grad.zero_()


torch.manual_seed(7)
num_inputs, num_outputs = 6, 4
centers = 2 * torch.randn(num_outputs, num_inputs)
labels = torch.arange(400) % num_outputs
features = centers[labels] + torch.randn(400, num_inputs)

print(softmax(torch.tensor([[1.0, 2.0, 3.0], [1000.0, 1000.0, 1000.0]])))
y = torch.tensor([0, 2])
y_hat = torch.tensor([[0.1, 0.3, 0.6], [0.3, 0.2, 0.5]])
print(y_hat[[0, 1], y], cross_entropy(y_hat, y), accuracy(y_hat, y))

W = torch.normal(0, 0.01, size=(num_inputs, num_outputs), requires_grad=True)
b = torch.zeros(num_outputs, requires_grad=True)

lr, batch_size = 0.1, 40
for epoch in range(5):
    for X, y in data_iter(batch_size, features, labels):
        out = softmax(torch.matmul(X.reshape((-1, W.shape[0])), W) + b)
        loss = cross_entropy(out, y)
        loss.sum().backward()
        sgd([W, b], lr, batch_size)
    with torch.no_grad():
        out = softmax(features @ W + b)
        print(
            f"epoch {epoch + 1}, loss {cross_entropy(out, labels).mean():.4f}, acc {accuracy(out, labels):.4f}"
        )

print(W)
print(b)
