"""Pellucid: a practice lab for the mathematics of machine-learning models."""

__version__ = "0.1.0"
