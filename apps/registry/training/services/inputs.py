"""Answers for jobs about the repositories that they read."""

from __future__ import annotations

from uuid import UUID

from apps.core.actor import Actor, Need
from apps.registry.repos.access import may
from apps.registry.repos.models import Repo


def may_read_repos(actor: Actor, repo_keys: set[UUID]) -> bool:
    """Return whether an actor may read the files of all these repositories; a deleted one nobody may."""
    found = Repo.objects.filter(pk__in=repo_keys, deleted_at=None).select_related("namespace")
    repos = list(found)
    return len(repos) == len(repo_keys) and all(may(actor, Need.READ, repo) for repo in repos)
