"""Record torch's own databases of modules and optimizers, so that tests can replay them without torch.

    env/bin/python tools/torch_module_fixtures.py     # in the environment of torch_fixtures.py
    # writes tests/torch/nn/fixtures/database.npz and tests/torch/optim/fixtures/database.npz

Modules: arguments, state_dict, repr; in training and in evaluation: inputs, outputs, gradients of inputs and parameters, buffers after.
Optimizers: options, and the parameters and the state after some steps along recorded gradients; schedules: rates over 30 steps.
Each file holds one array of each type, and as bytes the JSON that says what lies where.
"""

from __future__ import annotations

# ruff: noqa: E501 - a case is a line
import json
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import torch
from torch import nn
from torch.nn import functional as F
from torch.testing._internal.common_modules import FunctionInput, ModuleInput, module_db
from torch.testing._internal.common_optimizers import optim_db

sys.path.insert(0, str(Path(__file__).parent))
from torch_fixtures import encode, index, pack, tensors_in, weights

TESTS = Path(__file__).parents[1] / "tests" / "torch"
SAMPLES = 6  # of a module, in each of both modes
MANY = {"nn.MultiheadAttention": 12, "nn.CrossEntropyLoss": 20, "nn.NLLLoss": 12, "nn.CTCLoss": 12}
BIGGEST = 2500  # elements of an input

# Modules that the database leaves out: constructor arguments, and the shapes of normal inputs.
MORE: list[tuple[str, tuple[Any, ...], dict[str, Any], tuple[Any, ...]]] = [
    ("ChannelShuffle", (2,), {}, ((1, 4, 2, 2),)),
    ("CosineSimilarity", (), {"dim": 1}, ((3, 4), (3, 4))),
    ("CosineSimilarity", (), {"dim": -1, "eps": 0.1}, ((3, 4), (1, 4))),
    ("EmbeddingBag", (5, 3), {"mode": "mean"}, ([[1, 2, 4], [4, 3, 0]],)),
    ("Flatten", (), {"start_dim": 1, "end_dim": 2}, ((2, 3, 4, 2),)),
    ("Fold", ((4, 5), (2, 2)), {}, ((1, 12, 12),)),
    ("Hardsigmoid", (), {}, ((3, 5),)),
    ("Identity", (), {}, ((2, 3),)),
    ("MaxUnpool2d", (2,), {}, ((1, 1, 2, 2), [[[[0, 3], [9, 15]]]])),
    ("PairwiseDistance", (), {"p": 1.0, "keepdim": True}, ((3, 4), (3, 4))),
    ("PairwiseDistance", (), {}, ((4,), (4,))),
    ("PixelShuffle", (2,), {}, ((1, 8, 2, 3),)),
    ("PixelUnshuffle", (2,), {}, ((1, 2, 4, 6),)),
    ("RReLU", (0.1, 0.3), {}, ((4, 5),)),
    ("Dropout", (0.4,), {}, ((4, 5),)),
    ("Dropout1d", (0.4,), {}, ((2, 5, 3),)),
    ("Dropout2d", (0.4,), {}, ((2, 5, 2, 3),)),
    ("Dropout3d", (0.4,), {}, ((2, 5, 2, 1, 2),)),
    ("AlphaDropout", (0.3,), {}, ((4, 5),)),
    ("FeatureAlphaDropout", (0.3,), {}, ((3, 5, 2, 2),)),
    ("TransformerDecoder", (lambda: nn.TransformerDecoderLayer(4, 2, 8, 0.0), 2), {}, ((3, 2, 4), (5, 2, 4))),
    ("TripletMarginLoss", (), {"margin": 0.7, "swap": True}, ((4, 3), (4, 3), (4, 3))),
    ("TripletMarginLoss", (), {"p": 1, "reduction": "sum"}, ((4, 3), (4, 3), (4, 3))),
    ("TripletMarginWithDistanceLoss", (), {"swap": True, "margin": 2.0}, ((4, 3), (4, 3), (4, 3))),
    ("Unflatten", (1, (2, 3)), {}, ((2, 6, 2),)),
    ("Unfold", ((2, 3),), {"padding": 1}, ((1, 2, 4, 5),)),
    ("Upsample", (), {"scale_factor": 2, "mode": "nearest"}, ((1, 2, 3, 3),)),
    ("Upsample", (), {"size": (5, 4), "mode": "bilinear", "align_corners": True}, ((1, 2, 3, 3),)),
    ("AdaptiveLogSoftmaxWithLoss", (4, 8, [3, 5]), {}, ((3, 4), [1, 4, 7])),
]  # fmt: skip


