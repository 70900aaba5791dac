import numpy as np
import pytest
from hypothesis import strategies as st


class Draw:
    """A drawn regression: X (n, d) with columns of very different sizes, y (n,), whole-number weights (n,)."""

    def __init__(self, seed: int, n: int, d: int, spread: int, integers: bool) -> None:
        rng = np.random.default_rng(seed)
        self.X = rng.integers(-3, 4, (n, d)).astype(float) if integers else rng.standard_normal((n, d))
        self.X = self.X * 10.0 ** rng.integers(-spread, spread + 1, d) + rng.integers(-2, 3, d)
        self.y = self.X @ (rng.standard_normal(d) / np.maximum(np.abs(self.X).max(axis=0), 1e-12))
        self.y = self.y + rng.standard_normal(n) + 5
        self.weights = rng.integers(0, 4, n).astype(float)
        self.weights[: d + 2] += 1
        self.labels = (self.y > np.median(self.y)).astype(int)


def draws(most_columns: int = 5, spread: int = 3) -> st.SearchStrategy[Draw]:
    columns = st.integers(1, most_columns)
    return columns.flatmap(
        lambda d: st.builds(
            Draw,
            st.integers(0, 10**6),
            st.integers(3 * d + 4, 60),
            st.just(d),
            st.integers(0, spread),
            st.booleans(),
        )
    )


@pytest.fixture(scope="session", name="draws")
def draws_fixture():
    return draws


@pytest.fixture(scope="session")
def diabetes():
    from sklearn.datasets import load_diabetes

    return load_diabetes(return_X_y=True)


@pytest.fixture(scope="session")
def longley():
    import statsmodels.api as sm

    data = sm.datasets.longley.load_pandas()
    return data.exog.to_numpy(dtype=float), data.endog.to_numpy(dtype=float)
