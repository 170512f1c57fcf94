"""Contents of repositories: files, commits, refs, pushes, and what is derived from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from apps.registry.repos.page_parts import RepoPageParts


class ContentsConfig(AppConfig):
    name = "apps.registry.contents"
    label = "contents"

    def repo_page_parts(self) -> RepoPageParts:
        from apps.registry.repos.addresses import RepoKind
        from apps.registry.repos.page_parts import RepoPageParts, RepoTab

        return RepoPageParts(
            tabs=(
                RepoTab(name="home", label=_("Card"), icon="book", order=100, href=lambda links: links.home),
                RepoTab(
                    name="viewer",
                    label=_("Viewer"),
                    icon="table",
                    order=200,
                    href=lambda links: links.page("viewer"),
                    kinds=frozenset({RepoKind.DATASET}),
                ),
                RepoTab(
                    name="files",
                    label=_("Files"),
                    icon="folder",
                    order=300,
                    href=lambda links: links.at("tree"),
                    count=lambda repo: repo.file_count,
                ),
            ),
            head_templates=("registry/contents/_commit_feeds.html",),
        )
