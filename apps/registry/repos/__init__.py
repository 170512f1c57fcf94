"""Repositories: models, datasets, applications, kernels."""
