"""The cubic fit again, with autograd in place of gradients by hand."""

import math

import torch

torch.manual_seed(2)
torch.set_default_dtype(torch.float32)

x = torch.linspace(-1, 1, 500)
y = torch.cos(math.pi * x)

coefficients = [torch.randn((), requires_grad=True) for _ in range(4)]
print(coefficients)

learning_rate = 5e-4
for t in range(400):
    y_pred = sum(c * x**k for k, c in enumerate(coefficients))
    loss = (y_pred - y).pow(2).sum()
    if t % 50 == 0:
        print(t, f"{loss.item():.4f}", loss.grad_fn is not None)

    loss.backward()

    with torch.no_grad():
        for c in coefficients:
            c -= learning_rate * c.grad
            c.grad = None

print(loss)
for k, c in enumerate(coefficients):
    print(f"x^{k}: {c.item():+.4f}", c.requires_grad, c.is_leaf)
