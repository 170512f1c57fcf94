"""Reading repositories: their files, lists of them, facets."""

from .files import git_of, store

__all__ = ["git_of", "store"]
