"""What pellucid.torch has beside tensors and layers, in cells: run whole in CPython, cell by cell in a page. Both print the same.

Numbers are rounded, for the last digits of sums differ; digests are of numbers that have no last digits to differ in.
"""

# %% text
import hashlib
import io
import tempfile
from pathlib import Path

import torch
from torch import compress, nn
from torch.nn.utils import prune
from torch.text import BPETokenizer, beam_search, generate, split_words, top_k, top_p, trace_merges

TEXT = "the cat sat on the mat; the rat sat on the cat. Ça va? 猫は垫子の上, 😀 the mat is flat. " * 3
tokenizer = BPETokenizer.train(TEXT, 300, special_tokens=["<end>"])
print(tokenizer, [step.merge.times for step in trace_merges(TEXT, 262)])
print(len(list(split_words(TEXT))), tokenizer.tokenize("the flat cat 😀<end>"))
ids = tokenizer.encode(TEXT + "<end>")
print(len(ids), sum(ids), tokenizer.decode(torch.tensor(ids)) == TEXT + "<end>", tokenizer.trace("that")[-1])
print(BPETokenizer.from_json(tokenizer.to_json()).merges == tokenizer.merges)
long = "".join("ab"[int(k)] for k in torch.randint(2, (5000,), generator=torch.Generator().manual_seed(1)))
print(len(BPETokenizer.train(long, 400).encode(long)))

# %% a language model: trained, sampled, with and without the cache
torch.manual_seed(0)
model = compress.CausalDecoder(tokenizer.vocab_size, 16, 2, 2, 64)
data = torch.tensor(ids)
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
schedule = torch.optim.lr_scheduler.StepLR(optimizer, 20, 0.5)
for _ in range(40):
    starts = torch.randint(len(data) - 16, (8,))
    batch = torch.stack([data[k : k + 17] for k in starts])  # (8, 17)
    loss = nn.functional.cross_entropy(model(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    schedule.step()
model.eval()
print(f"loss {loss.item():.2f}")
prompt = tokenizer.encode("the cat")
print(repr(tokenizer.decode(generate(model, prompt, 20))))
drawn = generate(
    model, [prompt] * 3, 12, do_sample=True, temperature=1.5, top_k=20, top_p=0.9, generator=torch.Generator()
)
print(drawn.tolist())
print(top_p(top_k(torch.tensor([2.0, 1.0, 0.5, -1.0]), 3), 0.9))
found = beam_search(model, prompt, 8, num_beams=3, num_return_sequences=2, eos_token_id=0)
print(found.sequences.tolist(), [round(score, 2) for score in found.scores.tolist()])
start = torch.tensor([prompt, prompt[::-1]])
cached, uncached = model.generate(start, 24), model.generate(start, 24, cached=False)
print(cached.tolist() == uncached.tolist(), cached[:, -6:].tolist())
with torch.no_grad():
    caches = compress.new_caches(model.blocks)
    parts = [model(part, caches) for part in cached.split([9, 1, 16], 1)]
    print(
        torch.allclose(torch.cat(parts, 1), model(cached), atol=1e-5), sum(cache.nbytes for cache in caches)
    )
decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16, batch_first=True), 2).eval()
said, read = torch.rand(2, 5, 8), torch.rand(2, 6, 8)
with torch.no_grad():
    caches = compress.new_caches(decoder)
    parts = [compress.cached_forward(decoder, part, caches, said) for part in read.split(2, 1)]
    mask = nn.Transformer.generate_square_subsequent_mask(6)
    print(torch.allclose(torch.cat(parts, 1), decoder(read, said, tgt_mask=mask), atol=1e-5))

# %% integers
weight = torch.rand(6, 8, generator=torch.Generator().manual_seed(2)) * 2 - 1
for options in (
    {},
    {"axis": 0},
    {"bits": 4, "axis": 1},
    {"bits": 4, "group": 4},
    {"bits": 4, "symmetric": False},
):
    small = compress.quantize(weight, **options)
    worst = (small.dequantize() - weight).abs().max() / float(small.scale.max())
    print(small, small.int_repr().sum(1).tolist(), f"{worst:.3f}")
print(small.int_repr()[0], hashlib.sha256(small.data.tobytes()).hexdigest()[:16])

# %% a classifier made smaller
X = torch.randn(300, 2)
y = (X[:, 0] * X[:, 1] > 0).long() + (X.norm(dim=1) > 1.5)
whole = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 3))


def train(network: nn.Module, steps: int) -> float:
    """The loss after so many steps of Adam."""
    adam = torch.optim.Adam(network.parameters(), lr=0.02)
    for _ in range(steps):
        adam.zero_grad()
        loss = nn.functional.cross_entropy(network(X), y)
        loss.backward()
        adam.step()
    return loss.item()


def show(name: str, network: nn.Module) -> None:
    """What the network weighs and what it is worth."""
    m = compress.measure(
        network, X, accuracy=lambda n: (n(X).argmax(1) == y).double().mean().item(), repeats=1
    )
    print(f"{name}: {m.parameters} {m.bytes} {m.multiply_adds} {m.accuracy:.2f}")


