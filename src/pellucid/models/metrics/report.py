"""Precision, recall and F of every class, as a table to read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.models.metrics.classification import (
    Average,
    ZeroDivision,
    accuracy_score,
    known_classes,
    precision_recall_fscore_support,
)
from pellucid.models.metrics.targets import check_labels

COLUMNS = ("precision", "recall", "f1-score", "support")
AVERAGES: tuple[Average, ...] = ("macro", "weighted")


def classification_report(
    y_true: Any,
    y_pred: Any,
    *,
    labels: Any = None,
    target_names: Sequence[str] | None = None,
    sample_weight: Any = None,
    digits: int = 2,
    output_dict: bool = False,
    zero_division: ZeroDivision = "warn",
) -> Any:
    """A table, as text or with `output_dict` as a dictionary, laid out as scikit-learn's.

    A line for each class, then accuracy, the plain mean of the classes and their mean by support. Where `labels` leave out a
    class that occurs, "micro avg" (all counts together) stands in the place of accuracy.
    """
    truth, predicted, _ = check_labels(y_true, y_pred, sample_weight)
    classes = known_classes(truth, predicted, labels)
    names = [str(each) for each in (classes if target_names is None else target_names)]
    if len(names) != len(classes):
        raise ValueError(
            f"There are {len(classes)} classes and {len(names)} target_names: pass one name for each class."
        )
    shared: dict[str, Any] = {
        "labels": classes,
        "sample_weight": sample_weight,
        "zero_division": zero_division,
    }
    each = precision_recall_fscore_support(truth, predicted, **shared)
    rows = {name: _row(values) for name, values in zip(names, zip(*each, strict=True), strict=True)}
    whole = float(np.sum(each[3])) if sample_weight is not None else int(np.sum(each[3]))
    complete = labels is None or set(np.unique(np.concatenate([truth, predicted])).tolist()) <= set(
        classes.tolist()
    )
    if complete:
        accuracy = accuracy_score(truth, predicted, sample_weight=sample_weight)
        rows["accuracy"] = {"f1-score": accuracy, "support": whole}
    for average in AVERAGES if complete else ("micro", *AVERAGES):
        values = precision_recall_fscore_support(truth, predicted, average=average, **shared)
        rows[f"{average} avg"] = _row((*values[:3], whole))
    if output_dict:
        return rows | ({"accuracy": rows["accuracy"]["f1-score"]} if complete else {})
    return _table(rows, len(names), digits)


def _row(values: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(COLUMNS, (float(each) for each in values[:3]), strict=False)) | {"support": values[3]}


def _table(rows: dict[str, dict[str, Any]], classes: int, digits: int) -> str:
    width = max(*(len(name) for name in list(rows)[:classes]), len("weighted avg"), digits)
    lines = [f"{'':>{width}} " + "".join(f" {column:>9}" for column in COLUMNS), ""]
    for place, (name, row) in enumerate(rows.items()):
        if place == classes:
            lines.append("")
        cells = (f"{row[column]:.{digits}f}" if column in row else "" for column in COLUMNS[:3])
        lines.append(f"{name:>{width}} " + "".join(f" {cell:>9}" for cell in cells) + f" {row['support']:>9}")
    return "\n".join(lines) + "\n"
