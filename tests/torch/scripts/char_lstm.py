"""A two-layer character LSTM with embeddings, truncated backpropagation and carried state."""

import torch
import torch.nn as nn
import torch.nn.functional as F

corpus = "one fish two fish red fish blue fish black fish blue fish old fish new fish " * 4
vocab = sorted(set(corpus))
encode = {c: i for i, c in enumerate(vocab)}
ids = torch.tensor([encode[c] for c in corpus])


class CharLSTM(nn.Module):
    def __init__(self, n_vocab, n_embed=12, n_hidden=32, n_layers=2, drop_prob=0.1):
        super().__init__()
        self.embedding = nn.Embedding(n_vocab, n_embed)
        self.lstm = nn.LSTM(n_embed, n_hidden, n_layers, dropout=drop_prob, batch_first=True)
        self.dropout = nn.Dropout(drop_prob)
        self.fc = nn.Linear(n_hidden, n_vocab)

    def forward(self, x, state=None):
        out, state = self.lstm(self.embedding(x), state)
        return self.fc(self.dropout(out)), state


def batchify(ids, batch_size):
    n = (len(ids) - 1) // batch_size
    return (
        ids[: n * batch_size].view(batch_size, n),
        ids[1 : n * batch_size + 1].view(batch_size, n),
    )


torch.manual_seed(123)
x, y = batchify(ids, 4)
print(x.shape, y[:, :5])
net = CharLSTM(len(vocab))
for name, p in net.named_parameters():
    print(f"{name:24s} {tuple(p.shape)!s:10s} {p.numel()}")

opt = torch.optim.Adam(net.parameters(), lr=0.01)
seq = 25
for epoch in range(8):
    state = None
    losses = []
    for start in range(0, x.size(1) - seq + 1, seq):
        xb, yb = x[:, start : start + seq], y[:, start : start + seq]
        if state is not None:
            state = tuple(s.detach() for s in state)
        logits, state = net(xb, state)
        loss = F.cross_entropy(logits.transpose(1, 2), yb)
        opt.zero_grad()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(net.parameters(), max_norm=5.0)
        opt.step()
        losses.append(loss.item())
    perplexity = torch.tensor(losses).mean().exp()
    print(
        f"epoch {epoch} loss {sum(losses) / len(losses):.4f} grad norm {norm:.4f} perplexity {perplexity:.3f}"
    )

net.eval()
with torch.no_grad():
    token, state, out = ids[:1].view(1, 1), None, []
    for _ in range(30):
        logits, state = net(token, state)
        token = logits[:, -1].argmax(dim=-1, keepdim=True)
        out.append(vocab[token.item()])
print("greedy:", "".join(out))
print(state[0].shape, state[1][0, 0, :4])
