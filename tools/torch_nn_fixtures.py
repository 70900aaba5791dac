"""Record what PyTorch's nn, optim and utils.data answer, so that tests can replay it without PyTorch.

    python -m venv env && env/bin/pip install torch==2.13.0 numpy
    env/bin/python tools/torch_nn_fixtures.py         # writes tests/torch/{nn,optim,data}/fixtures

random_ways.json (of tests/torch): digests of random numbers of many sizes, drawn in many ways.
initial.json: for each module, digests of its parameters after manual_seed(42), and the number drawn next.
modules.json and .npz: for each call, inputs, outputs and all gradients.
printed.json: short programs and what they print.
"""

from __future__ import annotations

# ruff: noqa: E501 - programs and their names are one line each
import contextlib
import hashlib
import io
import json
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

TESTS = Path(__file__).parents[1] / "tests" / "torch"

# Random numbers: each program leaves tensors in out; N is all sizes up to 70 and some more, drawn one after the other.
SIZES = "N=[*range(70),127,128,129,255,1000,1023,4096,65537]; "
RANDOM = [
    *(
        SIZES + f"out=[torch.cat([torch.rand(n,dtype=torch.{d}) for n in N]),torch.rand(3)]"
        for d in ("float32", "float64")
    ),
    *(
        SIZES + f"out=[torch.cat([torch.randn(n,dtype=torch.{d}) for n in N]),torch.rand(3)]"
        for d in ("float32", "float64")
    ),
    # a pair's second number waits for the next small draw, of whatever type
    SIZES + "out=[torch.randn(n,dtype=(torch.float32,torch.float64)[n%2]) for n in N[:40]]",
    "out=[torch.randn(1),torch.randn(20),torch.randn(1,dtype=torch.float64),torch.rand(1),torch.randn(2)]",
    "torch.randn(1); torch.manual_seed(42); out=[torch.randn(1)]",
    # shapes; and memory that is not in order, which is drawn number by number
    "out=[torch.randn(s) for s in ((),(1,),(4,4),(2,3,5),(0,3),(1,1,1,7))]",
    *(
        f"x=torch.zeros(12,10,dtype=torch.{d}); x.t().normal_(); y=torch.zeros(9,8,dtype=torch.{d}); y[:,::2].normal_(2,3); y[::2,1::2].uniform_(-1,4); out=[x,y,torch.randn(2)]"
        for d in ("float32", "float64")
    ),
    "x=torch.zeros(3,4,5,6); x.permute(2,0,3,1).uniform_(); y=torch.zeros(3,4,5,6); y.permute(3,1,0,2).normal_(); out=[x,y]",
    *(
        f"out=[torch.randint({low},{high},(37,)) for _ in range(3)]"
        for low, high in (
            (0, 1),
            (0, 2),
            (-5, 5),
            (0, 2**31),
            (0, 2**32 - 1),
            (0, 2**32),
            (0, 2**32 + 1),
            (-(2**40), 2**40),
            (-(2**62), 2**62),
        )
    ),
    *(
        f"out=[torch.randint(0,100,(5,7),dtype=torch.{d}),torch.randint(100,(3,)).to(torch.{d})]"
        for d in ("int32", "int16", "uint8", "float32", "float64")
    ),
    "out=[torch.randint_like(torch.zeros(4,4),3,9),torch.rand_like(torch.zeros(5,dtype=torch.float64)),torch.randn_like(torch.zeros(20))]",
    SIZES + "out=[torch.cat([torch.randperm(n) for n in N]),torch.rand(3)]",
    "out=[torch.randperm(33,dtype=torch.int32),torch.randperm(5,dtype=torch.float64),torch.randperm(12,generator=torch.Generator().manual_seed(3)),torch.rand(2)]",
    *(
        f"p=torch.tensor([[.1,0.,3.,.5,2.],[1.,1.,1.,1.,1.],[0.,0.,5.,0.,1e-3]],dtype=torch.{d}); out=[torch.multinomial(p,k,True) for k in (1,2,100)]+[torch.multinomial(p,k) for k in (1,2)]+[torch.multinomial(p[0],4),torch.rand(2)]"
        for d in ("float32", "float64")
    ),
    "w=torch.rand(2000); out=[torch.multinomial(w,n,r) for n in (1,500) for r in (False,True)]+[torch.multinomial(w,50,True,generator=torch.Generator().manual_seed(6))]",
    SIZES
    + "out=[torch.cat([torch.bernoulli(torch.linspace(0,1,n)) for n in N]),torch.bernoulli(torch.linspace(0,1,50,dtype=torch.float64)),torch.rand(2)]",
    *(
        f"out=[torch.zeros(200,dtype=torch.{d}).bernoulli_(.35),torch.rand(1)]"
        for d in ("float32", "float64", "int64", "bool", "uint8")
    ),
    "out=[torch.zeros(50).bernoulli_(torch.linspace(0,1,50)),torch.bernoulli(torch.zeros(30),.5),torch.bernoulli(torch.ones(7),generator=torch.Generator().manual_seed(1))]",
    # dropout masks
    *(
        f"out=[F.dropout(torch.ones(s,dtype=torch.{d}),p) for s in ((7,),(40,30),(2,3,4,5)) for p in (0.,.1,.5,.9,1.)]+[torch.rand(2)]"
        for d in ("float32", "float64")
    ),
    "out=[F.dropout(torch.ones(6,8).t(),.4),F.dropout(torch.ones(6,8)[:,::2],.4),F.dropout1d(torch.ones(4,6,3),.3),F.dropout2d(torch.ones(4,6,2,2),.3),F.dropout3d(torch.ones(2,6,2,2,2),.3),torch.rand(1)]",
    "out=[F.alpha_dropout(torch.ones(9,9),.3,True),F.feature_alpha_dropout(torch.ones(9,9,2),.3,True),F.rrelu(torch.randn(60),.1,.4,True),torch.rand(1)]",
    "out=[torch.zeros(90).exponential_(.7),torch.zeros(90,dtype=torch.float64).exponential_(),torch.normal(0.,2.,(33,)),torch.normal(torch.zeros(5,4),torch.ones(5,4)),torch.rand(1)]",
    *(
        f"w=torch.empty({shape}); out=[nn.init.{call},torch.rand(1)]"
        for shape, call in (
            ("30,20", "xavier_uniform_(w,1.7)"),
            ("30,20", "xavier_normal_(w)"),
            ("8,4,3,3", "kaiming_uniform_(w,nonlinearity='relu')"),
            ("8,4,3,3", "kaiming_normal_(w,mode='fan_out')"),
            ("40,30", "trunc_normal_(w,std=.02)"),
            ("40,30", "normal_(w,.1,.2)"),
            ("40,30", "uniform_(w,-.2,.3)"),
            ("4,4,3,3", "dirac_(w,2)"),
            ("30,20", "sparse_(w,.3)"),
        )
    ),
]

# Modules whose parameters are drawn.
INITIAL = [
    "nn.Linear(784, 256)",
    "nn.Linear(1, 1)",
    "nn.Bilinear(2, 3, 4, dtype=torch.float64)",
    "nn.Embedding(1000, 64)",
    "nn.Embedding(3, 5, dtype=torch.float64)",
    "nn.Conv1d(8, 16, 5, stride=2, groups=4)",
    "nn.Conv2d(3, 32, 3)",
    "nn.Conv2d(3, 32, 3, bias=False, dtype=torch.float64)",
    "nn.Conv3d(2, 4, (2, 3, 1))",
    "nn.ConvTranspose1d(4, 6, 3)",
    "nn.ConvTranspose3d(2, 4, 2, groups=2)",
    "nn.BatchNorm2d(16)",
    "nn.BatchNorm3d(4, affine=False)",
    "nn.InstanceNorm2d(4, affine=True)",
    "nn.GroupNorm(2, 8)",
    "nn.RMSNorm(6)",
    "nn.RNN(28, 64, 2, nonlinearity='relu')",
    "nn.LSTM(32, 128)",
    "nn.LSTM(4, 8, dtype=torch.float64)",
    "nn.GRU(16, 32, 3, bidirectional=True, dropout=0.1)",
    "nn.LSTMCell(3, 5, bias=False)",
    "nn.GRUCell(30, 50)",
    "nn.RNNCell(3, 5, nonlinearity='relu')",
    "nn.MultiheadAttention(64, 8)",
    "nn.MultiheadAttention(8, 2, dtype=torch.float64)",
    "nn.TransformerEncoderLayer(64, 4, 128, norm_first=True, bias=False)",
    "nn.TransformerDecoder(nn.TransformerDecoderLayer(16, 2, 32), 3, nn.LayerNorm(16))",
    "nn.Transformer(16, 4, 1, 2, 32, batch_first=True)",
    "nn.Transformer(8, 2, 1, 1, 16, dtype=torch.float64)",
    "nn.ModuleList([nn.Linear(2, 3), nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.5))])",
    "nn.ModuleDict({'token': nn.Embedding(65, 32), 'place': nn.Embedding(8, 32), 'blocks': nn.TransformerEncoder(nn.TransformerEncoderLayer(32, 4, 64), 2), 'head': nn.Linear(32, 65)})",
    "nn.Linear(3, 8)",
    "nn.Linear(7, 5, bias=False)",
    "nn.Linear(4, 6, dtype=torch.float64)",
    "nn.Bilinear(3, 4, 5)",
    "nn.Embedding(10, 3)",
    "nn.Embedding(40, 16, padding_idx=2)",
    "nn.PReLU(3)",
    "nn.Conv1d(3, 4, 3)",
    "nn.Conv2d(4, 6, (3, 2), groups=2)",
    "nn.ConvTranspose2d(4, 6, 3, bias=False)",
    "nn.LayerNorm((2, 3))",
    "nn.RNN(3, 5)",
    "nn.LSTM(3, 5, num_layers=2, bidirectional=True)",
    "nn.GRU(3, 5, num_layers=2, bias=False)",
    "nn.RNNCell(3, 5)",
    "nn.LSTMCell(3, 5)",
    "nn.GRUCell(3, 5, bias=False)",
    "nn.BatchNorm1d(3)",
    "nn.MultiheadAttention(8, 2)",
    "nn.MultiheadAttention(8, 2, bias=False, add_bias_kv=True)",
    "nn.MultiheadAttention(8, 2, kdim=3, vdim=5)",
    "nn.TransformerEncoderLayer(8, 2, 16)",
    "nn.TransformerDecoderLayer(8, 2, 16)",
    "nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 2)",
    "nn.Transformer(8, 2, 2, 2, 16)",
    "nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 4), nn.Sigmoid(), nn.Linear(4, 1))",
]

