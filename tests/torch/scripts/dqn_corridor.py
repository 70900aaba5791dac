"""Deep Q-learning in a corridor: replay memory, target network, epsilon-greedy actions."""

import random
from collections import deque, namedtuple

import torch
import torch.nn as nn
import torch.optim as optim

Transition = namedtuple("Transition", ("state", "action", "next_state", "reward", "done"))


class Corridor:
    """Eight cells; +1 at the right end, -0.05 a step, an episode ends after 30 steps."""

    n_states, n_actions = 8, 2

    def reset(self):
        self.position, self.steps = 2, 0
        return self.observe()

    def observe(self):
        state = torch.zeros(self.n_states)
        state[self.position] = 1.0
        return state

    def step(self, action):
        self.position = max(0, min(self.n_states - 1, self.position + (1 if action == 1 else -1)))
        self.steps += 1
        done = self.position == self.n_states - 1
        return self.observe(), 1.0 if done else -0.05, done or self.steps >= 30


class ReplayMemory:
    def __init__(self, capacity):
        self.memory = deque(maxlen=capacity)

    def push(self, *args):
        self.memory.append(Transition(*args))

    def sample(self, batch_size):
        return random.sample(self.memory, batch_size)

    def __len__(self):
        return len(self.memory)


class DQN(nn.Module):
    def __init__(self, n_observations, n_actions):
        super().__init__()
        self.layer1 = nn.Linear(n_observations, 16)
        self.layer2 = nn.Linear(16, n_actions)

    def forward(self, x):
        return self.layer2(torch.relu(self.layer1(x)))


BATCH_SIZE, GAMMA, TAU, LR = 32, 0.95, 0.1, 5e-3
random.seed(0)
torch.manual_seed(0)
env = Corridor()
policy_net, target_net = DQN(8, 2), DQN(8, 2)
target_net.load_state_dict(policy_net.state_dict())
optimizer = optim.AdamW(policy_net.parameters(), lr=LR, amsgrad=True)
memory = ReplayMemory(500)


def select_action(state, eps):
    if random.random() > eps:
        with torch.no_grad():
            return policy_net(state.unsqueeze(0)).max(1).indices.view(1, 1)
    return torch.tensor([[random.randrange(2)]], dtype=torch.long)


def optimize_model():
    if len(memory) < BATCH_SIZE:
        return
    batch = Transition(*zip(*memory.sample(BATCH_SIZE), strict=True))
    state, action, reward = torch.stack(batch.state), torch.cat(batch.action), torch.tensor(batch.reward)
    values = policy_net(state).gather(1, action)
    with torch.no_grad():
        next_values = target_net(torch.stack(batch.next_state)).max(1).values
        next_values[torch.tensor(batch.done)] = 0.0
    loss = nn.SmoothL1Loss()(values, (next_values * GAMMA + reward).unsqueeze(1))
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_value_(policy_net.parameters(), 100)
    optimizer.step()


for episode in range(1, 13):
    state, total, done = env.reset(), 0.0, False
    while not done:
        action = select_action(state, eps=max(0.05, 0.9**episode))
        next_state, reward, done = env.step(action.item())
        memory.push(state, action, next_state, reward, done)
        state, total = next_state, total + reward
        optimize_model()
        weights = target_net.state_dict()
        for key, value in policy_net.state_dict().items():
            weights[key] = value * TAU + weights[key] * (1 - TAU)
        target_net.load_state_dict(weights)
    print(f"episode {episode:2d} steps {env.steps:2d} return {total:+.2f}")

with torch.no_grad():
    q = policy_net(torch.eye(8))
print(q)
print("policy", "".join("<>"[a] for a in q.argmax(1).tolist()))
