"""The model, training and evaluation snippets of a first lesson on PyTorch."""

import torch
import torch.nn as nn

torch.manual_seed(42)

model = nn.Sequential(
    nn.Linear(3, 8),
    nn.ReLU(),
    nn.Linear(8, 4),
    nn.Sigmoid(),
    nn.Linear(4, 1),
)
print(model)
for name, parameter in model.named_parameters():
    print(name, parameter)

X = torch.randn(10, 3)
y = torch.randn(10, 1)
predictions = model(X)
print(predictions)

loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
model.train()
for epoch in range(100):
    predictions = model(X)
    loss = loss_fn(predictions, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    if epoch < 5 or epoch % 10 == 9:
        print(f"epoch {epoch + 1:3d} loss {loss.item():.6f}")

model.eval()
with torch.no_grad():
    X_test = torch.randn(5, 3)
    y_test = torch.randn(5, 1)
    test_predictions = model(X_test)
    test_loss = loss_fn(test_predictions, y_test)
print(test_predictions)
print("test loss", test_loss)
print(test_predictions.requires_grad, loss.requires_grad)
for name, parameter in model.state_dict().items():
    print(name, parameter)