# Calls of modules: the module, then its inputs (x: N(0, 1) of a shape; i: integers below a bound).
CALLS = [
    ("nn.Linear(3, 4)", ["x(5, 3)"]),
    ("nn.Linear(3, 4)", ["x(2, 5, 3)"]),
    ("nn.Bilinear(3, 4, 2)", ["x(5, 3)", "x(5, 4)"]),
    ("nn.Embedding(7, 3, padding_idx=1)", ["i(7, 2, 5)"]),
    ("nn.PReLU(4)", ["x(3, 4)"]),
    ("nn.Dropout(0.4)", ["x(4, 5)"]),
    ("nn.Dropout2d(0.4)", ["x(2, 5, 3, 3)"]),
    ("nn.AlphaDropout(0.3)", ["x(4, 5)"]),
    ("nn.Flatten()", ["x(2, 3, 4)"]),
    ("nn.RNN(3, 4)", ["x(5, 2, 3)"]),
    ("nn.RNN(3, 4, 2, 'relu', bidirectional=True)", ["x(5, 2, 3)"]),
    ("nn.LSTM(3, 4)", ["x(5, 2, 3)"]),
    ("nn.LSTM(3, 4, 2, batch_first=True, bidirectional=True)", ["x(2, 5, 3)"]),
    ("nn.LSTM(3, 4, 2, bias=False, dropout=0.3)", ["x(5, 2, 3)"]),
    ("nn.GRU(3, 4)", ["x(5, 3)"]),
    ("nn.GRU(3, 4, 2, bidirectional=True)", ["x(5, 2, 3)", "x(4, 2, 4)"]),
    ("lambda x, h, c: nn.LSTM(3, 4)(x, (h, c))", ["x(5, 2, 3)", "x(1, 2, 4)", "x(1, 2, 4)"]),
    ("nn.RNNCell(3, 4)", ["x(2, 3)", "x(2, 4)"]),
    ("nn.LSTMCell(3, 4)", ["x(2, 3)"]),
    ("nn.GRUCell(3, 4)", ["x(2, 3)", "x(2, 4)"]),
    *[
        (
            f"lambda x, h: [(o.data, s) for o, s in [nn.{kind}(3, 4, bidirectional=True)(nn.utils.rnn.pack_padded_sequence("
            "x, [2, 5, 3], enforce_sorted=False), h)]]",
            ["x(5, 3, 3)", "x(2, 3, 4)"],
        )
        for kind in ("GRU", "RNN")
    ],
    (
        "lambda x: nn.utils.rnn.pad_packed_sequence(nn.LSTM(3, 4)(nn.utils.rnn.pack_padded_sequence(x, [5, 3, 1], batch_first=True))[0])[0]",
        ["x(3, 5, 3)"],
    ),
    (
        "lambda a, b: nn.utils.rnn.pad_sequence([a, b], batch_first=True, padding_value=2.0)",
        ["x(2, 3)", "x(4, 3)"],
    ),
    ("nn.Conv1d(3, 4, 3, padding=1, stride=2)", ["x(2, 3, 7)"]),
    ("nn.Conv2d(3, 4, 3)", ["x(2, 3, 6, 5)"]),
    (
        "nn.Conv2d(4, 4, (3, 2), stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2, bias=False)",
        ["x(2, 4, 6, 5)"],
    ),
    ("nn.Conv2d(2, 3, 3, padding='same', padding_mode='reflect')", ["x(2, 5, 5)"]),
    ("nn.Conv2d(2, 3, (2, 3), padding='same')", ["x(1, 2, 5, 5)"]),
    ("nn.ConvTranspose2d(3, 2, 3, stride=2, padding=1, output_padding=1)", ["x(2, 3, 4, 3)"]),
    ("nn.MaxPool1d(2)", ["x(2, 3, 7)"]),
    ("nn.MaxPool2d(2)", ["x(2, 3, 6, 5)"]),
    ("nn.MaxPool2d(3, 2, 1, ceil_mode=True, return_indices=True)", ["x(2, 3, 6, 5)"]),
    ("nn.AvgPool1d(3, 2, 1)", ["x(2, 3, 7)"]),
    ("nn.AvgPool2d(2)", ["x(2, 3, 6, 5)"]),
    ("nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False)", ["x(2, 3, 6, 5)"]),
    ("nn.AdaptiveAvgPool2d((3, 2))", ["x(2, 3, 7, 5)"]),
    ("nn.AdaptiveMaxPool2d(3)", ["x(2, 3, 7, 5)"]),
    ("nn.AdaptiveAvgPool1d(1)", ["x(3, 7)"]),
    ("nn.ReflectionPad2d(1)", ["x(1, 2, 3, 4)"]),
    ("nn.ReplicationPad1d((1, 2))", ["x(1, 2, 4)"]),
    ("nn.ConstantPad2d((1, 0, 2, 1), 3.0)", ["x(1, 2, 3, 4)"]),
    ("nn.ZeroPad2d(1)", ["x(1, 2, 3, 4)"]),
    ("nn.PixelShuffle(2)", ["x(1, 8, 2, 3)"]),
    (
        "nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 3))",
        ["x(2, 1, 8, 8)"],
    ),
    ("nn.LayerNorm(4)", ["x(2, 3, 4)"]),
    ("nn.LayerNorm((3, 4), bias=False)", ["x(2, 3, 4)"]),
    ("nn.RMSNorm(4)", ["x(2, 3, 4)"]),
    ("nn.GroupNorm(2, 4)", ["x(2, 4, 3, 3)"]),
    ("nn.BatchNorm1d(4)", ["x(5, 4)"]),
    ("nn.BatchNorm1d(4, affine=False)", ["x(5, 4, 3)"]),
    ("nn.BatchNorm2d(3)", ["x(2, 3, 4, 4)"]),
    ("nn.BatchNorm2d(3).eval()", ["x(2, 3, 4, 4)"]),
    ("nn.BatchNorm1d(4, track_running_stats=False).eval()", ["x(5, 4)"]),
    ("nn.InstanceNorm2d(3, affine=True)", ["x(2, 3, 4, 4)"]),
    ("nn.MultiheadAttention(8, 2)", ["x(3, 2, 8)", "x(4, 2, 8)", "x(4, 2, 8)"]),
    (
        "nn.MultiheadAttention(8, 2, batch_first=True, add_bias_kv=True, add_zero_attn=True)",
        ["x(2, 3, 8)", "x(2, 4, 8)", "x(2, 4, 8)"],
    ),
    ("nn.MultiheadAttention(8, 2, kdim=3, vdim=5)", ["x(3, 2, 8)", "x(4, 2, 3)", "x(4, 2, 5)"]),
    ("nn.MultiheadAttention(8, 2)", ["x(3, 8)", "x(4, 8)", "x(4, 8)"]),
    ("nn.TransformerEncoderLayer(8, 2, 16)", ["x(3, 2, 8)"]),
    (
        "nn.TransformerEncoderLayer(8, 2, 16, activation='gelu', batch_first=True, norm_first=True, dropout=0.0)",
        ["x(2, 3, 8)"],
    ),
    ("nn.TransformerDecoderLayer(8, 2, 16, dropout=0.0)", ["x(3, 2, 8)", "x(4, 2, 8)"]),
    (
        "nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, dropout=0.2), 2, nn.LayerNorm(8))",
        ["x(3, 2, 8)"],
    ),
    ("nn.Transformer(8, 2, 1, 2, 16, batch_first=True)", ["x(2, 4, 8)", "x(2, 3, 8)"]),
    (
        "lambda q, k, v: F.scaled_dot_product_attention(q, k, v)",
        ["x(2, 2, 3, 4)", "x(2, 2, 5, 4)", "x(2, 2, 5, 6)"],
    ),
    (
        "lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True)",
        ["x(2, 3, 4)", "x(2, 3, 4)", "x(2, 3, 4)"],
    ),
    (
        "lambda q, k, v: F.scaled_dot_product_attention(q, k, v, attn_mask=torch.tensor([True, False, True]), scale=0.3)",
        ["x(2, 3, 4)", "x(2, 3, 4)", "x(2, 3, 4)"],
    ),
    (
        "lambda x: nn.MultiheadAttention(8, 2)(x, x, x, attn_mask=nn.Transformer.generate_square_subsequent_mask(3), average_attn_weights=False)",
        ["x(3, 2, 8)"],
    ),
    (
        "lambda x: nn.MultiheadAttention(8, 2, dropout=0.3)(x, x, x, key_padding_mask=torch.tensor([[False, False, True], [False, True, True]]))",
        ["x(3, 2, 8)"],
    ),
    ("nn.GLU()", ["x(3, 4)"]),
    *[
        (f"nn.{name}", ["x(4, 5)"])
        for name in [
            "ReLU()",
            "Sigmoid()",
            "Tanh()",
            "GELU()",
            "GELU('tanh')",
            "SiLU()",
            "LeakyReLU(0.2)",
            "ELU()",
            "CELU(0.7)",
            "SELU()",
            "Softplus()",
            "Mish()",
            "ReLU6()",
            "Hardtanh()",
            "Hardsigmoid()",
            "Hardswish()",
            "Softsign()",
            "Tanhshrink()",
            "Softshrink()",
            "Hardshrink()",
            "LogSigmoid()",
            "Softmax(1)",
            "LogSoftmax(0)",
            "Softmin(1)",
            "Threshold(0.1,2.0)",
        ]
    ],
    *[
        (f"nn.{name}", ["x(4, 3)", "c(4, 3)"])
        for name in [
            "MSELoss()",
            "MSELoss(reduction='sum')",
            "MSELoss(reduction='none')",
            "L1Loss()",
            "SmoothL1Loss()",
            "SmoothL1Loss(beta=0.5)",
            "HuberLoss()",
            "HuberLoss(delta=0.3)",
            "KLDivLoss(reduction='batchmean',log_target=True)",
            "SoftMarginLoss()",
            "PoissonNLLLoss()",
        ]
    ],
    *[
        (f"nn.{name}", ["x(6, 4)", "i(4, 6)"])
        for name in [
            "CrossEntropyLoss()",
            "CrossEntropyLoss(reduction='none')",
            "CrossEntropyLoss(label_smoothing=0.1)",
            "CrossEntropyLoss(ignore_index=2)",
            "CrossEntropyLoss(weight=torch.tensor([1.,2,0.5,1]))",
            "NLLLoss()",
            "NLLLoss(ignore_index=1,reduction='sum')",
            "CrossEntropyLoss(weight=torch.tensor([1.,2,0.5,1]),label_smoothing=0.2,ignore_index=0)",
            "MultiMarginLoss()",
        ]
    ],
    ("nn.CrossEntropyLoss()", ["x(3, 4, 2, 2)", "i(4, 3, 2, 2)"]),
    ("nn.CrossEntropyLoss()", ["x(4)", "i(4)"]),
    ("nn.CrossEntropyLoss(label_smoothing=0.1)", ["x(3, 4)", "p(3, 4)"]),
    ("nn.BCELoss()", ["p(4, 3)", "p(4, 3)"]),
    ("nn.BCEWithLogitsLoss()", ["x(4, 3)", "p(4, 3)"]),
    ("nn.BCEWithLogitsLoss(pos_weight=torch.tensor([2.,1,3]))", ["x(4, 3)", "p(4, 3)"]),
    ("nn.TripletMarginLoss()", ["x(4, 3)", "x(4, 3)", "x(4, 3)"]),
    ("nn.CosineEmbeddingLoss(0.1)", ["x(4, 3)", "x(4, 3)", "s(4)"]),
    ("nn.MarginRankingLoss(0.2)", ["x(4)", "x(4)", "s(4)"]),
    ("nn.HingeEmbeddingLoss()", ["x(4)", "s(4)"]),
    (
        "nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 4), nn.Sigmoid(), nn.Linear(4, 1))",
        ["x(6, 3)"],
    ),
]

