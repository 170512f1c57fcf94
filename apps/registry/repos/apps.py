"""Repositories: models, datasets, applications, kernels."""

from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_noop as _

from apps.core.declaration import (
    HOUR,
    ApiTag,
    BanyanApp,
    Declaration,
    DiskFullError,
    NamespaceHooks,
    PeriodicTask,
    UrlOrder,
)


def repositories_folder() -> Path | str:
    """Return the folder that git writes to."""
    folder: Path | str = settings.REPOSITORIES_ROOT
    return folder


class ReposConfig(BanyanApp):
    name = "apps.registry.repos"
    label = "repos"

    def declaration(self) -> Declaration:
        from celery.schedules import crontab
        from pygit2 import GitError

        from .converters import RAW_PATHS
        from .search import RepoSearchProvider
        from .services.delete import purge_deleted
        from .services.downloads import roll_up_downloads
        from .services.garbage import collect_as_configured
        from .services.namespaces import check_owns_no_repos, follow_namespace, repos_in_namespace
        from .services.pack import queue_packing
        from .services.recovery import replay_journal
        from .services.sweep import sweep_spool

        return Declaration(
            url_order=UrlOrder.NAMES,
            api_tags=[
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
            ],
            raw_paths=[RAW_PATHS],
            disk_full_errors=[DiskFullError(GitError, repositories_folder)],
            reserved_words=["buckets", "collections", "papers", "tags", "tasks"],
            search_providers=[RepoSearchProvider()],
            periodic_tasks=[
                PeriodicTask(name="recover_repositories", task=replay_journal, schedule=60.0),
                PeriodicTask(name="roll_up_downloads", task=roll_up_downloads, schedule=HOUR),
                PeriodicTask(name="sweep_spool", task=sweep_spool, schedule=HOUR),
                PeriodicTask(name="purge_deleted_repositories", task=purge_deleted, schedule=HOUR),
                PeriodicTask(name="pack_repositories", task=queue_packing, schedule=24 * HOUR),
                PeriodicTask(
                    name="collect_garbage",
                    task=collect_as_configured,
                    schedule=crontab(hour="3", minute="17"),
                ),
            ],
            namespace_hooks=[
                NamespaceHooks(
                    renamed=follow_namespace,
                    removed=check_owns_no_repos,
                    deletion_blockers=repos_in_namespace,
                )
            ],
        )
