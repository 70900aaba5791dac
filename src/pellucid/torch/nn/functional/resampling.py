"""Images in another size: interpolate; images read at given places: affine_grid, grid_sample."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from typing import Any

import numpy as np

from pellucid.torch.nn.functional.pooling import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d
from pellucid.torch.ops import elementwise
from pellucid.torch.ops.apply import Operation, apply
from pellucid.torch.ops.choice import masked
from pellucid.torch.ops.index import IndexBackward0
from pellucid.torch.tensor import Tensor, wrap

DIMS = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}
LINEAR = tuple(DIMS)


# ── interpolate ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
class Upsample(Operation):
    """Each place of the result a weighted sum of places of the image, one dimension after the other."""

    __slots__ = ()

    def forward(self, x: Any, weights: list[Any]) -> Any:
        """x (n, c, *places), weights one matrix (out, in) for each of the places."""
        self.weights = weights
        for k, w in enumerate(weights):
            x = np.moveaxis(np.matmul(np.moveaxis(x, 2 + k, -1), w.astype(x.dtype).T), -1, 2 + k)
        return np.ascontiguousarray(x)

    def pull(self, g: Any) -> tuple[Any]:
        """The transposed matrices."""
        return (apply(type(self), (g,), [w.T for w in self.weights]),)


UPSAMPLE: dict[str, Any] = {
    mode: type(f"Upsample{mode.capitalize()}{dims}DBackward0", (Upsample,), {"__slots__": ()})
    for mode, dims in DIMS.items()
}
NEAREST: dict[tuple[str, int], Any] = {
    (mode, dims): type(f"UpsampleNearest{word}{dims}DBackward0", (IndexBackward0,), {"__slots__": ()})
    for mode, word in (("nearest", ""), ("nearest-exact", "Exact"))
    for dims in (1, 2, 3)
}


def interpolate(
    input: Tensor,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """The images (n, c, *places) in another size, given as such or by a factor.

    mode: 'nearest', 'nearest-exact', 'linear', 'bilinear', 'trilinear', 'bicubic', 'area'. align_corners: the corners' centres
    stay corners; else the images' edges do.
    """
    places = input.array.shape[2:]
    check_mode(mode, len(places), align_corners, antialias)
    new, factors = target(places, size, scale_factor)
    if recompute_scale_factor:
        factors = [None] * len(places)
    if mode == "area":
        pools: Any = (adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d)
        return pools[len(places) - 1](input, new)
    kind = np.float64 if input.array.dtype == np.float64 else np.float32
    if mode in ("nearest", "nearest-exact"):
        key = [nearest(n, m, f, mode, kind) for n, m, f in zip(places, new, factors, strict=True)]
        return apply(NEAREST[mode, len(places)], (input,), (slice(None), slice(None), *np.ix_(*key)))
    if not input.dtype.is_floating_point:
        raise NotImplementedError(f"interpolate of integers by '{mode}' is absent: make them floating first")
    make = cubic if mode == "bicubic" else linear
    weights = [make(n, m, f, bool(align_corners), kind) for n, m, f in zip(places, new, factors, strict=True)]
    return apply(UPSAMPLE[mode], (input,), weights)


def check_mode(mode: str, dims: int, align_corners: bool | None, antialias: bool) -> None:
    """torch's errors for what does not go together."""
    if mode not in (*LINEAR, "nearest", "nearest-exact", "area"):
        raise NotImplementedError(
            f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {dims + 2}D) for the modes: nearest | linear | "
            f"bilinear | bicubic | trilinear | area | nearest-exact (got {mode})"
        )
    if mode in DIMS and DIMS[mode] != dims:
        raise NotImplementedError(f"Got {dims + 2}D input, but {mode} mode needs {DIMS[mode] + 2}D input")
    if align_corners is not None and mode not in LINEAR:
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear"
        )
    if antialias:
        raise NotImplementedError("interpolate(antialias=True) is absent: average first, by mode='area'")


def target(places: tuple[int, ...], size: Any, scale_factor: Any) -> tuple[tuple[int, ...], list[Any]]:
    """The new size, and for each dimension the factor that was given (None where the size was)."""
    dims = len(places)
    if (size is None) == (scale_factor is None):
        what = "either" if size is None else "only one of"
        raise ValueError(f"{what} size or scale_factor should be defined")
    given = size if size is not None else scale_factor
    values = list(given) if isinstance(given, (list, tuple)) else [given] * dims
    if len(values) != dims:
        raise ValueError(
            f"Input and output must have the same number of spatial dimensions, but got input with spatial dimensions of "
            f"{list(places)} and output size of {given}."
        )
    if size is not None:
        return tuple(values), [None] * dims
    return tuple(math.floor(n * f) for n, f in zip(places, values, strict=True)), [float(f) for f in values]


def nearest(n: int, m: int, factor: Any, mode: str, kind: Any) -> Any:
    """For each of m places the one of n that it copies."""
    scale = np.float32(1 / factor) if factor else np.float32(n) / np.float32(m)
    shift = np.float32(0.5 if mode == "nearest-exact" else 0)
    found: Any = np.floor((np.arange(m, dtype=np.float32) + shift) * scale)
    return np.minimum(found.astype(np.int64), n - 1)


def sources(n: int, m: int, factor: Any, align_corners: bool, kind: Any) -> Any:
    """Where in the image each of m places lies."""
    at: Any = np.arange(m, dtype=kind)
    if align_corners:
        return at * (kind(n - 1) / kind(m - 1) if m > 1 else kind(0))
    scale = kind(1 / factor) if factor else kind(n) / kind(m)
    return (at + kind(0.5)) * scale - kind(0.5)


