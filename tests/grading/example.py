"""A small exercises.py for the tests: one exercise of each kind."""

SOURCE = '''\
import numpy as np
from pellucid.grading import exercise

HALF = 0.5


def helper(x):
    return HALF * x


ex = exercise("double", entry="double", hints=["a", "b", "c"], parts=())


@ex.inputs
def inputs(rng):
    yield np.array([1.0, 2.0]), 3.0
    yield np.array([1.0]), 0.0
    for n in (2, 3, 4):
        yield rng.normal(size=n), float(rng.normal())


@ex.reference
def double(x, b):
    # twice, and the offset
    return 4 * helper(x) + b


@ex.accepts
def by_sum(x, b):
    return x + x + b


@ex.mistake("You forgot $b$.")
def no_offset(x, b):
    return 2 * x


@ex.mistake("You tripled.", factor=(3, 4))
def too_much(x, b, factor):
    return factor * x + b


ex.mistake("You changed `x`.", name="in_place", source="""\\
def double(x, b):
    x *= 2
    x += b
    return x
""")

ex = exercise("mean", kind="value", hints=["a", "b", "c"])


@ex.reference
def mean():
    values = np.array([1.0, 2.0, 6.0])
    return values.mean()


@ex.mistake("That is the sum: divide by $n$.")
def total():
    return 9.0


ex = exercise("product-shape", kind="shape", hints=["a", "b", "c"])


@ex.reference
def product_shape():
    return (3, 2)


@ex.mistake("That is the shape of the transpose.")
def transposed():
    return (2, 3)


@ex.mistake("That is the shape of one row.")
def one_row():
    return (2,)


ex = exercise(
    "which-norm",
    kind="choice",
    options=["the sum of squares", "the sum of absolute values", "the largest"],
    answer=1,
    messages={0: "That is the squared $L_2$ norm.", 2: "That is $L_\\\\infty$."},
    hints=["a", "b", "c"],
)
'''
