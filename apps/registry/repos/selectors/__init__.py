"""Reading repositories: their files, lists of them, facets."""

from .files import git_of, git_store, signature_of

__all__ = ["git_of", "git_store", "signature_of"]
