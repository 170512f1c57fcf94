"""Template filters of ordering."""

from __future__ import annotations

from django.template import Library

from apps.toolchain.contracts import KindWords, job_kinds, recipes

register = Library()


@register.filter
def order_kinds(repo_kind: str) -> list[KindWords]:
    """Return the words for the kinds of jobs that can be ordered from a kind of repository."""
    return [
        words
        for kind, words in job_kinds().items()
        if any(recipe.main_input.kind == repo_kind for recipe in recipes(kind))
    ]
