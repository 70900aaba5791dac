"""What grades the ten exercises of this chapter; their tasks and starters stand in index.md.

Each mistake below is a whole wrong solution. It is recognised by what it computes, on all cases, not by how it is written.
"""

import numpy as np

from pellucid.grading import exercise

# Whole numbers come with dtype=int throughout: in the browser that is 32 bits, and np.bincount takes no more.

# Every third of the chapter's wines: alcohol, flavanoids, colour, proline, variety.
TABLE = """
14.23 3.06 5.64 1065 0  14.37 3.49 7.8 1480 0  14.39 2.52 5.25 1290 0  13.86 3.15 7.22 1045 0
13.75 2.76 5.6 1320 0  13.63 2.91 7.3 1310 0  14.19 3.93 8.7 1680 0  12.93 2.41 4.5 770 0
13.5 2.61 3.52 845 0  13.3 2.19 3.95 1285 0  13.73 3.25 5.7 1285 0  13.76 2.74 5.4 1235 0
13.28 2.68 4.6 880 0  14.22 3.04 5.1 760 0  13.88 3.56 5.43 1095 0  14.21 2.65 5.24 1080 0
14.1 2.92 6.2 1060 0  13.83 2.99 5.6 1265 0  13.74 2.9 5.85 1060 0  13.29 3.23 6 1270 0
12.33 1.09 3.27 680 1  12.37 3.1 4.45 420 1  13.11 3.18 5.3 502 1  12.21 1.28 2.85 718 1
13.49 1.84 3.74 472 1  11.66 1.57 3.8 428 1  12.33 1.85 3.4 750 1  12.72 2.53 3.9 714 1
11.84 2.21 3.05 520 1  11.65 1.61 2.6 562 1  12.08 1.5 2.4 480 1  12.29 2.25 2.15 290 1
11.81 0.99 2.5 625 1  12.29 2.99 2.3 406 1  12.34 2.11 2.8 438 1  12.42 1.84 2.7 315 1
12.22 2.04 2.7 312 1  12.52 2.27 2 325 1  12.08 2.29 2.9 385 1  12.42 2.09 2.06 345 1
11.45 2.79 3.25 625 1  13.05 2.65 2.6 380 1  12.43 3.15 3.94 352 1  12.04 1.75 2.6 580 1
12.81 1.09 5.7 560 2  12.6 0.66 7.1 695 2  13.49 0.48 5.7 580 2  13.36 0.5 5.6 780 2
12.25 0.78 8.21 855 2  12.87 0.65 7.65 625 2  13.5 1.57 8.6 500 2  13.23 0.83 10.52 675 2
13.84 0.83 9.01 480 2  13.48 1.1 11.75 620 2  12.85 0.6 5.58 570 2  13.73 0.47 6.62 520 2
13.58 0.84 8.66 750 2  12.77 0.51 9.899999 470 2  13.4 0.75 7.3 750 2  14.13 0.76 9.2 560 2
"""
WINES = np.array(TABLE.split(), dtype=float).reshape(60, 5)

# 1 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "entropy-of-counts",
    entry="entropy",
    hints=[
        "Entropy is an average of surprises, $-\\log_2 p_i$, and its formula wants shares $p_i$, not counts. "
        "How do counts become shares?",
        "A class with count 0 adds nothing, but $0 \\cdot \\log_2 0$ is NaN in floating point. Leave such "
        "classes out before you take logarithms.",
        "Try `[1, 1]` by hand: both shares are $\\tfrac12$, both surprises 1 bit, and so is their average. "
        "NumPy has `np.log2`. Which sign must stand in front of the sum?",
    ],
)


@ex.inputs
def inputs(rng):
    yield (np.array([9, 5]),)
    yield (np.array([4, 0]),)
    yield (np.array([7]),)
    yield (np.array([1, 1]),)
    yield (np.array([0, 3, 0, 1]),)
    yield (np.array([2, 2, 2, 2]),)
    for c in (2, 3, 3, 4, 6, 8):
        counts = rng.integers(0, 12, size=c, dtype=int)
        counts[rng.integers(c)] += 1
        yield (counts,)


@ex.reference
def entropy(counts):
    p = counts[counts > 0] / counts.sum()  # (classes that occur,)
    return -np.sum(p * np.log2(p))


@ex.accepts
def class_by_class(counts):
    n, bits = sum(counts), 0.0
    for count in counts:
        if count > 0:
            bits += count / n * np.log2(n / count)
    return bits


@ex.accepts
def with_one_logarithm_for_zeros(counts):
    n = np.sum(counts)
    return np.log2(n) - np.sum(counts * np.log2(np.maximum(counts, 1))) / n


def _shares(counts):
    return counts[counts > 0] / counts.sum()


@ex.mistake("You used the natural logarithm. Bits need the logarithm to base 2: `np.log2`.")
def natural_logarithm(counts):
    p = _shares(counts)
    return -np.sum(p * np.log(p))


@ex.mistake("You used the logarithm to base 10. Bits need base 2: `np.log2`.")
def decimal_logarithm(counts):
    p = _shares(counts)
    return -np.sum(p * np.log10(p))


@ex.mistake(
    "A class that does not occur breaks your sum: $0\\cdot\\log_2 0$ is computed as $0\\cdot(-\\infty)$, which is NaN. Such "
    "a class adds nothing, so leave it out."
)
def zeros_kept(counts):
    with np.errstate(all="ignore"):
        p = counts / counts.sum()
        return -np.sum(p * np.log2(p))


@ex.mistake(
    "The sign is missing: $\\log_2 p$ is at most 0, and the entropy $-\\sum p_i\\log_2 p_i$ is at least 0."
)
def sign_missing(counts):
    p = _shares(counts)
    return np.sum(p * np.log2(p))


@ex.mistake(
    "You put the counts into the formula. It wants shares: divide by $n$, the sum of the counts, first."
)
def counts_as_shares(counts):
    some = counts[counts > 0]
    return -np.sum(some * np.log2(some))


@ex.mistake(
    "You averaged the surprises as if all classes were equally frequent. Each surprise $-\\log_2 p_i$ counts with weight $p_i$."
)
def plain_mean_of_surprises(counts):
    return np.mean(-np.log2(_shares(counts)))


@ex.mistake(
    "You summed the surprises without their weights: each $-\\log_2 p_i$ is to be multiplied by $p_i$."
)
def sum_of_surprises(counts):
    return np.sum(-np.log2(_shares(counts)))


@ex.mistake(
    "You divided by $\\log_2 c$, which makes 1 the largest value. That is a relative entropy; wanted are bits."
)
def divided_by_the_largest(counts):
    with np.errstate(all="ignore"):
        p = _shares(counts)
        return -np.sum(p * np.log2(p)) / np.log2(len(counts))


@ex.mistake(
    "That is the Gini impurity, $1 - \\sum_i p_i^2$. The entropy averages logarithms: $-\\sum_i p_i\\log_2 p_i$."
)
def gini_instead(counts):
    return 1 - np.sum(_shares(counts) ** 2)


