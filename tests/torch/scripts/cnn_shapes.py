"""A convolutional network on synthetic images of squares, crosses and discs."""

import torch
import torch.nn as nn
import torch.nn.functional as F


def draw(kind, size=12):
    canvas = torch.zeros(size, size)
    cy, cx = torch.randint(4, size - 4, (2,)).tolist()
    if kind == 0:
        canvas[cy - 3 : cy + 4, cx - 3 : cx + 4] = 1
        canvas[cy - 2 : cy + 3, cx - 2 : cx + 3] = 0
    elif kind == 1:
        canvas[cy, cx - 3 : cx + 4] = 1
        canvas[cy - 3 : cy + 4, cx] = 1
    else:
        yy, xx = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
        canvas[(yy - cy) ** 2 + (xx - cx) ** 2 <= 7] = 1
    return canvas


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 16, 3, stride=2, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(16)
        self.pool = nn.MaxPool2d(2, 2)
        self.fc1 = nn.Linear(16 * 3 * 3, 24)
        self.fc2 = nn.Linear(24, 3)

    def forward(self, x):
        x = self.pool(F.relu(self.bn1(self.conv1(x))))
        x = F.relu(self.bn2(self.conv2(x)))
        x = torch.flatten(x, 1)
        x = F.dropout(F.relu(self.fc1(x)), 0.25, training=self.training)
        return F.log_softmax(self.fc2(x), dim=1)


torch.manual_seed(1)
labels = torch.randint(0, 3, (160,))
images = torch.stack([draw(k) for k in labels.tolist()]).unsqueeze(1)
images += 0.1 * torch.randn(images.shape)
train_x, test_x = images[:120], images[120:]
train_y, test_y = labels[:120], labels[120:]
print(train_x.shape, torch.bincount(train_y), f"{train_x.mean():.4f}")

model = Net()
print(model)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
for epoch in range(1, 5):
    model.train()
    for i, idx in enumerate(torch.randperm(120).split(30)):
        optimizer.zero_grad()
        output = model(train_x[idx])
        loss = F.nll_loss(output, train_y[idx])
        loss.backward()
        optimizer.step()
        if i == 3:
            print(f"Train Epoch: {epoch} Loss: {loss.item():.6f}")
    model.eval()
    with torch.no_grad():
        output = model(test_x)
        test_loss = F.nll_loss(output, test_y, reduction="sum").item() / len(test_x)
        pred = output.argmax(dim=1, keepdim=True)
        correct = pred.eq(test_y.view_as(pred)).sum().item()
    print(
        f"Test set: Average loss: {test_loss:.4f}, Accuracy: {correct}/{len(test_x)} ({100.0 * correct / len(test_x):.0f}%)"
    )
print(model.bn1.running_mean, model.bn1.num_batches_tracked)
print(model.conv1.weight[0, 0])
print([tuple(p.shape) for p in model.parameters()])
