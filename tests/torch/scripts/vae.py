"""A variational autoencoder: reparameterisation, KL term, samples from the prior."""

import torch
import torch.nn.functional as F
from torch import nn, optim


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(16, 32)
        self.fc21 = nn.Linear(32, 2)
        self.fc22 = nn.Linear(32, 2)
        self.fc3 = nn.Linear(2, 32)
        self.fc4 = nn.Linear(32, 16)

    def encode(self, x):
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return mu + eps * std

    def decode(self, z):
        h3 = F.relu(self.fc3(z))
        return torch.sigmoid(self.fc4(h3))

    def forward(self, x):
        mu, logvar = self.encode(x.view(-1, 16))
        z = self.reparameterize(mu, logvar)
        return self.decode(z), mu, logvar


def loss_function(recon_x, x, mu, logvar):
    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 16), reduction="sum")
    KLD = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return BCE + KLD, KLD


torch.manual_seed(1)
bars = torch.zeros(8, 4, 4)
for i in range(4):
    bars[i, i, :] = 1
    bars[4 + i, :, i] = 1
train_data = bars[torch.randint(8, (256,))]
print(train_data[0])

model = VAE()
optimizer = optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(1, 9):
    model.train()
    train_loss = 0
    for data in train_data.split(64):
        optimizer.zero_grad()
        recon_batch, mu, logvar = model(data)
        loss, kld = loss_function(recon_batch, data, mu, logvar)
        loss.backward()
        train_loss += loss.item()
        optimizer.step()
    print(
        f"====> Epoch: {epoch} Average loss: {train_loss / len(train_data):.4f} KLD: {kld.item() / len(data):.4f}"
    )

model.eval()
with torch.no_grad():
    sample = model.decode(torch.randn(3, 2)).view(3, 4, 4)
    print(sample[0])
    recon, mu, logvar = model(bars)
    print((recon.view(8, 4, 4).round() == bars).float().mean())
    print(mu)
