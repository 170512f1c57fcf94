"""Jobs ordered from a repository: fine-tunes, evaluations, lineage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from apps.core.declaration import BanyanApp, Declaration, UrlOrder

if TYPE_CHECKING:
    from uuid import UUID

    from apps.core.actor import Actor
    from apps.registry.repos.page_parts import RepoPageParts


class TrainingConfig(BanyanApp):
    name = "apps.registry.training"
    label = "training"

    def declaration(self) -> Declaration:
        from .policies import POLICIES

        return Declaration(policies=POLICIES, url_order=UrlOrder.NAMES)

    def may_read_repos(self, actor: Actor, repo_keys: set[UUID]) -> bool:
        from .services.inputs import may_read_repos

        return may_read_repos(actor, repo_keys)

    def repo_page_parts(self) -> RepoPageParts:
        from apps.registry.repos.addresses import RepoKind
        from apps.registry.repos.page_parts import CardSection, RepoPageParts, RepoTab

        from .presenters.scores import card_scores

        kinds = frozenset({RepoKind.MODEL, RepoKind.DATASET})
        return RepoPageParts(
            tabs=(
                RepoTab(
                    name="evaluations",
                    label=_("Evaluations"),
                    icon="shield",
                    order=400,
                    href=lambda links: links.page("evaluations"),
                    kinds=kinds,
                ),
                RepoTab(
                    name="lineage",
                    label=_("Lineage"),
                    icon="lineage",
                    order=500,
                    href=lambda links: links.page("lineage"),
                    kinds=kinds,
                ),
                RepoTab(
                    name="jobs",
                    label=_("Jobs"),
                    icon="job",
                    order=600,
                    href=lambda links: links.page("jobs"),
                    kinds=kinds,
                ),
            ),
            act_templates=("registry/training/_acts.html",),
            card_sections=(CardSection("registry/training/_scores.html", card_scores),),
        )
