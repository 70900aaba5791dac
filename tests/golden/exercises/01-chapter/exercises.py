from pellucid.grading import exercise

ex = exercise("double", entry="double", hints=["Add $x$ to itself.", "Use `2 * x`.", "Return it."])


@ex.inputs
def inputs(rng):
    yield (1.0,)
    yield (rng.normal(),)


@ex.reference
def double(x):
    return 2 * x


@ex.accepts
def by_sum(x):
    return x + x


@ex.mistake("You squared $x$.")
def squared(x):
    return x * x


ex = exercise(
    "shape",
    kind="choice",
    options=["$(n,)$", "$(n, d)$"],
    answer=1,
    messages={0: "That is the shape of $y$."},
    hints=["Rows first.", "Columns second.", "$X$ has $n$ rows."],
)
