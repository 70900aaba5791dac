"""Record torch's own databases of modules and optimizers, so that tests can replay them without torch.

    env/bin/python tools/torch_module_fixtures.py     # in the environment of torch_fixtures.py
    # writes tests/torch/nn/fixtures/database.npz and names.json, and tests/torch/optim/fixtures/database.npz

Modules: arguments, state_dict, repr; in training and in evaluation: inputs, outputs, gradients of inputs and parameters, buffers after.
Optimizers: options, and the parameters and the state after some steps along recorded gradients; schedules: rates over 30 steps.
Each file holds one array of each type, and as bytes the JSON that says what lies where.
"""

from __future__ import annotations

# ruff: noqa: E501 - a case is a line
import inspect
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
from torch_fixtures import Arrays, encode, pack, tensors_in, weights

TESTS = Path(__file__).parents[1] / "tests" / "torch"
SAMPLES = 6  # of a module, in each of both modes
MANY = {"nn.MultiheadAttention": 12, "nn.CrossEntropyLoss": 20, "nn.NLLLoss": 12, "nn.CTCLoss": 5}
DOUBLE = ("nn.CTCLoss",)  # in float32 torch's own gradients are off by 5e-5
BIGGEST = 2500  # elements of an input

# Modules that the database leaves out: constructor arguments, and the shapes of normal inputs.
MORE: list[tuple[str, tuple[Any, ...], dict[str, Any], tuple[Any, ...]]] = [
    ("ChannelShuffle", (2,), {}, ((1, 4, 2, 2),)),
    ("CosineSimilarity", (), {"dim": 1}, ((3, 4), (3, 4))),
    ("CosineSimilarity", (), {"dim": -1, "eps": 0.1}, ((3, 4), (1, 4))),
    ("EmbeddingBag", (5, 3), {"mode": "mean"}, ([[1, 2, 4], [4, 3, 0]],)),
    ("Embedding", (6, 3), {"padding_idx": 1, "scale_grad_by_freq": True}, ([[1, 2, 4], [4, 4, 0]],)),
    ("Embedding", (6, 3), {"max_norm": 1.0, "norm_type": 1.0}, ([[1, 2, 4], [4, 4, 0]],)),
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
        self.arrays = Arrays()

    def code(self, value: Any) -> Any:
        """A value as JSON: functions of nn.functional by name, modules by what made them, tensors by number."""
        if isinstance(value, (list, tuple)) and not isinstance(value, torch.Size):
            return {"list" if isinstance(value, list) else "tuple": [self.code(v) for v in value]}
        if isinstance(value, dict):
            return {"dict": {str(k): self.code(v) for k, v in value.items()}}
        if isinstance(value, nn.Module):
            return {"module": type(value).__name__, "made": self.code(value.made)}
        if callable(value) and getattr(F, getattr(value, "__name__", ""), None) is value:
            return {"function": value.__name__}
        if isinstance(value, torch.Tensor):  # as it is now: it may be written to later
            value = value.detach().clone().requires_grad_(value.requires_grad)
        return encode(value, self.arrays)

    def codes(self, values: Any) -> list[Any]:
        """Several values."""
        return [self.code(v) for v in values]

    def save(self, path: Path, content: dict[str, Any]) -> None:
        """Write the file. index: of each array its type, its start among those of its type, its shape."""
        starts: dict[str, int] = {}
        index: list[Any] = []
        for array in self.arrays.kept:
            kind = str(array.dtype)
            index.append([kind, starts.get(kind, 0), list(array.shape)])
            starts[kind] = starts.get(kind, 0) + array.size
        text = json.dumps({"index": index, **content}, separators=(",", ":"))
        path.parent.mkdir(parents=True, exist_ok=True)
        packed = pack(self.arrays.kept)
        np.savez_compressed(path, json=np.frombuffer(text.encode(), np.uint8), **packed)
        print(path.name, path.stat().st_size // 1024, "KiB")


def remember_arguments(kind: Any) -> None:
    """Let modules of a class know the arguments that they were made of."""
    own = kind.__init__

    def made(self: Any, *args: Any, **kwargs: Any) -> None:
        object.__setattr__(self, "made", [list(args), kwargs])
        own(self, *args, **kwargs)

    kind.__init__ = made


def samples_of(info: Any, training: bool) -> list[ModuleInput]:
    """Some of the database's samples, spread over all of them."""
    torch.manual_seed(0)
    own = torch.float64 if info.name in DOUBLE else torch.float32
    found = info.module_inputs_func(info, device="cpu", dtype=own, requires_grad=True, training=training)
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
    try:
        made = book.code([list(given.args), kwargs])
    except TypeError as error:
        print("not written:", name, error)
        return None
    call: dict[str, Any] = {
        "made": made,
        "training": training,
        "args": book.code(list(called.args)),
        "kwargs": book.code(called.kwargs)["dict"],
        "repr": repr(module),
        "state": book.code(dict(module.state_dict()))["dict"],
    }
    before = {k: v.clone() for k, v in module.named_buffers()}
    torch.manual_seed(2)
    try:
        outs = tensors_in(module(*called.args, **called.kwargs))
    except RuntimeError as error:  # some samples are not for float32
        print("refused by torch:", name, str(error)[:80])
        return None
    call["out"] = book.codes(t.detach() for t in outs)
    graded = [t for t in outs if t.requires_grad]
    inputs = [t for t in leaves if t.requires_grad] + list(module.parameters())
    if graded and inputs:
        loss = sum((t * weights(t)).sum() for t in graded)
        grads = torch.autograd.grad(loss, inputs, allow_unused=True)
        call["grads"] = book.codes(grads)
    changed = {k: v for k, v in module.named_buffers() if not torch.equal(v, before[k])}
    if changed:
        call["buffers"] = book.code(changed)["dict"]
    return call


def modules() -> None:
    """All modules of the database, and the rest of torch.nn that has parameters, buffers or a mode."""
    for kind in (nn.TransformerEncoderLayer, nn.TransformerDecoderLayer, nn.LayerNorm):
        remember_arguments(kind)
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
    print(len(found), "modules,", sum(map(len, found.values())), "calls")
    book.save(TESTS / "nn" / "fixtures" / "database.npz", {"modules": found})


# ── Optimizers ───────────────────────────────────────────────────────────────────────────────────────────────────────────────
STEPS = 8
SHAPES = [(3, 2), (4,), (2, 2, 2)]
OPTIONS: dict[str, list[dict[str, Any]]] = {  # besides those of the database
    "SGD": [
        {"lr": 0.1, "momentum": 0.9, "nesterov": True},
        {"lr": 0.1, "momentum": 0.5, "maximize": True},
        {"lr": 0.1, "maximize": True, "weight_decay": 0.2, "momentum": 0.9, "nesterov": True},
    ],
    "Adam": [
        {"amsgrad": True, "maximize": True, "betas": (0.5, 0.7)},
        {"decoupled_weight_decay": True, "weight_decay": 0.3, "lr": 0.1},
    ],
    "AdamW": [{"amsgrad": True, "weight_decay": 0.0}],
    "RMSprop": [{"momentum": 0.9, "alpha": 0.5}],
    "Adagrad": [{"lr": 0.1, "maximize": True, "eps": 1e-3}],
    "NAdam": [{"betas": (0.5, 0.9), "lr": 0.1}],
    "RAdam": [{"betas": (0.5, 0.9), "lr": 0.1}],
    "Rprop": [{"lr": 0.1, "step_sizes": (0.05, 0.2)}],
    "ASGD": [{"lr": 0.1, "t0": 3, "alpha": 0.5}],
    "Muon": [{"nesterov": False}, {"adjust_lr_fn": "match_rms_adamw", "lr": 0.1}],
    "LBFGS": [{"history_size": 2}, {"line_search_fn": "strong_wolfe", "max_iter": 5, "lr": 2.0}],
}
SCHEDULES = [  # each stepped once an epoch, one after the other
    ["LambdaLR(o, lambda e: 0.95**e)"],
    ["LambdaLR(o, [lambda e: 1 / (1 + e), lambda e: 0.5 ** (e // 7)])"],
    ["MultiplicativeLR(o, lambda e: 0.9 if e % 3 else 1.1)"],
    ["StepLR(o, 7, 0.5)"],
    ["MultiStepLR(o, [3, 8, 8, 20], 0.3)"],
    ["ConstantLR(o, 0.25, 6)"],
    ["LinearLR(o, 0.1, 0.8, 11)"],
    ["ExponentialLR(o, 0.93)"],
    ["PolynomialLR(o, 20, 2.0)"],
    ["CosineAnnealingLR(o, 10, 0.01)"],
    ["CosineAnnealingWarmRestarts(o, 4, 2, 0.02)"],
    ["CyclicLR(o, 0.01, 0.3, 4)"],
    ["CyclicLR(o, [0.01, 0.05], [0.3, 0.2], 3, 5, mode='triangular2', base_momentum=0.7)"],
    ["CyclicLR(o, 0.01, 0.3, 4, mode='exp_range', gamma=0.9, cycle_momentum=False)"],
    ["CyclicLR(o, 0.01, 0.3, 4, scale_fn=lambda k: 1 / k, scale_mode='cycle')"],
    ["OneCycleLR(o, 0.4, 31)"],
    ["OneCycleLR(o, [0.4, 0.2], 31, pct_start=0.2, anneal_strategy='linear', three_phase=True)"],
    ["ExponentialLR(o, 0.9)", "StepLR(o, 5, 0.5)"],
    ["CosineAnnealingLR(o, 6)", "LinearLR(o, 0.5, 1.0, 10)"],
    ["ConstantLR(o, 0.1, 4)", "MultiStepLR(o, [10, 20])", "MultiplicativeLR(o, lambda e: 0.99)"],
    ["ChainedScheduler([ConstantLR(o, 0.1, 3), ExponentialLR(o, 0.9)])"],
    ["ChainedScheduler([LinearLR(o, 0.2, 1.0, 5), CosineAnnealingLR(o, 20)], o)"],
    ["SequentialLR(o, [ConstantLR(o, 0.1, 5), ExponentialLR(o, 0.9)], [8])"],
    ["SequentialLR(o, [LinearLR(o, 0.1, 1.0, 4), CosineAnnealingLR(o, 12), StepLR(o, 3)], [4, 16])"],
    ["ReduceLROnPlateau(o, 'min', 0.5, 2)"],
    ["ReduceLROnPlateau(o, 'max', 0.3, 1, 0.1, 'abs', 2, [0.01, 0.002])"],
]  # fmt: skip


def valley(p: torch.Tensor) -> torch.Tensor:
    """What LBFGS minimises."""
    return ((p - 1) ** 2).sum() + 0.3 * (p**4).sum() + (p.flatten()[1:] * p.flatten()[:-1]).sum()


def record_steps(book: Book, name: str, options: dict[str, Any], split: bool, kind: Any) -> dict[str, Any]:
    """Some steps of an optimizer; split: the first parameter in a group of its own."""
    shapes = SHAPES if name != "Muon" else [(3, 2), (4, 4), (2, 5)]
    stream = np.random.RandomState(11)
    params = [torch.nn.Parameter(torch.from_numpy(stream.standard_normal(s)).to(kind)) for s in shapes]
    groups = [{"params": params[:1], "lr": 0.07, "weight_decay": 0.05}, {"params": params[1:]}]
    optimizer = getattr(torch.optim, name)(groups if split else params, **options)
    call: dict[str, Any] = {
        "options": book.code(options),
        "split": split,
        "params": book.codes(p.detach() for p in params),
        "steps": [],
        "repr": repr(optimizer),
    }
    for step in range(STEPS):
        gradients: list[Any] = []
        for p in params:
            p.grad = torch.from_numpy(stream.standard_normal(p.shape)).to(kind)
        params[1].grad = None if step == 3 else params[1].grad  # a parameter that had no part in this step
        if name == "LBFGS":

            def closure() -> torch.Tensor:
                optimizer.zero_grad()
                loss = sum(valley(p) for p in params)
                loss.backward()
                return loss

            optimizer.step(closure)
        else:
            gradients = book.codes(p.grad for p in params)
            optimizer.step()
        after = torch.cat([p.detach().flatten() for p in params])
        call["steps"].append([gradients, book.code(after)])
    state = optimizer.state_dict()
    call["state"] = {
        str(k): book.code({n: v for n, v in s.items() if n != "al"})["dict"]
        for k, s in state["state"].items()
    }
    call["groups"] = book.codes({k: v for k, v in g.items() if k != "lr"} for g in state["param_groups"])
    return call


def record_rates(codes: list[str], adam: bool) -> dict[str, Any]:
    """The learning rates and momenta of two groups over 30 epochs."""
    params = [torch.nn.Parameter(torch.zeros(2)) for _ in range(2)]
    kind, more = (torch.optim.Adam, {}) if adam else (torch.optim.SGD, {"momentum": 0.9})
    o: Any = kind([{"params": params[:1], "lr": 0.5}, {"params": params[1:]}], lr=0.1, **more)
    space = {**vars(torch.optim.lr_scheduler), "o": o}
    schedulers = [eval(code, space) for code in codes]
    rates: list[Any] = []
    for epoch in range(31):
        rates.append([[g["lr"], g["betas"][0] if adam else g["momentum"]] for g in o.param_groups])
        o.step()
        for s in schedulers:
            s.step(*([(7 * epoch) % 11 / 10] if "Plateau" in type(s).__name__ else []))
    return {"codes": codes, "adam": adam, "rates": rates, "last": [s.get_last_lr() for s in schedulers]}


def optimizers() -> None:
    """All optimizers of the database, and schedules."""
    book = Book()
    found: dict[str, list[Any]] = {}
    for info in optim_db:
        calls = found.setdefault(info.name, [])
        if info.name == "SparseAdam":  # only for gradients that are sparse tensors
            continue
        every = [i.kwargs for i in info.optim_inputs_func(device="cpu")] + OPTIONS.get(info.name, [])
        own = (
            torch.float64 if info.name == "LBFGS" else torch.float32
        )  # L-BFGS goes on until only rounding is left
        for options in every:
            calls.append(record_steps(book, info.name, options, False, own))
        calls.append(record_steps(book, info.name, every[1], False, torch.float64))
        if info.name not in ("LBFGS", "Rprop"):  # no groups; no weight_decay
            calls.append(record_steps(book, info.name, every[0], True, torch.float32))
    rates = [record_rates(codes, adam) for codes in SCHEDULES for adam in (False, True)]
    book.save(
        TESTS / "optim" / "fixtures" / "database.npz",
        {"optimizers": found, "schedules": rates, "steps": STEPS},
    )


# ── Names ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
PLACES = "nn nn.functional nn.init nn.utils nn.utils.rnn optim optim.lr_scheduler utils.data"


def parameters_of(thing: Any) -> list[Any] | None:
    """Name, kind and default of each parameter; None where Python cannot say."""
    try:
        found = inspect.signature(thing).parameters.values()
    except ValueError:
        return None
    return [[p.name, p.kind.name, "" if p.default is p.empty else repr(p.default)] for p in found]


def names() -> None:
    """What torch has in some places, with its parameters."""
    out: dict[str, Any] = {}
    for place in PLACES.split():
        where: Any = torch
        for part in place.split("."):
            where = getattr(where, part)
        for name, thing in sorted(vars(where).items()):
            own = str(getattr(thing, "__module__", "")).startswith("torch")
            if callable(thing) and not name.startswith("_") and (own or place == "nn.functional"):
                out[f"{place}.{name}"] = parameters_of(thing)
    path = TESTS / "nn" / "fixtures" / "names.json"
    path.write_text(json.dumps(out, separators=(",", ":")) + "\n")
    print(len(out), "names", path.stat().st_size // 1024, "KiB")


if __name__ == "__main__":
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    for part in sys.argv[1:] or ["modules", "optimizers", "names"]:
        globals()[part]()
