"""Maps of high-dimensional data: UMAP, whole and in its stages."""

from pellucid.models.manifold.curve import find_ab_params
from pellucid.models.manifold.fuzzy import fuzzy_union, membership_strengths, smooth_knn_dist
from pellucid.models.manifold.layout import fuzzy_cross_entropy, layout_reference, optimize_layout
from pellucid.models.manifold.neighbors import nearest_neighbors
from pellucid.models.manifold.spectral import spectral_layout
from pellucid.models.manifold.umap import UMAP

__all__ = [
    "UMAP",
    "find_ab_params",
    "fuzzy_cross_entropy",
    "fuzzy_union",
    "layout_reference",
    "membership_strengths",
    "nearest_neighbors",
    "optimize_layout",
    "smooth_knn_dist",
    "spectral_layout",
]
