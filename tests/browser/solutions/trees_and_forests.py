"""What learners might type into the ten exercises of Trees and forests: right answers, and wrong ones by their mistake.

Written as a learner would, not as the chapter's own exercises.py does; tried in CPython by tests/grading/test_chapters.py.
"""

from solutions.linear_models import Answers

SPLITS = """
import numpy as np

def G(y):
    return 1 - sum((np.sum(y == k) / len(y)) ** 2 for k in set(y))

def best(X, y):
    found = None
    for j in range(X.shape[1]):
        v = sorted(set(X[:, j]))
        for a, b in zip(v, v[1:]):
            t = (a + b) / 2
            L, R = y[X[:, j] <= t], y[X[:, j] > t]
            drop = G(y) - len(L) / len(y) * G(L) - len(R) / len(y) * G(R)
            if found is None or drop > found[2] + 1e-12:
                found = j, t, drop
    return found

def most(y):
    return np.bincount(y).argmax()
"""
TREE = """
def tree_predict(X, y, X_new, depth):
    q = best(X, y) if depth and len(set(y)) > 1 else None
    if q is None or q[2] < 1e-9:
        return np.array([most(y)] * len(X_new), dtype=int)
    j, t, _ = q
    out = []
    for x in X_new:
        side = (X[:, j] <= t) if x[j] <= t else (X[:, j] > t)
        out.append(tree_predict(X[side], y[side], x[None], depth - 1)[0])
    return np.array(out)
"""
FOREST = """
def small_forest(X, y, X_new, bags, columns):
    votes = np.zeros((len(X_new), max(y) + 1))
    drops = np.zeros(X.shape[1])
    for b in range(len(bags)):
        A, labels = X[bags[b]], y[bags[b]]
        j, t, drop = best(A[:, columns[b]], labels)
        j = columns[b][j]
        drops[j] += drop
        for i, x in enumerate(X_new):
            side = A[:, j] <= t if x[j] <= t else A[:, j] > t
            votes[i, most(labels[side])] += 1
    return votes.argmax(axis=1), drops / drops.sum()
"""
OOB = """
import numpy as np

def oob_error(y, bags, labels):
    wrong = judged = 0
    for i in range(len(y)):
        said = [int(labels[b, i]) for b in range(len(bags)) if i not in bags[b]]
        if len(said) > 0:
            judged += 1
            wrong += np.bincount(said).argmax() != y[i]
    return wrong / judged
"""
WALK = """
def walk(X, feature, threshold, left, right, label):
    def down(t, x):
        if feature[t] < 0:
            return label[t]
        return down(left[t], x) if x[feature[t]] <= threshold[t] else down(right[t], x)
    return [down(0, x) for x in X]
"""
GAIN = """
import numpy as np

def H(y):
    p = np.bincount(y) / len(y)
    p = p[p > 0]
    return (p * np.log2(1 / p)).sum()

def information_gain(feature, y):
    return H(y) - sum(np.mean(feature == v) * H(y[feature == v]) for v in set(feature))
"""
ANSWERS: dict[str, Answers] = {
    "entropy-of-counts": Answers(
        right="""\
import numpy as np

def entropy(counts):
    p = counts / np.sum(counts)
    return sum(-q * np.log2(q) for q in p if q)
""",
        wrong={
            "natural_logarithm": """\
import numpy as np

def entropy(counts):
    p = counts / np.sum(counts)
    return sum(-q * np.log(q) for q in p if q)
""",
            "zeros_kept": """\
import numpy as np

def entropy(counts):
    p = counts / np.sum(counts)
    return -(p * np.log2(p)).sum()
""",
            "sign_missing": """\
import numpy as np

def entropy(counts):
    p = counts / np.sum(counts)
    return sum(q * np.log2(q) for q in p if q)
""",
        },
    ),
    "gini-impurity-of-labels": Answers(
        right="""\
def gini(y):
    n = len(y)
    return 1 - sum((list(y).count(k) / n) ** 2 for k in set(y))
""",
        wrong={
            "chance_to_agree": """\
def gini(y):
    return sum((list(y).count(k) / len(y)) ** 2 for k in set(y))
""",
            "share_of_errors": """\
def gini(y):
    return 1 - max(list(y).count(k) for k in y) / len(y)
""",
        },
    ),
    "information-gain": Answers(
        right=GAIN,
        wrong={
            "unweighted": GAIN.replace("sum(np.mean(feature == v) * H(", "np.mean([H(").replace(
                ") for v in set(feature))", ") for v in set(feature)])"
            ),
            "gain_in_nats": GAIN.replace("np.log2", "np.log"),
            "entropy_after": GAIN.replace("return H(y) - sum", "return sum"),
        },
    ),
    "second-question": Answers(
        right="answer = 2", wrong={"option-0": "answer = 0", "option-1": "answer = 1"}
    ),
    "candidate-counts": Answers(
        right="answer = [3, 2]",
        wrong={"gaps_between_ties": "answer = (6, 2)", "without_classes": "answer = (3,)"},
    ),
    "best-split": Answers(
        right=SPLITS.replace("def best(", "def best_split("),
        wrong={
            "lower_neighbour": SPLITS.replace("def best(", "def best_split(").replace("(a + b) / 2", "a"),
            "children_unweighted": SPLITS.replace("def best(", "def best_split(")
            .replace("len(L) / len(y)", "0.5")
            .replace("len(R) / len(y)", "0.5"),
            "drop_times_n": SPLITS
            + "\ndef best_split(X, y):\n    j, t, drop = best(X, y)\n    return j, t, drop * len(y)\n",
        },
    ),
    "walk-down": Answers(
        right=WALK,
        wrong={
            "strictly_less": WALK.replace("<=", "<"),
            "sides_swapped": WALK.replace("<=", ">"),
            "leaf_numbers": WALK.replace("return label[t]", "return t"),
        },
    ),
    "grow-a-tree": Answers(
        right=SPLITS + TREE,
        wrong={
            "depth_ignored": SPLITS + TREE.replace("if depth and", "if"),
            "one_level_more": SPLITS + TREE.replace("if depth and", "if depth >= 0 and"),
            "new_rows_swapped": SPLITS + TREE.replace("if x[j] <= t", "if x[j] > t"),
        },
    ),
    "out-of-bag-error": Answers(
        right=OOB,
        wrong={
            "everybody_votes": OOB.replace(" if i not in bags[b]", ""),
            "those_who_saw_it": OOB.replace("not in", "in"),
            "divided_by_all": OOB.replace("wrong / judged", "wrong / len(y)"),
        },
    ),
    "small-forest": Answers(
        right=SPLITS + FOREST,
        wrong={
            "bags_ignored": SPLITS + FOREST.replace("X[bags[b]], y[bags[b]]", "X, y"),
            "drops_not_divided": SPLITS + FOREST.replace("drops / drops.sum()", "drops"),
            "questions_counted": SPLITS + FOREST.replace("drops[j] += drop", "drops[j] += 1"),
        },
    ),
}
