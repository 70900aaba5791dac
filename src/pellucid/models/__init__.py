"""Transparent models: a package for each family, a file for each model. Nothing is imported until it is asked for."""
