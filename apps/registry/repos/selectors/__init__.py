"""Reading repositories: their files, lists of them, facets."""

from ..git import git_of, git_store

__all__ = ["git_of", "git_store"]
