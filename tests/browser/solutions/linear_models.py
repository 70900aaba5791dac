"""What learners might type into the ten exercises of Linear models: right answers, and wrong ones by their mistake.

Written as a learner would, not as the chapter's own exercises.py does; tried in CPython by tests/grading/test_chapters.py.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Answers:
    """A right submission, and wrong ones by the name of the mistake that the verdict must give."""

    right: str
    wrong: dict[str, str]


ANSWERS: dict[str, Answers] = {
    "affine-prediction": Answers(
        right="""\
def affine_prediction(x, w, b):
    return sum(wi * xi for wi, xi in zip(w, x)) + b
""",
        wrong={
            "no_offset": """\
import numpy as np

def affine_prediction(x, w, b):
    return np.dot(x, w)
""",
            "not_summed": """\
def affine_prediction(x, w, b):
    return x * w + b
""",
            "offset_in_every_term": """\
def affine_prediction(x, w, b):
    return sum(wi * xi + b for wi, xi in zip(w, x))
""",
        },
    ),
    "least-squares": Answers(
        right="""\
import numpy as np

def least_squares(X, y):
    A = X.T @ X
    return np.linalg.inv(A) @ X.T @ y
""",
        wrong={
            "all_four_results": """\
import numpy as np

def least_squares(X, y):
    return np.linalg.lstsq(X, y, rcond=None)
""",
            "fitted_values": """\
import numpy as np

def least_squares(X, y):
    w = np.linalg.inv(X.T @ X) @ X.T @ y
    return X.dot(w)
""",
            "one_column_at_a_time": """\
import numpy as np

def least_squares(X, y):
    return np.array([X[:, j] @ y / (X[:, j] @ X[:, j]) for j in range(X.shape[1])])
""",
        },
    ),
    "squared-loss-gradient": Answers(
        right="""\
def squared_loss_gradient(X, y, w):
    return (X.dot(w) - y).dot(X)
""",
        wrong={
            "not_transposed": """\
def squared_loss_gradient(X, y, w):
    r = X.dot(w) - y
    return X.dot(r)
""",
            "mean_instead_of_sum": """\
def squared_loss_gradient(X, y, w):
    n = X.shape[0]
    return (1 / n) * X.T.dot(X.dot(w) - y)
""",
            "residual_reversed": """\
def squared_loss_gradient(X, y, w):
    error = y - X @ w
    return X.T @ error
""",
        },
    ),
    "gradient-step": Answers(
        right="""\
def gradient_step(X, y, w, step):
    w = w.copy()
    w -= step * X.T @ (X @ w - y)
    return w
""",
        wrong={
            "in_place": """\
def gradient_step(X, y, w, step):
    g = X.T @ (X @ w - y)
    for j in range(len(w)):
        w[j] = w[j] - step * g[j]
    return w
""",
            "uphill": """\
def gradient_step(X, y, w, step):
    return w - step * X.T @ (y - X @ w)
""",
            "no_step_size": """\
def gradient_step(X, y, w, step):
    return w - (X @ w - y) @ X
""",
        },
    ),
    "ridge-solution": Answers(
        right="""\
import numpy as np

def ridge_solution(X, y, lam):
    return np.linalg.inv(X.T @ X + lam * np.identity(X.shape[1])) @ X.T @ y
""",
        wrong={
            "identity_alone": """\
def ridge_solution(X, y, lam):
    return [value / (1 + lam) for value in y]
""",
            "penalty_on_every_entry": """\
import numpy as np

def ridge_solution(X, y, lam):
    return np.linalg.inv(X.T @ X + lam) @ X.T @ y
""",
            "no_penalty": """\
import numpy as np

def ridge_solution(X, y, lam):
    return np.linalg.pinv(X) @ y
""",
        },
    ),
    "shrinkage-path": Answers(
        right="""\
import numpy as np

def shrinkage_path(X, y, lams):
    W, norms = [], []
    for lam in lams:
        w = np.linalg.solve(X.T @ X + lam * np.eye(X.shape[1]), X.T @ y)
        W.append(w)
        norms.append(np.linalg.norm(w))
    return W, norms
""",
        wrong={
            "squared_norms": """\
import numpy as np

def shrinkage_path(X, y, lams):
    W = [np.linalg.solve(X.T @ X + lam * np.eye(X.shape[1]), X.T @ y) for lam in lams]
    return W, [w @ w for w in W]
""",
            "solutions_as_columns": """\
import numpy as np

