"""Repositories: models, datasets, applications, kernels."""

from pathlib import Path

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_noop as _

from apps.core.rest.tags import ApiTag


def repositories_folder() -> Path | str:
    """Return the folder that git writes to."""
    folder: Path | str = settings.REPOSITORIES_ROOT
    return folder


class ReposConfig(AppConfig):
    name = "apps.registry.repos"
    label = "repos"
    api_tags = (
        ApiTag("repos", _("Repositories")),
        ApiTag(
            "files",
            _("Files"),
            _(
                "Large files can also be transferred with the hf CLI, git and transformers, "
                "which work with this site unchanged."
            ),
        ),
        ApiTag("commits", _("Commits")),
        ApiTag("refs", _("Branches and tags")),
        ApiTag("storage", _("Large files")),
        ApiTag("access", _("Access requests")),
        ApiTag("relations", _("Relations and rows")),
        ApiTag("search", _("Search")),
    )

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
