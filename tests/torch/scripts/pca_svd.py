"""Principal components by SVD, by eigendecomposition and by power iteration."""

import torch

torch.manual_seed(100)
n, d = 120, 6
mixing = torch.randn(d, d) * torch.tensor([3.0, 2.0, 1.0, 0.5, 0.2, 0.1])
X = torch.randn(n, d) @ mixing.T + torch.arange(d)
print(X.mean(0))

Xc = X - X.mean(dim=0, keepdim=True)
U, S, Vh = torch.linalg.svd(Xc, full_matrices=False)
print(U.shape, S.shape, Vh.shape)
explained = S.square() / (n - 1)
print("variance", explained)
print("ratio", explained / explained.sum())
print("cumulative", torch.cumsum(explained / explained.sum(), 0))

cov = torch.cov(Xc.T)
eigenvalues, eigenvectors = torch.linalg.eigh(cov)
print("eigh agrees:", torch.allclose(eigenvalues.flip(0), explained, rtol=1e-3))
aligned = (eigenvectors.flip(1) * Vh.T).sum(0).abs()
print("same axes:", torch.allclose(aligned, torch.ones(d), atol=1e-3))

v = torch.ones(d) / d**0.5
for k in range(1, 31):
    v = cov @ v
    v = v / v.norm()
    if k % 6 == 0:
        print(f"power {k:2d} Rayleigh {(v @ cov @ v).item():.4f}")

for k in (1, 2, 4, 6):
    Z = Xc @ Vh[:k].T
    error = (Xc - Z @ Vh[:k]).pow(2).sum(1).mean()
    print(f"k {k} reconstruction {error.item():.3f}")
whitened = (Xc @ Vh.T) / explained.sqrt()
print("whitened covariance is I:", torch.allclose(torch.cov(whitened.T), torch.eye(d), atol=1e-3))

low_rank = U[:, :2] @ torch.diag(S[:2]) @ Vh[:2]
print(
    torch.linalg.matrix_rank(low_rank), f"{torch.dist(Xc, low_rank).item():.4f}", f"{S[2:].norm().item():.4f}"
)

Q, R = torch.linalg.qr(Xc)
print("QR:", torch.allclose(Q.T @ Q, torch.eye(d), atol=1e-5), R.diagonal().abs())
b = Xc @ torch.tensor([1.0, -1.0, 2.0, 0.25, 0.5, 3.0])
print("lstsq", torch.linalg.lstsq(Xc, b[:, None]).solution.squeeze())
print("pinv ", torch.linalg.pinv(Xc) @ b)
print("cond ", torch.linalg.cond(Xc))