class Book:
    """The arrays that a fixture names, and its JSON."""

    def __init__(self) -> None:
        self.arrays: dict[str, np.ndarray] = {}

    def code(self, value: Any) -> Any:
        """A value as JSON: functions of nn.functional by name, modules by what made them, tensors by number."""
        if isinstance(value, (list, tuple)) and not isinstance(value, torch.Size):
            return {"list" if isinstance(value, list) else "tuple": [self.code(v) for v in value]}
        if isinstance(value, dict):
            return {"dict": {k: self.code(v) for k, v in value.items()}}
        if isinstance(value, nn.Module):
            return {"module": type(value).__name__, "made": self.code(value.made)}
        if callable(value) and getattr(F, getattr(value, "__name__", ""), None) is value:
            return {"function": value.__name__}
        return encode(value, self.arrays)

    def save(self, path: Path, content: dict[str, Any]) -> None:
        """Write the file; the arrays' names become numbers."""
        text = json.dumps({"index": index(self.arrays), **content}, separators=(",", ":"))
        for k, name in enumerate(self.arrays):
            text = text.replace(f'"{name}"', f'"{k}"')
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, json=np.frombuffer(text.encode(), np.uint8), **pack(self.arrays))
        print(path.name, path.stat().st_size // 1024, "KiB")


def remember_arguments() -> None:
    """Let every module know the arguments that it was made of."""
    init = nn.Module.__init__

    def replace(kind: Any) -> None:
        own = kind.__init__

        def made(self: Any, *args: Any, **kwargs: Any) -> None:
            if "made" not in self.__dict__:
                object.__setattr__(self, "made", [list(args), kwargs])
            own(self, *args, **kwargs)

        kind.__init__ = made

    for name in ("TransformerEncoderLayer", "TransformerDecoderLayer", "LayerNorm"):
        replace(getattr(nn, name))
    assert nn.Module.__init__ is init


def samples_of(info: Any, training: bool) -> list[ModuleInput]:
    """Some of the database's samples, spread over all of them."""
    torch.manual_seed(0)
    found = info.module_inputs_func(
        info, device="cpu", dtype=torch.float32, requires_grad=True, training=training
    )
    every = [s for s in found if s.forward_input is not None]
    wanted = MANY.get(info.name, SAMPLES)
    step = max(1, -(-len(every) // wanted))
    return every[::step]


def more_samples(training: bool) -> Iterator[tuple[str, ModuleInput]]:
    """The samples that are not in the database; a list among the inputs is of integers."""
    stream = np.random.RandomState(3)
    for name, args, kwargs, inputs in MORE:
        given = [
            torch.tensor(i)
            if isinstance(i, list)
            else torch.from_numpy(stream.standard_normal(i).astype(np.float32)).requires_grad_()
            for i in inputs
        ]
        args = tuple(
            a() if callable(a) else a for a in args
        )  # modules are made once their arguments are remembered
        yield f"nn.{name}", ModuleInput(FunctionInput(*args, **kwargs), FunctionInput(*given))


def record_call(book: Book, name: str, sample: ModuleInput, training: bool) -> dict[str, Any] | None:
    """One module called once; None where it is too large or cannot be written down."""
    given, called = sample.constructor_input, sample.forward_input
    kwargs = {k: v for k, v in given.kwargs.items() if k not in ("device", "dtype")}
    leaves = tensors_in((called.args, called.kwargs))
    if sum(t.numel() for t in leaves) > BIGGEST or any(t.layout != torch.strided for t in leaves):
        return None
    torch.manual_seed(1)
    module = getattr(nn, name.removeprefix("nn."))(*given.args, **kwargs).train(training)
    small = Book()
    try:
        call: dict[str, Any] = {
            "made": small.code([list(given.args), kwargs]),
            "training": training,
            "args": small.code(list(called.args)),
            "kwargs": small.code(called.kwargs)["dict"],
            "repr": repr(module),
            "state": small.code(dict(module.state_dict()))["dict"],
        }
    except (TypeError, AttributeError) as error:
        print("not written:", name, error)
        return None
    before = {k: v.clone() for k, v in module.named_buffers()}
    torch.manual_seed(2)
    try:
        outs = tensors_in(module(*called.args, **called.kwargs))
    except RuntimeError as error:  # some samples are not for float32
        print("refused by torch:", name, str(error)[:80])
        return None
    call["out"] = small.code([t.detach() for t in outs])["list"]
    graded = [t for t in outs if t.requires_grad]
    inputs = [t for t in leaves if t.requires_grad] + list(module.parameters())
    if graded and inputs:
        loss = sum((t * weights(t)).sum() for t in graded)
        grads = torch.autograd.grad(loss, inputs, allow_unused=True)
        call["grads"] = [None if g is None else small.code(g) for g in grads]
    changed = {k: v for k, v in module.named_buffers() if not torch.equal(v, before[k])}
    if changed:
        call["buffers"] = small.code(changed)["dict"]
    book.arrays.update(small.arrays)
    return call


def modules() -> None:
    """All modules of the database, and the rest of torch.nn that has parameters, buffers or a mode."""
    remember_arguments()
    book = Book()
    found: dict[str, list[Any]] = {}
    for info in module_db:
        if "Lazy" in info.name:
            found[info.name] = []
            continue
        for training in (True, False) if info.train_and_eval_differ else (True,):
            for sample in samples_of(info, training):
                call = record_call(book, info.name, sample, training)
                found.setdefault(info.name, []).extend([call] if call else [])
    for training in (True, False):
        for name, sample in more_samples(training):
            call = record_call(book, name, sample, training)
            found.setdefault(name, []).extend([call] if call else [])
    print({k: len(v) for k, v in found.items()})
    book.save(TESTS / "nn" / "fixtures" / "database.npz", {"modules": found})


if __name__ == "__main__":
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    for part in sys.argv[1:] or ["modules"]:
        globals()[part]()