print(f"loss {train(whole, 60):.2f}")
student = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 3))
losses = compress.distill(
    student, whole, [(X, y)] * 4, torch.optim.Adam(student.parameters(), lr=0.02), epochs=10
)
print([round(loss, 2) for loss in losses[::3]])
aware = compress.prepare_qat(whole, bits=4)
print(f"aware {train(aware, 5):.2f}")
half = compress.shrink(whole, 0.5)
for name, network in {
    "whole": whole,
    "student": student,
    "int8": compress.quantize_dynamic(whole),
    "int4": compress.quantize_dynamic(whole, 4, group=2, activations=False),
    "aware int4": compress.quantize_dynamic(aware, 4),
    "half": half,
    "rank 6": compress.low_rank(whole, rank=6),
    "energy": compress.low_rank(whole, energy=0.9),
}.items():
    show(name, network)
print(f"half again {train(half, 30):.2f}")
images = torch.rand(4, 1, 8, 8)
reader = nn.Sequential(
    nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(72, 4)
)
print(compress.shrink(reader.eval(), 3), f"{compress.shrink(reader, 0.25)(images).sum().item():.2f}")

# %% batches of several lengths
sequences = [torch.rand(length, 4) for length in (5, 2, 7, 3, 3)]
batch = compress.pad_batch(sequences)
print(tuple(batch.data.shape), batch.lengths, round(batch.waste, 3), batch.mask.sum().item())
attention = nn.MultiheadAttention(4, 2, batch_first=True).eval()


def attend(x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """(N, T, 4), True where padding is → (N, T, 4)."""
    with torch.no_grad():
        return attention(x, x, x, key_padding_mask=mask)[0]


together = compress.in_batches(attend, sequences, 2)
alone = [attend(s[None], torch.zeros(1, len(s), dtype=torch.bool))[0] for s in sequences]
print(all(torch.allclose(a, b, atol=1e-6) for a, b in zip(together, alone, strict=True)))
means = compress.masked_mean(batch.data, batch.mask)
print(torch.allclose(means, torch.stack([s.mean(0) for s in sequences])))

# %% pruned weights
layers = nn.Sequential(nn.Linear(4, 6), nn.Linear(6, 3))
prune.l1_unstructured(layers[0], "weight", amount=5)
prune.ln_structured(layers[0], "weight", amount=0.5, n=2, dim=0)
prune.random_unstructured(layers[1], "weight", amount=0.5)
print(layers[0].weight_mask.sum(1).tolist(), layers[1].weight_mask.tolist(), sorted(layers.state_dict()))
prune.global_unstructured([(layer, "weight") for layer in layers], prune.L1Unstructured, amount=0.25)
print([int((layer.weight == 0).sum()) for layer in layers], prune.is_pruned(layers))
for layer in layers:
    prune.remove(layer, "weight")
print(sorted(layers.state_dict()), prune.is_pruned(layers))

# %% files
folder = Path(tempfile.mkdtemp())
state = {
    "epoch": 3,
    "model": model.state_dict(),
    "optimizer": optimizer.state_dict(),
    "schedule": schedule.state_dict(),
}
torch.save(state, folder / "checkpoint.pt")
back = torch.load(folder / "checkpoint.pt", weights_only=True)
again = compress.CausalDecoder(tokenizer.vocab_size, 16, 2, 2, 64).eval()
print(again.load_state_dict(back["model"]), torch.equal(again(start), model(start)))
others = torch.optim.AdamW(again.parameters())
others.load_state_dict(back["optimizer"])
print(back["epoch"], others.param_groups[0]["lr"], len(others.state), back["schedule"]["last_epoch"])
torch.save(model.state_dict(), folder / "model.safetensors")
weights = torch.load(folder / "model.safetensors")
print(
    sorted(weights) == sorted(back["model"]),
    all(torch.equal(w, back["model"][n]) for n, w in weights.items()),
)

bits = torch.Generator().manual_seed(3)
tensors = {
    "ordinary": torch.rand(3, 5, generator=bits),
    "long": torch.randint(-(2**40), 2**40, (7,), generator=bits),
    "double": torch.rand(4, dtype=torch.float64, generator=bits),
    "brain": torch.rand(5, generator=bits).bfloat16(),
    "half": torch.rand(3, generator=bits).half(),
    "small é": torch.arange(-3, 4, dtype=torch.int8),
    "bytes": torch.arange(5, dtype=torch.uint8),
    "short": torch.arange(3, dtype=torch.int16),
    "int": torch.arange(6, dtype=torch.int32).reshape(2, 3),
    "yes": torch.tensor([True, False, True]),
    "none": torch.zeros(0, 4),
    "one": torch.tensor(2.5),
}
torch.save(tensors, folder / "tensors.safetensors")
written = (folder / "tensors.safetensors").read_bytes()
print(len(written), hashlib.sha256(written).hexdigest())
read = torch.load(folder / "tensors.safetensors")
print(all(torch.equal(read[name], t) and read[name].dtype == t.dtype for name, t in tensors.items()))
archive = io.BytesIO()
torch.save({"tensors": tensors, "epoch": 3}, archive)
print(len(archive.getvalue()), hashlib.sha256(archive.getvalue()).hexdigest())

# %% sparse weights, which stand on SciPy
for layer in whole[::2]:
    prune.l1_unstructured(layer, "weight", amount=0.5)
    prune.remove(layer, "weight")
sparse = compress.sparsify(whole)
print(sparse, compress.count_bytes(sparse))
with torch.no_grad():
    print(torch.allclose(sparse(X), whole(X), atol=1e-5))