# 2 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "gini-impurity-of-labels",
    entry="gini",
    hints=[
        "The labels only name classes. What matters is how often each one occurs: $p_i$ is the count of class $i$, "
        "divided by $n$.",
        "`np.unique` can also return counts; look for its argument `return_counts`.",
        "For $p = (0.3, 0.7)$ the squares are 0.09 and 0.49. What has to be done with their sum to get 0.42?",
    ],
)


@ex.inputs
def inputs(rng):
    yield (np.array([0, 1]),)
    yield (np.array([1, 1, 1]),)
    yield (np.array([5]),)
    yield (np.array([3, 7, 7, 3, 7, 7, 7, 3, 7, 7]),)
    yield (np.array([0, 0, 0, 2]),)
    yield (np.array([2, 0, 1]),)
    for n, c in ((3, 2), (4, 3), (6, 2), (8, 4), (12, 3), (20, 5)):
        yield (rng.permutation(20)[:c].astype(int)[rng.integers(c, size=n)],)


@ex.reference
def gini(y):
    _, counts = np.unique(y, return_counts=True)
    p = counts / len(y)  # (classes that occur,)
    return 1 - np.sum(p**2)


@ex.accepts
def pairs_that_differ(y):
    return np.mean(y[:, None] != y[None, :])


@ex.accepts
def product_of_both_draws(y):
    impurity = 0.0
    for label in set(y.tolist()):
        p = np.mean(y == label)
        impurity += p * (1 - p)
    return impurity


def _label_shares(y):
    return np.unique(y, return_counts=True)[1] / len(y)


@ex.mistake(
    "You computed $\\sum_i p_i^2$, the chance that two draws agree. Impurity is the chance that they differ: one minus that."
)
def chance_to_agree(y):
    return np.sum(_label_shares(y) ** 2)


@ex.mistake(
    "That is the share of errors, $1 - \\max_i p_i$. The Gini impurity is $1 - \\sum_i p_i^2$: all classes enter, squared."
)
def share_of_errors(y):
    return 1 - np.max(_label_shares(y))


@ex.mistake("That is the entropy in bits. The Gini impurity needs no logarithm: $1 - \\sum_i p_i^2$.")
def entropy_instead(y):
    p = _label_shares(y)
    return -np.sum(p * np.log2(p))


@ex.mistake(
    "You drew the second label without putting the first one back: $1 - \\sum_i \\frac{n_i}{n}\\cdot\\frac{n_i - 1}{n - 1}$. "
    "Both draws have the same shares $p_i$."
)
def without_putting_back(y):
    with np.errstate(all="ignore"):
        counts, n = np.unique(y, return_counts=True)[1], len(y)
        return 1 - np.sum(counts * (counts - 1)) / np.float64(n * (n - 1))


@ex.mistake("You put the counts into the formula: $1 - \\sum_i n_i^2$. Divide each count by $n$ first.")
def counts_instead_of_shares(y):
    return 1 - np.sum(np.unique(y, return_counts=True)[1] ** 2)


@ex.mistake(
    "You computed with the labels themselves. They are names, not amounts: 3 and 7 are two classes like 0 and 1. Count them."
)
def labels_as_amounts(y):
    with np.errstate(all="ignore"):
        return 1 - np.sum((y / np.sum(y)) ** 2)


@ex.mistake(
    "You kept one class only: $p(1-p)$ for the first label. The sum $\\sum_i p_i(1-p_i)$ runs over all classes."
)
def first_class_only(y):
    p = _label_shares(y)[0]
    return p * (1 - p)


# 3 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "information-gain",
    entry="information_gain",
    hints=[
        "You need the entropy of the whole group, and of one child for each value of the feature. A helper function "
        "for the entropy of some labels pays.",
        "The labels of one child are `y[feature == value]`. Go through the values that occur, and let each child count "
        "with its share $n_v/n$ of the observations.",
        "For the wind: $0.9403 - \\tfrac{8}{14}\\cdot 0.8113 - \\tfrac{6}{14}\\cdot 1$. Which part of your code "
        "computes $\\tfrac{8}{14}$?",
    ],
)

OUTLOOK = np.array([0, 0, 1, 2, 2, 2, 1, 0, 0, 2, 0, 1, 1, 2])
WIND = np.array([0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 1])
TENNIS = np.array([0, 0, 1, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0])


@ex.inputs
def inputs(rng):
    yield np.array([0, 1]), np.array([0, 1])
    yield np.array([3, 3, 3]), np.array([0, 1, 1])
    yield np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    yield np.array([0, 0, 0, 5]), np.array([2, 2, 1, 1])
    yield WIND, TENNIS
    yield OUTLOOK, TENNIS
    for n, values, c in ((5, 2, 2), (6, 3, 2), (8, 2, 3), (12, 4, 3), (20, 5, 4)):
        feature = rng.integers(values, size=n, dtype=int)
        yield feature, (feature + rng.integers(c, size=n, dtype=int)) % c


def entropy_of(labels):
    _, counts = np.unique(labels, return_counts=True)
    p = counts / len(labels)
    return -np.sum(p * np.log2(p))


@ex.reference
def information_gain(feature, y):
    after = 0.0
    for value in np.unique(feature):
        child = y[feature == value]
        after += len(child) / len(y) * entropy_of(child)
    return entropy_of(y) - after


@ex.accepts
def from_the_joint_entropy(feature, y):
    pairs = feature * (y.max() + 1) + y  # one number for each pair of value and class
    return entropy_of(y) + entropy_of(feature) - entropy_of(pairs)


@ex.accepts
def from_a_table_of_counts(feature, y):
    _, rows = np.unique(feature, return_inverse=True)
    _, columns = np.unique(y, return_inverse=True)
    table = np.zeros((rows.max() + 1, columns.max() + 1))
    np.add.at(table, (rows, columns), 1 / len(y))
    apart = table.sum(axis=1, keepdims=True) * table.sum(axis=0)
    some = table > 0
    return np.sum(table[some] * np.log2(table[some] / apart[some]))


def _children(feature, y):
    return [y[feature == value] for value in np.unique(feature)]


@ex.mistake(
    "All children count the same in your average. A child of eight days says more than a child of one: weigh each entropy "
    "with $n_v/n$."
)
def unweighted(feature, y):
    return entropy_of(y) - np.mean([entropy_of(child) for child in _children(feature, y)])


@ex.mistake(
    "You added up the entropies of the children as they are. Weigh each with its share $n_v/n$, so that the weights sum to 1."
)
def sum_of_children(feature, y):
    return entropy_of(y) - sum(entropy_of(child) for child in _children(feature, y))


def _after(feature, y):
    return sum(len(child) / len(y) * entropy_of(child) for child in _children(feature, y))


@ex.mistake(
    "You gave the entropy that is left after the question. The gain is what went away: entropy before minus entropy after."
)
def entropy_after(feature, y):
    return _after(feature, y)


