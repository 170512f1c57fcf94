"""File locks of a repository."""

from __future__ import annotations

from django.db.models import QuerySet

from ..models import FileLock, Repo


def locks_of(repo: Repo) -> QuerySet[FileLock]:
    """Return the locks of a repository, oldest first."""
    return FileLock.objects.filter(repo=repo).select_related("owner").order_by("pk")
