"""Queries for repositories: files, lists, facets."""

from .facets import facets
from .files import git_of, git_store, signature_of
from .lists import ORDERS, Filters, list_in_order, list_repos, parse_filters, repos_matching, search_words

__all__ = [
    "ORDERS",
    "Filters",
    "facets",
    "git_of",
    "git_store",
    "list_in_order",
    "list_repos",
    "parse_filters",
    "repos_matching",
    "search_words",
    "signature_of",
]