@ex.mistake(
    "You subtracted the other way round. A gain is never negative: entropy before minus entropy after."
)
def after_minus_before(feature, y):
    return _after(feature, y) - entropy_of(y)


@ex.mistake("You used the natural logarithm. Bits need the logarithm to base 2: `np.log2`.")
def gain_in_nats(feature, y):
    return (entropy_of(y) - _after(feature, y)) * np.log(2)


@ex.mistake(
    "You divided by the entropy of the feature. That is the gain ratio; the information gain is its numerator."
)
def gain_ratio(feature, y):
    with np.errstate(all="ignore"):
        return np.float64(entropy_of(y) - _after(feature, y)) / entropy_of(feature)


def _gini_of(labels):
    return 1 - np.sum((np.unique(labels, return_counts=True)[1] / len(labels)) ** 2)


@ex.mistake(
    "That is the drop in Gini impurity. The information gain compares entropies, $-\\sum_i p_i\\log_2 p_i$."
)
def drop_in_gini(feature, y):
    return _gini_of(y) - sum(len(child) / len(y) * _gini_of(child) for child in _children(feature, y))


@ex.mistake(
    "You took the entropy of the feature for that of the labels. Before the question the uncertainty is about $y$: $H(y)$."
)
def entropy_of_the_feature(feature, y):
    return entropy_of(feature) - _after(feature, y)


# 4 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "second-question",
    kind="choice",
    options=["the temperature", "the humidity", "the wind", "none: five days are too few to gain anything"],
    answer=2,
    messages={
        0: "The two cool days differ, and so do the three mild ones: both children stay mixed, and the gain is only 0.02 bits.",
        1: "Of the two humid days one is yes, one no; of the three others two are yes. Both children stay mixed: 0.02 bits. "
        "Humidity is the right question for the sunny days.",
        3: "Five days have an entropy of 0.971 bits, and a question that separates them perfectly gains all of it, however "
        "few they are. Whether it would hold on other days is another question.",
    },
    hints=[
        "Write the five rainy rows of the table below each other. A good question makes pure groups.",
        "For each of the three features, list the answers for each value. In how many groups are yes and no mixed?",
        "The two days without tennis have one value in common, which none of the three other rainy days has.",
    ],
)

# 5 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "candidate-counts",
    kind="shape",
    hints=[
        "Sort the values first: $1, 1, 2.5, 2.5, 3, 4, 4$. Between which neighbours can a threshold separate?",
        "Equal values go to the same side, whatever the threshold. So only the number of different values matters.",
        "There is one midpoint fewer than there are different values. Each row of `L` has one entry for each class.",
    ],
)


@ex.reference
def candidate_counts():
    values = np.unique([2.5, 1, 2.5, 4, 1, 3, 4])
    return (len(values) - 1, 2)


@ex.mistake(
    "You counted the gaps between all seven sorted values. Three of these gaps lie between equal values, which no threshold "
    "can separate."
)
def gaps_between_ties():
    return (6, 2)


@ex.mistake(
    "You gave one row for each observation. A row belongs to a threshold, and thresholds lie between values."
)
def one_row_for_each_observation():
    return (7, 2)


@ex.mistake(
    "You gave one row for each different value. Thresholds lie between neighbours, so there is one fewer: with everything on "
    "one side nothing is split."
)
def one_row_for_each_value():
    return (4, 2)


@ex.mistake(
    "You counted thresholds below the smallest and above the largest value too. They leave one side empty."
)
def outside_too():
    return (5, 2)


@ex.mistake(
    "The thresholds are right, the classes are missing: each row holds one count for each of the two classes."
)
def without_classes():
    return (3,)


@ex.mistake("The axes are swapped: one row for each threshold, one column for each class.")
def classes_as_rows():
    return (2, 3)


# 6 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _splits(X, y, ties=False):
    """Every candidate of every column: its column, the values beside it, class counts left and right of it."""
    n, c = len(y), int(y.max()) + 1
    columns, low, high, left = [], [], [], []
    for j in range(X.shape[1]):
        order = np.argsort(X[:, j], kind="stable")
        x, running = X[order, j], np.cumsum(np.eye(c)[y[order]], axis=0)
        gaps = np.arange(n - 1) if ties else np.flatnonzero(x[1:] > x[:-1])
        columns.append(np.full(len(gaps), j))
        low.append(x[gaps])
        high.append(x[gaps + 1])
        left.append(running[gaps])
    L = np.concatenate(left)  # (candidates, c)
    return (
        np.concatenate(columns),
        np.concatenate(low),
        np.concatenate(high),
        L,
        np.bincount(y, minlength=c) - L,
    )


def _gini(counts):
    return 1 - np.sum((counts / counts.sum(axis=-1, keepdims=True)) ** 2, axis=-1)


def _entropy(counts):
    p = counts / counts.sum(axis=-1, keepdims=True)
    return -np.sum(p * np.log2(np.where(p > 0, p, 1)), axis=-1)


def _errors(counts):
    return 1 - counts.max(axis=-1) / counts.sum(axis=-1)


def _drops(L, R, impurity=_gini, weighted=True):
    n_left, n_right = L.sum(axis=1), R.sum(axis=1)
    share = n_left / (n_left + n_right) if weighted else 0.5
    return impurity(L + R) - share * impurity(L) - (1 - share) * impurity(R)


def _choose(X, y, place=0.5, impurity=_gini, weighted=True, ties=False, worst=False):
    """The first of the best candidates: column, threshold, drop."""
    columns, low, high, L, R = _splits(X, y, ties)
    drops = _drops(L, R, impurity, weighted)
    i = np.argmin(drops) if worst else np.argmax(drops)
    return int(columns[i]), float(low[i] + place * (high[i] - low[i])), float(drops[i])


def _one_is_best(X, y):
    """Whether one candidate is better than all others, and better than none."""
    if not np.any(X != X[0]):
        return False
    _, _, _, L, R = _splits(X, y)
    drops = np.sort(_drops(L, R))
    return bool(drops[-1] > 1e-6 and (len(drops) == 1 or drops[-1] - drops[-2] > 1e-6))


def _pick_wines(rng, n, d):
    rows, columns = rng.choice(60, size=n, replace=False), rng.choice(4, size=d, replace=False)
    return WINES[rows][:, columns], WINES[rows, 4].astype(int)


ex = exercise(
    "best-split",
    entry="best_split",
    parts=("column", "threshold", "drop"),
    hints=[
        "Two loops: over the columns, and over the midpoints between neighbouring different values of a column. "
        "`np.unique` gives these values sorted and without ties.",
        "For one candidate, a mask divides the group: `low = X[:, j] <= threshold`. Then `y[low]` and `y[~low]` are the "
        "children. Weigh their impurities by their sizes.",
        "Keep the best candidate so far together with its drop, and replace it when a larger drop comes. Running counts need "
        "one sort of a column for all its candidates, but masks are right too.",
    ],
)

