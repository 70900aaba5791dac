"""Forward and backward hooks: activations, gradients, dead units, a probe that edits."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 6), nn.Tanh(), nn.Linear(6, 2))
activations, gradients = {}, {}


def save_activation(name):
    def hook(module, inputs, output):
        activations[name] = output.detach()

    return hook


def save_gradient(name):
    def hook(module, grad_input, grad_output):
        gradients[name] = grad_output[0]

    return hook


handles = []
for name, layer in model.named_children():
    handles.append(layer.register_forward_hook(save_activation(f"{name}:{type(layer).__name__}")))
    handles.append(layer.register_full_backward_hook(save_gradient(f"{name}:{type(layer).__name__}")))

x = torch.randn(8, 4, requires_grad=True)
loss = nn.functional.cross_entropy(model(x), torch.randint(2, (8,)))
loss.backward()
print(f"loss {loss.item():.5f}")
for name, value in activations.items():
    print(
        f"{name:9s} out mean {value.mean():+.4f} std {value.std():.4f} | grad norm {gradients[name].norm():.5f}"
    )
print("dead:", (activations["1:ReLU"] == 0).all(dim=0))
for h in handles:
    h.remove()
activations.clear()
model(x)
print("after remove:", activations)


def double(module, args):
    return (args[0] * 2,)


handle = model[2].register_forward_pre_hook(double)
changed = model(x)
handle.remove()
print((changed - model(x)).abs().max())

w = model[0].weight
h = w.register_hook(lambda g: g.clamp(-0.01, 0.01))
model.zero_grad()
model(x).sum().backward()
print(w.grad.abs().max(), w.grad[0])
h.remove()

saliency = torch.autograd.grad(model(x)[:, 0].sum(), x)[0]
print(saliency.abs().mean(dim=0))

hidden = model[1](model[0](x))
hidden.retain_grad()
model[4](model[3](model[2](hidden))).pow(2).mean().backward()
print(hidden.grad.shape, hidden.grad.norm(), hidden.is_leaf, hidden.grad_fn.name())