MODEL = """
torch.manual_seed(42)
model = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 4), nn.Sigmoid(), nn.Linear(4, 1))
X, y = torch.randn(20, 3), torch.randn(20, 1)
criterion = nn.MSELoss()
"""
TRAIN = """
for epoch in range(100):
    optimizer.zero_grad()
    loss = criterion(model(X), y)
    loss.backward()
    optimizer.step()
    if epoch % 10 == 9: print(epoch, f"{loss.item():.4f}")
print(optimizer)
print([f"{v:.3f}" for p in model.parameters() for v in p.flatten().tolist()][:30])
print({k: sorted(v) for k, v in optimizer.state_dict()["state"].items()})
"""
MODULES = [
    MODEL
    + "print(model)\nfor p in model.parameters(): print(p)\nprint(model(X))\nprint(criterion(model(X), y))\nprint(model.state_dict())",
    MODEL
    + "print([n for n, _ in model.named_parameters()], [n for n, _ in model.named_modules()])\nprint(model[1:3], model[-1], len(model))",
    MODEL
    + "print(model.load_state_dict(model.state_dict()))\nmodel.load_state_dict({'0.weight': torch.ones(2, 3), 'x': torch.ones(1)})",
    MODEL
    + "model.eval()\nprint(model.training, model[0].training)\nwith torch.no_grad(): print(model(X).requires_grad)\nmodel(X[:, :2])",
    MODEL
    + "h = model[0].register_forward_hook(lambda m, a, o: print('out', o.shape))\nmodel(X)\nh.remove()\nmodel(X)",
    MODEL
    + "model[2].register_full_backward_hook(lambda m, gi, go: print(m, gi[0].shape, go[0].sum()))\ncriterion(model(X), y).backward()",
    MODEL + "model.register_forward_pre_hook(lambda m, a: (a[0] * 0,))\nprint(model(X)[:2])",
    MODEL
    + "model.apply(lambda m: print(type(m).__name__))\nmodel.double()\nprint(model[0].weight.dtype, model.to(torch.float32)[0].bias.dtype)",
    MODEL + "model[0].weight = 3",
    MODEL + "model.fc",
    MODEL + "criterion(model(X), y[:, 0])",
    """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(2, 2) for _ in range(3)] + [nn.ReLU()])
        self.heads = nn.ModuleDict({'a': nn.Linear(2, 1), 'b': nn.Tanh()})
        self.scale = nn.Parameter(torch.ones(2))
        self.register_buffer('seen', torch.zeros(1))
        self.register_buffer('temporary', torch.zeros(1), persistent=False)
    def forward(self, x): return x
net = Net()
print(net)
print(list(net.state_dict()), [n for n, _ in net.named_buffers()], sum(p.numel() for p in net.parameters()))
net.scale = None
print(net.scale, [n for n, _ in net.named_parameters()])
print(nn.Parameter(torch.tensor([1., 2.])))
""",
    """
class Net(nn.Module):
    def __init__(self):
        self.fc = nn.Linear(1, 1)
Net()
""",
    "class Net(nn.Module): pass\nNet()(1)",
    "print(nn.Transformer(8, 2, 1, 2, 16))",
    "print(*[m for m in (nn.LayerNorm(3), nn.BatchNorm2d(3), nn.GroupNorm(1, 2), nn.InstanceNorm1d(3), nn.RMSNorm(4))], sep='\\n')",
    "torch.manual_seed(0)\nb = nn.BatchNorm1d(3)\nfor _ in range(3): b(torch.randn(5, 3) * 2 + 1)\nprint(b.state_dict())\nprint(b.eval()(torch.ones(2, 3)))",
    "nn.BatchNorm1d(3)(torch.ones(1, 3))",
    "print(*[nn.Conv2d(1, 2, 3, padding=1), nn.Conv1d(2, 4, 3, groups=2, bias=False, dilation=2), nn.ConvTranspose2d(1, 1, 2, output_padding=1, stride=2), nn.Conv2d(1, 1, 3, padding='same', padding_mode='circular'), nn.MaxPool2d(2), nn.AvgPool2d(3, 1), nn.AvgPool1d(2), nn.AdaptiveAvgPool2d((1, 1)), nn.ZeroPad2d(1), nn.ConstantPad1d(2, 0.5), nn.PixelShuffle(2)], sep='\\n')",
    "nn.Conv2d(3, 4, 3)(torch.ones(2, 2, 5, 5))",
    "nn.Conv2d(3, 4, 3)(torch.ones(2, 3, 2, 2))",
    "nn.Conv2d(3, 4, 3)(torch.ones(5, 5))",
    "nn.Conv2d(3, 4, 3, groups=2)",
    "torch.manual_seed(0)\nprint(nn.Conv2d(1, 1, 2)(torch.ones(1, 1, 2, 2)), nn.MaxPool2d(2)(torch.ones(1, 1, 2, 2, requires_grad=True)))",
    "print(nn.LSTM(3, 4, 2, batch_first=True, dropout=0.1), nn.RNN(1, 2, nonlinearity='relu'), nn.GRUCell(2, 3, bias=False))",
    "nn.LSTM(3, 4)(torch.ones(2, 2, 5))",
    "nn.GRU(3, 4)(torch.ones(2, 2, 3), torch.ones(1, 1, 4))",
    "print(nn.utils.rnn.pack_sequence([torch.arange(3.0), torch.arange(2.0)]))",
    "p = nn.Linear(2, 2)\np.weight.grad = torch.tensor([[3.0, 4.0], [0.0, 0.0]])\nprint(nn.utils.clip_grad_norm_(p.parameters(), 1.0), p.weight.grad)\nnn.utils.clip_grad_value_(p.parameters(), 0.5)\nprint(p.weight.grad)",
    "torch.manual_seed(0)\np = nn.Linear(2, 1)\nv = nn.utils.parameters_to_vector(p.parameters())\nprint(v)\nnn.utils.vector_to_parameters(v.detach() * 0 + 1, p.parameters())\nprint(p.weight)",
    "nn.BatchNorm2d(3)(torch.ones(1, 3))",
    "nn.LayerNorm(3)(torch.ones(2, 4))",
    "nn.MultiheadAttention(8, 3)",
    "print(nn.Transformer.generate_square_subsequent_mask(3))",
    "print(*[m for m in (nn.LeakyReLU(), nn.GELU(), nn.Softmax(dim=1), nn.Dropout(0.1), nn.ELU(), nn.Softplus(), nn.Hardtanh(), nn.ReLU(inplace=True), nn.PReLU(), nn.Embedding(3, 2, padding_idx=0), nn.Flatten(), nn.Identity(), nn.Bilinear(1, 2, 3), nn.MSELoss(), nn.CrossEntropyLoss(), nn.Threshold(1, 2), nn.Softshrink())], sep='\\n')",
    "nn.CrossEntropyLoss()(torch.randn(2, 3), torch.tensor([0, 5]))",
    "nn.CrossEntropyLoss()(torch.randn(2, 3), torch.tensor([0]))",
    "nn.BCELoss()(torch.tensor([1.5]), torch.tensor([1.0]))",
    "nn.BCELoss()(torch.rand(2), torch.rand(2, 1))",
    "nn.Embedding(3, 2)(torch.tensor([4]))",
    "nn.Linear(2, 3)(torch.ones(4, 5))",
    "print(nn.functional.one_hot(torch.tensor([0, 2, 1])), nn.functional.normalize(torch.tensor([[3.0, 4.0]])))",
    "x = torch.randn(3, requires_grad=True)\ny = nn.functional.leaky_relu(x * 1, 0.1, inplace=True)\ny.sum().backward()\nprint(x.grad > 0.05)",
    *[
        f"torch.manual_seed(0)\nw = torch.empty({shape})\nnn.init.{call}\nprint(w.flatten()[:6])"
        for shape, call in (
            ("5, 4", "xavier_uniform_(w)"),
            ("5, 4", "xavier_normal_(w, gain=2.0)"),
            ("5, 4, 3", "kaiming_uniform_(w, nonlinearity='relu')"),
            ("5, 4", "kaiming_normal_(w, mode='fan_out')"),
            ("5, 4", "normal_(w, 1, 0.5)"),
            ("5, 4", "uniform_(w, -1, 2)"),
            ("5, 4", "trunc_normal_(w, std=0.02)"),
            ("50, 4", "trunc_normal_(w)"),
            ("50, 4", "trunc_normal_(w, a=2, b=4)"),
            ("5, 4", "orthogonal_(w)"),
            ("4, 5", "orthogonal_(w, gain=2)"),
            ("3, 3", "eye_(w)"),
            ("3, 3", "constant_(w, 0.3)"),
            ("4", "xavier_uniform_(w)"),
        )
    ],
]
MODULES += [
    # shapes and types that do not go together
    "nn.Linear(2, 3)(torch.ones(2, dtype=torch.float64))",
    "nn.Linear(2, 3)(torch.ones(4, 2, dtype=torch.int64))",
    "nn.Linear(2, 3).double()(torch.ones(4, 2))",
    "nn.Linear(2, 3)(torch.ones(()))",
    "nn.Linear(2, 3)([1.0, 2.0])",
    "nn.Linear(2, 3)()",
    "nn.Linear(2, 3)(torch.ones(1, 2), 1)",
    "nn.Linear(2)",
    "nn.Linear(2, 3, unknown=1)",
    "nn.Linear(-1, 3)",
    "nn.Sequential(nn.Linear(2, 3), nn.Linear(4, 1))(torch.ones(5, 2))",
    "nn.Bilinear(2, 3, 4)(torch.ones(5, 2), torch.ones(5, 4))",
    "nn.functional.linear(torch.ones(2, 3), torch.ones(4, 5), torch.ones(4))",
    "nn.Embedding(3, 2)(torch.tensor([0.5]))",
    "nn.Embedding(3, 2)(torch.tensor([-1]))",
    "nn.Embedding(3, 2, padding_idx=3)",
    "nn.Conv1d(3, 4, 3)(torch.ones(2, 4, 9))",
    "nn.Conv2d(3, 4, 3)(torch.ones(2, 3, 9, 9, dtype=torch.float64))",
    "nn.Conv2d(3, 4, 3)(torch.ones(2, 3, 9, 9, dtype=torch.int64))",
    "nn.Conv2d(3, 4, 3)(torch.ones(2, 3, 9, 9).to(torch.bfloat16))",
    "nn.Conv2d(3, 4, 3)(torch.ones(4, 9, 9))",
    "nn.Conv2d(3, 4, 3)(torch.ones(2, 2, 3, 9, 9))",
    "nn.Conv1d(3, 4, 5, padding=1)(torch.ones(2, 3, 2))",
    "nn.Conv2d(3, 5, 3, groups=3)",
    "nn.Conv2d(3, 3, 3, groups=0)",
    "nn.Conv2d(3, 3, 3, stride=2, padding='same')",
    "nn.functional.conv2d(torch.ones(1, 1, 4, 4), torch.ones(1, 1, 3, 3), padding='full')",
    "nn.functional.conv2d(torch.ones(1, 1, 4, 4), torch.ones(1, 1, 3, 3), stride=2, padding='same')",
    "nn.functional.conv2d(torch.ones(1, 1, 4, 4), torch.ones(1, 1, 3, 3), stride=0)",
    "nn.functional.conv2d(torch.ones(1, 1, 4, 4), torch.ones(1, 1, 3, 3), padding=-1)",
    "nn.functional.conv2d(torch.ones(1, 1, 4, 4), torch.ones(1, 1, 3, 3), dilation=0)",
    "nn.functional.conv2d(torch.ones(1, 1, 4, 4), torch.ones(1, 1, 3, 3), torch.ones(2))",
    "nn.functional.conv2d(torch.ones(1, 1, 4, 4), torch.ones(1, 1, 3, 3), stride=(1, 1, 1))",
    "nn.functional.conv2d(torch.ones(1, 4, 4, 4), torch.ones(3, 2, 3, 3), groups=2)",
    "nn.ConvTranspose2d(3, 4, 3)(torch.ones(2, 4, 5, 5))",
    "nn.ConvTranspose2d(3, 4, 3, output_padding=1)(torch.ones(2, 3, 5, 5))",
    "nn.ConvTranspose2d(3, 4, 3, padding_mode='reflect')",
    "nn.MaxPool2d(3)(torch.ones(1, 1, 2, 2))",
    "nn.MaxPool2d(2, padding=2)(torch.ones(1, 1, 4, 4))",
    "nn.MaxPool2d(2)(torch.ones(4, 4))",
    "nn.MaxPool1d(2)(torch.ones(4))",
    "nn.AvgPool2d(3)(torch.ones(1, 1, 2, 2))",
    "nn.AvgPool2d(2, padding=2)(torch.ones(1, 1, 4, 4))",
    "nn.AvgPool2d(2, divisor_override=0)(torch.ones(1, 1, 4, 4))",
    "nn.AdaptiveAvgPool2d(2)(torch.ones(4))",
    "nn.MaxUnpool2d(2)(torch.ones(1, 1, 2, 2), torch.zeros(1, 1, 2, 3).long())",
    "nn.ReflectionPad2d(4)(torch.ones(1, 1, 3, 3))",
    "nn.functional.pad(torch.ones(2, 3), (1, 1, 1))",
    "nn.functional.pad(torch.ones(2, 3), (1, 1), 'mirror')",
    "nn.PixelShuffle(2)(torch.ones(1, 3, 2, 2))",
    "nn.ChannelShuffle(2)(torch.ones(1, 3, 2, 2))",
    "nn.BatchNorm1d(3)(torch.ones(4, 2))",
    "nn.BatchNorm1d(3)(torch.ones(4))",
    "nn.BatchNorm1d(3)(torch.ones(4, 3, dtype=torch.float64))",
    "nn.BatchNorm2d(3)(torch.ones(4, 3, 2))",
    "nn.BatchNorm3d(3)(torch.ones(4, 3, 2))",
    "nn.InstanceNorm2d(3)(torch.ones(4, 3))",
    "nn.InstanceNorm2d(3)(torch.ones(4, 3, 1, 1))",
    "nn.GroupNorm(2, 3)",
    "nn.GroupNorm(2, 4)(torch.ones(1, 6, 2))",
    "nn.LayerNorm(3)(torch.ones(2, 3, dtype=torch.float64))",
    "nn.LayerNorm((2, 3))(torch.ones(3))",
    "nn.Dropout(1.5)",
    "nn.functional.dropout(torch.ones(2), -0.5)",
    "nn.LocalResponseNorm(2)(torch.ones(2, 2))",
    "nn.RNN(3, 4)(torch.ones(5))",
    "nn.LSTM(3, 4)(torch.ones(5, 2, 3), (torch.ones(1, 1, 4), torch.ones(1, 2, 4)))",
    "nn.LSTM(3, 4)(torch.ones(5, 3), (torch.ones(1, 1, 4), torch.ones(1, 1, 4)))",
    "nn.LSTM(3, 4)(torch.ones(5, 2, 3, dtype=torch.float64))",
    "nn.GRU(3, 4, nonlinearity='relu')",
    "nn.GRU(3, 4, proj_size=2)",
    "nn.RNN(3, 4, nonlinearity='gelu')",
    "nn.LSTM(3, 0)",
    "nn.LSTM(3, 4, num_layers=0)",
    "nn.LSTM(3, 4, dropout=2)",
    "nn.LSTMCell(3, 4)(torch.ones(2, 2))",
    "nn.GRUCell(3, 4)(torch.ones(2, 3), torch.ones(3, 4))",
    "nn.RNNCell(3, 4)(torch.ones(2, 3, 1))",
    "nn.utils.rnn.pack_padded_sequence(torch.ones(3, 2, 1), [2, 3])",
    "nn.utils.rnn.pack_padded_sequence(torch.ones(3, 2, 1), [3, 0])",
    "nn.utils.rnn.pack_padded_sequence(torch.ones(3, 2, 1), [3])",
    "nn.MultiheadAttention(8, 2)(torch.ones(3, 1, 7), torch.ones(3, 1, 8), torch.ones(3, 1, 8))",
    "nn.MultiheadAttention(8, 2)(torch.ones(3, 1, 8), torch.ones(4, 1, 8), torch.ones(5, 1, 8))",
    "nn.MultiheadAttention(8, 2)(torch.ones(3, 1, 8), torch.ones(4, 1, 8), torch.ones(4, 1, 8), attn_mask=torch.zeros(3, 3))",
    "nn.MultiheadAttention(8, 2)(torch.ones(3, 1, 8), torch.ones(4, 1, 8), torch.ones(4, 1, 8), key_padding_mask=torch.zeros(1, 3).bool())",
    "nn.MultiheadAttention(0, 2)",
    "nn.Transformer(8, 2, 1, 1, 16)(torch.ones(3, 1, 8), torch.ones(3, 1, 7))",
    "nn.Transformer(8, 2, 1, 1, 16)(torch.ones(3, 2, 8), torch.ones(3, 1, 8))",
    "nn.TransformerEncoderLayer(8, 2, 16, activation='tanh')",
    "nn.functional.scaled_dot_product_attention(torch.ones(2, 3), torch.ones(2, 4), torch.ones(2, 4))",
    # losses
    "nn.CrossEntropyLoss()(torch.randn(2, 3), torch.tensor([0, -1]))",
    "nn.CrossEntropyLoss()(torch.randn(2, 3), torch.tensor([0.0, 1.0]))",
    "nn.CrossEntropyLoss()(torch.randn(2, 3), torch.tensor([0, 1], dtype=torch.int32))",
    "nn.CrossEntropyLoss()(torch.randn(2, 3), torch.tensor([[0, 1], [1, 2]]))",
    "nn.CrossEntropyLoss()(torch.randn(2, 3), torch.randn(2, 4))",
    "nn.CrossEntropyLoss()(torch.randn(2, 3), torch.tensor([True, False]))",
    "nn.CrossEntropyLoss()(torch.randn(()), torch.tensor(0))",
    "nn.CrossEntropyLoss()(torch.randn(2, 3, 4), torch.tensor([0, 1]))",
    "nn.CrossEntropyLoss(weight=torch.ones(2))(torch.randn(2, 3), torch.tensor([0, 1]))",
    "nn.CrossEntropyLoss(label_smoothing=1.5)(torch.randn(2, 3), torch.tensor([0, 1]))",
    "nn.CrossEntropyLoss(ignore_index=1)(torch.randn(2, 3), torch.softmax(torch.randn(2, 3), 1))",
    "print(nn.CrossEntropyLoss()(torch.zeros(2, 3), torch.tensor([-100, -100])))",
    "nn.CrossEntropyLoss(reduction='avg')(torch.randn(2, 3), torch.tensor([0, 1]))",
    "nn.NLLLoss()(torch.randn(2, 3), torch.tensor([0, 3]))",
    "nn.NLLLoss()(torch.randn(2, 3), torch.tensor([0.0, 1.0]))",
    "nn.NLLLoss()(torch.randn(2, 3), torch.tensor([0, 1, 2]))",
    "nn.MSELoss()(torch.ones(2, 3), torch.ones(4))",
    "nn.MSELoss(reduction='all')(torch.ones(2), torch.ones(2))",
    "nn.L1Loss()(torch.ones(2, 3), torch.ones(4))",
    "nn.SmoothL1Loss(beta=-1.0)(torch.ones(2), torch.ones(2))",
    "nn.HuberLoss(delta=0.0)(torch.ones(2), torch.ones(2))",
    "nn.BCELoss()(torch.tensor([-0.5]), torch.tensor([1.0]))",
    "nn.BCELoss()(torch.rand(2), torch.tensor([0, 1]))",
    "nn.BCEWithLogitsLoss()(torch.rand(2), torch.rand(2, 1))",
    "nn.BCEWithLogitsLoss()(torch.rand(2), torch.tensor([0, 1]))",
    "nn.KLDivLoss()(torch.rand(2, 3), torch.rand(2, 2))",
    "nn.GaussianNLLLoss()(torch.ones(2), torch.ones(2), -torch.ones(2))",
    "nn.GaussianNLLLoss()(torch.ones(2), torch.ones(2), torch.ones(3))",
    "nn.MarginRankingLoss()(torch.ones(2), torch.ones(2), torch.ones(2, 1))",
    "nn.TripletMarginLoss(margin=-1.0)(torch.ones(2, 3), torch.ones(2, 3), torch.ones(2, 3))",
    "nn.MultiMarginLoss(p=3)",
    "nn.MultiLabelMarginLoss()(torch.ones(2, 3), torch.tensor([[0, 5, -1], [1, -1, -1]]))",
    "nn.CosineEmbeddingLoss()(torch.ones(2, 3), torch.ones(3, 3), torch.ones(2))",
    # modules
    "net = nn.Linear(2, 1)\nnet.load_state_dict({'weight': torch.ones(1, 2)})",
    "net = nn.Linear(2, 1)\nprint(net.load_state_dict({'weight': torch.ones(1, 2), 'w': torch.ones(1)}, strict=False), net.weight)",
    "net = nn.Linear(2, 1)\nnet.load_state_dict({'weight': torch.ones(1, 3), 'bias': torch.ones(2), 'w': torch.ones(1)})",
    "net = nn.Linear(2, 1)\nnet.load_state_dict({'weight': torch.ones(1, 3), 'bias': torch.ones(1)}, strict=False)",
    "net = nn.Linear(2, 1)\nnet.load_state_dict([1])",
    "net = nn.Linear(2, 1)\nprint(net.load_state_dict({'weight': torch.ones(1, 2).double(), 'bias': torch.tensor([3])}), net.weight, net.bias)",
    "net = nn.Linear(2, 1)\nw = torch.ones(1, 2).double()\nprint(net.load_state_dict({'weight': w, 'bias': torch.zeros(1)}, assign=True), net.weight, net.weight.data_ptr() == w.data_ptr())",
    "net = nn.Linear(2, 1)\nnet.load_state_dict({'weight': 1, 'bias': torch.ones(1)})",
    "net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Linear(2, 1))\nother = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))\nother.load_state_dict(net.state_dict())",
    "net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Linear(2, 1))\nother = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))\nprint(other.load_state_dict(net.state_dict(), strict=False))",
    "net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))\nstate = net.state_dict()\nprint(type(state).__name__, list(state), state._metadata)\nstate['0.bias'][0] = 5\nprint(net[0].bias[0], state['0.bias'].requires_grad)",
    "net = nn.Linear(2, 1)\nnet.state_dict()['weight'].fill_(2)\nprint(net.weight, net.state_dict(keep_vars=True)['weight'].requires_grad, list(net.state_dict(prefix='a.')))",
    "net = nn.BatchNorm1d(2)\nnet.load_state_dict({'weight': torch.ones(2), 'bias': torch.ones(2), 'running_mean': torch.ones(2), 'running_var': torch.ones(2)})",
    "nn.Linear(2, 1).weight = torch.ones(1, 2)",
    "nn.Linear(2, 1).bias = 'x'",
    "net = nn.Sequential(nn.ReLU())\nnet[0] = 3",
    "nn.Sequential(nn.ReLU())[1]",
    "nn.ModuleList([nn.ReLU()])(torch.ones(1))",
    "nn.ModuleList([1])",
    "nn.ModuleList()[0]",
    "nn.ModuleDict({'a': nn.ReLU()})['b']",
    "nn.Parameter(torch.tensor([1, 2]))",
    "print(nn.Parameter(torch.tensor([1, 2]), requires_grad=False))",
    "nn.Module().add_module('a.b', nn.ReLU())",
    "nn.Module().add_module('', nn.ReLU())",
    "nn.Module().add_module('training', nn.ReLU())",
    "nn.Module().add_module('a', 3)",
    "nn.Module().register_buffer('a', 3)",
    "nn.Module().register_parameter('a', torch.ones(1))",
    "nn.Module().register_parameter('a', nn.Parameter(torch.ones(1)) * 2)",
    "nn.Module(1)",
    "nn.Linear(2, 1).get_submodule('a.b')",
    "nn.Linear(2, 1).get_parameter('w')",
    "nn.Linear(2, 1).to(torch.int64)",
    "nn.Linear(2, 1).train('yes')",
    "nn.Linear(2, 1).weigth",
    "del nn.Linear(2, 1).nothing",
    # hooks
    """
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1))
log = []
handles = [net[0].register_forward_pre_hook(lambda m, a: log.append(('pre', a[0].shape))), net[1].register_forward_hook(lambda m, a, o: o * 2), net[2].register_forward_hook(lambda m, a, k, o: log.append(('kw', k)), with_kwargs=True), net[0].register_full_backward_hook(lambda m, gi, go: log.append(('back', gi, go[0].shape))), net[2].register_full_backward_pre_hook(lambda m, go: (go[0] * 3,))]
x = torch.ones(3, 2, requires_grad=True)
net(x).sum().backward()
print(log, x.grad, net[2].weight.grad)
for h in handles: h.remove()
log.clear()
net(x).sum().backward()
print(log, x.grad)
""",
    """
torch.manual_seed(0)
net = nn.Linear(2, 1)
net.register_full_backward_hook(lambda m, gi, go: (gi[0] * 0,))
x = torch.ones(3, 2, requires_grad=True)
net(x).sum().backward()
print(x.grad, net.weight.grad)
net.weight.register_hook(lambda g: g * 10)
net(x).sum().backward()
print(net.weight.grad)
order = []
net.register_forward_hook(lambda *a: order.append(1))
net.register_forward_hook(lambda *a: order.append(2), prepend=True)
net.register_forward_pre_hook(lambda *a: order.append(0))
net(x)
print(order)
""",
    """
net = nn.Linear(2, 1)
net.register_state_dict_pre_hook(lambda m, prefix, keep: print('saving', prefix))
net.register_load_state_dict_post_hook(lambda m, keys: print(keys))
net.load_state_dict(net.state_dict())
""",
    """
net = nn.Linear(2, 1)
def bad(m, a): raise ValueError('no')
net.register_forward_pre_hook(bad)
net(torch.ones(1, 2))
""",
    # what modules say of themselves
    """
class Block(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(n, n), nn.ReLU())
        self.drop = nn.Dropout(0.1)
        self.n = n
    def forward(self, x): return x + self.drop(self.body(x))
    def extra_repr(self): return f'n={self.n},\\nlines=2'
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(Block(2) for _ in range(3))
        self.same = nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2), nn.ReLU()])
        self.p = nn.ParameterList([nn.Parameter(torch.ones(2)), torch.zeros(1)])
        self.none = None
        self.head = nn.Linear(2, 1, bias=False)
net = Net()
print(net, len(list(net.modules())), len(list(net.parameters())))
print([n for n, _ in net.named_children()], net.get_submodule('blocks.1.body.0'), net.get_parameter('head.weight').shape)
print(sum(p.numel() for p in net.parameters()), net.eval().blocks[0].drop.training, net.requires_grad_(False).head.weight.requires_grad)
print(repr(nn.Module()), nn.Sequential(), nn.ModuleDict())
""",
    """
from collections import OrderedDict
net = nn.Sequential(OrderedDict([('in', nn.Linear(2, 3)), ('act', nn.ReLU())]))
print(net, net.act, net[0], net['in'] if isinstance(net, dict) else len(net))
net = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
net.append(nn.Linear(3, 1)).insert(1, nn.Tanh())
print(net)
net.extend([nn.ReLU()])
del net[0]
print(net.pop(0), len(net), net + nn.Sequential(nn.GELU()), nn.Sequential(nn.ReLU()) * 2)
m = nn.ModuleDict([('a', nn.ReLU()), ('b', nn.Tanh())])
m.update({'c': nn.GELU()})
print(m, list(m), 'a' in m, m.pop('b'), list(m.keys()), [type(v).__name__ for v in m.values()])
l = nn.ModuleList([nn.ReLU()])
l.insert(0, nn.Tanh()); l += [nn.GELU()]; l.append(nn.ReLU())
print(l, l[-1], l[1:3], len(l + [nn.ReLU()]))
""",
    """
import copy
torch.manual_seed(1)
a = nn.Linear(2, 2)
b = copy.deepcopy(a)
b.weight.data.zero_()
print(a.weight, b.weight, b.weight.requires_grad)
shared = nn.Sequential(a, a, nn.Tanh())
print(len(list(shared.parameters())), list(shared.state_dict()), len(list(shared.named_parameters(remove_duplicate=False))))
""",
    """
torch.manual_seed(3)
layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, dropout=0.0)
net = nn.TransformerEncoder(layer, 2, nn.LayerNorm(8)).eval()
x, pad = torch.randn(2, 4, 8), torch.tensor([[False, False, True, True], [False, False, False, True]])
with torch.no_grad(): print(net(x, src_key_padding_mask=pad)[0, :, :3])
print(net(x, src_key_padding_mask=pad)[0, :2, :3])
with torch.no_grad(): print(nn.TransformerEncoder(layer, 2, enable_nested_tensor=False).eval()(x, src_key_padding_mask=pad)[0, :2, :3])
with torch.no_grad(): print(nn.TransformerEncoder(layer, 1).eval()(x, src_key_padding_mask=pad.flip(1))[0, 2:, :3])
""",
    "torch.manual_seed(0)\nx = torch.randn(2, 3, requires_grad=True)\nprint(nn.functional.gumbel_softmax(x, hard=True), nn.functional.relu_(x.detach()), nn.functional.softmax(x, 1, dtype=torch.float64).dtype)",
    "print(nn.utils.rnn.unpack_sequence(nn.utils.rnn.pack_sequence([torch.tensor([1, 2]), torch.tensor([3, 4, 5])], enforce_sorted=False)))",
    "p = nn.Linear(2, 2)\np.weight.grad = torch.tensor([[3.0, float('inf')], [0.0, 0.0]])\nnn.utils.clip_grad_norm_(p.parameters(), 1.0, error_if_nonfinite=True)",
    "m = nn.MaxPool2d(2, return_indices=True)\nout, where = m(torch.arange(16.0).reshape(1, 1, 4, 4))\nprint(out, where, nn.MaxUnpool2d(2)(out, where), nn.MaxUnpool2d(2)(out, where, output_size=(1, 1, 5, 5)).shape)\nnn.MaxUnpool2d(2)(out, where, output_size=(9, 9))",
]
MODULES += [
    """
d = nn.ParameterDict({'a': torch.ones(2), 'b': nn.Parameter(torch.zeros(1))})
print(d.get('a'), d.get('c'), d.setdefault('c', torch.ones(1)), d.pop('b'), list(d), 'b' in d)
d.clear()
print(len(d), d)
""",
    "torch.manual_seed(0)\nr = nn.GRU(2, 3, 2, bias=False, bidirectional=True)\nprint([[w.shape for w in l] for l in r.all_weights], r.all_weights[1][0] is r.weight_ih_l0_reverse)",
    "net = nn.Linear(1, 1)\nprint(len(list(nn.Sequential(net, net).modules(remove_duplicate=False))), len(list(nn.Sequential(net, net).modules())))",
    "p = nn.utils.rnn.pack_sequence([torch.ones(2), torch.ones(1)])\nprint(p.to(torch.float64).data.dtype, p.cpu().batch_sizes)",
    """
torch.manual_seed(2)
lp = torch.randn(6, 2, 4).log_softmax(2).requires_grad_()
for reduction in ('none', 'mean', 'sum'):
    print(nn.CTCLoss(reduction=reduction)(lp, torch.tensor([[1, 2, 2], [3, 1, 0]]), torch.tensor([6, 5]), torch.tensor([3, 2])))
loss = nn.CTCLoss(blank=3, zero_infinity=True)(lp, torch.tensor([0, 0, 0, 0, 1]), (3, 6), (3, 2))
loss.backward()
print(loss, lp.grad[:2])
nn.CTCLoss(blank=4)(lp, torch.tensor([[1, 2, 2], [3, 1, 0]]), torch.tensor([6, 5]), torch.tensor([3, 2]))
""",
    "nn.CTCLoss()(torch.zeros(6, 1, 4), torch.ones(1, 3).long(), torch.tensor([7]), torch.tensor([3]))",
]
# Whole numbers: what takes them, and of which type the result is; what does not, and what it says.
INTEGERS = [
    "F.relu(x)",
    "F.relu6(x)",
    "F.leaky_relu(x)",
    "F.elu(x)",
    "F.celu(x)",
    "F.selu(x)",
    "F.gelu(x)",
    "F.silu(x)",
    "F.mish(x)",
    "F.softplus(x)",
    "F.softsign(x)",
    "F.tanhshrink(x)",
    "F.hardtanh(x)",
    "F.hardsigmoid(x)",
    "F.hardswish(x)",
    "F.hardshrink(x)",
    "F.softshrink(x)",
    "F.logsigmoid(x)",
    "F.threshold(x,0,1)",
    "F.glu(x4)",
    "F.sigmoid(x)",
    "F.tanh(x)",
    "F.softmax(x,0)",
    "F.softmin(x,0)",
    "F.log_softmax(x,0)",
    "F.prelu(x,torch.ones(1))",
    "F.rrelu(x)",
    "F.dropout(x,.5,True)",
    "F.alpha_dropout(x,.5,True)",
    "F.mse_loss(x,x)",
    "F.mse_loss(x.float(),x)",
    "F.mse_loss(x.float(),x.double())",
    "F.l1_loss(x,x)",
    "F.l1_loss(x.float(),x)",
    "F.l1_loss(x.float(),x.double())",
    "F.smooth_l1_loss(x,x)",
    "F.smooth_l1_loss(x.float(),x)",
    "F.smooth_l1_loss(x.float(),x.double())",
    "F.huber_loss(x,x)",
    "F.huber_loss(x.float(),x)",
    "F.huber_loss(x.float(),x.double())",
    "F.binary_cross_entropy(x,x)",
    "F.binary_cross_entropy_with_logits(x,x)",
    "F.kl_div(x,x)",
    "F.poisson_nll_loss(x,x)",
    "F.poisson_nll_loss(x.float(),x)",
    "F.poisson_nll_loss(x.float(),x.double())",
    "F.soft_margin_loss(x,x)",
    "F.soft_margin_loss(x.float(),x)",
    "F.soft_margin_loss(x.float(),x.double())",
    "F.hinge_embedding_loss(x.float(),x)",
    "F.hinge_embedding_loss(x.float(),x.double())",
    "F.cosine_embedding_loss(m,m,one)",
    "F.nll_loss(m,one)",
    "F.cross_entropy(m,one)",
    "F.multi_margin_loss(m,one)",
    "F.triplet_margin_loss(m,m,m)",
    "F.pairwise_distance(m,m)",
    "F.layer_norm(x.unsqueeze(0),(3,))",
    "F.rms_norm(x,(3,))",
    "F.group_norm(x.reshape(1,3),1)",
    "F.batch_norm(x.reshape(3,1),None,None,training=True)",
    "F.instance_norm(x.reshape(1,1,3))",
    "F.avg_pool1d(x.reshape(1,1,3),2)",
    "F.max_pool1d(x.reshape(1,1,3),2)",
    "F.adaptive_avg_pool1d(x.reshape(1,1,3),2)",
    "F.adaptive_max_pool1d(x.reshape(1,1,3),2)",
    "F.lp_pool1d(x.reshape(1,1,3),2.,2)",
    "F.conv1d(x.reshape(1,1,3),x.reshape(1,1,3))",
    "F.linear(x.reshape(1,3),x.reshape(1,3))",
    "F.embedding(x,x.reshape(3,1).float())",
    "F.pad(x,(1,1))",
    "F.pad(x.reshape(1,1,3),(1,1),mode='reflect')",
    "F.bilinear(x.reshape(1,3),x.reshape(1,3),torch.ones(2,3,3).long())",
    "F.gumbel_softmax(x)",
    "F.pixel_shuffle(torch.ones(1,4,1,1).long(),2)",
    "F.max_pool2d(torch.ones(1,1,2,2).long(),2)",
    "F.avg_pool2d(torch.ones(1,1,2,2).long(),2)",
]
MODULES += [
    "x = nn.TransformerEncoderLayer(8,2,16)(torch.ones(3,1,8),is_causal=True)\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.TransformerEncoderLayer(8,2,16).eval()(torch.ones(3,1,8),is_causal=True)\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.TransformerEncoder(nn.TransformerEncoderLayer(8,2,16),1)(torch.ones(3,1,8),is_causal=True)\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.TransformerDecoderLayer(8,2,16)(torch.ones(3,1,8),torch.ones(3,1,8),tgt_is_causal=True)\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.TransformerDecoderLayer(8,2,16)(torch.ones(3,1,8),torch.ones(3,1,8),memory_is_causal=True)\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.Transformer(8,2,1,1,16)(torch.ones(3,1,8),torch.ones(3,1,8),tgt_is_causal=True)\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.MultiheadAttention(8,2)(torch.ones(3,1,8),torch.ones(3,1,8),torch.ones(3,1,8),is_causal=True)\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.MultiheadAttention(8,2)(torch.ones(3,1,8),torch.ones(3,1,8),torch.ones(3,1,8),attn_mask=torch.ones(3,3).int())\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.MultiheadAttention(8,2)(torch.ones(3,1,8),torch.ones(3,1,8),torch.ones(3,1,8),attn_mask=torch.ones(2,3,3,3))\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.MultiheadAttention(8,2)(torch.ones(3,1,8),torch.ones(3,1,8),torch.ones(3,1,8),key_padding_mask=torch.ones(1,3).int())\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.MultiheadAttention(8,2)(torch.ones(3,1,8),torch.ones(3,8),torch.ones(3,8))\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.MultiheadAttention(8,2)(torch.ones(3),torch.ones(3),torch.ones(3))\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.Embedding(3,2)(torch.tensor([1]).float())\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.functional.one_hot(torch.tensor([1,2]),2)\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.functional.one_hot(torch.tensor([1.]))\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.functional.softmax(torch.ones(2,2,dtype=torch.int64),1)\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.functional.relu(torch.tensor([1,-1]))\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.functional.gelu(torch.tensor([1,-1]))\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.functional.sigmoid(torch.tensor([1,-1]))\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.Dropout()(torch.tensor([1,2,3]))\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.functional.mse_loss(torch.tensor([1,2]),torch.tensor([1,3]))\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.functional.l1_loss(torch.tensor([1,2]),torch.tensor([1,3]))\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.MaxPool2d(2)(torch.ones(1,1,4,4,dtype=torch.int64))\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.AvgPool2d(2)(torch.ones(1,1,4,4,dtype=torch.int64))\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.BatchNorm1d(2)(torch.ones(3,2,dtype=torch.int64))\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.LayerNorm(2)(torch.ones(3,2,dtype=torch.int64))\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.Softmax(dim=2)(torch.ones(2,2))\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.Flatten(3)(torch.ones(2,2))\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.init.xavier_uniform_(torch.ones(3))\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.init.kaiming_normal_(torch.ones(3,3),mode='x')\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.init.kaiming_normal_(torch.ones(3,3),nonlinearity='x')\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.init.orthogonal_(torch.ones(3))\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.init.eye_(torch.ones(3))\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.init.sparse_(torch.ones(3),.5)\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.init.calculate_gain('gelu')\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.init.uniform_(torch.ones(3),2,1)\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.functional.pairwise_distance(torch.ones(2,3),torch.ones(2,4))\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.GLU()(torch.ones(3))\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.PReLU(3)(torch.ones(2,4))\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.Hardtanh(1,0)\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.Softplus(beta=0)(torch.ones(2))\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.Threshold(1,2)(torch.ones(2,dtype=torch.int64))\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.CrossEntropyLoss()(torch.randn(2,3,dtype=torch.float64),torch.tensor([1,0]))\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.CrossEntropyLoss(weight=torch.ones(3,dtype=torch.float64))(torch.randn(2,3),torch.tensor([1,0]))\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
    "x = nn.CrossEntropyLoss()(torch.ones(2,3,dtype=torch.int64),torch.tensor([1,0]))\nprint(x.dtype if isinstance(x, torch.Tensor) else type(x).__name__)",
]
MODULES += [
    f"F = nn.functional\nx, x4, m, one = torch.tensor([0, 1, 2]), torch.tensor([0, 1, 2, 3]), torch.tensor([[0, 1, 2]]), torch.tensor([1])\nprint({call}.dtype)"
    for call in INTEGERS
]
OPTIMIZERS = [
    MODEL + f"optimizer = torch.optim.{call}" + TRAIN
    for call in (
        "SGD(model.parameters(), lr=0.1)",
        "SGD(model.parameters(), lr=0.05, momentum=0.9)",
        "SGD(model.parameters(), lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01)",
        "SGD(model.parameters(), lr=0.05, momentum=0.5, dampening=0.1, weight_decay=0.1)",
        "SGD(model[4:].parameters(), lr=0.001, maximize=True)",
        "Adam(model.parameters(), lr=0.01)",
        "Adam(model.parameters(), lr=0.01, betas=(0.8, 0.95), weight_decay=0.1, amsgrad=True)",
        "AdamW(model.parameters(), lr=0.01, weight_decay=0.1)",
        "RMSprop(model.parameters(), lr=0.005)",
        "RMSprop(model.parameters(), lr=0.005, momentum=0.5, centered=True, weight_decay=0.1)",
        "Adagrad(model.parameters(), lr=0.05, lr_decay=0.01)",
        "SGD([{'params': model[0].parameters(), 'lr': 0.2}, {'params': model[2:].parameters()}], lr=0.05)",
    )
]
OPTIMIZERS += [
    MODEL + "torch.optim.SGD(model.parameters(), lr=-1)",
    MODEL + "torch.optim.SGD([], lr=1)",
    MODEL + "torch.optim.SGD(model.parameters(), lr=1, nesterov=True)",
    MODEL + "torch.optim.Adam(model.parameters(), betas=(1.0, 0.9))",
    MODEL + "torch.optim.SGD(X, lr=1)",
    MODEL + "torch.optim.SGD([model[0].weight * 2], lr=1)",
    MODEL
    + """
optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
criterion(model(X), y).backward()
optimizer.step()
other = torch.optim.Adam(model.parameters(), lr=0.5)
other.load_state_dict(optimizer.state_dict())
other.step()
print(other.state_dict()['param_groups'], other.state[model[4].bias])
print(model[4].bias)
optimizer.zero_grad()
print(model[0].weight.grad)
print(optimizer.step(lambda: criterion(model(X), y)))
""",
]
OPTIMIZERS += [
    MODEL
    + "optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)\n"
    + f"scheduler = torch.optim.lr_scheduler.{call}\n"
    + "for k in range(12):\n    optimizer.step()\n    scheduler.step()\n    print(scheduler.get_last_lr(), optimizer.param_groups[0]['momentum'])"
    for call in (
        "StepLR(optimizer, 3, gamma=0.5)",
        "MultiStepLR(optimizer, [2, 5, 5], gamma=0.3)",
        "ExponentialLR(optimizer, 0.9)",
        "CosineAnnealingLR(optimizer, T_max=5, eta_min=0.01)",
        "CosineAnnealingWarmRestarts(optimizer, 3, 2, eta_min=0.01)",
        "LambdaLR(optimizer, lambda e: 0.95 ** e)",
        "MultiplicativeLR(optimizer, lambda e: 0.95)",
        "ConstantLR(optimizer, 0.5, 4)",
        "LinearLR(optimizer, 0.1, 1.0, 4)",
        "PolynomialLR(optimizer, 8, 2.0)",
        "OneCycleLR(optimizer, max_lr=1.0, total_steps=13)",
        "OneCycleLR(optimizer, max_lr=1.0, epochs=3, steps_per_epoch=5, anneal_strategy='linear', three_phase=True)",
        "SequentialLR(optimizer, [torch.optim.lr_scheduler.LinearLR(optimizer, 0.1, 1.0, 4), torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)], [4])",
    )
]
OPTIMIZERS += [
    MODEL
    + f"optimizer = torch.optim.SGD(model.parameters(), lr=0.5)\nscheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, {options})\n"
    + "for v in (5, 4, 4, 4, 3.9999, 4, 4, 4, 4, 4, 3, 3, 3, 3):\n    scheduler.step(v)\n    print(scheduler.get_last_lr())"
    for options in (
        "patience=1",
        "mode='max', factor=0.5, patience=2, cooldown=1",
        "patience=0, threshold=0.5, threshold_mode='abs', min_lr=0.01",
    )
]
OPTIMIZERS += [
    MODEL + code
    for code in (
        *(
            f"torch.optim.{call}"
            for call in (
                "Adadelta(model.parameters(), rho=1.1)",
                "Adagrad(model.parameters(), lr_decay=-1)",
                "Adam(model.parameters(), eps=-1.0)",
                "Adam(model.parameters(), lr=torch.ones(2))",
                "AdamW(model.parameters(), weight_decay=-0.1)",
                "Adafactor(model.parameters(), d=0.5)",
                "ASGD(model.parameters(), weight_decay=-1)",
                "LBFGS([{'params': [model[0].weight]}, {'params': [model[0].bias]}])",
                "LBFGS(model.parameters()).step()",
                "Muon(model.parameters())",
                "Muon([model[0].weight], adjust_lr_fn='x')",
                "NAdam(model.parameters(), momentum_decay=-1)",
                "RAdam(model.parameters(), betas=(0.9, 1.0))",
                "RMSprop(model.parameters(), alpha=-1)",
                "RMSprop(model.parameters(), momentum=-1)",
                "Rprop(model.parameters(), etas=(1.1, 1.2))",
                "SGD(model.parameters(), momentum=-1)",
                "SGD(model.parameters(), lr=0.1, nesterov=True, momentum=0.9, dampening=0.1)",
                "SGD([model[0].weight, 'x'])",
                "SGD([{'params': [model[0].weight]}, {'params': [model[0].weight]}])",
                "SGD({model[0].weight})",
                "SGD([{'params': {model[0].weight}}])",
                "SGD(5)",
            )
        ),
        "print(torch.optim.SGD(model.named_parameters(), lr=0.1).state_dict()['param_groups'][0]['param_names'])",
        "o = torch.optim.SGD(model.parameters(), lr=0.1)\no.load_state_dict(torch.optim.SGD(model[:1].parameters(), lr=0.1).state_dict())",
        "o = torch.optim.SGD([{'params': [p]} for p in model.parameters()], lr=0.1)\no.load_state_dict(torch.optim.SGD(model.parameters(), lr=0.1).state_dict())",
        "o = torch.optim.Adam(model[:1].parameters(), lr=0.1)\no.add_param_group({'params': model[2].weight, 'lr': 0.5})\nprint(o, len(o.state))\no.add_param_group([1])",
        "o = torch.optim.SGD(model.parameters(), lr=0.1)\nprint(o.step(), o.zero_grad(set_to_none=False), o.step(lambda: criterion(model(X), y)))",
        """
o = torch.optim.Adam(model.parameters(), lr=0.1)
criterion(model(X), y).backward()
seen = []
o.register_step_pre_hook(lambda opt, args, kwargs: seen.append('before'))
h = o.register_step_post_hook(lambda opt, args, kwargs: seen.append('after'))
o.step(); h.remove(); o.step()
print(seen)
""",
        """
o = torch.optim.SGD(model.parameters(), lr=torch.tensor(0.5))
s = torch.optim.lr_scheduler.ExponentialLR(o, 0.5)
for _ in range(3):
    o.step(); s.step()
print(o.param_groups[0]['lr'], s.get_last_lr())
""",
        *(
            f"torch.optim.lr_scheduler.{call}"
            for call in (
                "StepLR(model, 2)",
                "LambdaLR(torch.optim.SGD(model.parameters(), 0.1), [abs, abs])",
                "StepLR(torch.optim.SGD(model.parameters(), 0.1), 2, last_epoch=3)",
                "ConstantLR(torch.optim.SGD(model.parameters(), 0.1), 2.0)",
                "LinearLR(torch.optim.SGD(model.parameters(), 0.1), 0.0)",
                "LinearLR(torch.optim.SGD(model.parameters(), 0.1), 0.5, 2.0)",
                "CosineAnnealingWarmRestarts(torch.optim.SGD(model.parameters(), 0.1), 0)",
                "CosineAnnealingWarmRestarts(torch.optim.SGD(model.parameters(), 0.1), 1, 0)",
                "OneCycleLR(torch.optim.SGD(model.parameters(), 0.1), 0.5)",
                "OneCycleLR(torch.optim.SGD(model.parameters(), 0.1), 0.5, 10, pct_start=2)",
                "OneCycleLR(torch.optim.SGD(model.parameters(), 0.1), 0.5, -1)",
                "OneCycleLR(torch.optim.SGD(model.parameters(), 0.1), 0.5, 10, anneal_strategy='x')",
                "OneCycleLR(torch.optim.Adagrad(model.parameters(), 0.1), 0.5, 10)",
                "CyclicLR(torch.optim.Adagrad(model.parameters(), 0.1), 0.1, 0.5)",
                "CyclicLR(torch.optim.SGD(model.parameters(), 0.1), 0.1, 0.5, mode='x')",
                "ChainedScheduler([])",
                "SequentialLR(torch.optim.SGD(model.parameters(), 0.1), [], [])",
                "ReduceLROnPlateau(torch.optim.SGD(model.parameters(), 0.1), factor=1.0)",
                "ReduceLROnPlateau(torch.optim.SGD(model.parameters(), 0.1), 'middle')",
                "ReduceLROnPlateau(torch.optim.SGD(model.parameters(), 0.1), min_lr=[0, 1])",
                "ReduceLROnPlateau(torch.optim.SGD(model.parameters(), 0.1)).step()",
            )
        ),
        "o = torch.optim.SGD(model.parameters(), 0.1)\ns = torch.optim.lr_scheduler\ns.SequentialLR(o, [s.StepLR(o, 1), s.StepLR(o, 1)], [])",
        "o = torch.optim.SGD(model.parameters(), 0.1)\ns = torch.optim.lr_scheduler\ns.ChainedScheduler([s.StepLR(o, 1), s.ReduceLROnPlateau(o)])",
        "o = torch.optim.SGD(model.parameters(), 0.1)\ns = torch.optim.lr_scheduler.OneCycleLR(o, 0.5, 2, cycle_momentum=False)\nfor _ in range(3):\n    o.step()\n    s.step()",
    )
]
DATA = [
    """
torch.manual_seed(42)
X, y = torch.randn(10, 2), torch.arange(10)
data = TensorDataset(X, y)
for shuffle in (False, True, True):
    for xb, yb in DataLoader(data, batch_size=4, shuffle=shuffle): print(xb.shape, yb)
print(torch.rand(2))
""",
    """
g = torch.Generator().manual_seed(7)
loader = DataLoader(range(9), batch_size=2, shuffle=True, generator=g, drop_last=True)
for _ in range(3): print([b.tolist() for b in loader], len(loader))
""",
    """
torch.manual_seed(1)
a, b, c = random_split(range(11), [0.5, 0.3, 0.2])
print(a.indices, b.indices, c.indices, len(a), a[0])
print([s.indices for s in random_split(range(5), [3, 2], generator=torch.Generator().manual_seed(42))])
random_split(range(5), [3, 3])
""",
    """
torch.manual_seed(3)
class Squares(Dataset):
    def __len__(self): return 7
    def __getitem__(self, k): return {'x': torch.tensor([float(k)]), 'y': k * k, 'name': str(k), 'pair': (k, 0.5)}
for batch in DataLoader(Squares(), batch_size=3, shuffle=True): print(batch)
for item in DataLoader(Squares(), batch_size=None): print(item); break
""",
    """
torch.manual_seed(4)
print(list(RandomSampler(range(5))), list(RandomSampler(range(5), replacement=True, num_samples=40)))
print(list(WeightedRandomSampler([0.1, 0.9, 0.4], 8)), list(SubsetRandomSampler([3, 5, 9])))
print(list(BatchSampler(SequentialSampler(range(7)), 3, False)), list(DataLoader(range(6), batch_size=2, sampler=RandomSampler(range(6)))))
print(list(DataLoader(range(10), batch_size=4, num_workers=0, shuffle=True, collate_fn=lambda b: b)))
""",
    """
class Stream(IterableDataset):
    def __iter__(self): return iter(range(5))
print(list(DataLoader(Stream(), batch_size=2)))
print(len(ConcatDataset([range(3), range(4)])), ConcatDataset([range(3), range(4)])[5], len(Subset(range(9), [1, 2])))
DataLoader(Stream(), shuffle=True)
""",
    # the order of examples, bit for bit
    """
torch.manual_seed(5)
data = TensorDataset(torch.arange(23.0), torch.randn(23))
print(torch.rand(1))
for batch_size, drop_last in ((4, False), (5, True), (23, False), (30, False), (1, True)):
    loader = DataLoader(data, batch_size, shuffle=True, drop_last=drop_last)
    for _ in range(2): print(len(loader), [xb.int().tolist() for xb, yb in loader])
print(torch.rand(2), torch.initial_seed())
""",
    """
g = torch.Generator().manual_seed(2147483647)
data = list(range(17))
train, test = random_split(data, [0.8, 0.2], generator=g)
print(train.indices, test.indices, [list(s) for s in random_split(data, [5, 12], g)])
loader = DataLoader(train, batch_size=3, shuffle=True, generator=g)
for _ in range(3): print([b.tolist() for b in loader])
print(list(RandomSampler(data, generator=g)), list(RandomSampler(data, num_samples=40, generator=g)), torch.rand(2, generator=g))
print(list(RandomSampler(data, True, 70, g)), list(SubsetRandomSampler([9, 4, 7, 1], g)))
print(list(WeightedRandomSampler([1.0, 2, 3, 4], 12, True, g)), list(WeightedRandomSampler([1.0, 2, 3, 4], 4, False, g)), torch.rand(2, generator=g))
""",
    """
torch.manual_seed(8)
for n in (1, 2, 7, 64, 1000):
    order = [k for b in DataLoader(range(n), 10, shuffle=True) for k in b.tolist()]
    print(order[:30], sum(i * k for i, k in enumerate(order)))
""",
    # workers: random numbers and streams are each worker's own
    """
torch.manual_seed(11)
import random
class Noisy(Dataset):
    def __len__(self): return 10
    def __getitem__(self, k): return k, torch.rand(2), random.random(), get_worker_info().id
def start(k): print(end='') if get_worker_info().num_workers == 3 else None
for persistent in (False, True):
    loader = DataLoader(Noisy(), 2, shuffle=True, num_workers=3, worker_init_fn=start, persistent_workers=persistent)
    for _ in range(2):
        for batch in loader: print(batch)
print(torch.rand(2), get_worker_info())
""",
    """
torch.manual_seed(12)
class Count(IterableDataset):
    def __init__(self, n): self.n = n
    def __iter__(self):
        info = get_worker_info()
        return iter(range(self.n)) if info is None else iter(range(info.id, self.n, info.num_workers + self.extra))
    extra = 0
loader = DataLoader(Count(9), 2, num_workers=2)
print([b.tolist() for b in loader])
loader.dataset.extra = -1
print([b.tolist() for b in loader], [b.tolist() for b in DataLoader(Count(9), 4, drop_last=True)])
print(list(DataLoader(Count(3), None, num_workers=2)), list(Count(2) + Count(3)), torch.rand(1))
""",
    "print(default_convert({'a': np.ones(2, np.float32), 'b': (1, 'x')}), default_collate([{'a': np.float64(1), 'b': b'x'}, {'a': np.float64(2), 'b': b'y'}]))",
    "import collections\nP = collections.namedtuple('P', 'x y')\nprint(next(iter(DataLoader([P(1.0, [2, 3]), P(4.0, [5, 6])], 2))))",
    "next(iter(DataLoader([[1, 2], [3]], 2)))",
    "next(iter(DataLoader([torch.ones(2), torch.ones(3)], 2)))",
    "next(iter(DataLoader([object()], 1)))",
    "DataLoader(range(3), num_workers=-1)",
    "DataLoader(range(3), prefetch_factor=2)",
    "DataLoader(range(3), persistent_workers=True)",
    "DataLoader([], shuffle=True)",
    "DataLoader(range(3), batch_sampler=[[0, 1], [2]], batch_size=2)",
    "print([b.tolist() for b in DataLoader(range(3), batch_sampler=[[0, 1], [2]])])",
    "len(DataLoader(ChainDataset([]), 2))\nprint(len(TensorDataset(torch.ones(2, 3))), StackDataset(range(3), a=1))",
    "random_split(range(5), [0.5, 0.6])",
    "random_split(range(5), [-0.5, 1.5])",
    "ConcatDataset([])",
    "ConcatDataset([range(3)])[-4]",
    "WeightedRandomSampler([1.0], 0)",
    "BatchSampler(range(3), 0, False)",
    "Dataset()[0]",
    "DataLoader(range(3), batch_size=0)",
    "TensorDataset(torch.ones(2), torch.ones(3))",
    "DataLoader(range(3), shuffle=True, sampler=[1])",
]