_TIED = np.array([[1.0, 2.0], [1.0, 1.0], [1.0, 4.0], [2.0, 3.0], [2.0, 2.0], [3.0, 2.0], [3.0, 5.0]])


@ex.inputs
def inputs(rng):
    yield np.array([[1.0], [2.0]]), np.array([0, 1])
    yield np.array([[1.0], [2.0], [4.0], [3.0]]), np.array([0, 0, 1, 0])
    yield np.array([[5.0, 1.0], [5.0, 3.0], [5.0, 2.0]]), np.array([0, 1, 1])
    yield _TIED, np.array([0, 1, 0, 0, 1, 1, 1])
    yield np.array([[float(i)] for i in range(8)]), np.array([1, 0, 0, 0, 0, 0, 1, 1])
    yield np.array([[float(i)] for i in range(12)]), np.array([0, 0, 1, 2, 2, 1, 1, 0, 2, 2, 2, 1])
    for n, d in ((5, 2), (7, 2), (9, 3), (12, 2), (16, 3)):
        while True:
            X, y = rng.integers(0, 9, size=(n, d)) / 2, rng.integers(2, size=n, dtype=int)
            if n > 8:
                X, y = _pick_wines(rng, n, d)
            if _one_is_best(X, y):
                break
        yield X, y


def impurity_of(labels):
    p = np.bincount(labels) / len(labels)
    return 1 - np.sum(p**2)


@ex.reference
def best_split(X, y):
    best_column, best_threshold, best_drop = 0, 0.0, -1.0
    for j in range(X.shape[1]):
        values = np.unique(X[:, j])  # sorted, without ties
        for threshold in (values[:-1] + values[1:]) / 2:
            low = X[:, j] <= threshold  # (n,)
            share = np.mean(low)
            drop = impurity_of(y) - share * impurity_of(y[low]) - (1 - share) * impurity_of(y[~low])
            if drop > best_drop:
                best_column, best_threshold, best_drop = j, threshold, drop
    return best_column, best_threshold, best_drop


@ex.accepts
def by_running_counts(X, y):
    n, best = len(y), (-1.0, 0, 0.0)
    for j in range(X.shape[1]):
        order = np.argsort(X[:, j])
        x = X[order, j]
        N = np.cumsum(np.eye(y.max() + 1)[y[order]], axis=0)  # (n, c)
        for i in np.flatnonzero(x[1:] > x[:-1]):
            L, R = N[i], N[-1] - N[i]
            score = np.sum(L**2) / L.sum() + np.sum(R**2) / R.sum()
            best = max(best, (score, j, (x[i] + x[i + 1]) / 2))
    score, column, threshold = best
    return column, threshold, (score - np.sum(N[-1] ** 2) / n) / n


@ex.mistake(
    "Both children count the same in your average. A child with more observations counts more: weigh with $n_L/n$ and $n_R/n$."
)
def children_unweighted(X, y):
    return _choose(X, y, weighted=False)


@ex.mistake(
    "Your threshold is one of the values, the lower neighbour. It makes the same groups today, but the midpoint is asked for: "
    "it is fairer to new values in between."
)
def lower_neighbour(X, y):
    return _choose(X, y, place=0.0)


@ex.mistake(
    "Your threshold is the upper neighbour. With $x_j \\le \\theta$ that observation itself would go left. Take the midpoint."
)
def upper_neighbour(X, y):
    return _choose(X, y, place=1.0)


@ex.mistake("You tried the first column only. The best question may stand in any of the $d$ columns.")
def first_column_only(X, y):
    if not np.any(X[:, 0] != X[0, 0]):
        return 0, 0.0, -1.0
    return _choose(X[:, :1], y)


@ex.mistake(
    "You took the question with the smallest drop, which helps least. The best one has the largest drop."
)
def worst_question(X, y):
    return _choose(X, y, worst=True)


@ex.mistake("You compared entropies. Here the impurity is Gini's, $1 - \\sum_i p_i^2$.")
def by_entropy(X, y):
    return _choose(X, y, impurity=_entropy)


@ex.mistake(
    "You compared shares of errors, $1 - \\max_i p_i$. They do not see when one child becomes pure; Gini does."
)
def by_errors(X, y):
    return _choose(X, y, impurity=_errors)


@ex.mistake(
    "The question is right, but you gave the impurity that is left after it. The drop is impurity before minus impurity after."
)
def impurity_after(X, y):
    column, threshold, drop = _choose(X, y)
    return column, threshold, float(_gini(np.bincount(y))) - drop


@ex.mistake(
    "Your drop is $n\\,\\Delta$: the children's impurities are weighted with $n_L$ and $n_R$, not divided by $n$."
)
def drop_times_n(X, y):
    column, threshold, drop = _choose(X, y)
    return column, threshold, len(y) * drop


@ex.mistake(
    "You cut between equal values. Observations with the same value go to the same side, whatever $\\theta$ is. Keep only "
    "positions where the sorted value changes."
)
def between_ties(X, y):
    return _choose(X, y, ties=True)


# 7 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "walk-down",
    entry="walk",
    hints=[
        "Take one row at a time. It stands at node $t = 0$. What tells you that $t$ is a leaf?",
        "While `feature[t]` is not $-1$, ask: compare the row's value in that column with `threshold[t]`, and move to "
        "`left[t]` or `right[t]`.",
        "The loop ends at a leaf. Its number is $t$; what was asked for is `label[t]`. Collect one for each row.",
    ],
)


def _random_tree(rng, d, depth, leaf_chance=0.2):
    """Five lists; numbers are drawn from a small grid, so that values meet thresholds."""
    nodes = []

    def add(depth):
        t = len(nodes)
        nodes.append([-1, 0.0, -1, -1, int(rng.integers(4))])
        if depth > 0 and (t == 0 or rng.random() > leaf_chance):
            nodes[t][0], nodes[t][1] = int(rng.integers(d)), float(rng.integers(1, 6))
            nodes[t][2] = add(depth - 1)
            nodes[t][3] = add(depth - 1)
        return t

    add(depth)
    return tuple(np.array(column) for column in zip(*nodes, strict=True))


_STUMP = (
    np.array([1, -1, -1]),
    np.array([2.0, 0.0, 0.0]),
    np.array([1, -1, -1]),
    np.array([2, -1, -1]),
    np.array([0, 1, 2]),
)
_TWO_LEVELS = (
    np.array([0, 1, -1, -1, 1, -1, -1]),
    np.array([3.0, 2.0, 0.0, 0.0, 4.0, 0.0, 0.0]),
    np.array([1, 2, -1, -1, 5, -1, -1]),
    np.array([4, 3, -1, -1, 6, -1, -1]),
    np.array([0, 3, 2, 1, 1, 0, 3]),
)


