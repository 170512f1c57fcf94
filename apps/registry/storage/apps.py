"""Storage of repositories: large files, quota, packing, garbage collection, purge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from apps.registry.repos.page_parts import RepoPageParts


class StorageConfig(AppConfig):
    name = "apps.registry.storage"
    label = "storage"

    def repo_page_parts(self) -> RepoPageParts:
        from apps.registry.repos.page_parts import RepoPageParts

        return RepoPageParts(settings_templates=("registry/storage/_settings.html",))
