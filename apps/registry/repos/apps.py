"""Repositories: models, datasets, applications, kernels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

from apps.core.actor import Need
from apps.core.declaration import (
    HOUR,
    ApiTag,
    BanyanApp,
    Declaration,
    DiskFullError,
    FeedLink,
    NamespaceHooks,
    PeriodicTask,
    SitemapSection,
    UrlOrder,
)

if TYPE_CHECKING:
    from .page_parts import RepoPageParts


def repositories_folder() -> Path | str:
    """Return the folder that git writes to."""
    folder: Path | str = settings.REPOSITORIES_ROOT
    return folder


class ReposConfig(BanyanApp):
    name = "apps.registry.repos"
    label = "repos"

    def declaration(self) -> Declaration:
        from pygit2 import GitError

        from .announcements import CommitNotifications, NewRepoNotifications, RepoTargets
        from .converters import RAW_PATHS
        from .navigation import NAVIGATION
        from .notifications import AccessNotifications
        from .policies import POLICIES
        from .references import PROVIDER
        from .search import RepoSearchProvider
        from .services.delete import purge_deleted
        from .services.downloads import roll_up_downloads
        from .services.namespaces import check_owns_no_repos, follow_namespace, repos_in_namespace
        from .sitemap import RepoPages
        from .views.sections import SECTIONS

        return Declaration(
            reference_providers=[PROVIDER],
            url_order=UrlOrder.NAMES,
            policies=POLICIES,
            api_tags=[
                ApiTag("repos", _("Repositories")),
                ApiTag("access", _("Access requests")),
                ApiTag("relations", _("Relations and rows")),
                ApiTag("search", _("Search")),
            ],
            raw_paths=[RAW_PATHS],
            disk_full_errors=[DiskFullError(GitError, repositories_folder)],
            reserved_words=["buckets", "collections", "papers", "tags", "tasks"],
            navigation=NAVIGATION,
            profile_sections=SECTIONS,
            feeds=[
                FeedLink(gettext_lazy("New repositories"), "/feeds/repos.atom", "application/atom+xml"),
                FeedLink(gettext_lazy("New repositories"), "/feeds/repos.json", "application/feed+json"),
            ],
            sitemaps=[SitemapSection("repositories", RepoPages())],
            search_providers=[RepoSearchProvider()],
            notification_kinds=[AccessNotifications(), NewRepoNotifications(), CommitNotifications()],
            target_kinds=[RepoTargets()],
            periodic_tasks=[
                PeriodicTask(name="roll_up_downloads", task=roll_up_downloads, schedule=HOUR),
                PeriodicTask(name="purge_deleted_repositories", task=purge_deleted, schedule=HOUR),
            ],
            namespace_hooks=[
                NamespaceHooks(
                    renamed=follow_namespace,
                    removed=check_owns_no_repos,
                    deletion_blockers=repos_in_namespace,
                )
            ],
        )

    def repo_page_parts(self) -> RepoPageParts:
        from .page_parts import RepoPageParts, RepoTab

        settings = RepoTab(
            name="settings",
            label=gettext_lazy("Settings"),
            icon="settings",
            order=900,
            href=lambda links: links.page("settings"),
            need=Need.ADMIN,
        )
        return RepoPageParts(tabs=(settings,))