@ex.inputs
def inputs(rng):
    yield np.array([[1.0]]), np.array([-1]), np.array([0.0]), np.array([-1]), np.array([-1]), np.array([2])
    yield np.array([[9.0, 1.0], [9.0, 2.0], [1.0, 3.0]]), *_STUMP
    yield np.array([[3.0, 2.0], [1.0, 5.0], [4.0, 4.0], [5.0, 1.0], [5.0, 6.0], [2.0, 3.5]]), *_TWO_LEVELS
    for n, d, depth in ((2, 1, 2), (4, 2, 2), (6, 2, 3), (8, 3, 4), (12, 3, 5)):
        yield rng.integers(0, 7, size=(n, d)).astype(float), *_random_tree(rng, d, depth)


@ex.reference
def walk(X, feature, threshold, left, right, label):
    labels = []
    for x in X:
        t = 0
        while feature[t] != -1:
            t = left[t] if x[feature[t]] <= threshold[t] else right[t]
        labels.append(label[t])
    return np.array(labels)


@ex.accepts
def all_rows_at_once(X, feature, threshold, left, right, label):
    t = np.zeros(len(X), dtype=int)  # (n,): where each row stands
    rows = np.arange(len(X))
    while np.any(feature[t] >= 0):
        low = X[rows, feature[t]] <= threshold[t]
        t = np.where(feature[t] >= 0, np.where(low, left[t], right[t]), t)
    return label[t]


@ex.accepts
def group_by_group(X, feature, threshold, left, right, label):
    labels = np.zeros(len(X), dtype=int)
    waiting = [(0, np.arange(len(X)))]
    while waiting:
        t, rows = waiting.pop()
        if feature[t] < 0:
            labels[rows] = label[t]
        else:
            low = X[rows, feature[t]] <= threshold[t]
            waiting += [(left[t], rows[low]), (right[t], rows[~low])]
    return labels


def _walk(X, tree, is_low=np.less_equal, steps=99, swap=False, fixed=False, give_node=False):
    feature, threshold, left, right, label = tree
    found = []
    for x in X:
        t, taken = 0, 0
        while feature[t] != -1 and taken < steps:
            asked = 0 if fixed else t
            low = bool(is_low(x[feature[asked]], threshold[t]))
            t, taken = (left[t] if low != swap else right[t]), taken + 1
        found.append(t if give_node else label[t])
    return np.array(found)


@ex.mistake(
    "A value equal to the threshold goes left: the question is $x_j \\le \\theta$, not $x_j < \\theta$."
)
def strictly_less(X, feature, threshold, left, right, label):
    return _walk(X, (feature, threshold, left, right, label), is_low=np.less)


@ex.mistake("You swapped the sides. Yes, $x_j \\le \\theta$, leads to `left`, no to `right`.")
def sides_swapped(X, feature, threshold, left, right, label):
    return _walk(X, (feature, threshold, left, right, label), swap=True)


@ex.mistake("You asked one question and stopped. Its child may ask again: repeat until `feature[t]` is $-1$.")
def one_question(X, feature, threshold, left, right, label):
    return _walk(X, (feature, threshold, left, right, label), steps=1)


@ex.mistake("You gave the label of the root to every row. Each row has to walk to a leaf of its own.")
def never_left_the_root(X, feature, threshold, left, right, label):
    return _walk(X, (feature, threshold, left, right, label), steps=0)


@ex.mistake("You gave the numbers of the leaves. Wanted are their answers: look them up in `label`.")
def leaf_numbers(X, feature, threshold, left, right, label):
    return _walk(X, (feature, threshold, left, right, label), give_node=True)


@ex.mistake("You asked every node about the root's column. Each node has its own: `feature[t]`.")
def always_the_roots_column(X, feature, threshold, left, right, label):
    return _walk(X, (feature, threshold, left, right, label), fixed=True)


# 8 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "grow-a-tree",
    entry="tree_predict",
    hints=[
        "A function that calls itself is the shortest way: the tree of a group is a question and the trees of two smaller "
        "groups.",
        "First decide whether the group becomes a leaf: no depth left, one class only, or no question that lowers the "
        "impurity. Then every row of `X_new` gets the most frequent label; `np.bincount` and `argmax` find it.",
        "Otherwise find the best question, and divide both the rows of `X` with their labels and the rows of `X_new` by the "
        "same question. The two calls get `depth - 1`. Put their answers back in the places where the rows came from.",
    ],
)


def _find_leaf_labels(X, y, X_new, depth):
    """The labels that every way of breaking ties gives, or None where they differ."""
    leaf = np.full(len(X_new), np.bincount(y).argmax())
    if depth == 0 or np.all(y == y[0]) or not np.any(X != X[0]):
        return leaf
    columns, low, high, L, R = _splits(X, y)
    drops = _drops(L, R)
    if drops.max() < 1e-6:
        return None
    found = None
    for i in np.flatnonzero(drops > drops.max() - 1e-6):
        threshold = (low[i] + high[i]) / 2
        old, new = X[:, columns[i]] <= threshold, X_new[:, columns[i]] <= threshold
        labels = np.zeros(len(X_new), dtype=int)
        for rows, queries in ((old, new), (~old, ~new)):
            part = _find_leaf_labels(X[rows], y[rows], X_new[queries], depth - 1)
            if part is None:
                return None
            labels[queries] = part
        if found is not None and not np.array_equal(found, labels):
            return None
        found = labels
    return found