def linear(n: int, m: int, factor: Any, align_corners: bool, kind: Any) -> Any:
    """The matrix (m, n) that interpolates between two neighbours."""
    at = np.maximum(sources(n, m, factor, align_corners, kind), 0)
    low: Any = np.minimum(at.astype(np.int64), n - 1)
    part = at - low
    return taps(m, n, [(low, 1 - part), (np.minimum(low + 1, n - 1), part)], kind)


def cubic(n: int, m: int, factor: Any, align_corners: bool, kind: Any) -> Any:
    """The matrix (m, n) of Keys' cubic convolution (1981) with a = −0.75."""
    at = sources(n, m, factor, align_corners, kind)
    low: Any = np.floor(at)
    t = at - low
    a = kind(-0.75)

    def near(x: Any) -> Any:
        return ((a + 2) * x - (a + 3)) * x * x + 1

    def far(x: Any) -> Any:
        return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a

    parts = [far(t + 1), near(t), near(1 - t), far(2 - t)]
    spots = [np.clip(low.astype(np.int64) + k, 0, n - 1) for k in (-1, 0, 1, 2)]
    return taps(m, n, list(zip(spots, parts, strict=True)), kind)


def taps(m: int, n: int, parts: list[tuple[Any, Any]], kind: Any) -> Any:
    """The matrix with the given (places, weights) in its rows."""
    out: Any = np.zeros((m, n), kind)
    for place, weight in parts:
        np.add.at(out, (np.arange(m), place), weight)
    return out


# ── grid_sample ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
def affine_grid(theta: Tensor, size: Any, align_corners: bool | None = None) -> Tensor:
    """Where an affine map (n, 2, 3) takes the places of an image of size (n, c, h, w): (n, h, w, 2), from −1 to 1."""
    if len(size) != 4 or theta.array.shape[1:] != (2, 3):
        raise NotImplementedError(
            "affine_grid of volumes is absent; images have theta (n, 2, 3) and size (n, c, h, w)"
        )
    axes = [np.linspace(-1, 1, k) if align_corners else (np.arange(k) * 2 + 1) / k - 1 for k in size[2:]]
    y, x = np.meshgrid(*axes, indexing="ij")
    base = np.stack([x, y, np.ones_like(x)], -1).reshape(1, -1, 3).astype(theta.array.dtype)
    spots = wrap(base, theta.dtype).expand(size[0], -1, -1) @ theta.transpose(1, 2)
    return spots.reshape(size[0], *size[2:], 2)


def grid_sample(
    input: Tensor,
    grid: Tensor,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Tensor:
    """input (n, c, h, w) read at grid (n, h', w', 2), x and y from −1 to 1, between four neighbours or at the nearest.

    padding_mode: beyond the image are zeros, its border, or its reflection. align_corners: ±1 are the centres of the outermost
    places, else their edges.
    """
    if input.array.ndim != 4 or mode not in ("bilinear", "nearest"):
        raise NotImplementedError(
            "grid_sample of volumes, and by mode='bicubic', is absent; images by 'bilinear' or 'nearest' exist"
        )
    if padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError(
            f"nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: "
            f"'{padding_mode}'"
        )
    h, w = input.array.shape[2:]
    spots = [placed(grid[..., k], n, padding_mode, bool(align_corners)) for k, n in ((0, w), (1, h))]
    if mode == "nearest":
        x, y = (np.rint(s.array) for s in spots)
        return read(input, x, y)
    lows = [np.floor(s.array) for s in spots]
    px, py = (s - wrap(low, s.dtype) for s, low in zip(spots, lows, strict=True))
    out: Any = 0.0
    for dx, wx in ((0, 1 - px), (1, px)):
        for dy, wy in ((0, 1 - py), (1, py)):
            out = out + read(input, lows[0] + dx, lows[1] + dy) * (wx * wy).unsqueeze(1)
    return out


def placed(at: Tensor, n: int, padding_mode: str, align_corners: bool) -> Tensor:
    """Coordinates from −1 to 1 as places of n, brought back into the image where the padding says so."""
    at = (at + 1) * ((n - 1) / 2) if align_corners else ((at + 1) * n - 1) / 2
    if padding_mode == "reflection":
        low, span = (0.0, n - 1) if align_corners else (-0.5, n)
        if not span:
            return at * 0
        away = elementwise.abs(at - low)
        turns = np.floor(away.array / span)
        rest = away - wrap((turns * span).astype(at.array.dtype), at.dtype)
        odd = turns % 2 == 1
        at = masked(rest, ~odd) + masked(span - rest, odd) + low
    return at if padding_mode == "zeros" else elementwise.clamp(at, 0, n - 1)


def read(image: Tensor, x: Any, y: Any) -> Tensor:
    """The places x, y (n, h', w') of images (n, c, h, w); 0 beyond: (n, c, h', w')."""
    h, w = image.array.shape[2:]
    inside = (x >= 0) & (x < w) & (y >= 0) & (y < h)
    column, row = (np.where(inside, v, 0).astype(np.int64)[:, None] for v in (x, y))
    n, c = image.array.shape[:2]
    key = (np.arange(n)[:, None, None, None], np.arange(c)[None, :, None, None], row, column)
    return masked(apply(IndexBackward0, (image,), key), inside[:, None])
