"""The package index."""

from __future__ import annotations

from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

from apps.core.declaration import (
    HOUR,
    ApiTag,
    BanyanApp,
    Declaration,
    ErrorRenderer,
    FeedLink,
    NamespaceHooks,
    PeriodicTask,
    RateLimit,
    SitemapSection,
)

ATOM, JSON_FEED = "application/atom+xml", "application/feed+json"


class PackagesConfig(BanyanApp):
    name = "apps.toolchain.packages"
    label = "packages"

    def declaration(self) -> Declaration:
        from .folders import FILES, METADATA
        from .moderation import ModeratedProject
        from .navigation import NAVIGATION
        from .notifications import PackageNotifications, ProjectTarget
        from .policies import POLICIES
        from .routes import is_file_path, is_index_path, render_refusal
        from .search import ProjectSearchProvider
        from .services.downloads import delete_old_counts
        from .services.namespaces import check_owns_no_projects, projects_in_namespace
        from .sitemap import ProjectPages
        from .views.sections import SECTIONS

        return Declaration(
            policies=POLICIES,
            api_tags=[ApiTag("packages", _("Packages"))],
            error_renderers=[ErrorRenderer("packages", is_index_path, render_refusal)],
            rate_limits=[RateLimit("resolvers", is_file_path), RateLimit("api", is_index_path)],
            cross_origin_paths=[is_index_path],
            object_folders=[FILES, METADATA],
            reserved_words=["rss"],
            navigation=NAVIGATION,
            profile_sections=SECTIONS,
            search_providers=[ProjectSearchProvider()],
            sitemaps=[SitemapSection("tools", ProjectPages())],
            feeds=[
                FeedLink(gettext_lazy("New tools"), "/feeds/tools.atom", ATOM),
                FeedLink(gettext_lazy("New tools"), "/feeds/tools.json", JSON_FEED),
            ],
            notification_kinds=[PackageNotifications()],
            target_kinds=[ProjectTarget()],
            moderated_kinds=[ModeratedProject()],
            namespace_hooks=[
                NamespaceHooks(removed=check_owns_no_projects, deletion_blockers=projects_in_namespace)
            ],
            periodic_tasks=[
                PeriodicTask(name="delete_old_download_counts", task=delete_old_counts, schedule=24 * HOUR)
            ],
        )