_LINE, _LONGER = np.arange(8.0)[:, None], np.arange(10.0)[:, None]
_GRID = np.array([[float(i % 4), float(i // 4)] for i in range(16)])


@ex.inputs
def inputs(rng):
    yield np.array([[1.0], [2.0]]), np.array([0, 1]), np.array([[1.4], [1.6]]), 1
    yield (
        np.array([[1.0], [2.0], [3.0], [4.0], [5.0]]),
        np.array([0, 0, 1, 1, 1]),
        np.array([[0.0], [9.0]]),
        0,
    )
    yield np.array([[1.0, 7.0], [1.0, 7.0], [1.0, 7.0]]), np.array([0, 2, 2]), np.array([[1.0, 7.0]]), 3
    yield np.array([[1.0], [2.0], [3.0], [4.0]]), np.array([2, 2, 1, 1]), np.array([[2.6], [0.0]]), 0
    yield _LINE, np.array([0, 0, 0, 1, 1, 2, 2, 2]), _LINE + 0.1, 2
    yield _LINE, np.array([1, 0, 0, 0, 0, 0, 1, 1]), _LINE - 0.1, 1
    yield _LONGER, np.array([0, 2, 2, 0, 1, 2, 1, 0, 2, 2]), _LONGER + 0.1, 1
    yield _GRID, np.array([0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 2, 2, 0, 2, 2, 2]), _GRID + 0.2, 3
    for n, d, depth in ((6, 1, 2), (8, 2, 1), (10, 2, 2), (12, 2, 3)):
        while True:
            X = rng.integers(0, 12, size=(n, d)) / 2
            y = (X[:, 0] > 3).astype(int) + (rng.random(n) < 0.3)
            X_new = rng.integers(0, 24, size=(6, d)) / 4 + 0.1
            if all(_find_leaf_labels(X, y, X_new, k) is not None for k in (depth, depth + 1, n)):
                break
        yield X, y, X_new, depth


def find_question(X, y):
    """The candidate with the largest drop: column, threshold, drop."""
    best = (0, 0.0, 0.0)
    for j in range(X.shape[1]):
        values = np.unique(X[:, j])
        for threshold in (values[:-1] + values[1:]) / 2:
            low = X[:, j] <= threshold
            share = np.mean(low)
            drop = impurity_of(y) - share * impurity_of(y[low]) - (1 - share) * impurity_of(y[~low])
            if drop > best[2] + 1e-9:
                best = (j, threshold, drop)
    return best


@ex.reference
def tree_predict(X, y, X_new, depth):
    column, threshold, drop = find_question(X, y)
    if depth == 0 or drop == 0.0:
        return np.full(len(X_new), np.bincount(y).argmax())
    low, new_low = X[:, column] <= threshold, X_new[:, column] <= threshold
    labels = np.zeros(len(X_new), dtype=int)
    labels[new_low] = tree_predict(X[low], y[low], X_new[new_low], depth - 1)
    labels[~new_low] = tree_predict(X[~low], y[~low], X_new[~new_low], depth - 1)
    return labels


def sum_of_squares_score(x, Y):
    """Running counts of one sorted column: the score of each candidate, -1 between ties."""
    N = np.cumsum(Y, axis=0)
    L, R, n = N[:-1], N[-1] - N[:-1], len(Y)
    sizes = np.arange(1, n)
    score = np.sum(L**2, axis=1) / sizes + np.sum(R**2, axis=1) / (n - sizes)
    return np.where(x[1:] > x[:-1], score, -1.0)


@ex.accepts
def first_grown_then_asked(X, y, X_new, depth):
    c = y.max() + 1

    def grow(X, y, depth):
        label, n, best = np.bincount(y).argmax(), len(y), (0.0, 0, 0.0)
        if depth > 0 and n > 1:
            start = np.sum(np.bincount(y) ** 2) / n
            for j in range(X.shape[1]):
                order = np.argsort(X[:, j])
                x = X[order, j]
                score = sum_of_squares_score(x, np.eye(c)[y[order]]) - start
                i = score.argmax()
                best = max(best, (score[i], j, (x[i] + x[i + 1]) / 2))
        drop, j, threshold = best
        if drop < 1e-9:
            return label
        low = X[:, j] <= threshold
        return j, threshold, grow(X[low], y[low], depth - 1), grow(X[~low], y[~low], depth - 1)

    def ask(node, x):
        while isinstance(node, tuple):
            j, threshold, low, high = node
            node = low if x[j] <= threshold else high
        return int(node)

    tree = grow(X, y, depth)
    return np.array([ask(tree, x) for x in X_new])


def _majority(y):
    return int(np.bincount(y).argmax())


def _tree(X, y, X_new, depth, answer=_majority, swap=False, **choice):
    """The same algorithm with one thing wrong."""
    leaf = np.full(len(X_new), answer(y))
    if depth <= 0 or np.all(y == y[0]) or not np.any(X != X[0]):
        return leaf
    column, threshold, drop = _choose(X, y, **choice)
    if drop < 1e-9:
        return leaf
    low, new_low = X[:, column] <= threshold, (X_new[:, column] <= threshold) != swap
    labels = np.zeros(len(X_new), dtype=leaf.dtype)
    for rows, queries in ((low, new_low), (~low, ~new_low)):
        labels[queries] = _tree(X[rows], y[rows], X_new[queries], depth - 1, answer, swap, **choice)
    return labels


@ex.mistake(
    "Your tree ignores `depth` and grows to the end. With no depth left a node becomes a leaf, pure or not."
)
def depth_ignored(X, y, X_new, depth):
    return _tree(X, y, X_new, 99)


@ex.mistake("Your tree is one level too shallow: a single question has depth 1, and a leaf alone depth 0.")
def one_level_less(X, y, X_new, depth):
    return _tree(X, y, X_new, depth - 1)


@ex.mistake("Your tree is one level too deep: with depth 0 the root asks nothing.")
def one_level_more(X, y, X_new, depth):
    return _tree(X, y, X_new, depth + 1)


@ex.mistake("You asked one question and stopped. Each child is a group of its own: grow a tree from it.")
def a_stump(X, y, X_new, depth):
    return _tree(X, y, X_new, min(depth, 1))


@ex.mistake(
    "All new observations get the same label, the most frequent one of all. A leaf answers with the most frequent label of "
    "its own group, so each child must get only its own rows."
)
def same_group_everywhere(X, y, X_new, depth):
    return _tree(X, y, X_new, 0)


@ex.mistake(
    "New observations go to the wrong side: yes, $x_j \\le \\theta$, leads to the child that was grown from yes."
)
def new_rows_swapped(X, y, X_new, depth):
    return _tree(X, y, X_new, depth, swap=True)


@ex.mistake(
    "Your leaves average the labels as numbers. Classes are names: between 0 and 2 there is no 1. A leaf answers with the most "
    "frequent label."
)
def mean_of_labels(X, y, X_new, depth):
    return _tree(X, y, X_new, depth, answer=lambda labels: int(np.round(np.mean(labels))))


@ex.mistake("With equal counts your leaf answers with the larger class. The task says: the smaller number.")
def larger_class_on_a_tie(X, y, X_new, depth):
    return _tree(
        X, y, X_new, depth, answer=lambda y: len(np.bincount(y)) - 1 - int(np.bincount(y)[::-1].argmax())
    )


@ex.mistake(
    "Both children count the same when you compare questions. Weigh their impurities by their sizes, $n_L/n$ and $n_R/n$."
)
def unweighted_questions(X, y, X_new, depth):
    return _tree(X, y, X_new, depth, weighted=False)


@ex.mistake("You take the question with the smallest drop. The best one lowers the impurity most.")
def worst_questions(X, y, X_new, depth):
    return _tree(X, y, X_new, depth, worst=True)


# 9 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "out-of-bag-error",
    entry="oob_error",
    hints=[
        "Go through the trees. Which rows has tree $b$ not seen? Those whose number does not occur in `bags[b]`; "
        "`np.setdiff1d` or `np.isin` find them.",
        "Keep a table of votes with shape $(n, c)$. For each row $i$ that tree $b$ has not seen, its label "
        "`labels[b, i]` gets one vote.",
        "At the end, some rows may have no votes at all: leave them out, also from the number that you divide by. For the "
        "others, `argmax` along the classes finds the winner, and the smaller class in a tie.",
    ],
)


@ex.inputs
def inputs(rng):
    yield np.array([0, 1]), np.array([[0, 0]]), np.array([[0, 0]])
    yield np.array([1, 0, 1]), np.array([[0, 0, 1], [0, 1, 1]]), np.array([[0, 0, 1], [1, 1, 0]])
    yield (
        np.array([0, 1, 1, 0]),
        np.array([[0, 0, 1, 1], [0, 1, 1, 0], [2, 0, 3, 2], [1, 1, 0, 0]]),
        np.array([[0, 1, 1, 0], [1, 0, 0, 1], [1, 1, 0, 0], [0, 0, 0, 1]]),
    )
    yield (
        np.array([2, 0, 1, 2, 0]),
        np.array([[0, 1, 1, 0, 4], [0, 3, 3, 2, 0], [0, 1, 2, 3, 4]]),
        np.array([[2, 0, 1, 0, 0], [2, 2, 0, 2, 0], [0, 0, 1, 1, 2]]),
    )
    for B, n, c in ((2, 6, 2), (3, 8, 2), (5, 8, 3), (8, 10, 3), (12, 12, 4)):
        y = rng.integers(c, size=n, dtype=int)
        bags = rng.integers(n, size=(B, n), dtype=int)
        wrong = rng.random((B, n)) < 0.5
        seen = np.array([np.isin(np.arange(n), bag) for bag in bags])
        labels = np.where(
            wrong & ~(seen & (rng.random((B, n)) < 0.8)), rng.integers(c, size=(B, n), dtype=int), y
        )
        yield y, bags, labels


@ex.reference
def oob_error(y, bags, labels):
    n, c = len(y), max(y.max(), labels.max()) + 1
    votes = np.zeros((n, c))
    for bag, said in zip(bags, labels):
        out = np.setdiff1d(np.arange(n), bag)  # rows that this tree has not seen
        votes[out, said[out]] += 1
    judged = votes.sum(axis=1) > 0  # (n,)
    return np.mean(votes.argmax(axis=1)[judged] != y[judged])


@ex.accepts
def row_by_row(y, bags, labels):
    wrong = []
    for i, truth in enumerate(y):
        said = [labels[b, i] for b, bag in enumerate(bags) if i not in bag]
        if said:
            winner = min(set(said), key=lambda label: (-said.count(label), label))
            wrong.append(winner != truth)
    return sum(wrong) / len(wrong)


@ex.accepts
def with_a_mask(y, bags, labels):
    B, n = labels.shape
    unseen = np.ones((B, n), dtype=bool)
    unseen[np.arange(B)[:, None], bags] = False
    classes = np.arange(max(y.max(), labels.max()) + 1)
    votes = np.sum((labels[:, :, None] == classes) & unseen[:, :, None], axis=0)  # (n, c)
    judged = unseen.any(axis=0)
    return float(np.mean((votes.argmax(axis=1) != y)[judged]))


def _unseen(bags):
    rows = np.arange(bags.shape[1])
    return np.array([~np.isin(rows, bag) for bag in bags])


def _votes(y, labels, counts):
    classes = np.arange(max(y.max(), labels.max()) + 1)
    return np.sum((labels[:, :, None] == classes) & counts[:, :, None], axis=0)


@ex.mistake(
    "All trees vote on every row, also those that were grown from it. That is an error on training data, and far too "
    "friendly: let only the trees vote that did not see the row."
)
def everybody_votes(y, bags, labels):
    votes = _votes(y, labels, np.ones(labels.shape, dtype=bool))
    return np.mean(votes.argmax(axis=1) != y)


@ex.mistake(
    "You let the trees vote that saw the row. It is the others that count: those whose bag does not hold it."
)
def those_who_saw_it(y, bags, labels):
    seen = ~_unseen(bags)
    votes, judged = _votes(y, labels, seen), seen.any(axis=0)
    return np.mean(votes.argmax(axis=1)[judged] != y[judged])


@ex.mistake(
    "You counted the wrong answers of single trees. In a forest the trees vote first, and the vote of a row is right or wrong "
    "once."
)
def single_answers(y, bags, labels):
    return np.mean((labels != y)[_unseen(bags)])


@ex.mistake("You gave the share of right votes. An error is the share of wrong ones.")
def share_of_right(y, bags, labels):
    unseen = _unseen(bags)
    votes, judged = _votes(y, labels, unseen), unseen.any(axis=0)
    return np.mean(votes.argmax(axis=1)[judged] == y[judged])


@ex.mistake(
    "Rows that every tree has seen got a judgement too: without any vote `argmax` says class 0. Nobody may judge them, so they "
    "do not count."
)
def judged_without_votes(y, bags, labels):
    return np.mean(_votes(y, labels, _unseen(bags)).argmax(axis=1) != y)


@ex.mistake(
    "You divided by all $n$ rows. Rows that every tree has seen have no vote: divide by the number of rows that were judged."
)
def divided_by_all(y, bags, labels):
    unseen = _unseen(bags)
    votes, judged = _votes(y, labels, unseen), unseen.any(axis=0)
    return np.sum(votes.argmax(axis=1)[judged] != y[judged]) / len(y)


@ex.mistake("With equal votes you let the larger class win. The task says: the smaller one.")
def larger_class_wins(y, bags, labels):
    unseen = _unseen(bags)
    votes, judged = _votes(y, labels, unseen), unseen.any(axis=0)
    winners = votes.shape[1] - 1 - votes[:, ::-1].argmax(axis=1)
    return np.mean(winners[judged] != y[judged])


# 10 ────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "small-forest",
    entry="small_forest",
    parts=("labels", "importance"),
    hints=[
        "Grow the stumps one after another. Stump $b$ sees only `X[bags[b]]` and `y[bags[b]]`, where a row may occur more than "
        "once, and tries only the columns `columns[b]`.",
        "Your best split from before does the work. If you hand it a narrower table, its column number counts within that "
        "table: translate it back before you use it on `X_new` or for the importance.",
        "Keep two tables: votes with shape $(k, c)$, where each new row gets one vote of each stump, and drops with shape "
        "$(d,)$. All bags are equally large, so the drops may be added as they are; divide by their sum at the end.",
    ],
)


@ex.inputs
def inputs(rng):
    yield (
        np.array([[1.0], [2.0], [4.0]]),
        np.array([0, 1, 1]),
        np.array([[1.0], [3.0]]),
        np.array([[0, 1, 2]]),
        np.array([[0]]),
    )
    yield (
        np.array([[1.0, 5.0], [2.0, 3.0], [3.0, 4.0], [4.0, 1.0]]),
        np.array([0, 0, 1, 1]),
        np.array([[1.0, 1.0], [4.0, 4.5], [2.0, 5.5]]),
        np.array([[0, 1, 2, 2], [0, 1, 3, 3]]),
        np.array([[0], [1]]),
    )
    yield (
        np.array([[1.0, 2.0], [2.0, 5.0], [3.0, 1.0], [4.0, 4.0], [5.0, 6.0], [6.0, 3.0]]),
        np.array([2, 2, 0, 0, 2, 1]),
        np.array([[1.5, 1.5], [3.5, 2.5], [5.5, 5.5]]),
        np.array([[1, 3, 5, 2, 0, 3], [4, 4, 1, 2, 2, 4], [0, 3, 0, 4, 2, 5], [2, 5, 1, 1, 3, 3]]),
        np.array([[1], [0], [0], [0]]),
    )
    for n, d, m, B in ((5, 2, 1, 2), (8, 3, 2, 3), (10, 4, 2, 6)):
        drawn = None
        while drawn is None:
            X, y = _pick_wines(rng, n, d)
            drawn = _draw_bags(rng, X, y, m, B)
        X_new = X[rng.integers(n, size=(6, d)), np.arange(d)]  # each value from a wine of its own
        yield X, y, X_new, *drawn


def _draw_bags(rng, X, y, m, B):
    """Bags and their columns, in each of which one question is best; None where they are too rare."""
    n, d = X.shape
    found = []
    for _ in range(20 * B):
        bag, allowed = rng.integers(n, size=n, dtype=int), rng.permutation(d)[:m].astype(int)
        if _one_is_best(X[bag][:, allowed], y[bag]):
            found.append((bag, allowed))
        if len(found) == B:
            return tuple(np.array(parts) for parts in zip(*found, strict=True))
    return None


@ex.reference
def small_forest(X, y, X_new, bags, columns):
    c, d = y.max() + 1, X.shape[1]
    votes, drops = np.zeros((len(X_new), c)), np.zeros(d)
    for bag, allowed in zip(bags, columns):
        X_bag, y_bag = X[bag], y[bag]
        position, threshold, drop = find_question(X_bag[:, allowed], y_bag)
        column = allowed[position]
        low, new_low = X_bag[:, column] <= threshold, X_new[:, column] <= threshold
        answers = np.where(new_low, np.bincount(y_bag[low]).argmax(), np.bincount(y_bag[~low]).argmax())
        votes[np.arange(len(X_new)), answers] += 1
        drops[column] += drop
    return votes.argmax(axis=1), drops / drops.sum()


@ex.accepts
def with_weights_for_rows(X, y, X_new, bags, columns):
    Y, d = np.eye(y.max() + 1)[y], X.shape[1]
    votes, drops = np.zeros((len(X_new), Y.shape[1])), np.zeros(d)
    for bag, allowed in zip(bags, columns):
        weighted = np.bincount(bag, minlength=len(y))[:, None] * Y  # (n, c): how often each row is in the bag
        drawn, best = np.unique(bag), (-1.0, 0, 0.0)
        for j in allowed:
            values = np.unique(X[drawn, j])
            for threshold in (values[:-1] + values[1:]) / 2:
                low = X[:, j] <= threshold
                L, R = weighted[low].sum(axis=0), weighted[~low].sum(axis=0)
                best = max(best, (np.sum(L**2) / L.sum() + np.sum(R**2) / R.sum(), j, threshold))
        score, j, threshold = best
        low, N = X[:, j] <= threshold, weighted.sum(axis=0)
        drops[j] += score - np.sum(N**2) / N.sum()
        for side, group in ((X_new[:, j] <= threshold, low), (X_new[:, j] > threshold, ~low)):
            votes[side, weighted[group].sum(axis=0).argmax()] += 1
    return votes.argmax(axis=1), drops / drops.sum()


def _forest(X, y, X_new, bags, columns, soft=False, weigh=True, mapped=True, numbers=False, last=False):
    """The same algorithm with one thing wrong."""
    c, k = int(y.max()) + 1, len(X_new)
    votes, drops, said = np.zeros((k, c)), np.zeros(X.shape[1]), []
    for bag, allowed in zip(bags, columns, strict=True):
        X_bag, y_bag = X[bag], y[bag]
        if not np.any(X_bag[:, allowed] != X_bag[0, allowed]):
            continue
        position, threshold, drop = _choose(X_bag[:, allowed], y_bag)
        column = allowed[position]
        low, new_low = X_bag[:, column] <= threshold, X_new[:, column] <= threshold
        counts = [np.bincount(y_bag[side], minlength=c) for side in (low, ~low)]
        shares = np.array([count / count.sum() if soft else np.eye(c)[count.argmax()] for count in counts])
        said.append(shares[np.where(new_low, 0, 1)])
        drops[column if mapped else position] += drop if weigh else 1
    votes = np.array(said).sum(axis=0)
    labels = votes.argmax(axis=1)
    if numbers:
        labels = np.round(votes @ np.arange(c) / len(said)).astype(int)
    return (said[-1].argmax(axis=1) if last else labels), drops / drops.sum()


@ex.mistake(
    "All your stumps grow from all rows. Stump $b$ sees only the rows `bags[b]`: that is what makes the stumps differ."
)
def bags_ignored(X, y, X_new, bags, columns):
    return _forest(X, y, X_new, np.tile(np.arange(len(y)), (len(bags), 1)), columns)


@ex.mistake("Your stumps try all columns. Stump $b$ may ask only the columns `columns[b]`.")
def columns_ignored(X, y, X_new, bags, columns):
    return _forest(X, y, X_new, bags, np.tile(np.arange(X.shape[1]), (len(bags), 1)))


@ex.mistake(
    "You counted each row of a bag once. A row that was drawn twice counts twice, in the drop as well as in the leaves."
)
def rows_counted_once(X, y, X_new, bags, columns):
    return _forest(X, y, X_new, [np.unique(bag) for bag in bags], columns)


@ex.mistake(
    "Your importance counts how often a column is asked. Importance by impurity adds up the drops: a good question counts more."
)
def questions_counted(X, y, X_new, bags, columns):
    return _forest(X, y, X_new, bags, columns, weigh=False)


@ex.mistake("Your importance is not divided by its sum. Wanted are shares of all drops, which sum to 1.")
def drops_not_divided(X, y, X_new, bags, columns):
    labels, _ = _forest(X, y, X_new, bags, columns)
    drops = np.zeros(X.shape[1])
    for bag, allowed in zip(bags, columns, strict=True):
        position, _, drop = _choose(X[bag][:, allowed], y[bag])
        drops[allowed[position]] += drop
    return labels, drops


@ex.mistake(
    "Your importance goes to the position within `columns[b]`, not to the column that stands there. Position 0 of `[2, 0]` is "
    "column 2."
)
def position_for_column(X, y, X_new, bags, columns):
    return _forest(X, y, X_new, bags, columns, mapped=False)


@ex.mistake(
    "You averaged the class shares of the leaves, as scikit-learn's forest does. Here each stump has one whole vote, for the "
    "most frequent class of its leaf."
)
def shares_instead_of_votes(X, y, X_new, bags, columns):
    return _forest(X, y, X_new, bags, columns, soft=True)


@ex.mistake(
    "You averaged the labels as numbers. Classes are names: a vote for 0 and a vote for 2 are no vote for 1. Count the votes."
)
def labels_averaged(X, y, X_new, bags, columns):
    return _forest(X, y, X_new, bags, columns, numbers=True)


@ex.mistake("Your labels are those of the last stump. Let all stumps vote.")
def last_stump_only(X, y, X_new, bags, columns):
    return _forest(X, y, X_new, bags, columns, last=True)
