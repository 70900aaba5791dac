"""A Legendre polynomial as a new autograd Function, checked and trained."""

import math

import torch


class LegendrePolynomial3(torch.autograd.Function):
    """P3(x) = (5x^3 - 3x) / 2."""

    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return 0.5 * (5 * input**3 - 3 * input)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * 1.5 * (5 * input**2 - 1)


class ClampedExp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, limit):
        out = x.clamp(max=limit).exp()
        ctx.limit = limit
        ctx.save_for_backward(x, out)
        return out

    @staticmethod
    def backward(ctx, grad):
        x, out = ctx.saved_tensors
        return grad * out * (x <= ctx.limit), None


torch.manual_seed(0)
probe = torch.randn(5, dtype=torch.double, requires_grad=True)
print("gradcheck:", torch.autograd.gradcheck(LegendrePolynomial3.apply, (probe,), eps=1e-6, atol=1e-4))

v = torch.tensor([-1.0, 0.0, 2.0, 5.0], requires_grad=True)
out = ClampedExp.apply(v, 3.0)
print(out)
out.sum().backward()
print(v.grad)

x = torch.linspace(-math.pi, math.pi, 500)
y = torch.sin(x)

a = torch.full((), 0.0, requires_grad=True)
b = torch.full((), -1.0, requires_grad=True)
c = torch.full((), 0.0, requires_grad=True)
d = torch.full((), 0.3, requires_grad=True)

learning_rate = 2e-5
P3 = LegendrePolynomial3.apply
for t in range(400):
    y_pred = a + b * P3(c + d * x)
    loss = (y_pred - y).pow(2).sum()
    if t % 50 == 49:
        print(t + 1, f"{loss.item():.3f}")
    loss.backward()
    with torch.no_grad():
        for p in (a, b, c, d):
            p -= learning_rate * p.grad
            p.grad.zero_()

print(f"y = {a.item():.3f} + {b.item():.3f} * P3({c.item():.3f} + {d.item():.3f} x)")
