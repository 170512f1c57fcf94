"""Contents of repositories: files, commits, refs, pushes, and what is derived from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

from apps.core.declaration import ApiTag, BanyanApp, Declaration, Gauge, PeriodicTask, UrlOrder

if TYPE_CHECKING:
    from apps.registry.repos.page_parts import RepoPageParts


class ContentsConfig(BanyanApp):
    name = "apps.registry.contents"
    label = "contents"

    def declaration(self) -> Declaration:
        from apps.business.usage.meters import Meter
        from apps.registry.repos.services.counting import recount_repos

        from .selectors.usage import uploading_bytes
        from .services.recovery import replay_journal

        return Declaration(
            url_order=UrlOrder.NAMES,
            api_tags=[
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
            ],
            periodic_tasks=[PeriodicTask(name="recover_repositories", task=replay_journal, schedule=60.0)],
            gauges=[Gauge(Meter.STORAGE_BYTES, uploading_bytes, recount_repos)],
        )

    def repo_page_parts(self) -> RepoPageParts:
        from apps.registry.repos.addresses import RepoKind
        from apps.registry.repos.page_parts import RepoPageParts, RepoTab

        return RepoPageParts(
            tabs=(
                RepoTab(
                    name="home",
                    label=gettext_lazy("Card"),
                    icon="book",
                    order=100,
                    href=lambda links: links.home,
                ),
                RepoTab(
                    name="viewer",
                    label=gettext_lazy("Viewer"),
                    icon="table",
                    order=200,
                    href=lambda links: links.page("viewer"),
                    kinds=frozenset({RepoKind.DATASET}),
                ),
                RepoTab(
                    name="files",
                    label=gettext_lazy("Files"),
                    icon="folder",
                    order=300,
                    href=lambda links: links.at("tree"),
                    count=lambda repo: repo.file_count,
                ),
            ),
            head_templates=("registry/contents/_commit_feeds.html",),
        )