def digest(t: torch.Tensor) -> list[Any]:
    """Type, shape and a digest of the bytes."""
    array = t.detach().contiguous().numpy()
    return [str(t.dtype), list(array.shape), hashlib.sha256(array.tobytes()).hexdigest()[:16]]


def initial() -> None:
    """Digests of initial parameters."""
    out: list[Any] = []
    for code in INITIAL:
        torch.manual_seed(42)
        module = eval(code)
        out.append([code, [[n, *digest(p)] for n, p in module.state_dict().items()], torch.rand(()).item()])
    write("nn/fixtures/initial.json", out)


def random_numbers() -> None:
    """Digests of random numbers, of many sizes and in many ways."""
    out: list[Any] = []
    for code in RANDOM:
        torch.manual_seed(42)
        space: dict[str, Any] = {"torch": torch, "nn": nn, "F": nn.functional}
        exec(code, space)
        out.append([code, [digest(t) for t in space["out"]]])
    write("fixtures/random_ways.json", out)


def draw(code: str, stream: np.random.RandomState) -> torch.Tensor:
    """An input: x and c (constant) normal, p in (0, 1), s signs, i integers below the first number."""
    kind, sizes = code[0], eval("(" + code[2:-1] + ",)")
    if kind == "i":
        return torch.from_numpy(np.asarray(stream.randint(0, sizes[0], sizes[1:]), np.int64))
    if kind == "s":
        return torch.from_numpy((stream.randint(0, 2, sizes) * 2 - 1).astype(np.float32))
    if kind == "p":
        return torch.from_numpy(stream.uniform(0.05, 0.95, sizes).astype(np.float32))
    return torch.from_numpy(stream.standard_normal(sizes).astype(np.float32))


