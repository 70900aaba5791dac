"""An encoder-decoder nn.Transformer that learns to reverse sequences, with greedy decoding."""

import torch
from torch import nn

PAD, BOS, VOCAB, LENGTH = 0, 1, 10, 5


class Reverser(nn.Module):
    def __init__(self, d_model=32):
        super().__init__()
        self.embed = nn.Embedding(VOCAB, d_model)
        self.position = nn.Parameter(torch.randn(LENGTH + 1, d_model) * 0.1)
        self.transformer = nn.Transformer(
            d_model,
            nhead=4,
            num_encoder_layers=1,
            num_decoder_layers=1,
            dim_feedforward=64,
            dropout=0.0,
            batch_first=True,
        )
        self.out = nn.Linear(d_model, VOCAB)

    def embedded(self, tokens):
        return self.embed(tokens) + self.position[: tokens.size(1)]

    def forward(self, src, tgt):
        causal = nn.Transformer.generate_square_subsequent_mask(tgt.size(1))
        padding = src == PAD
        hidden = self.transformer(
            self.embedded(src),
            self.embedded(tgt),
            tgt_mask=causal,
            src_key_padding_mask=padding,
            memory_key_padding_mask=padding,
        )
        return self.out(hidden)


def make_batch(n):
    src = torch.randint(2, VOCAB, (n, LENGTH))
    lengths = torch.randint(LENGTH - 1, LENGTH + 1, (n,))
    src[torch.arange(LENGTH) >= lengths[:, None]] = PAD
    tgt = torch.zeros_like(src)
    for i, k in enumerate(lengths):
        tgt[i, :k] = src[i, :k].flip(0)
    return src, torch.cat([torch.full((n, 1), BOS), tgt[:, :-1]], dim=1), tgt


torch.manual_seed(42)
model = Reverser()
print(sum(p.numel() for p in model.parameters() if p.requires_grad))
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
criterion = nn.CrossEntropyLoss(ignore_index=PAD)
for step in range(1, 49):
    src, tgt_in, tgt_out = make_batch(32)
    logits = model(src, tgt_in)
    loss = criterion(logits.flatten(0, 1), tgt_out.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 6 == 0:
        keep = tgt_out != PAD
        hits = (logits.argmax(-1) == tgt_out)[keep].float().mean()
        print(f"{step:3d} loss {loss.item():.4f} accuracy {hits.item():.3f}")

model.eval()
src, _, tgt = make_batch(4)
tokens = torch.full((4, 1), BOS)
with torch.no_grad():
    for _ in range(LENGTH):
        following = model(src, tokens)[:, -1].argmax(-1, keepdim=True)
        tokens = torch.cat([tokens, following], dim=1)
print(src)
print(tgt)
print(tokens[:, 1:])
