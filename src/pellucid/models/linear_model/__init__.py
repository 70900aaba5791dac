"""Linear models: least squares and its diagnostics, ridge, lasso, logistic and softmax regression, gradient descent."""

from pellucid.models.linear_model.diagnostics import Diagnostics, diagnose, variance_inflation
from pellucid.models.linear_model.gradient_descent import Descent, StepLaw, gradient_descent, step_law
from pellucid.models.linear_model.lasso import Lasso, LassoPath, lasso_alpha_max, lasso_path
from pellucid.models.linear_model.linear_regression import LinearRegression
from pellucid.models.linear_model.logistic import LogisticRegression
from pellucid.models.linear_model.ridge import (
    Ridge,
    RidgePath,
    effective_degrees_of_freedom,
    ridge_leave_one_out,
    ridge_path,
)

__all__ = [
    "Descent",
    "Diagnostics",
    "Lasso",
    "LassoPath",
    "LinearRegression",
    "LogisticRegression",
    "Ridge",
    "RidgePath",
    "StepLaw",
    "diagnose",
    "effective_degrees_of_freedom",
    "gradient_descent",
    "lasso_alpha_max",
    "lasso_path",
    "ridge_leave_one_out",
    "ridge_path",
    "step_law",
    "variance_inflation",
]
