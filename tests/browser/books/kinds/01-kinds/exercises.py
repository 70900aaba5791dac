"""One exercise of each kind that is not a function."""

from pellucid.grading import exercise

shape = exercise("column-means-shape", kind="shape", hints=["Look at what disappears.", "Name it.", "Count."])


@shape.reference
def _():
    return (3,)


@shape.mistake("That is one mean for each row. `axis=0` runs over the rows, so one for each column is left.")
def rows():
    return (5,)


value = exercise("mean-of-three", kind="value", hints=["Look at what disappears.", "Name it.", "Count."])


@value.reference
def _():
    return 3.0


@value.mistake("That is the sum. A mean divides it by the number of values.")
def total():
    return 9.0


choice = exercise(
    "larger-penalty",
    kind="choice",
    hints=["Look at what disappears.", "Name it.", "Count."],
    options=["Their norm shrinks.", "Their norm grows.", "Nothing."],
    answer=0,
    messages={
        1: "The penalty is on the norm: a larger one makes a large norm dearer.",
        2: "The penalty enters the solution.",
    },
)
