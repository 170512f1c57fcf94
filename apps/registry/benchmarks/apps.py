"""Leaderboards of datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from apps.core.declaration import BanyanApp, Declaration, UrlOrder

if TYPE_CHECKING:
    from apps.registry.repos.page_parts import RepoPageParts


class BenchmarksConfig(BanyanApp):
    name = "apps.registry.benchmarks"
    label = "benchmarks"

    def declaration(self) -> Declaration:
        from .policies import POLICIES

        return Declaration(policies=POLICIES, url_order=UrlOrder.NAMES)

    def repo_page_parts(self) -> RepoPageParts:
        from apps.registry.repos.addresses import RepoKind
        from apps.registry.repos.page_parts import RepoPageParts, RepoTab

        return RepoPageParts(
            tabs=(
                RepoTab(
                    name="leaderboard",
                    label=_("Leaderboard"),
                    icon="chart",
                    order=450,
                    href=lambda links: links.page("leaderboard"),
                    kinds=frozenset({RepoKind.DATASET}),
                ),
            )
        )
