"""What learners might type into the ten exercises of Training and evaluating: right answers, and wrong ones by their mistake.

Written as a learner would, not as the chapter's own exercises.py does; tried in CPython by tests/grading/test_chapters.py.
"""

from solutions.linear_models import Answers

NEURON = """
import torch

def neuron(w, b, x, y):
    w.requires_grad_()
    b.requires_grad_()
    x.requires_grad_()
    p = (w * x + b).tanh()
    L = torch.square(p - y)
    L.backward()
    return L, w.grad, b.grad, x.grad
"""
LAYER = """
import torch

def layer(X, W, b, dZ):
    for each in (X, W, b):
        each.requires_grad = True
    Z = torch.matmul(X, W.t()) + b
    Z.backward(dZ)
    return Z, X.grad, W.grad, b.grad
"""
LOOP = """
import torch
import torch.nn as nn

def train(X, y, w, b, rate, steps):
    model = nn.Linear(X.shape[1], 1)
    model.load_state_dict({"weight": w, "bias": b})
    loss_fn = nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    target = y.unsqueeze(1)
    losses = []
    for epoch in range(steps):
        optimizer.zero_grad()
        predictions = model(X)
        loss = loss_fn(predictions, target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, model.weight, model.bias, model.weight.grad
"""
FLOWERS = """
import torch
import torch.nn.functional as F

def flower_gradient(X, labels, W, b):
    W.requires_grad_(True)
    b.requires_grad_(True)
    Z = F.linear(X, W, b)
    loss = F.cross_entropy(Z, labels)
    loss.backward()
    return loss.item(), W.grad, b.grad
"""
ADAM = """
import torch

def adam(theta, grads, rate, beta1, beta2, eps):
    m = torch.zeros(theta.shape, dtype=theta.dtype)
    v = torch.zeros(theta.shape, dtype=theta.dtype)
    t = 0
    for g in grads:
        t += 1
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        mh = m / (1 - beta1 ** t)
        vh = v / (1 - beta2 ** t)
        theta = theta - rate * mh / (torch.sqrt(vh) + eps)
    return theta
"""
BATCHES = """
import torch
import torch.nn as nn

def train_in_batches(X, y, w, b, rate, size, epochs, seed):
    model = nn.Linear(X.shape[1], 1)
    model.load_state_dict({"weight": w, "bias": b})
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    y = y.reshape(-1, 1)
    n = len(X)
    means = []
    for epoch in range(epochs):
        order = torch.randperm(n, generator=generator)
        total = 0
        for i in range(0, n, size):
            pick = order[i:i + size]
            loss = nn.functional.mse_loss(model(X[pick]), y[pick])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(pick)
        means.append(total / n)
    return torch.tensor(means), model.weight, model.bias
"""
EVALUATE = """
import torch
import torch.nn as nn
import torch.nn.functional as F

def evaluate(X, labels, W, b, mean, var, training):
    model = nn.Sequential(nn.BatchNorm1d(X.shape[1]), nn.Linear(*W.T.shape))
    model.load_state_dict(
        {"0.running_mean": mean, "0.running_var": var,
         "1.weight": W, "1.bias": b}, strict=False)
    model.train(training)
    before = model.training
    model.eval()
    with torch.no_grad():
        scores = model(X)
        loss = F.cross_entropy(scores, labels)
        right = (scores.argmax(dim=1) == labels).sum() / len(labels)
    model.train(before)
    return loss, right, scores.requires_grad, model[0].running_mean, model.training
"""
JUDGE = """
import copy
import torch
import torch.nn as nn
import torch.nn.functional as F

def train_and_judge(train, validation, test, params, rate, epochs):
    W1, b1, W2, b2 = params
    model = nn.Sequential(nn.Linear(*W1.T.shape), nn.Tanh(), nn.Linear(*W2.T.shape))
    model.load_state_dict({"0.weight": W1, "0.bias": b1, "2.weight": W2, "2.bias": b2})
    mu = train[0].mean(dim=0)
    sd = ((train[0] - mu) ** 2).mean(dim=0).sqrt()
    A, V, T = [(part[0] - mu) / sd for part in (train, validation, test)]
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    curve = []
    lowest = 1e9
    for epoch in range(epochs):
        model.train()
        optimizer.zero_grad()
        F.cross_entropy(model(A), train[1]).backward()
        optimizer.step()
        model.eval()
        with torch.no_grad():
            val = F.cross_entropy(model(V), validation[1]).item()
        curve.append(val)
        if val < lowest:
            lowest = val
            best = epoch
            state = copy.deepcopy(model.state_dict())
    model.load_state_dict(state)
    with torch.no_grad():
        result = F.cross_entropy(model(T), test[1]).item()
    return curve, best, result, model[0].weight
"""
ANSWERS: dict[str, Answers] = {
    "neuron-in-torch": Answers(
        right=NEURON,
        wrong={
            "backward_twice": NEURON.replace(
                "L.backward()", "L.backward(retain_graph=True)\n    L.backward()"
            ),
            "gradient_of_the_prediction": NEURON.replace("L.backward()", "p.backward()"),
            "half_the_loss": NEURON.replace("torch.square(p - y)", "0.5 * torch.square(p - y)"),
        },
    ),
    "weight-shape": Answers(
        right="answer = [2, 5]",
        wrong={"inputs_first": "answer = (5, 2)", "shape_of_the_output": "answer = (32, 2)"},
    ),
    "layer-in-torch": Answers(
        right=LAYER,
        wrong={
            "delta_of_ones": LAYER.replace("Z.backward(dZ)", "Z.sum().backward()"),
            "products_averaged": LAYER.replace("Z.backward(dZ)", "(Z * dZ).mean().backward()"),
            "weight_delta_transposed": LAYER.replace("W.grad, b", "W.grad.T, b"),
        },
    ),
    "training-loop": Answers(
        right=LOOP,
        wrong={
            "zero_grad_missing": LOOP.replace("        optimizer.zero_grad()\n", ""),
            "backward_missing": LOOP.replace("        loss.backward()\n", ""),
            "step_missing": LOOP.replace("        optimizer.step()\n", ""),
            "step_before_backward": LOOP.replace("        optimizer.step()\n", "").replace(
                "        optimizer.zero_grad()\n", "        optimizer.step()\n        optimizer.zero_grad()\n"
            ),
            "targets_broadcast": LOOP.replace(
                "loss_fn(predictions, target)", "((predictions - y) ** 2).mean()"
            ),
            "emptied_at_the_end": LOOP.replace("        optimizer.zero_grad()\n", "").replace(
                "optimizer.step()\n", "optimizer.step()\n        optimizer.zero_grad()\n"
            ),
        },
    ),
    "memory-grows": Answers(right="answer = 2", wrong={"option-0": "answer = 0", "option-1": "answer = 1"}),
    "flowers-in-torch": Answers(
        right=FLOWERS,
        wrong={
            "softmax_twice": FLOWERS.replace("F.linear(X, W, b)", "F.linear(X, W, b).softmax(1)"),
            "logarithm_missing": FLOWERS.replace("F.linear(X, W, b)", "F.linear(X, W, b).softmax(1)").replace(
                "cross_entropy", "nll_loss"
            ),
            "summed": FLOWERS.replace("labels)\n    loss", "labels, reduction='sum')\n    loss"),
        },
    ),
    "adam-by-the-formula": Answers(
        right=ADAM,
        wrong={
            "uncorrected": ADAM.replace("mh = m / (1 - beta1 ** t)", "mh = m").replace(
                "vh = v / (1 - beta2 ** t)", "vh = v"
            ),
            "eps_under_the_root": ADAM.replace("(torch.sqrt(vh) + eps)", "torch.sqrt(vh + eps)"),
            "counted_from_zero": ADAM.replace("        t += 1\n", "").replace(
                "eps)\n    return", "eps)\n        t += 1\n    return"
            ),
            "betas_swapped": ADAM.replace("beta1, beta2, eps)", "beta2, beta1, eps)"),
        },
    ),
    "mini-batch-training": Answers(
        right=BATCHES,
        wrong={
            "unshuffled": BATCHES.replace("torch.randperm(n, generator=generator)", "torch.arange(n)"),
            "one_order_for_all": BATCHES.replace(
                "        order = torch", "        generator.manual_seed(seed)\n        order = torch"
            ),
            "last_batch_dropped": BATCHES.replace(
                "range(0, n, size)", "range(0, n // size * size, size)"
            ).replace("total / n", "total / (n // size * size)"),
            "mean_of_means": BATCHES.replace(" * len(pick)", "").replace(
                "total / n", "total / len(range(0, n, size))"
            ),
            "zero_grad_missing": BATCHES.replace("            optimizer.zero_grad()\n", ""),
            "gradient_thrown_away": BATCHES.replace("            optimizer.zero_grad()\n", "").replace(
                "            optimizer.step()\n",
                "            optimizer.zero_grad()\n            optimizer.step()\n",
            ),
        },
    ),
    "evaluate": Answers(
        right=EVALUATE,
        wrong={
            "eval_missing": EVALUATE.replace("    model.eval()\n", ""),
            "no_grad_missing": EVALUATE.replace("torch.no_grad()", "torch.enable_grad()"),
            "left_in_eval": EVALUATE.replace("    model.train(before)\n", ""),
            "always_back_to_train": EVALUATE.replace("model.train(before)", "model.train()"),
        },
    ),
    "network-in-torch": Answers(
        right=JUDGE,
        wrong={
            "last_weights": JUDGE.replace("copy.deepcopy(model.state_dict())", "model.state_dict()"),
            "chosen_by_the_test": JUDGE.replace(
                "if val < lowest:\n            lowest = val",
                "t = F.cross_entropy(model(T), test[1]).item()\n        if t < lowest:\n            lowest = t",
            ),
            "scaled_by_all_rows": JUDGE.replace(
                "mu = train[0].mean(dim=0)\n    sd = ((train[0] - mu)",
                "every = torch.cat([train[0], validation[0], test[0]])\n    mu = every.mean(dim=0)\n"
                "    sd = ((every - mu)",
            ),
            "deviation_of_a_sample": JUDGE.replace(
                "((train[0] - mu) ** 2).mean(dim=0).sqrt()", "train[0].std(dim=0)"
            ),
            "zero_grad_missing": JUDGE.replace("        optimizer.zero_grad()\n", ""),
        },
    ),
}
