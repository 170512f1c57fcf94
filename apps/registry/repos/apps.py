"""Repositories: models, datasets, applications, kernels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.core.actor import Need

if TYPE_CHECKING:
    from .page_parts import RepoPageParts


def repositories_folder() -> Path | str:
    """Return the folder that git writes to."""
    folder: Path | str = settings.REPOSITORIES_ROOT
    return folder


class ReposConfig(AppConfig):
    name = "apps.registry.repos"
    label = "repos"

    def repo_page_parts(self) -> RepoPageParts:
        from .page_parts import RepoPageParts, RepoTab

        settings = RepoTab(
            name="settings",
            label=_("Settings"),
            icon="settings",
            order=900,
            href=lambda links: links.page("settings"),
            need=Need.ADMIN,
        )
        return RepoPageParts(tabs=(settings,))

    def ready(self) -> None:
        """Register paths and errors with core, and hooks for renamed and removed namespaces."""
        from pygit2 import GitError

        from apps.core.disk_space import register_unexplained
        from apps.core.web.middleware import register_raw_paths
        from apps.users.accounts.hooks import (
            on_namespace_removal,
            on_namespace_renamed,
            register_deletion_blockers,
        )

        from .converters import RAW_PATHS
        from .services.namespaces import check_owns_no_repos, follow_namespace, repos_in_namespace

        register_raw_paths(RAW_PATHS)
        register_unexplained(GitError, repositories_folder)
        on_namespace_renamed(follow_namespace)
        on_namespace_removal(check_owns_no_repos)
        register_deletion_blockers(repos_in_namespace)
