"""REINFORCE with a baseline on a contextual bandit; torch.distributions by hand."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Policy(nn.Module):
    def __init__(self, n_context, n_arms):
        super().__init__()
        self.affine1 = nn.Linear(n_context, 16)
        self.dropout = nn.Dropout(p=0.2)
        self.action_head = nn.Linear(16, n_arms)
        self.value_head = nn.Linear(16, 1)

    def forward(self, x):
        x = F.relu(self.dropout(self.affine1(x)))
        return F.softmax(self.action_head(x), dim=-1), self.value_head(x).squeeze(-1)


torch.manual_seed(543)
n_context, n_arms = 5, 3
true_reward = torch.randn(n_context, n_arms)
best = true_reward.max(dim=0)
print("best by arm:", best.values, best.indices)

policy = Policy(n_context, n_arms)
optimizer = torch.optim.Adam(policy.parameters(), lr=1e-2)
running_reward = None
history = []
for i_episode in range(1, 121):
    context = torch.randn(32, n_context)
    probs, value = policy(context)
    action = torch.multinomial(probs, 1).squeeze(1)
    log_prob = torch.log(probs.gather(1, action.unsqueeze(1)).squeeze(1))
    reward = (context @ true_reward).gather(1, action[:, None]).squeeze(1) + 0.1 * torch.randn(32)

    advantage = reward - value.detach()
    policy_loss = -(log_prob * advantage).mean()
    value_loss = F.smooth_l1_loss(value, reward)
    entropy = -(probs * probs.log()).sum(dim=1).mean()
    loss = policy_loss + 0.5 * value_loss - 0.01 * entropy
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

    mean = reward.mean().item()
    running_reward = mean if running_reward is None else 0.05 * mean + 0.95 * running_reward
    history.append(mean)
    if i_episode % 12 == 0:
        print(
            f"episode {i_episode:3d} reward {mean:+.3f} running {running_reward:+.3f} entropy {entropy.item():.3f}"
        )

policy.eval()
with torch.no_grad():
    context = torch.randn(500, n_context)
    rewards = context @ true_reward
    chosen = policy(context)[0].argmax(1)
    print("policy ", rewards[torch.arange(500), chosen].mean())
    print("optimal", rewards.max(1).values.mean())
    print("agreement", (chosen == rewards.argmax(1)).float().mean())
returns = torch.tensor(history)
returns = (returns - returns.mean()) / (returns.std() + torch.finfo(torch.float32).eps)
print(returns[:5])
