"""Support vector machines: hinge loss, soft margin, kernels, the dual by SMO and Newton steps, its KKT report."""

from pellucid.models.svm.dual import KKT
from pellucid.models.svm.hinge import hinge, hinge_subgradient, squared_hinge, squared_hinge_gradient
from pellucid.models.svm.kernels import Kernel
from pellucid.models.svm.linear_svc import LinearSVC
from pellucid.models.svm.reference import smo_reference
from pellucid.models.svm.svc import SVC

__all__ = [
    "KKT",
    "SVC",
    "Kernel",
    "LinearSVC",
    "hinge",
    "hinge_subgradient",
    "smo_reference",
    "squared_hinge",
    "squared_hinge_gradient",
]
