"""A small student learns from a larger teacher's soft targets."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(1)
W1, W2 = torch.randn(10, 12), torch.randn(12, 4)


def make(n):
    X = torch.randn(n, 10)
    logits = torch.tanh(X @ W1) @ W2
    return X, (logits + 0.5 * torch.randn(n, 4)).argmax(1)


X, y = make(400)
X_test, y_test = make(400)
print(y.bincount(), y_test.bincount())

teacher = nn.Sequential(nn.Linear(10, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 4))


def new_student():
    torch.manual_seed(2)
    return nn.Sequential(nn.Linear(10, 6), nn.ReLU(), nn.Linear(6, 4))


def accuracy(net):
    net.eval()
    with torch.no_grad():
        return (net(X_test).argmax(-1) == y_test).float().mean().item()


def train(net, loss_of, epochs=12):
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    for epoch in range(1, epochs + 1):
        net.train()
        total = 0.0
        for idx in torch.randperm(400).split(100):
            optimizer.zero_grad()
            loss = loss_of(net, X[idx], y[idx])
            loss.backward()
            optimizer.step()
            total += loss.item() / 4
        if epoch % 4 == 0:
            print(f"  epoch {epoch:2d} loss {total:.4f}")
    return accuracy(net)


def plain(net, xb, yb):
    return F.cross_entropy(net(xb), yb)


def distill(net, xb, yb, T=3.0, alpha=0.7):
    with torch.no_grad():
        teacher_logits = teacher(xb)
    student_logits = net(xb)
    soft = F.kl_div(
        F.log_softmax(student_logits / T, dim=1), F.softmax(teacher_logits / T, dim=1), reduction="batchmean"
    ) * (T * T)
    return alpha * soft + (1 - alpha) * F.cross_entropy(student_logits, yb)


print("teacher")
print(f"  accuracy {train(teacher, plain):.4f}")
teacher.eval()
for p in teacher.parameters():
    p.requires_grad_(False)
print("student alone")
print(f"  accuracy {train(new_student(), plain):.4f}")
print("student distilled")
print(f"  accuracy {train(new_student(), distill):.4f}")
with torch.no_grad():
    for T in (1.0, 3.0, 10.0):
        print(T, F.softmax(teacher(X_test[:1]) / T, dim=1))
print(sum(p.numel() for p in teacher.parameters()), sum(p.numel() for p in new_student().parameters()))
