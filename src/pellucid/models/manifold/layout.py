"""UMAP's last stage: points that pull at their neighbours and push strangers away, until the map settles.

The map's own connection of two points at distance r is v = 1/(1 + a·r²ᵇ). Two forces lower the cross-entropy between it and the
graph's weight w: an edge pulls its ends together (it raises log v), any pair pushes itself apart (it raises log(1 − v)). Edges
are taken in proportion to w, pairs at random, which is negative sampling. Source: McInnes, Healy, Melville (2018), section 3.2
and algorithm 5.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np

from pellucid.models.manifold.neighbors import Places
from pellucid.models.trace import See, unseen
from pellucid.models.validation import Array, Floats, scipy_module

CLIP = 4  # no single force moves a coordinate by more than this, times the step size
SOFT = 1e-3  # keeps the push finite where two points meet
TINY = 1e-12  # a squared distance below this is a meeting
ROUNDS = 8  # more come nearer to moving edge by edge: in one, a point with many edges is thrown about by all of them
SNAPSHOTS = 10  # how many epochs a trace keeps


@dataclass(frozen=True)
class Edges:
    """Edges of a symmetric graph, each once: ends i and j (m,), and after how many epochs each is due again (m,), at least 1."""

    heads: Places
    tails: Places
    periods: Floats

    @cached_property
    def ends(self) -> Places:
        """Both ends of each edge, all heads first (2m,)."""
        return np.concatenate([self.heads, self.tails])

    def among(self, chosen: Places) -> Edges:
        """Only the `chosen` edges."""
        return Edges(self.heads[chosen], self.tails[chosen], self.periods[chosen])


def sampled_edges(graph: Any, n_epochs: int) -> Edges:
    """The edges of a sparse graph (n, n): the strongest due each epoch, one half as strong every other, some never (left out)."""
    sparse: Any = scipy_module("scipy.sparse")
    upper: Any = sparse.triu(graph, k=1).tocoo()
    strongest = upper.data.max(initial=0.0)
    kept = (upper.data >= strongest / max(n_epochs, 1)) & (upper.data > 0)
    return Edges(
        upper.row[kept].astype(np.intp), upper.col[kept].astype(np.intp), strongest / upper.data[kept]
    )


def attraction(r2: Array, a: float, b: float) -> Array:
    """−2ab·r²⁽ᵇ⁻¹⁾/(1 + a·r²ᵇ): the pull of an edge for each unit of difference, at squared distance r2."""
    r2 = np.maximum(r2, r2.dtype.type(TINY))
    power = np.exp(b * np.log(r2))  # r²ᵇ; exp and log are vectorised where pow is not
    return (-2 * a * b) * power / (r2 * (1 + a * power))


def repulsion(r2: Array, a: float, b: float, gamma: float) -> Array:
    """2γb/((0.001 + r²)(1 + a·r²ᵇ)): the push of a pair for each unit of difference, at squared distance r2."""
    power = np.exp(b * np.log(np.maximum(r2, r2.dtype.type(TINY))))
    return (2 * gamma * b) / ((SOFT + r2) * (1 + a * power))


def pull(gap: Array, a: float, b: float) -> Array:
    """The force of edges on their first ends, from differences yᵢ − yⱼ (c, …), which it overwrites. The other ends feel −F."""
    gap *= attraction(_squared(gap), a, b)
    return np.clip(gap, -CLIP, CLIP, out=gap)


def push(gap: Array, a: float, b: float, gamma: float) -> Array:
    """The force of strangers on points, from differences yᵢ − yₖ (c, …), which it overwrites."""
    gap *= repulsion(_squared(gap), a, b, gamma)
    return np.clip(gap, -CLIP, CLIP, out=gap)


def strangers(rng: np.random.Generator, n: int, size: Any) -> Places:
    """Points 0 … n − 1 at random, with repetition: the negative samples."""
    return cast(Places, rng.integers(n, size=size, dtype=np.intp))  # pyright: ignore[reportUnknownMemberType]


def _squared(gap: Array) -> Array:
    """r² from the differences of each coordinate (c, …)."""
    total = gap[0] * gap[0]
    for each in gap[1:]:
        total += each * each
    return total


def optimize_layout(
    embedding: Floats,
    graph: Any,
    *,
    n_epochs: int,
    a: float,
    b: float,
    rng: np.random.Generator,
    gamma: float = 1.0,
    initial_alpha: float = 1.0,
    negative_sample_rate: int = 5,
    rounds: int = ROUNDS,
    precision: Any = np.float32,
    see: See = unseen,
) -> Floats:
    """A map (n, c) that fits a sparse symmetric graph (n, n), from the map `embedding` (n, c).

    In each epoch the edges that are due pull at their ends, and each end is pushed, `gamma` times as strongly, by
    `negative_sample_rate` random points; the step size falls from `initial_alpha` to 0 along a line. All edges of one of the
    epoch's `rounds` move at once, where the paper takes them one by one (`layout_reference`). Computed in `precision`, float32
    as umap-learn does: a map's digits beyond the fifth mean nothing.
    """
    n = len(embedding)
    if graph.shape != (n, n):
        raise ValueError(
            f"graph has shape {graph.shape}, but embedding has {n} rows: they must be of the same points."
        )
    Y = np.array(embedding.T, dtype=precision, order="C")  # (c, n): a coordinate's values lie together
    edges = sampled_edges(graph, n_epochs)
    due_at = edges.periods.copy()
    for epoch in range(n_epochs):
        alpha = precision(initial_alpha * (1 - epoch / n_epochs))
        due = np.flatnonzero(due_at <= epoch)
        due_at[due] += edges.periods[due]
        if see is not unseen and epoch % max(1, n_epochs // SNAPSHOTS) == 0:
            note = f"epoch {epoch} of {n_epochs}, step size {alpha:.3g}"
            _see_forces(Y, edges.among(due), negative_sample_rate, deepcopy(rng), a, b, gamma, see, note)
        for turn in range(rounds):
            # edges a fixed step apart: a point's edges, which lie together, go to different rounds
            taken = edges.among(due[turn::rounds])
            others = strangers(rng, n, (negative_sample_rate, len(taken.ends)))
            moved = alpha * sum(forces(Y, taken, others, a, b, gamma))
            for coordinate, move in zip(Y, moved, strict=True):
                coordinate += np.bincount(taken.ends, move, minlength=n).astype(precision)
    return Y.T.astype(np.float64, order="C")


def forces(Y: Array, edges: Edges, others: Places, a: float, b: float, gamma: float) -> tuple[Array, Array]:
    """The pulls F⁺ and the pushes F⁻ (c, m) on the ends of edges in a map Y (c, n); `others` (s, m) push."""
    # take is ten times as fast as Y[:, heads]
    apart = Y.take(edges.heads, axis=1) - Y.take(edges.tails, axis=1)  # (c, m/2)
    force = 2 * pull(apart, a, b)  # an edge stands for both directions, and each pulls at both ends
    apart = Y.take(edges.ends, axis=1)[:, None] - Y.take(others, axis=1)  # (c, s, m)
    return np.concatenate([force, -force], axis=1), push(apart, a, b, gamma).sum(axis=1)


def _see_forces(
    Y: Array,
    due: Edges,
    rate: int,
    rng: np.random.Generator,
    a: float,
    b: float,
    gamma: float,
    see: See,
    note: str,
) -> None:
    """Tells a map and the forces of all edges that are due, added up at the points (n, c)."""
    n = Y.shape[1]
    pulled, pushed = (
        np.stack([np.bincount(due.ends, each, minlength=n).astype(np.float64) for each in force], axis=1)
        for force in forces(Y, due, strangers(rng, n, (rate, len(due.ends))), a, b, gamma)
    )
    see("map", "Y", "Y + α·(F⁺ + F⁻)", Y.T, note=note)
    see("attractive force", "F⁺", "Σ −2ab·r²⁽ᵇ⁻¹⁾/(1 + a·r²ᵇ)·(yᵢ − yⱼ)", pulled, note=note)
    see("repulsive force", "F⁻", "Σ 2γb/((0.001 + r²)(1 + a·r²ᵇ))·(yᵢ − yₖ)", pushed, note=note)


def layout_reference(
    embedding: Floats,
    graph: Any,
    *,
    n_epochs: int,
    a: float,
    b: float,
    rng: np.random.Generator,
    gamma: float = 1.0,
    initial_alpha: float = 1.0,
    negative_sample_rate: int = 5,
    rounds: int | None = None,
) -> Floats:
    """`optimize_layout` as the paper has it: edge by edge, each move seen by the next.

    With a number of `rounds` the forces of a round are all taken where the points lay at its start. Then it is
    `optimize_layout` to rounding, given an equal generator.
    """
    Y = np.array(embedding, dtype=np.float64)  # (n, c)
    edges = sampled_edges(graph, n_epochs)
    due_at = edges.periods.copy()
    for epoch in range(n_epochs):
        alpha = initial_alpha * (1 - epoch / n_epochs)
        due = np.flatnonzero(due_at <= epoch)
        due_at[due] += edges.periods[due]
        for turn in range(rounds or 1):
            taken = edges.among(due[turn :: rounds or 1])
            drawn = strangers(rng, len(Y), (negative_sample_rate, len(taken.ends)))
            at = Y.copy() if rounds else Y
            other_ends = np.concatenate([taken.tails, taken.heads])
            for i, j, others in zip(taken.ends, other_ends, drawn.T, strict=True):
                gap = at[i] - at[j]
                move = alpha * np.clip(attraction(gap @ gap, a, b) * gap, -CLIP, CLIP)
                Y[i] += move
                Y[j] -= move
                for k in others:
                    gap = at[i] - at[k]
                    Y[i] += alpha * np.clip(repulsion(gap @ gap, a, b, gamma) * gap, -CLIP, CLIP)
    return Y


def place_new(
    near: Places,
    strengths: Floats,
    embedding: Floats,
    *,
    n_epochs: int,
    a: float,
    b: float,
    rng: np.random.Generator,
    gamma: float = 1.0,
    initial_alpha: float = 1.0,
    negative_sample_rate: int = 5,
) -> Floats:
    """Where new points go in a map (n, c) that stays as it is: (q, c), from their neighbours in it and the strengths (q, k).

    Each starts at the mean of its neighbours, weighted by strength, and follows the forces' expectation: edge (i, j) counts for
    strength over the row's strongest, and the same `negative_sample_rate`·k random points of the map push every new point. So a
    point's place does not depend on which other new points come with it.
    """
    weights = strengths / strengths.max(axis=1, keepdims=True)  # (q, k)
    share = weights.sum(axis=1) / near.shape[1]  # of the strangers, since each edge brings its own
    fixed = np.ascontiguousarray(embedding.T)  # (c, n)
    neighbors = fixed.take(near, axis=1)  # (c, q, k)
    Y: Floats = (neighbors * weights).sum(axis=2) / weights.sum(axis=1)  # (c, q)
    for epoch in range(n_epochs):
        alpha = initial_alpha * (1 - epoch / n_epochs)
        others = strangers(rng, len(embedding), negative_sample_rate * near.shape[1])  # (s,)
        pulled = (weights * pull(Y[:, :, None] - neighbors, a, b)).sum(axis=2)
        pushed = push(Y[:, :, None] - fixed.take(others, axis=1)[:, None], a, b, gamma).sum(axis=2)
        np.add(Y, alpha * (pulled + share * pushed), out=Y)
    return np.ascontiguousarray(Y.T)


def fuzzy_cross_entropy(graph: Any, embedding: Floats, a: float, b: float) -> float:
    """Σ over pairs of w·log(w/v) + (1 − w)·log((1 − w)/(1 − v)): how badly a map (n, c) tells a sparse graph (n, n).

    w is the pair's weight in the graph, v = 1/(1 + a·r²ᵇ) in the map; 0 is perfect. All n(n − 1)/2 pairs are looked at, so
    this is for some thousand points at most.
    """
    distance: Any = scipy_module("scipy.spatial.distance")
    xlogy: Any = scipy_module("scipy.special").xlogy
    w = distance.squareform(np.asarray(graph.toarray(), dtype=np.float64), checks=False)
    power = a * distance.pdist(embedding, "sqeuclidean") ** b
    v = np.clip(1 / (1 + power), TINY, 1 - TINY)
    return float(np.sum(xlogy(w, w / v) + xlogy(1 - w, (1 - w) / (1 - v))))
