"""Metric learning: a shared encoder with contrastive and triplet losses, retrieval by distance."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class ContrastiveLoss(nn.Module):
    def __init__(self, margin=1.0):
        super().__init__()
        self.margin = margin

    def forward(self, a, b, same):
        d = F.pairwise_distance(a, b)
        return torch.mean(same * d.pow(2) + (1 - same) * torch.clamp(self.margin - d, min=0.0).pow(2))


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Sequential(nn.Linear(10, 32), nn.PReLU(), nn.Linear(32, 2))

    def forward(self, x):
        return F.normalize(self.fc(x), dim=1)


torch.manual_seed(77)
prototypes = torch.randn(4, 10)
labels = torch.arange(120) % 4
X = prototypes[labels] + 0.7 * torch.randn(120, 10)

siamese = Encoder()
optimizer = torch.optim.RMSprop(siamese.parameters(), lr=5e-3)
criterion = ContrastiveLoss(margin=1.2)
for step in range(1, 61):
    i, j = torch.randint(120, (2, 64))
    same = (labels[i] == labels[j]).float()
    loss = criterion(siamese(X[i]), siamese(X[j]), same)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 10 == 0:
        print(f"contrastive {step} loss {loss.item():.4f} same {same.mean().item():.3f}")

triplet = Encoder()
optimizer = torch.optim.Adam(triplet.parameters(), lr=5e-3)
triplet_loss = nn.TripletMarginLoss(margin=0.5)
for step in range(1, 61):
    anchor = torch.randint(120, (48,))
    shift = torch.randint(1, 4, (48,))
    positive = (anchor + 4 * torch.randint(1, 30, (48,))) % 120
    negative = (anchor + shift) % 120
    loss = triplet_loss(triplet(X[anchor]), triplet(X[positive]), triplet(X[negative]))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 10 == 0:
        print(f"triplet {step} loss {loss.item():.4f}")

for name, net in (("siamese", siamese), ("triplet", triplet)):
    with torch.no_grad():
        codes = net(X)
        D = torch.cdist(codes, codes).fill_diagonal_(float("inf"))
        nearest = D.topk(3, largest=False).indices
        precision = (labels[nearest] == labels[:, None]).float().mean()
        centroids = torch.stack([codes[labels == k].mean(0) for k in range(4)])
    print(name, f"precision@3 {precision:.3f}")
    print(centroids)
print(F.cosine_embedding_loss(codes[:4], codes[4:8], torch.tensor([1.0, 1.0, -1.0, -1.0])))
