"""Repositories: models, datasets, applications, kernels."""

from pathlib import Path

from django.conf import settings

from apps.core.declaration import BanyanApp, Declaration, DiskFullError, NamespaceHooks


def repositories_folder() -> Path | str:
    """Return the folder that git writes to."""
    folder: Path | str = settings.REPOSITORIES_ROOT
    return folder


class ReposConfig(BanyanApp):
    name = "apps.registry.repos"
    label = "repos"

    def declaration(self) -> Declaration:
        from pygit2 import GitError

        from .converters import RAW_PATHS
        from .search import RepoSearchProvider
        from .services.namespaces import check_owns_no_repos, follow_namespace, repos_in_namespace

        return Declaration(
            raw_paths=[RAW_PATHS],
            disk_full_errors=[DiskFullError(GitError, repositories_folder)],
            search_providers=[RepoSearchProvider()],
            namespace_hooks=[
                NamespaceHooks(
                    renamed=follow_namespace,
                    removed=check_owns_no_repos,
                    deletion_blockers=repos_in_namespace,
                )
            ],
        )
