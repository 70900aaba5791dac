"""A residual block and a tiny U-Net: skip connections, transposed convolution, segmentation."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Residual(nn.Module):
    def __init__(self, in_channels, channels, strides=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, channels, kernel_size=3, padding=1, stride=strides, bias=False)
        self.conv2 = nn.Conv2d(channels, channels, kernel_size=3, padding=1, bias=False)
        needs = in_channels != channels or strides != 1
        self.conv3 = nn.Conv2d(in_channels, channels, kernel_size=1, stride=strides) if needs else None
        self.bn1, self.bn2 = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)

    def forward(self, X):
        Y = F.relu(self.bn1(self.conv1(X)))
        Y = self.bn2(self.conv2(Y))
        if self.conv3 is not None:
            X = self.conv3(X)
        return F.relu(Y + X)


class UNet(nn.Module):
    def __init__(self, c=6):
        super().__init__()
        self.down = Residual(1, c)
        self.bottom = Residual(c, 2 * c, strides=2)
        self.up = nn.ConvTranspose2d(2 * c, c, kernel_size=2, stride=2)
        self.merge = nn.Conv2d(2 * c, c, 3, padding=1)
        self.head = nn.Conv2d(c, 1, 1)

    def forward(self, x):
        skip = self.down(x)
        x = self.up(self.bottom(skip))
        x = F.relu(self.merge(torch.cat([x, skip], dim=1)))
        return self.head(x)


def dice(logits, mask):
    p = logits.sigmoid()
    return (2 * (p * mask).sum() + 1) / (p.sum() + mask.sum() + 1)


torch.manual_seed(33)
yy, xx = torch.meshgrid(torch.arange(16.0), torch.arange(16.0), indexing="ij")
centers = torch.rand(24, 2) * 8 + 4
radii = torch.rand(24) * 2 + 2
masks = (
    (yy - centers[:, 0, None, None]) ** 2 + (xx - centers[:, 1, None, None]) ** 2 < radii[:, None, None] ** 2
).float()
images = (masks + 0.5 * torch.randn(24, 16, 16)).unsqueeze(1)
masks = masks.unsqueeze(1)
print(images.shape, masks.mean())

print(Residual(3, 3)(torch.rand(2, 3, 6, 6)).shape, Residual(3, 6, strides=2)(torch.rand(2, 3, 6, 6)).shape)
net = UNet()
print(sum(p.numel() for p in net.parameters()))
optimizer = torch.optim.SGD(net.parameters(), lr=0.2, momentum=0.9, nesterov=True)
for epoch in range(1, 9):
    net.train()
    for i in range(0, 16, 8):
        logits = net(images[i : i + 8])
        loss = F.binary_cross_entropy_with_logits(logits, masks[i : i + 8], pos_weight=torch.tensor(2.0))
        loss = loss + 0.5 * (1 - dice(logits, masks[i : i + 8]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        test = net(images[16:])
        iou = ((test > 0) & (masks[16:] > 0)).sum() / ((test > 0) | (masks[16:] > 0)).sum()
    print(
        f"epoch {epoch} loss {loss.item():.4f} dice {dice(test, masks[16:]).item():.4f} IoU {iou.item():.4f}"
    )
for row in (test[0, 0] > 0)[4:12]:
    print("".join("#" if v else "." for v in row))
