"""Continuous bag of words, and an n-gram model on the same sentence."""

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim

torch.manual_seed(1)
CONTEXT_SIZE = 2
EMBEDDING_DIM = 10
raw_text = """a process is an abstract being that lives inside a computer and as it evolves it moves other
abstract things called data while a pattern of rules called a program directs the evolution of the process"""
words = raw_text.split()

vocab = sorted(set(words))
word_to_ix = {word: i for i, word in enumerate(vocab)}
data = []
for i in range(CONTEXT_SIZE, len(words) - CONTEXT_SIZE):
    context = [words[i - j - 1] for j in range(CONTEXT_SIZE)] + [
        words[i + j + 1] for j in range(CONTEXT_SIZE)
    ]
    data.append((context, words[i]))
print(data[:2])


def make_context_vector(context, word_to_ix):
    return torch.tensor([word_to_ix[w] for w in context], dtype=torch.long)


print(make_context_vector(data[0][0], word_to_ix))


class CBOW(nn.Module):
    def __init__(self, vocab_size, embedding_dim):
        super().__init__()
        self.embeddings = nn.Embedding(vocab_size, embedding_dim)
        self.linear1 = nn.Linear(embedding_dim, 32)
        self.linear2 = nn.Linear(32, vocab_size)

    def forward(self, inputs):
        embeds = self.embeddings(inputs).sum(dim=0, keepdim=True)
        out = F.relu(self.linear1(embeds))
        return F.log_softmax(self.linear2(out), dim=1)


model = CBOW(len(vocab), EMBEDDING_DIM)
loss_function = nn.NLLLoss()
optimizer = optim.SGD(model.parameters(), lr=0.02)
for epoch in range(8):
    total_loss = 0
    for context, target in data:
        context_idxs = make_context_vector(context, word_to_ix)
        model.zero_grad()
        log_probs = model(context_idxs)
        loss = loss_function(log_probs, torch.tensor([word_to_ix[target]], dtype=torch.long))
        loss.backward()
        optimizer.step()
        total_loss += loss.item()
    print(f"epoch {epoch}: {total_loss:.4f}")

correct = sum(vocab[model(make_context_vector(c, word_to_ix)).argmax()] == t for c, t in data)
print(correct, "of", len(data))
print(model.embeddings.weight[word_to_ix["process"]])
lookup = torch.tensor([word_to_ix["data"], word_to_ix["rules"]])
print(F.cosine_similarity(*model.embeddings(lookup), dim=0))
