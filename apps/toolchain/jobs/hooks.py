"""What the apps above answer about the repositories of a job, in their AppConfig."""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol
from uuid import UUID

from django.apps import apps

from apps.core.actor import Actor


class RepoReader(Protocol):
    """Returns whether an actor may read all repositories with these keys, as they are now."""

    def __call__(self, actor: Actor, repo_keys: set[UUID]) -> bool: ...


@lru_cache(maxsize=1)
def repo_readers() -> list[RepoReader]:
    """Return the `may_read_repos` of all apps that have one."""
    return [config.may_read_repos for config in apps.get_app_configs() if hasattr(config, "may_read_repos")]
