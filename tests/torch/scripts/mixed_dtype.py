"""Half precision, bfloat16 and double: overflow, lost updates, promotion, loss scaling."""

import torch

torch.manual_seed(0)
for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
    info = torch.finfo(dtype)
    print(f"{dtype!s:15s} eps {info.eps:.3e} max {info.max:.3e} tiny {info.tiny:.3e} bits {info.bits}")

x = torch.tensor([1e-8, 1.0, 1000.0, 70000.0])
print(x.half(), x.bfloat16())
print(torch.tensor(1.0, dtype=torch.bfloat16) + torch.tensor(0.001, dtype=torch.bfloat16))
total16 = torch.zeros((), dtype=torch.float16)
for _ in range(4000):
    total16 += torch.tensor(0.5, dtype=torch.float16)
print("4000 × 0.5 =", total16.item())

i = torch.arange(3)
print(
    (i / 2).dtype,
    (i * 2.5).dtype,
    (i.half() + i.float()).dtype,
    (i + torch.tensor(1.5, dtype=torch.float64)).dtype,
)
print(
    torch.result_type(i, torch.ones(1, dtype=torch.float16)), torch.promote_types(torch.int32, torch.float16)
)
try:
    torch.ones(2, 2) @ torch.ones(2, 2, dtype=torch.float64)
except RuntimeError as error:
    print("RuntimeError:", error)

# Master weights in float32, forward in bfloat16.
X = torch.randn(64, 8)
y = (X @ torch.linspace(-1, 1, 8)).unsqueeze(1)
master = torch.zeros(8, 1, requires_grad=True)
for step in range(50):
    pred = X.bfloat16() @ master.to(torch.bfloat16)
    loss = (pred.float() - y).square().mean()
    loss.backward()
    with torch.no_grad():
        master -= 0.1 * master.grad
        master.grad = None
    if step % 10 == 0:
        print(step, f"{loss.item():.3f}", pred.dtype)

# Loss scaling keeps a tiny gradient of float16 from vanishing.
for scale in (1.0, 2.0**16):
    w = torch.tensor(1.0, dtype=torch.float16, requires_grad=True)
    small = (w * torch.tensor(1e-4, dtype=torch.float16)) * torch.tensor(1e-4, dtype=torch.float16)
    (small.float() * scale).backward()
    print(scale, w.grad, w.grad.float() / scale)

model = torch.nn.Linear(3, 2).double()
print(model.weight.dtype, model(torch.ones(1, 3, dtype=torch.float64)))
print(model.to(torch.float32)(torch.ones(1, 3)).dtype)