def flattened(value: Any) -> list[torch.Tensor]:
    """The tensors within a value."""
    if isinstance(value, torch.Tensor):
        return [value]
    return [t for v in value for t in flattened(v)] if isinstance(value, (tuple, list)) else []


def calls() -> None:
    """Inputs, outputs and gradients of modules."""
    arrays: list[np.ndarray] = []

    def keep(t: torch.Tensor | None) -> Any:
        if t is None:
            return None
        arrays.append(t.detach().contiguous().numpy())
        return len(arrays) - 1

    out: list[Any] = []
    for code, given in CALLS:
        stream = np.random.RandomState(5)
        inputs = [draw(g, stream) if isinstance(g, str) and g[1] == "(" else g for g in given]
        graded = [isinstance(g, str) and g[0] in "xp" for g in given]
        kept = [
            [keep(i), grad] if isinstance(i, torch.Tensor) else i
            for i, grad in zip(inputs, graded, strict=True)
        ]
        leaves = [i for i, grad in zip(inputs, graded, strict=True) if grad]
        for leaf in leaves:
            leaf.requires_grad_()
        torch.manual_seed(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            space = {"nn": nn, "torch": torch, "F": nn.functional}
            module = eval(code, space)
            results = flattened(module(*inputs))
        parameters = list(module.parameters()) if isinstance(module, nn.Module) else []
        loss = sum(
            (r * torch.cos(torch.arange(r.numel()).float()).reshape(r.shape)).sum()
            for r in results
            if r.requires_grad
        )
        grads = torch.autograd.grad(loss, leaves + parameters, allow_unused=True)
        out.append([code, kept, [keep(r) for r in results], [keep(g) for g in grads]])
    flat = {
        kind: [a.reshape(-1) for a in arrays if str(a.dtype) == kind]
        for kind in {str(a.dtype) for a in arrays}
    }
    folder = TESTS / "nn" / "fixtures"
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(folder / "modules.npz", **{k: np.concatenate(v) for k, v in flat.items()})
    shapes = [[str(a.dtype), list(a.shape)] for a in arrays]
    write("nn/fixtures/modules.json", {"shapes": shapes, "calls": out})


def printed(programs: list[str], place: str) -> None:
    """What programs print, the error that ends them included."""
    out: list[Any] = []
    for code in programs:
        text = io.StringIO()
        space: dict[str, Any] = {"torch": torch, "nn": nn, "np": np, **vars(torch.utils.data)}
        with contextlib.redirect_stdout(text), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                exec(code, space)
            except Exception as error:
                print(f"{type(error).__name__}: {error}")
        out.append([code, text.getvalue()])
    write(place, out)


def write(place: str, value: Any) -> None:
    """A fixture as JSON."""
    path = TESTS / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    """All of it, or the parts that are named."""

    parts = {
        "random": random_numbers,
        "initial": initial,
        "calls": calls,
        "modules": lambda: printed(MODULES, "nn/fixtures/printed.json"),
        "optim": lambda: printed(OPTIMIZERS, "optim/fixtures/printed.json"),
        "data": lambda: printed(DATA, "data/fixtures/printed.json"),
    }
    for name in sys.argv[1:] or parts:
        parts[name]()


if __name__ == "__main__":
    main()
