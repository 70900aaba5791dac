"""Lloyd's k-means and k-means++ with tensors: cdist, argmin, scatter_add, inertia."""

import torch


def kmeans_plus_plus(X, k):
    centers = X[torch.randint(len(X), (1,))]
    for _ in range(k - 1):
        d2 = torch.cdist(X, centers).min(dim=1).values ** 2
        centers = torch.cat([centers, X[torch.multinomial(d2 / d2.sum(), 1)]])
    return centers


def kmeans(X, centers, max_iter=20, tol=1e-6):
    k = len(centers)
    for it in range(max_iter):
        distances = torch.cdist(X, centers)
        nearest, labels = distances.min(dim=1)
        inertia = nearest.square().sum()
        sums = torch.zeros_like(centers).scatter_add_(0, labels[:, None].expand(-1, X.shape[1]), X)
        counts = torch.bincount(labels, minlength=k).clamp(min=1)
        new = sums / counts[:, None]
        shift = (new - centers).norm(dim=1).max()
        print(f"  iteration {it} inertia {inertia:.3f} shift {shift:.4f}")
        centers = new
        if shift < tol:
            break
    return centers, labels, inertia


torch.manual_seed(0)
blobs = torch.tensor([[0.0, 0.0], [4.0, 4.0], [0.0, 5.0], [5.0, 0.0]])
X = (blobs[:, None, :] + torch.randn(4, 50, 2) * 0.7).reshape(-1, 2)
X = X[torch.randperm(len(X))]
print(X.shape, X.mean(0), X.std(0, unbiased=False))

print("random start")
plain = kmeans(X, X[torch.randperm(len(X))[:4]])
print("k-means++ start")
centers, labels, inertia = kmeans(X, kmeans_plus_plus(X, 4))
print(centers[centers.sum(1).argsort()])
print(labels.bincount().sort().values)

a = (X - centers[labels]).norm(dim=1)
others = torch.cdist(X, centers)
others[torch.arange(len(X)), labels] = torch.inf
b = others.amin(1)
silhouette = (b - a) / torch.maximum(a, b)
print(f"simplified silhouette {silhouette.mean():.4f}, worst {silhouette.min():.4f}")
for k in range(1, 4):
    total = ((X - X[:k][torch.cdist(X, X[:k]).argmin(1)]) ** 2).sum()
    print(k, f"{total:.2f}")
