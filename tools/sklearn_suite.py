"""scikit-learn's own test files, run against Pellucid's models: what passes becomes the allow-list of the default tests.

    python tools/sklearn_suite.py            run everything, write allowed.txt and docs/records/sklearn-tests.md
    python tools/sklearn_suite.py NAME …     run the files whose name holds NAME, print what fails and why

allowed.txt names a test function where all of its cases pass, else single cases. The record says why the rest is left out.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
SUITE = ROOT / "tests" / "models" / "sklearn_suite"
ALLOWED = SUITE / "allowed.txt"
RECORD = ROOT / "docs" / "records" / "sklearn-tests.md"
FILES = (
    "sklearn.tree.tests.test_tree",
    "sklearn.ensemble.tests.test_forest",
    "sklearn.ensemble.tests.test_weight_boosting",
    "sklearn.ensemble.tests.test_gradient_boosting",
    "sklearn.ensemble._hist_gradient_boosting.tests.test_gradient_boosting",
    "sklearn.linear_model.tests.test_base",
    "sklearn.linear_model.tests.test_ridge",
    "sklearn.linear_model.tests.test_coordinate_descent",
    "sklearn.linear_model.tests.test_logistic",
    "sklearn.svm.tests.test_svm",
    "sklearn.decomposition.tests.test_pca",
)

REASONS: tuple[tuple[str, str], ...] = (
    (r"unexpected keyword argument '(\w+)'", "a parameter that ours does not have: `{}`"),
    (r"Invalid parameter '(\w+)'", "a parameter that ours does not have: `{}`"),
    (r"KeyError: '(n_jobs)'", "a parameter that ours does not have: `{}`"),
    (r"object has no attribute '(\w+)'", "an attribute that ours does not have: `{}`"),
    (
        r"is none of '|must be one of '|'arpack' is not known|n_components='mle'",
        "a solver, criterion or loss that ours does not have",
    ),
    (r"(?:X|X_pred) contains NaN|contains NaN, at X", "missing values, which this model of ours refuses"),
    (
        r"is sparse, and this model takes dense|sparse array length is ambiguous|sparse matrix",
        "sparse input, which ours refuses",
    ),
    (
        r"y should be a 1d array|y has \d+ values, but X has|must be one number",
        "several targets or penalties in one model",
    ),
    (r"FutureWarning", "a deprecation of scikit-learn's own"),
    (
        r"Regex pattern did not match|DID NOT RAISE|DID NOT WARN",
        "another error or warning: ours has its own words and limits",
    ),
    (r"Skipped|SkipTest", "scikit-learn skips it here"),
    (r"XFailed", "scikit-learn itself expects it to fail"),
    (
        r"test_pca.*TypeError|power_iteration_normalizer",
        "a parameter that ours does not have: `power_iteration_normalizer`",
    ),
)
"""By what a failure says. The first that fits counts."""


BY_HAND = {
    "test_sample_weight_invalid": "another error or warning: ours has its own words and limits",
    "test_almost_constant_feature": "scikit-learn takes values within 1e-7 for equal; ours compares float64 as it is",
    "test_classification_toy": "the forest as a sequence of trees (`len`): ours has `estimators_`",
    "test_multidimensional_X": "X of more than two axes",
    "test_oob_improvement": "numbers recorded with scikit-learn's random stream",
    "test_single_node_trees": "one class in y, which ours refuses",
    "test_lasso_dual_gap": "two gaps of some 1e-15, compared to 1e-7 of each other",
    "test_zero_max_iter": "another error or warning: ours has its own words and limits",
    "test_newton_cholesky_fallback_to_lbfgs": "ours does not fall back to lbfgs: Newton's steps are damped instead",
    "test_tweak_params": "changes `dual_coef_` by hand and expects `predict` to follow; ours predicts by its pairs",
    "test_negative_weights_svc_leave_two_labels": "negative sample weights, which ours refuses",
    "test_negative_weight_equal_coeffs": "negative sample weights, which ours refuses",
    "test_custom_kernel_not_array_input": "X of words for a callable kernel",
    "test_svm_with_infinite_C": "C = ∞, which ours refuses",
    "test_pca_score": "scikit-learn's covariance depends on `whiten`; ours is that of the data either way",
    "test_pca_dtype_preservation": "float32 out for float32 in: ours computes in float64",
    "test_pca_singular_values": "randomized: expects U·S to the last digit, ours projects X",
    "test_pca_explained_variance_empirical": "randomized: expects the variances of U·S to the last digit, ours projects X",
    "test_pca_array_api_compliance": "a parameter that ours does not have: `power_iteration_normalizer`",
}
"""Where the message alone does not say it."""


def main() -> int:
    chosen = [file for file in FILES if not sys.argv[1:] or any(name in file for name in sys.argv[1:])]
    outcomes = {file: run(file) for file in chosen}
    if sys.argv[1:]:
        show(outcomes)
        return 0
    ALLOWED.write_text("".join(f"{line}\n" for line in allowed(outcomes)), encoding="utf-8")
    RECORD.write_text(record(outcomes), encoding="utf-8")
    return 0


def run(file: str, only: list[str] | None = None) -> dict[str, tuple[str, str, float]]:
    """Each test of a file: its outcome, what it said, and its seconds."""
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        environment = os.environ | {
            "PYTHONPATH": str(SUITE),
            "OUTCOMES": report.name,
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        arguments = [
            "-p",
            "ours_for_theirs",
            "-p",
            "outcomes",
            "-p",
            "no:cacheprovider",
            "-c",
            os.devnull,
            "-q",
            "--timeout=60",
        ]
        subprocess.run(
            [sys.executable, "-m", "pytest", *arguments, "--pyargs", file],
            env=environment,
            cwd=tempfile.gettempdir(),
            check=False,
            stdout=subprocess.DEVNULL,
        )
        text = Path(report.name).read_text(encoding="utf-8")
        return {name: tuple(each) for name, each in json.loads(text or "{}").items()}


def reason(name: str, said: str) -> str:
    function = name.partition("[")[0]
    if function in BY_HAND and not re.search(r"arpack|is sparse|Skipped", said):
        return BY_HAND[function]
    for pattern, words in REASONS:
        found = re.search(pattern, said)
        if found:
            return words.format(*found.groups())
    return "unsorted"


def show(outcomes: dict[str, dict[str, tuple[str, str, float]]]) -> None:
    for file, tests in outcomes.items():
        counts = Counter(outcome for outcome, _, _ in tests.values())
        print(f"== {file}: {dict(counts)}, {sum(each[2] for each in tests.values()):.0f} s")
        failures: dict[str, list[str]] = defaultdict(list)
        for name, (outcome, said, _) in tests.items():
            if outcome == "failed":
                failures[
                    reason(name, said) if reason(name, said) != "unsorted" else f"unsorted: {said[:230]}"
                ].append(name)
        for why, names in sorted(failures.items(), key=lambda item: item[0]):
            functions = Counter(name.partition("[")[0] for name in names)
            print(f"  {why}\n      " + ", ".join(f"{name} {count}" for name, count in functions.items()))


def allowed(outcomes: dict[str, dict[str, tuple[str, str, float]]]) -> list[str]:
    """What passes: whole functions where all cases do."""
    lines: list[str] = []
    for file, tests in outcomes.items():
        functions: dict[str, list[str]] = defaultdict(list)
        for name in tests:
            functions[name.partition("[")[0]].append(name)
        for function, cases in functions.items():
            passing = [name for name in cases if tests[name][0] == "passed"]
            lines += [f"{file}::{name}" for name in ([function] if len(passing) == len(cases) else passing)]
    return lines


def record(outcomes: dict[str, dict[str, tuple[str, str, float]]]) -> str:
    lines = [
        "# scikit-learn's own tests, run against Pellucid's models",
        "",
        "Written by `python tools/sklearn_suite.py`.",
        "",
    ]
    lines += ["| file | cases | pass | left out |", "| --- | --: | --: | --: |"]
    for file, tests in outcomes.items():
        passing = sum(each[0] == "passed" for each in tests.values())
        lines.append(f"| `{file}` | {len(tests)} | {passing} | {len(tests) - passing} |")
    lines += ["", "## Why the rest is left out", ""]
    for file, tests in outcomes.items():
        reasons: dict[str, Counter[str]] = defaultdict(Counter)
        for name, (outcome, said, _) in tests.items():
            if outcome != "passed":
                reasons[reason(name, said)][name.partition("[")[0]] += 1
        lines += [f"### `{file}`", ""]
        for why, functions in sorted(reasons.items(), key=lambda item: -sum(item[1].values())):
            names = ", ".join(
                f"`{name}`" + (f" ({count})" if count > 1 else "") for name, count in functions.items()
            )
            lines += [f"- **{why}** ({sum(functions.values())}): {names}"]
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
