"""nn.TransformerEncoder as a language model: positional encoding, square mask, perplexity."""

import math

import torch
from torch import nn
from torch.nn import TransformerEncoder, TransformerEncoderLayer


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, dropout=0.1, max_len=64):
        super().__init__()
        self.dropout = nn.Dropout(p=dropout)
        position = torch.arange(max_len).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, d_model, 2) * (-math.log(10000.0) / d_model))
        pe = torch.zeros(max_len, 1, d_model)
        pe[:, 0, 0::2] = torch.sin(position * div_term)
        pe[:, 0, 1::2] = torch.cos(position * div_term)
        self.register_buffer("pe", pe)

    def forward(self, x):
        x = x + self.pe[: x.size(0)]
        return self.dropout(x)


class TransformerModel(nn.Module):
    def __init__(self, ntoken, d_model, nhead, d_hid, nlayers, dropout=0.2):
        super().__init__()
        self.pos_encoder = PositionalEncoding(d_model, dropout)
        encoder_layers = TransformerEncoderLayer(d_model, nhead, d_hid, dropout)
        self.transformer_encoder = TransformerEncoder(encoder_layers, nlayers)
        self.embedding = nn.Embedding(ntoken, d_model)
        self.d_model = d_model
        self.linear = nn.Linear(d_model, ntoken)
        self.init_weights()

    def init_weights(self):
        initrange = 0.1
        self.embedding.weight.data.uniform_(-initrange, initrange)
        self.linear.bias.data.zero_()
        self.linear.weight.data.uniform_(-initrange, initrange)

    def forward(self, src, src_mask):
        src = self.embedding(src) * math.sqrt(self.d_model)
        return self.linear(self.transformer_encoder(self.pos_encoder(src), src_mask))


torch.manual_seed(0)
ntokens, bptt = 12, 10
pattern = torch.tensor([1, 4, 2, 8, 5, 7, 3, 9, 6, 10, 11, 0])
stream = pattern.repeat(30)
batches = stream[: 360 // 6 * 6].view(6, -1).t().contiguous()
print(batches.shape, batches[:3])
mask = nn.Transformer.generate_square_subsequent_mask(bptt)
print(mask[:4, :4])

model = TransformerModel(ntokens, 24, 2, 32, 2)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1.0, gamma=0.95)

for epoch in range(1, 6):
    model.train()
    total_loss = 0.0
    n = 0
    for i in range(0, batches.size(0) - 1 - bptt, bptt):
        data = batches[i : i + bptt]
        targets = batches[i + 1 : i + 1 + bptt].reshape(-1)
        output = model(data, mask)
        loss = criterion(output.view(-1, ntokens), targets)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        total_loss += loss.item()
        n += 1
    lr, cur_loss = scheduler.get_last_lr()[0], total_loss / n
    print(f"| epoch {epoch} | lr {lr:.4f} | loss {cur_loss:5.3f} | ppl {math.exp(cur_loss):8.2f}")
    scheduler.step()

model.eval()
with torch.no_grad():
    output = model(batches[:bptt, :2], mask)
    shorter = model(batches[: bptt - 3, :2], mask[: bptt - 3, : bptt - 3])
print(output.shape, output[0, 0, :5])
print("causal:", torch.allclose(output[: bptt - 3], shorter, atol=1e-5))
