"""Transparent models, a package for each family: none is written yet."""