def shrinkage_path(X, y, lams):
    W = np.zeros((X.shape[1], 2))
    for k, lam in enumerate(lams):
        W[:, k] = np.linalg.solve(X.T @ X + lam * np.eye(X.shape[1]), X.T @ y)
    return W, np.linalg.norm(W, axis=0)
""",
            "first_lambda_twice": """\
import numpy as np

def shrinkage_path(X, y, lams):
    w = np.linalg.solve(X.T @ X + lams[0] * np.eye(X.shape[1]), X.T @ y)
    W = np.stack([w, w])
    return W, np.sqrt((W ** 2).sum(axis=1))
""",
        },
    ),
    "logistic-probability": Answers(
        right="""\
import numpy as np
from scipy.special import expit

def logistic_probability(z, y):
    return expit(z), np.mean(np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0) - z * y)
""",
        wrong={
            "unstable_loss": """\
import numpy as np

def logistic_probability(z, y):
    p = 1 / (1 + np.exp(-z))
    loss = -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()
    return p, loss
""",
            "capped": """\
import numpy as np

def logistic_probability(z, y):
    p = 1 / (1 + np.exp(-z))
    q = np.clip(p, 1e-12, 1 - 1e-12)
    return p, -np.mean(y * np.log(q) + (1 - y) * np.log(1 - q))
""",
            "sum_of_losses": """\
import numpy as np

def logistic_probability(z, y):
    p = np.exp(-np.logaddexp(0, -z))
    return p, np.sum(y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z))
""",
        },
    ),
    "softmax": Answers(
        right="""\
from scipy.special import softmax as soft

def softmax(Z):
    return soft(Z, axis=1)
""",
        wrong={
            "unstable": """\
import numpy as np

def softmax(Z):
    return np.exp(Z) / np.exp(Z).sum(axis=1)[:, None]
""",
            "columns_normalised": """\
import numpy as np

def softmax(Z):
    E = np.exp(Z - Z.max(axis=0))
    return E / E.sum(axis=0)
""",
            "sums_along_columns": """\
import numpy as np

def softmax(Z):
    E = np.exp(Z - np.max(Z, axis=1).reshape(-1, 1))
    return E / np.sum(E, axis=1)
""",
        },
    ),
    "standardization": Answers(
        right="""\
import numpy as np

def standardize(X_train, X_test):
    m = np.mean(X_train, 0)
    s = np.sqrt(np.mean((X_train - m) ** 2, 0))
    return [(X_train - m) / s, (X_test - m) / s]
""",
        wrong={
            "statistics_of_both": """\
import numpy as np

def standardize(X_train, X_test):
    everything = np.concatenate((X_train, X_test))
    m, s = everything.mean(axis=0), everything.std(axis=0)
    return (X_train - m) / s, (X_test - m) / s
""",
            "test_by_its_own": """\
def standardize(X_train, X_test):
    def scale(X):
        return (X - X.mean(axis=0)) / X.std(axis=0)
    return scale(X_train), scale(X_test)
""",
            "ddof_one": """\
import numpy as np

def standardize(X_train, X_test):
    m = X_train.mean(0)
    s = np.sqrt(((X_train - m) ** 2).sum(0) / (len(X_train) - 1))
    return (X_train - m) / s, (X_test - m) / s
""",
        },
    ),
    "checklist": Answers(
        right="""\
import numpy as np

def checklist(X, y):
    H = X @ np.linalg.inv(X.T @ X) @ X.T
    r = y - H @ y
    s = np.linalg.svd(X, compute_uv=False)
    return dict(residuals=r, r2=1 - r.var() / y.var(), leverage=H.diagonal(), condition=s.max() / s.min())
""",
        wrong={
            "whole_hat_matrix": """\
import numpy as np

def checklist(X, y):
    H = X @ np.linalg.inv(X.T @ X) @ X.T
    r = y - H @ y
    return dict(residuals=r, r2=1 - r.var() / y.var(), leverage=H, condition=np.linalg.cond(X))
""",
            "r2_without_centring": """\
import numpy as np

def checklist(X, y):
    H = X @ np.linalg.inv(X.T @ X) @ X.T
    r = y - H @ y
    return dict(residuals=r, r2=1 - (r @ r) / (y @ y), leverage=H.diagonal(), condition=np.linalg.cond(X))
""",
            "condition_of_the_gram_matrix": """\
import numpy as np

def checklist(X, y):
    A = X.T @ X
    H = X @ np.linalg.inv(A) @ X.T
    r = y - H @ y
    return dict(residuals=r, r2=1 - r.var() / y.var(), leverage=H.diagonal(), condition=np.linalg.cond(A))
""",
        },
    ),
}
